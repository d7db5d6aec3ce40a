#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is every function at most 70 lines, every file at most 800? Above 500 lines
# a file is named as a warning. Needs universal-ctags.
. "$(dirname "$0")/lib.sh"

lint_need ctags
# the frozen ABI is a table that a script wrote
lint_c | grep -v '^tests/abi/abi-[a-z]*-[0-9.]*\.c$' >"$lint_tmp/list"
: >"$lint_tmp/found"
while read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 800 ]; then
        echo "$file:1: $lines lines, at most 800: split it by its nouns" \
            >>"$lint_tmp/found"
    elif [ "$lines" -gt 500 ]; then
        echo "$file:1: warning: $lines lines, better at most 500"
    fi
done <"$lint_tmp/list"
# file, line, end line and name of every function
ctags --quiet --options=NONE --languages=C --langmap=C:.c.h --kinds-C=f \
    --fields=+ne --sort=no -f "$lint_tmp/tags" -L "$lint_tmp/list"
awk -F '\t' '
/^!/ { next }
{
    line = end = 0
    for (i = 3; i <= NF; i++) {
        if ($i ~ /^line:/) {
            line = substr($i, 6)
        }
        if ($i ~ /^end:/) {
            end = substr($i, 5)
        }
    }
    if (end - line + 1 > 70) {
        printf "%s:%d: %s() has %d lines, at most 70: split it\n", $2, line,
            $1, end - line + 1
    }
}' "$lint_tmp/tags" >>"$lint_tmp/found"
lint_finish "$lint_tmp/found"
