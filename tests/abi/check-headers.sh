#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does each header of the ABI compile alone, as C11 and as C++17, without a
# warning, with every compiler there is?
. "$(dirname "$0")/lib.sh"

failed=0
tried=0
for header in "$headers"/vt/*.h; do
    name=vt/$(basename "$header")
    printf '#include <%s>\n#include <%s>\nextern int used;\n' "$name" "$name" \
        >"$tmp/alone.c"
    cp "$tmp/alone.c" "$tmp/alone.cc"
    for compiler in gcc clang g++ clang++; do
        have $compiler || continue
        case $compiler in
        *++) set -- -std=c++17 "$tmp/alone.cc" ;;
        *) set -- -std=c11 "$tmp/alone.c" ;;
        esac
        tried=$((tried + 1))
        # shellcheck disable=SC2086
        if ! $compiler $strict -I"$headers" -fsyntax-only "$@"; then
            echo "$name does not compile alone: $compiler $1"
            failed=1
        fi
    done
done
[ $tried -gt 0 ] || exit 77
exit $failed
