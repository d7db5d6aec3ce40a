#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_refusals.sh - a node that must not start says why on one line: damaged
# log, other parameters than the chain's, a folder in use.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

make_net
start_all
ready 1 2 3 4
bob=$(vtchain key address bob --keys "$net/keys")
for _ in 1 2 3; do
    expect 0 vtchain tx send "$bob" 1 --key alice --keys "$net/keys" \
        --node "$(api_of 1)"
done

# two processes on one folder
expect 1 vtchain node "$net/node1/node.ini"
has "$err" "used by another node"
stop_all TERM

# after a clean stop the state is read, not made again
expect 0 vtchain node "$net/node1/node.ini" --check
case $err in
*"main: replaying"*) fail "blocks replayed after a clean stop: $err" ;;
esac
# the state store is only a copy: gone, it is made again
rm -rf "$net"/node1/data/main/state-*
expect 0 vtchain node "$net/node1/node.ini" --check
has "$err" "main: replaying blocks 1 to"

# damaged, it is set aside and made again
for manifest in "$net"/node1/data/main/state-leveldb/MANIFEST-*; do
    printf garbage >"$manifest"
done
expect 0 vtchain node "$net/node1/node.ini" --check
has "$err" "set aside as" "main: replaying blocks 1 to"
[ -d "$net/node1/data/main/state-leveldb.damaged" ] ||
    fail "the damaged store is not kept"
expect 0 vtchain node "$net/node1/node.ini" --check
case $err in
*"main: replaying"*) fail "blocks replayed again: $err" ;;
esac

# another parameter than the chain was made with
cp -r "$net/chains" chains.kept
sed -i 's/^window .*/window = 31/' "$net/chains/main.ini"
run vtchain node "$net/node1/node.ini" --check
[ "$code" != 0 ] || fail "other parameters were taken"
has "$err" "consensus.pbft.window" "ours 31" "chain 32"
cp chains.kept/* "$net/chains/"

# one flipped byte in a stored block
log=$(find "$net/node1/data/main" -path '*log-segment*' -type f -size +1k |
    sort | head -n 1)
size=$(find "$log" -printf '%s')
perl -e '
    my ($file, $key) = @ARGV;
    open(my $f, "+<:raw", $file) or die;
    local $/; my $all = <$f>;
    my $at = index($all, pack("H*", $key));
    die "no transaction in the log" if $at < 0;
    seek($f, $at + 3, 0); read($f, my $b, 1);
    seek($f, $at + 3, 0); print $f chr(ord($b) ^ 1);
' "$log" "$(vtchain key show alice --keys "$net/keys" --json |
    jq -r .public_key)" || fail "cannot flip a byte in $log ($size bytes)"
run vtchain node "$net/node1/node.ini" --check
[ "$code" != 0 ] || fail "a flipped byte was not seen"
checks=$((checks + 1))
[ "$(grep -c '^vtchain: ' err.txt)" = 1 ] || fail "not one line: $err"
has "$err" main
finish
