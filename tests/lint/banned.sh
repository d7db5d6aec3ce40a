#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Is a function called that has a better one, or that its place may not reach?
# Nobody calls strcpy and its like; core gets memory from base/alloc.h alone;
# chain, ledger, wire and engines see neither clock nor chance. An exception is
# written on the line: /* discouraged: why */.
. "$(dirname "$0")/lib.sh"

lint_files '*.[ch]' >"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
BEGIN {
    n = split("strcpy strcat sprintf vsprintf gets scanf fscanf sscanf atoi " \
        "atol atof strtok setlocale tmpnam mktemp alloca", word, " ")
    for (i = 1; i <= n; i++) {
        never[word[i]] = 1
    }
    n = split("malloc calloc realloc free strdup strndup", word, " ")
    for (i = 1; i <= n; i++) {
        memory[word[i]] = 1
    }
    n = split("time rand srand random srandom rand_r clock clock_gettime " \
        "gettimeofday getrandom localtime gmtime nanosleep usleep sleep " \
        "getenv vt_random", word, " ")
    for (i = 1; i <= n; i++) {
        world[word[i]] = 1
    }
}
function check(name)
{
    if (name in never) {
        report(name "() is banned: it has no bound, no error or a hidden state")
    } else if ((name in memory) && FILENAME ~ /^core\// &&
               FILENAME !~ /^core\/base\/alloc\.c$/) {
        report(name "() in core: take vt_alloc and vt_free of base/alloc.h")
    } else if ((name in world) && FILENAME ~ /^(core\/(chain|ledger|wire)|plugins\/consensus)\// &&
               FILENAME !~ /\/tests\//) {
        report(name "(): clock, chance and environment come through the world it was handed")
    }
}
{
    text = code($0)
    if (excused($0)) {
        next
    }
    while (match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(text, RSTART, RLENGTH - 1)
        before = RSTART > 1 ? substr(text, RSTART - 1, 1) : ""
        sub(/[ \t]*$/, "", name)
        # a member called free or time is nobody'"'"'s library function
        if (before != "." && before != ">") {
            check(name)
        }
        text = substr(text, RSTART + RLENGTH)
    }
}
' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
