# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# lib.sh - what the ABI tests share. VT_TEST_SRC_DIR names the tree,
# VT_TEST_ABI_DIR other headers to judge than those of the tree.
set -eu
LC_ALL=C
export LC_ALL
abi_dir=$(cd "$(dirname "$0")" && pwd)
src=${VT_TEST_SRC_DIR:-$(cd "$abi_dir/../.." && pwd)}
headers=${VT_TEST_ABI_DIR:-$src/abi}
strict="-Wall -Wextra -Wpedantic -Werror"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

have()
{
    command -v "$1" >/dev/null 2>&1
}

# freeze [COMPILER...]: do the frozen files still compile?
freeze()
{
    for file in "$src"/tests/abi/abi-freeze-*.c; do
        # flags in one word
        # shellcheck disable=SC2086
        "$@" -std=c11 $strict -I"$headers" -fsyntax-only "$file" || return 1
    done
}

# witness COMPILER: is what plugins were built against still there?
witness()
{
    for file in "$src"/tests/abi/abi-witness-*.c; do
        # shellcheck disable=SC2086
        $1 -std=c11 $strict -g -O0 -shared -fPIC -I"$headers" \
            -o "$tmp/witness.so" "$file" || return 1
        "$abi_dir/gate" "${file%.c}.xml" "$tmp/witness.so" || return 1
    done
}

# The stored form was made on this machine's kind.
can_witness()
{
    have abidiff && [ "$(uname -m)" = x86_64 ]
}
