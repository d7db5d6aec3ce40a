#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is every header guarded by VT_<DIR>_<FILE>_H, spelled after its path?
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
    if (first != "#ifndef " guard || second != "#define " guard) {
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
