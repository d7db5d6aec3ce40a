#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does every file include only what its floor may see? A room of core sees the
# rooms below it; a plugin sees <vt/>, its own folder, its library and, among
# engines, plugins/consensus/common; the ABI sees <stddef.h>, <stdint.h> and
# itself. Tests see everything.
. "$(dirname "$0")/lib.sh"

lint_files 'core/*.[ch]' 'abi/*.[ch]' 'plugins/*.[ch]' |
    grep -v '^plugins/.*/tests/' >"$lint_tmp/list" || true
lint_awk "$lint_tmp/list" '
BEGIN {
    may["base"] = "base"
    may["wire"] = "base wire"
    may["config"] = "base config"
    may["ledger"] = "base wire config ledger"
    may["identity"] = "base wire config identity"
    may["plugin"] = "base wire config plugin"
    may["chain"] = "base wire config ledger identity plugin chain"
    may["net"] = may["chain"] " net"
    may["sim"] = may["chain"] " sim"
    may["conform"] = may["sim"] " conform"
    may["api"] = may["net"] " api"
    may["node"] = may["api"] " node"
    # the one arrow sideways: `vtchain node` runs the daemon
    may["cli"] = may["api"] " sim conform node cli"
}
function in_core(name, line,    part, room)
{
    split(FILENAME, part, "/")
    if (line !~ /"/ || name == "config.h") {
        return
    }
    if (!(part[2] in may)) {
        report("core/" part[2] " is no room that include-walls.sh knows: give it a floor")
        return
    }
    if (name !~ /^[a-z]+\//) {
        report("say \"" part[2] "/" name "\": includes in core start with their room")
        return
    }
    room = substr(name, 1, index(name, "/") - 1)
    if (index(" " may[part[2]] " ", " " room " ") == 0) {
        report("core/" part[2] " may not see " name ": it is not below")
    }
}
function in_plugin(name, line,    part)
{
    split(FILENAME, part, "/")
    if (line !~ /"/ || name == "config.h") {
        return
    }
    if (part[2] == "consensus" && name ~ /^(\.\.\/)?common\/[a-z0-9_]+\.h$/) {
        return
    }
    if (name ~ /\//) {
        report("a plugin may not see " name ": only <vt/>, its own folder and its library")
    }
}
!is_include($0) { next }
{ name = name_of($0) }
sort_of($0) == "" {
    report("<" name "> is neither a header of C or POSIX nor a library with a door: see tests/lint/includes.awk")
}
FILENAME ~ /^core\// { in_core(name, $0) }
FILENAME ~ /^plugins\// { in_plugin(name, $0) }
FILENAME ~ /^abi\// && name !~ /^(stddef|stdint)\.h$/ && $0 !~ /<vt\// {
    report("the ABI includes <stddef.h>, <stdint.h> and <vt/> only, not " name)
}
' includes >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
