#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is every function of the ABI documented? The comment before its struct has
# an entry that starts with its name and says Returns and Thread:.
. "$(dirname "$0")/lib.sh"

lint_files 'abi/vt/*.h' >"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
# Text of the entry of name: from the line that starts with it to the line
# that starts with another member, or to the end.
function entry_of(name, comment,    n, i, line, words, k, w, text, on, wide)
{
    n = split(comment, line, "\n")
    for (i = 1; i <= n; i++) {
        wide = line[i] ~ /^[a-z]/
        if (wide) {
            on = 0
            # "a, b  text" and "a b c\n" name several
            words = split(line[i], w, /[ ,]+/)
            for (k = 1; k <= words && w[k] ~ /^[a-z_0-9]+$/; k++) {
                if (w[k] == name) {
                    on = 1
                }
                if (line[i] ~ ("^([a-z_0-9]+,? )*" w[k] "  ")) {
                    break
                }
            }
        }
        if (on) {
            text = text " " line[i]
        }
    }
    return text
}
function check(name, text, line)
{
    if (text == "") {
        print FILENAME ":" line ": " name " has no entry in the comment above"
        return
    }
    if (text !~ /Returns? /) {
        print FILENAME ":" line ": " name " does not say what it Returns"
    }
    if (text !~ /Thread: /) {
        print FILENAME ":" line ": " name " does not say its Thread:"
    }
}
function member(struct, name, text, comment, line)
{
    check(name, entry_of(name, comment), line)
}
function prototype(name, text, comment, line)
{
    check(name, comment, line)
}
' members >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
