#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check-vectors.sh - are the committed vectors what their maker makes? Needs
# python3.
dir="${VT_TEST_SRC_DIR:-.}/plugins/consensus/pow/tests"
if ! command -v python3 >/dev/null 2>&1; then
    echo "python3 is not installed: skipped"
    exit 77
fi
python3 -B "$dir/asert_vectors.py" | cmp - "$dir/vectors.h"
