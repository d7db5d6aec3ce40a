#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_switch.sh - a live chain changes what decides it: from PBFT to Raft, then
# to PBFT with other members, under load and with a node killed on the way. No transaction
# is lost or done twice, a node that was away follows, and one that joins from
# nothing verifies every epoch.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

# load: transfers on trade, one after the other; ids told to be final to finals
load()
{
    bob=$(vtchain key address bob --keys "$net/keys")
    while [ ! -e load.stop ]; do
        vtchain tx send "$bob" 1 --chain trade --key erin --fee 0.001 \
            --keys "$net/keys" --node "$(api_of 1)" --timeout 20s --json \
            2>>load.err | jq -r 'select(.stage == "final") | .id' >>finals
    done
}

# used by until_true
# shellcheck disable=SC2317
epoch_is()
{
    [ "$(vtchain chain status trade --node "$(api_of "$1")" --json |
        jq -r .epoch)" = "$2" ]
}

# switch_to EPOCH OPTIONS...: asks for it until it comes; a switch for which a
# node was not ready in time changes nothing
switch_to()
{
    want=$1
    shift
    tries=5
    while ! epoch_is 1 "$want" && [ "$tries" -gt 0 ]; do
        run vtchain chain switch trade "$@" --at +160 --key alice \
            --fee 0.001 --keys "$net/keys" --node "$(api_of 1)"
        until_true 8 epoch_is 1 "$want"
        tries=$((tries - 1))
    done
    checks=$((checks + 1))
    epoch_is 1 "$want" || fail "no epoch $want: [$out] [$err]"
}

make_net
start_all
ready 1 2 3 4
: >finals
load &
load_pid=$!
until_true 30 test -s finals || fail "no transfers: $(cat load.err)"

# a stranger cannot end an epoch, and a typing error is a clear refusal
expect 1 vtchain chain switch trade --to pbft --at +200 --key bob --fee 0.001 \
    --keys "$net/keys" --node "$(api_of 1)"
has "$out$err" governor
expect 4 vtchain chain switch trade --to ../pbft --at +200 --key alice \
    --keys "$net/keys" --node "$(api_of 1)"
has "$err" stem
while IFS='|' read -r word options; do
    # shellcheck disable=SC2086 # two words
    expect 1 vtchain chain switch trade --to ${options%%;*} \
        --options "${options#*;}" --at +200 --key alice --fee 0.001 \
        --keys "$net/keys" --node "$(api_of 1)"
    has "$err" "$word"
    has "$err" switch_unable
done <<'EOF'
no nope.so|nope;
unknown option 'bogus'|raft;bogus = 1
'zzz' is not a time|raft;ping = zzz
offers no consensus|leveldb;
EOF

switch_to 1 --to raft --options 'window = 8; heartbeat = 0ms'
for n in 2 3 4; do
    checks=$((checks + 1))
    until_true 30 epoch_is "$n" 1 || fail "node$n is not in epoch 1"
done

# three of four go on to three members while the fourth is away
stop_node KILL 4
members=
for n in 1 2 3; do
    pk=$(awk -v name="node$n" '$1 == name { print $3 }' \
        "$net/chains/trade.ini")
    members="$members node$n = $pk;"
done
switch_to 2 --to pbft --members "$members"
start_node 4
ready 4
checks=$((checks + 1))
until_true 60 epoch_is 4 2 || fail "node4 does not follow into epoch 2"

# a restart in a later epoch
stop_node TERM 2
start_node 2
ready 2
checks=$((checks + 1))
until_true 30 epoch_is 2 2 || fail "node2 forgot its epoch"
touch load.stop
wait "$load_pid"

# one that knows nothing takes all epochs from the others
stop_node KILL 3
rm -rf "$net/node3/data"
start_node 3
ready 3
checks=$((checks + 1))
until_true 60 epoch_is 3 2 || fail "node3 does not catch up from nothing"

[ "$(wc -l <finals)" -gt 5 ] || fail "few transfers: $(wc -l <finals)"
while read -r id; do
    final_everywhere "$id" trade
done <finals
same "$(sort finals | uniq -d)" "" "transactions final twice"
run vtchain chain requirements trade --node "$(api_of 3)" --json
same "$(json 'length')" 3 "epochs"
same "$(json '.[2].members | join(" ")')" "node1 node2 node3" "members"
same "$(json 'map(.engine) | join(" ")')" \
    "org.vtchain.pbft org.vtchain.raft org.vtchain.pbft" "engines"
# used by until_true
# shellcheck disable=SC2317
caught_up()
{
    [ "$(height_of 3 trade)" -ge "$(height_of 1 trade)" ]
}
until_true 60 caught_up
same_state trade
finish
