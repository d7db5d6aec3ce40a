#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does the tree name the machine it was written on? Paths of one machine and
# hosts of package mirrors make a build work in one place only. The patterns
# are written so that they do not find themselves.
. "$(dirname "$0")/lib.sh"

lint_all_files | grep -v -e '/corpus/' -e '\.csv$' -e '^COPYING$' \
    >"$lint_tmp/list" || true
lint_awk "$lint_tmp/list" '
BEGIN {
    n = split("(^|[^a-zA-Z0-9_.])/wor[k]/ " \
        "(^|[^a-zA-Z0-9_.])/hom[e]/[a-z] " \
        "(^|[^a-zA-Z0-9_.])/roo[t]/ " \
        "(^|[^a-zA-Z0-9_.])/User[s]/ " \
        "[a-z]:\\\\User[s] " \
        "(deb|ftp|security)\\.debia[n]\\.org " \
        "archive\\.ubunt[u]\\.com " \
        "(files\\.python[h]osted|pyp[i]|registry\\.npmj[s])\\.(org|com) " \
        "proxy\\.golan[g]\\.org " \
        "(artifactor[y]|nexu[s])[.:/]", pattern, " ")
}
{
    for (i = 1; i <= n; i++) {
        if (match($0, pattern[i])) {
            report("\"" substr($0, RSTART, RLENGTH) "\" is known on one machine only")
        }
    }
}
' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
