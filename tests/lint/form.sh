#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is the form of the text right? No tabs (make wants them in .am files), no
# trailing blanks, no CRLF, a newline at the end, no // comments in C.
. "$(dirname "$0")/lib.sh"

lint_all_files | grep -v -e '/corpus/' -e '\.csv$' -e '\.xml$' -e '\.abi$' \
    -e '\.png$' -e '^COPYING$' -e '\.patch$' >"$lint_tmp/list" || true
lint_awk "$lint_tmp/list" '
/\r$/ { report("line ends in CRLF") }
/[ \t]\r?$/ { report("trailing blank") }
/\t/ && FILENAME !~ /(\.am|Makefile|\/rules)$/ { report("tab: indent with 4 spaces") }
' >"$lint_tmp/found"
lint_c >"$lint_tmp/c"
lint_awk "$lint_tmp/c" '
{
    text = code($0)
    if (index(text, "//") && !excused($0)) {
        report("// marks scratch code: write /* */")
    }
}
' >>"$lint_tmp/found"
while read -r file; do
    if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then
        echo "$file:$(wc -l <"$file"): no newline at the end" \
            >>"$lint_tmp/found"
    fi
done <"$lint_tmp/list"
lint_finish "$lint_tmp/found"
