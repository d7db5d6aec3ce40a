#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli.sh - help, exit codes, --json, colour; every command has an example, and
# the examples of commands that need no node run.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

expect 0 vtchain help
has "$out" "key new" "exit codes" "--json" "VTCHAIN_NODE"
help_text=$out
expect 0 vtchain --help
same "$out" "$help_text" "--help"
expect 0 vtchain -h
same "$out" "$help_text" "-h"
expect 0 vtchain help key
has "$out" "usage: vtchain key COMMAND" "key new"
expect 0 vtchain key --help
expect 0 vtchain key new nothing extra --help
has "$out" "usage: vtchain key new NAME [options]" "example"
expect 0 vtchain --version
has "$out" "vtchain " "plugin ABI 1."
expect 0 vtchain version --json
has "$(json .abi)" "1."

# help as JSON is the whole table; every command has help with its example
expect 0 vtchain help --json
json .options[].name >/dev/null
cp out.txt table.json
jq -r '.commands[] | .command, .example' table.json >rows
commands=0
while read -r path && read -r example; do
    commands=$((commands + 1))
    # shellcheck disable=SC2086
    expect 0 vtchain $path --help
    has "$out" "usage: vtchain $path" "example" "$example"
    # shellcheck disable=SC2086
    expect 0 vtchain help $path --json
    has "$out" "\"command\":\"$path\""
done <rows
[ "$commands" -ge 30 ] || fail "only $commands commands"

# what the examples speak of
cp "$VT_TEST_PLUGIN_DIR/schnorr.so" schnorr.so
chmod 755 schnorr.so
cat >node.ini <<END
[node]
name = node1
data = data
[api]
listen = 127.0.0.1:7201
END
# (`tx sign`, `tx combine` and `tx verify` want what a node made:
# net_multisig.sh and net_proof.sh)
jq -r '.commands[] | select(.needs_node | not) | .example' table.json |
    grep -v -e 'tx sign' -e 'tx combine' -e 'tx verify' >examples
[ "$(wc -l <examples)" -ge 14 ] || fail "few examples: $(cat examples)"
while read -r example; do
    expect 0 sh -c "$example"
done <examples
rm -rf "$XDG_DATA_HOME" alice.secret
while read -r example; do # the same, each with --json
    expect 0 sh -c "$example --json"
    checks=$((checks + 1))
    json . >/dev/null
done <examples

# without a node: exit code 3, endpoint, cause and what to do, also as JSON
# (the example of `tx submit` asks a node already to make its argument)
jq -r '.commands[] | select(.needs_node) | .example' table.json |
    grep -v 'tx submit' >examples
while read -r example; do
    expect 3 sh -c "$example --node unix:$work/none.sock"
    has "$err" "$work/none.sock" "no such socket" "vtchain dev" "--node"
    one_line
    expect 3 sh -c "$example --json --node unix:$work/none.sock"
    same "$(json .error.code)" unreachable "$example"
done <examples
VTCHAIN_NODE=127.0.0.1:1
export VTCHAIN_NODE
expect 3 vtchain status
has "$err" "127.0.0.1:1" "connection refused"
unset VTCHAIN_NODE

# no colour but on a terminal, and not there against the user's will
esc=$(printf '\033')
on_terminal()
{
    script -qec "$1" /dev/null </dev/null 2>&1 | tr -d '\r' >tty.txt
    checks=$((checks + 1))
    if grep -q "$esc" tty.txt; then echo colour; else echo plain; fi
}
same "$(on_terminal 'vtchain key list')" colour "a table on a terminal"
same "$(on_terminal 'vtchain key list --no-color')" plain "--no-color"
same "$(NO_COLOR=1 on_terminal 'vtchain key list')" plain NO_COLOR
same "$(TERM=dumb on_terminal 'vtchain key list')" plain TERM=dumb
same "$(on_terminal 'vtchain key list | cat')" plain "a pipe"
same "$(on_terminal 'vtchain key show nobody')" colour "an error"

# output that cannot be written is a failure
checks=$((checks + 1))
if vtchain help >/dev/full 2>err.txt; then fail "writing to a full disk"; fi
has "$(cat err.txt)" "cannot be written"

# --quiet leaves the answer and takes the notes
expect 0 vtchain key new quiet --no-password --quiet
same "$err" "" "a note in spite of --quiet"
expect 0 vtchain key new loud --no-password
has "$err" "not protected"

finish
