# SPDX-License-Identifier: Apache-2.0
#
# members.awk - the function pointers of the ABI's structs. Calls
#   member(struct, name, declaration, comment, line)
# for each one, comment being the text of the block comment right before the
# struct, its lines without " * "; and
#   prototype(name, declaration, comment, line)
# for each function declared outside of a struct.

function trim(text)
{
    gsub(/[ \t]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    return text
}

# One finished declaration, ending in ";".
function declaration(text, line,    name)
{
    if (text ~ /\(\*[a-z_0-9]+\)/ && inside != "") {
        name = text
        sub(/\).*$/, "", name)
        sub(/^.*\(\*/, "", name)
        member(inside, name, text, note, line)
    } else if (inside == "" && text ~ /^[a-z].*[a-z_0-9]\(.*\).*;$/ &&
               text !~ /^(typedef|struct [a-z_0-9]+ \{|VT_)/) {
        name = text
        sub(/\(.*$/, "", name)
        sub(/^.*[ *]/, "", name)
        prototype(name, text, note, line)
    }
}

FNR == 1 { inside = pending = note = comment = ""; reading = 0 }
# comments that stand on lines of their own are kept as the note
!reading && /^[ \t]*\/\*/ {
    comment = ""
    reading = 1
}
reading {
    text = $0
    closes = index(text, "*/")
    sub(/^[ \t]*\/\*[ \t]?/, "", text)
    sub(/^[ \t]*\*\/?[ \t]?/, "", text)
    sub(/[ \t]*\*\/.*$/, "", text)
    comment = comment text "\n"
    if (closes) {
        reading = 0
        if (inside == "") {
            note = comment
        }
    }
    next
}
{
    text = code($0)
    if (text ~ /^[ \t]*#/ || text ~ /\\$/ || text ~ /^VT_(BEGIN|END)_DECLS/) {
        next
    }
    if (inside == "" && pending == "" && trim($0) == "") {
        note = "" # a comment belongs to what stands right under it
    }
    if (text ~ /^struct [a-z_0-9]+ \{/) {
        inside = text
        sub(/^struct /, "", inside)
        sub(/ .*$/, "", inside)
        pending = ""
        next
    }
    if (text ~ /^\};?/) {
        inside = pending = note = ""
        next
    }
    if (trim(text) == "") {
        next
    }
    if (pending == "") {
        start = FNR
    }
    pending = trim(pending " " text)
    if (pending ~ /;$/) {
        declaration(pending, start)
        pending = ""
        if (inside == "") {
            note = ""
        }
    }
}
