# SPDX-License-Identifier: Apache-2.0
#
# include-order.awk - the file with the includes at its top in order, its own
# header among them. Needs includes.awk.

# "core/wire/tx.c" -> "wire", plugins and unknown places "."
function room_of_path(path,    part)
{
    if (path !~ /^(core|tests)\//) {
        return "."
    }
    split(path, part, "/")
    return part[2]
}

function room_of_name(name)
{
    return name ~ /\// ? substr(name, 1, index(name, "/") - 1) : "."
}

# What the file's own header is called in an include; "" without one.
function own_name(path,    header, line)
{
    if (path !~ /\.c$/) {
        return ""
    }
    header = path
    sub(/\.c$/, ".h", header)
    if ((getline line < header) <= 0) {
        return ""
    }
    close(header)
    if (path ~ /^(core|tests)\//) {
        sub(/^(core|tests)\//, "", header)
    } else {
        sub(/^.*\//, "", header)
    }
    return header
}

function hold(line,    name, group)
{
    name = name_of(line)
    group = sort_of(line)
    if (group == "") {
        group = "system"
    }
    if (group == "room" && (name == own || (own == "" && count == 0 &&
        FILENAME ~ /\.c$/ && room_of_name(name) == room))) {
        group = "own"
    }
    count += group != "config"
    sub(/^.*\//, "", name)
    seen[name] = 1
    if (index(held[group] "\n", "\n" line "\n") == 0) {
        held[group] = held[group] "\n" line
    }
}

function put(group,    n, i, j, swap, item)
{
    n = split(held[group], item, "\n")
    for (i = 3; i <= n; i++) {
        for (j = i; j > 2 && item[j - 1] > item[j]; j--) {
            swap = item[j]
            item[j] = item[j - 1]
            item[j - 1] = swap
        }
    }
    if (n > 1 && groups++ > 0) {
        print ""
    }
    for (i = 2; i <= n; i++) {
        print item[i]
    }
}

function flush(    base)
{
    base = own
    sub(/^.*\//, "", base)
    if (own != "" && !(base in seen)) {
        held["own"] = "\n#include \"" own "\""
    }
    put("config")
    put("own")
    put("vt")
    put("room")
    put("third")
    put("system")
    done = 1
    while (blanks-- > 0) {
        print ""
    }
}

BEGIN {
    own = ARGC > 1 ? own_name(ARGV[1]) : ""
    room = room_of_path(ARGV[1])
}
done { print; next }
is_include($0) { hold($0); started = 1; blanks = 0; next }
started && /^[ \t]*$/ { blanks++; next }
started { flush() }
{ print }
END {
    if (started && !done) {
        flush()
    }
}
