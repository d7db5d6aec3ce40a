#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Are the committed vectors what their maker makes? Needs python3.
set -eu
dir=$(cd "$(dirname "$0")" && pwd)
src=${VT_TEST_SRC_DIR:-$(cd "$dir/../.." && pwd)}
if ! command -v python3 >/dev/null 2>&1; then
    echo "python3 is not installed: skipped"
    exit 77
fi
for room in wire ledger; do
    python3 -B "$dir/make_vectors.py" $room |
        diff - "$src/core/$room/vectors.json" >/dev/null || {
        echo "core/$room/vectors.json: run tests/wire/make_vectors.py $room"
        exit 1
    }
done
