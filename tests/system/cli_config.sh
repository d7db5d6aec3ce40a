#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_config.sh - INI files: good ones pass, every problem of a bad one is told
# with file and line, defaults are complete.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

vtchain key new alice --no-password --quiet >/dev/null
alice=$(vtchain key address alice)
pk=$(vtchain key show alice --json | jq -r .public_key)

cat >node.ini <<END
[node]
name = node1
data = data
[network]
listen = 127.0.0.1:7101
[api]
listen = 127.0.0.1:7201
[peers]
node2 = 127.0.0.1:7102
END
expect 0 vtchain config check node.ini
has "$out" "node.ini: ok, a node's configuration"
expect 0 vtchain config check node.ini --json
same "$(json '.files[0].kind')" node "kind of file"
same "$(json '.files[0].problems | length')" 0 "problems of a good file"

# all problems at once, each on its line
cat >bad.ini <<END
[node]
nmae = node1
data = data
workers = 65
log =
[netwrk]
listen = 127.0.0.1:7101
[api]
deadline = 5
clients = many
clients = 3
[peers]
node2 = nowhere
[chains]
main = no-such.ini
END
expect 4 vtchain config check bad.ini
has "$err" "bad.ini:2: unknown option 'nmae' in [node], did you mean 'name'" \
    "bad.ini:4: option 'workers': 65 is above 64" \
    "bad.ini:5: option 'log'" \
    "bad.ini:7: unknown section [netwrk], did you mean [network]" \
    "bad.ini:9: option 'deadline': '5' is not a time with its unit" \
    "bad.ini:10: option 'clients': 'many' is not a whole number" \
    "bad.ini: [node] needs the option 'name'" \
    "bad.ini:15: chain 'main': cannot read no-such.ini" \
    "8 problems in 1 file"
same "$(wc -l <err.txt)" 9 "lines of error"
same "$(sed -n 's/^bad.ini:\([0-9]*\):.*/\1/p' err.txt | tr '\n' ' ')" \
    "2 4 5 7 9 10 15 " "order of the lines"
expect 4 vtchain config check bad.ini --json
same "$(json .error.code)" bad_input "code"
same "$(json '.error.files[0].problems | length')" 8 "problems as JSON"

# what only the whole file shows comes when the rest is right
printf '[node]\nname = n\ndata = d\n[peers]\nx = nowhere\n' >peers.ini
expect 4 vtchain config check peers.ini
has "$err" "peers.ini:5: peer 'x' needs host:port"

# lines that cannot be read
long=$(printf 'x%.0s' $(seq 300))
printf '[node]\nname = %s\n' "$long" >long.ini
expect 4 vtchain config check long.ini
has "$err" "long.ini:2: line is longer than 199 bytes"
printf '[node]\nname = a\nthis is nothing\n' >text.ini
expect 4 vtchain config check text.ini
has "$err" "text.ini:3: neither [section], key = value nor comment"
printf 'name = a\n' >outside.ini
expect 4 vtchain config check outside.ini
has "$err" "outside.ini:1: 'name' stands before any [section]"
printf '[node]\nname = \351\n' >latin.ini
expect 4 vtchain config check latin.ini
has "$err" "latin.ini:2: text is not UTF-8"
printf '[nonsense]\na = b\n' >other.ini
expect 4 vtchain config check other.ini
has "$err" "neither a node's INI"
expect 4 vtchain config check missing.ini
has "$err" "missing.ini: cannot be read"
: >empty.ini
expect 4 vtchain config check empty.ini

# a chain: its plugins are named where they are asked for
cat >chain.ini <<END
[chain]
name = Main
consensus = nope
storage = schnorr
log_storage = ../segment
signatures = schnorr, ed25519, nix
genesis_time = 1700000000000
block_intervall = 1s
[economy]
burn_rate = 10000001
[consensus.nope]
anything = 1
[storage.lmdb]
cache = 1
[signature.schnorr]
speed = 9
[validators]
node1 = $pk
END
expect 4 vtchain config check chain.ini
has "$err" "chain.ini:3: plugin nope: find: no nope.so in $VT_TEST_PLUGIN_DIR" \
    "chain.ini:4: $VT_TEST_PLUGIN_DIR/schnorr.so: interfaces: plugin schnorr offers no storage" \
    "chain.ini:5: plugin ../segment: find: a plugin is named by its stem" \
    "chain.ini:6: plugin nix: find: no nix.so" \
    "chain.ini:8: unknown option 'block_intervall' in [chain], did you mean 'block_interval'" \
    "chain.ini:10: option 'burn_rate': 10000001 is above 10000000" \
    "chain.ini:14: section [storage.lmdb] belongs to a plugin this chain does not use" \
    "chain.ini:16: unknown option 'speed' in [signature.schnorr]" \
    "8 problems in 1 file"
case $err in
*consensus.nope*) fail "rows of a plugin that did not load are told twice" ;;
esac

