#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is every header guarded by VT_<DIR>_<FILE>_H, spelled after its path? In a
# plugin, whose name is unique, VT_ may be left out and the kind put in:
# PBFT_STATE_H, VT_CONSENSUS_PBFT_STATE_H.
. "$(dirname "$0")/lib.sh"

lint_files '*.h' >"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
function want(path,    n, part, guard, i)
{
    sub(/^abi\/vt\//, "", path)
    sub(/^core\//, "", path)
    sub(/^plugins\/[a-z0-9_]*\//, "", path)
    sub(/\.h$/, "", path)
    n = split(path, part, /[\/-]/)
    guard = "VT"
    for (i = 1; i <= n; i++) {
        guard = guard "_" toupper(part[i])
    }
    return guard "_H"
}
function finish()
{
    if (file == "") {
        return
    }
    guard = want(file)
    given = first
    sub(/^#ifndef /, "", given)
    plain = given
    if (split(file, part, "/") > 2 && part[1] == "plugins") {
        sub(/^VT_/, "", plain)
        sub("^" toupper(part[2]) "_", "", plain)
        plain = "VT_" plain
    }
    if (plain != guard || first != "#ifndef " given ||
        second != "#define " given) {
        print file ":" line ": the guard must be " guard
    } else if (last !~ /^#endif/) {
        print file ":" line ": nothing may follow the #endif of the guard"
    }
}
FNR == 1 { finish(); file = FILENAME; first = second = last = ""; line = 1 }
/^#/ && first != "" && second == "" { second = $0 }
/^#/ && first == "" { first = $0; line = FNR }
/[^ ]/ { last = $0 }
END { finish() }
' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
