#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does every function pointer of the ABI carry exactly one thread domain,
# VT_INIT, VT_CHAIN, VT_POOL or VT_ANY, at its end?
. "$(dirname "$0")/lib.sh"

lint_files 'abi/vt/*.h' >"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
function member(struct, name, text, comment, line,    n, copy)
{
    copy = text
    n = gsub(/VT_(INIT|CHAIN|POOL|ANY)([^A-Z_]|$)/, "&", copy)
    if (n != 1 || text !~ /\) VT_(INIT|CHAIN|POOL|ANY);$/) {
        print FILENAME ":" line ": " struct "." name " needs one of VT_INIT," \
            " VT_CHAIN, VT_POOL, VT_ANY at its end"
    }
}
function prototype(name, text, comment, line)
{
}
' members >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