# a chain that is right: an engine and a store that do nothing stand in
mkdir plugins
for flag in -DENGINE -DSTORE; do
    [ $flag = -DENGINE ] && name=idle || name=idlestore
    $VT_TEST_CC -std=c11 -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -w \
        -I"$VT_TEST_SRC_DIR/abi" $flag \
        "$VT_TEST_SRC_DIR/tests/system/idle_plugin.c" -o "plugins/$name.so" ||
        fail "cannot compile $name"
    chmod 755 "plugins/$name.so"
done
chain()
{
    cat <<END
[chain]
name = main
consensus = idle
storage = idlestore
log_storage = idlestore
signatures = schnorr, ed25519
genesis_time = 1700000000000
[economy]
token_supply = 1000
[consensus.idle]
door = north
pace = 250ms
[storage.idlestore]
door = south
pin = 98765
END
}
check()
{
    expect "$1" vtchain config check "$2" --plugins plugins
}
{
    chain
    printf '[validators]\nnode1 = %s\n[genesis]\n%s = 1000 BVC\n' "$pk" "$alice"
} >good.ini
check 0 good.ini
has "$out" "good.ini: ok, a chain's configuration"
printf '[node]\nname = n\ndata = d\n[chains]\nmain = good.ini\nbad = chain.ini\n' \
    >both.ini
check 4 both.ini
has "$out" "both.ini: ok" "good.ini: ok"
has "$err" "chain.ini:3" "problems in 3 files"

# without --plugins a node's own [plugins] path is where its chains look
printf '[node]\nname = n\ndata = d\n[plugins]\npath = plugins\n[chains]\nmain = good.ini\n' \
    >own.ini
expect 0 vtchain config check own.ini
has "$out" "own.ini: ok" "good.ini: ok"

printf '[node]\nname = n\ndata = d\n[chains]\nmain = loop.ini\nx = node.ini\n' \
    >loop.ini
expect 4 vtchain config check loop.ini
has "$err" "node.ini: a node's INI, but a node's [chains] names it"

# validators, genesis and sums
{ chain; printf '[validators]\nnode1 = abc\n'; } >v1.ini
check 4 v1.ini
has "$err" "v1.ini:17: validator 'node1' needs its public key"
{ chain; printf '[validators]\nnode1 = abcd\n'; } >v2.ini
check 4 v2.ini
has "$err" "'node1' has no public key of scheme schnorr" "vtchain key show"
{ chain; printf '[genesis]\n%s = 1000\n' "$alice"; } >g1.ini
check 4 g1.ini
has "$err" "g1.ini:17: a genesis row is"
{ chain; printf '[genesis]\n%sx = 1000 BVC\n' "$alice"; } >g2.ini
check 4 g2.ini
has "$err" "g2.ini:17: address"
{ chain; printf '[genesis]\n%s = 999 BVC\n' "$alice"; } >g3.ini
check 4 g3.ini
has "$err" "g3.ini: [genesis] gives out 999 BVC" "make them equal"
{ chain; printf '[genesis]\n%s = 1000 XYZ\n' "$alice"; } >g4.ini
check 4 g4.ini
has "$err" "g4.ini:17: asset XYZ is not known here"
chain | sed '/^door = north/d' >door.ini
check 4 door.ini
has "$err" "door.ini: [consensus.idle] needs the option 'door': Where it idles."
chain | sed 's/^pace = 250ms/pace = 2m/' >pace.ini
check 4 pace.ini
has "$err" "pace.ini:12: option 'pace': 2m is above 1m"

# the values a file leads to, each with its origin; secrets stay secret
expect 0 vtchain config dump good.ini --plugins plugins
has "$out" "[consensus.idle]" "; good.ini:11" "; default" \
    "[genesis]" "$alice = 1000 BVC"
has "$(grep '^pace' out.txt | head -1)" "pace = 250ms" "; good.ini:12"
has "$(grep '^block_interval' out.txt)" "block_interval = 250ms" "; default"
case $out in
*98765*) fail "a secret is printed" ;;
esac
expect 0 vtchain config dump good.ini --json --plugins plugins
same "$(json '.[] | select(.section == "chain" and .key == "name") | .origin')" \
    good.ini:2 "origin as JSON"
cp out.txt first.json
vtchain config dump good.ini --plugins plugins | sed '/(secret)/d' >again.ini
check 0 again.ini
expect 0 vtchain config dump node.ini
has "$(grep '^data' out.txt)" "$work/data"
expect 4 vtchain config dump bad.ini
has "$err" "bad.ini:2" "vtchain config check bad.ini"

# defaults: what is printed is itself a valid file but for what is required
for section in node network api plugins chain economy ledger.log; do
    expect 0 vtchain config defaults $section
    has "$out" "[$section]" " =" "; "
done
{
    vtchain config defaults node network api plugins
} | sed 's/^;name =/name = n/; s/^;data =/data = d/' >defaults.ini
check 0 defaults.ini
expect 0 vtchain config defaults chain --json
same "$(json '.[0].keys[] | select(.name == "name") | .required')" true \
    "required as JSON"

finish
