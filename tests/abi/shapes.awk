# SPDX-License-Identifier: Apache-2.0
#
# shapes.awk - what the ABI's headers declare, one fact a line:
#   struct NAME
#   member STRUCT NAME TYPE...
#   enum NAME
#   number NAME            an enum constant or a macro that is a number
#   string NAME "TEXT"     a macro that is a string
# Headers that call themselves a DRAFT are left out: they may change.
# Needs code.awk of tests/lint.

function trim(text)
{
    gsub(/[ \t]+/, " ", text)
    sub(/^ /, "", text)
    sub(/ $/, "", text)
    return text
}

# "const uint8_t *a, b[32]": each declarator with its own type.
function declare(text,    base, list, n, i, name, type)
{
    gsub(/ VT_(INIT|CHAIN|POOL|ANY)/, "", text)
    if (text ~ /\(\*[a-z_0-9]+\)/) {
        name = text
        sub(/\).*$/, "", name)
        sub(/^.*\(\*/, "", name)
        # the first (*name) is the member, a later one a parameter
        match(text, /\(\*[a-z_0-9]+\)/)
        name = substr(text, RSTART + 2, RLENGTH - 3)
        type = substr(text, 1, RSTART - 1) "(*)" substr(text, RSTART + RLENGTH)
        print "member", inside, name, type
        return
    }
    n = split(text, list, /, */)
    base = list[1]
    sub(/[ *]*[a-z_0-9]+(\[[^\]]*\])?$/, "", base)
    list[1] = substr(list[1], length(base) + 1)
    for (i = 1; i <= n; i++) {
        name = type = trim(list[i])
        gsub(/[*]|\[.*$/, "", name)
        sub(name, "", type)
        print "member", inside, trim(name), base (type == "" ? "" : " ") trim(type)
    }
}

FNR == 1 { inside = listing = pending = ""; draft = 0 }
FNR <= 4 && / DRAFT / { draft = 1 }
draft { code($0); next }
/^#define VT_[A-Z0-9_]+ +[-(]?[0-9]/ { print "number", $2 }
/^#define VT_[A-Z0-9_]+ +"/ {
    text = $0
    sub(/^[^"]*/, "", text)
    sub(/"[^"]*$/, "\"", text)
    print "string", $2, text
}
/^    X\([A-Z_]+, -?[0-9]+, / {
    name = $1
    gsub(/^X\(|,$/, "", name)
    print "number", name
}
{
    text = code($0)
    if (text ~ /^[ \t]*#/ || text ~ /\\$/) {
        next
    }
    if (text ~ /^struct [a-z_0-9]+ \{/) {
        inside = text
        sub(/^struct /, "", inside)
        sub(/ .*$/, "", inside)
        print "struct", inside
        pending = ""
        next
    }
    if (text ~ /^enum [a-z_0-9]+ \{/) {
        name = text
        sub(/^enum /, "", name)
        sub(/ .*$/, "", name)
        print "enum", name
        listing = name
    }
    if (listing != "") {
        while (match(text, /VT_[A-Z0-9_]+ *=/)) {
            print "number", trim(substr(text, RSTART, RLENGTH - 1))
            text = substr(text, RSTART + RLENGTH)
        }
        if (text ~ /\}/) {
            listing = ""
        }
        next
    }
    if (text ~ /^\}/) {
        inside = ""
    }
    if (inside == "") {
        next
    }
    pending = trim(pending " " text)
    if (pending ~ /;$/) {
        sub(/;$/, "", pending)
        declare(pending)
        pending = ""
    }
}
