#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does every third-party library have one door? A library's headers may be
# included in one room, or one plugin, only: the table is in includes.awk.
. "$(dirname "$0")/lib.sh"

lint_files '*.[ch]' | grep -v -e '^tests/' -e '/tests/' >"$lint_tmp/list" ||
    true
lint_awk "$lint_tmp/list" '
function is_door(places,    n, place, i)
{
    n = split(places, place, " ")
    for (i = 1; i <= n; i++) {
        if (index(FILENAME, place[i]) == 1) {
            return 1
        }
    }
    return 0
}
is_include($0) && sort_of($0) != "vt" && $0 !~ /"/ {
    where = doors(name_of($0))
    if (where != "" && !is_door(where)) {
        report("<" name_of($0) "> has its door in " where)
    }
}
' includes >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
