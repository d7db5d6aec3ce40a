#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_election.sh - members chosen by stake, on real processes. A node that is
# no member stakes, stands and is elected into a PBFT chain; on a DPoS chain it
# takes the seat of a producer that is gone. A node that joins from nothing
# verifies all of it.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"
nodes=5

# elections CHAIN ROWS: node5 is no member, members are elected
elections()
{
    ini=$net/chains/$1.ini
    awk '/^\[/ { skip = $0 == "[election]" } !skip' "$ini" |
        sed -e '/^node5 /d' -e "s/^block_interval.*/&\nswitch_freeze = 16/" \
            >ini.new
    printf '\n[election]\nevery = 320\nseats = 4\nunbond = 1000\n%b' "$2" \
        >>ini.new
    mv ini.new "$ini"
}

# load CHAIN KEY: transfers one after the other, final ones to finals.CHAIN
load()
{
    bob=$(vtchain key address bob --keys "$net/keys")
    while [ ! -e load.stop ]; do
        vtchain tx send "$bob" 1 --chain "$1" --key "$2" \
            --fee 0.001 --keys "$net/keys" --node "$(api_of 1)" --timeout 20s --json \
            2>>load.err | jq -r 'select(.stage == "final") | .id' \
            >>"finals.$1"
    done
}

# members CHAIN: names of those who decide now
members()
{
    vtchain chain requirements "$1" --node "$(api_of 1)" --json |
        jq -r '.[-1].members | sort | join(" ")'
}

# used by until_true
# shellcheck disable=SC2317
sits()
{
    members "$1" | grep -qw "$2"
}

# fee_of CHAIN: what it takes at least
fee_of()
{
    [ "$1" = trade ] && echo 0.001 || echo 0
}

# pay CHAIN TO AMOUNT ASSET
pay()
{
    expect 0 vtchain tx send "$2" "$3" "$4" --chain "$1" --key alice \
        --fee "$(fee_of "$1")" --keys "$net/keys" --node "$(api_of 1)"
}

# of_node5 CODE CHAIN COMMAND...: signed by the node's own key
of_node5()
{
    want=$1
    chain=$2
    shift 2
    expect "$want" vtchain stake "$@" --chain "$chain" \
        --key "$net/node5/node.key" --fee "$(fee_of "$chain")" \
        --node "$(api_of 1)"
}

run vtchain dev --nodes 5 --chain prod=dpos --keep "$net" --for 1ms --json
json .nodes >nodes.json
for i in 1 2 3 4 5; do
    eval "api_$i=$(jq -r ".[$i - 1].api" nodes.json)"
    eval "pid_$i="
done
elections trade ''
elections prod 'presence = 30\n'
sed -i -e 's/^slot .*/slot = 50ms\nidle_blocks = yes/' -e 's/^run .*/run = 1/' \
    "$net/chains/prod.ini"
rm -rf "$net"/node*/data # it was made with other parameters
start_all
ready 1 2 3 4 5
load trade erin &
load_pid=$!
until_true 30 test -s finals.trade || fail "no transfers: $(cat load.err)"

# node5 gets what it needs, stakes and stands on both chains
node5=$(vtchain key address "$net/node5/node.key")
pay trade "$node5" 3000 TRD
pay trade "$node5" 10 TGAS
pay prod "$node5" 3000 DPT
of_node5 0 trade add 2000
of_node5 0 prod add 2000
of_node5 1 trade stand node1
has "$out$err" name
of_node5 0 trade stand node5
run vtchain stake candidates --chain trade --node "$(api_of 3)" --json
same "$(json '.[0].name + " " + .[0].own')" "node5 2000" "candidate"

checks=$((checks + 1))
until_true 90 sits trade node5 || fail "node5 has no seat: $(members trade)"
same "$(members trade | wc -w)" 4 "members of trade"

# a producer is gone: the election after an epoch without it gives its seat to
# who stands
touch load.stop
wait "$load_pid"
stop_node KILL 4
# used by until_true
# shellcheck disable=SC2317
epoch_is_above()
{
    [ "$(vtchain chain status prod --node "$(api_of 1)" --json |
        jq -r .epoch)" -gt "$1" ]
}
epoch=$(vtchain chain status prod --node "$(api_of 1)" --json | jq -r .epoch)
until_true 90 epoch_is_above "$epoch" || fail "prod stands still"
of_node5 0 prod stand node5
checks=$((checks + 1))
until_true 90 sits prod node5 || fail "node5 has no seat: $(members prod)"
same "$(members prod)" "node1 node2 node3 node5" "members of prod"
start_node 4

# one that knows nothing verifies every epoch
stop_node KILL 3
rm -rf "$net/node3/data"
start_node 3
ready 1 2 3 4 5
# used by until_true
# shellcheck disable=SC2317
caught_up()
{
    [ "$(height_of 3 "$1")" -ge "$(($(height_of 1 "$1") - 3))" ] &&
        [ "$(height_of 4 "$1")" -ge "$(($(height_of 1 "$1") - 3))" ]
}
for chain in trade prod; do
    checks=$((checks + 1))
    until_true 60 caught_up $chain || fail "$chain does not catch up"
    same_state $chain
done
tail -n 20 finals.trade >some
while read -r id; do
    final_everywhere "$id" trade
done <some
run vtchain stake show "$node5" --chain prod --node "$(api_of 3)" --json
same "$(json .staked)" 2000 "stake of node5"
of_node5 0 prod withdraw 500
run vtchain stake show "$node5" --chain prod --node "$(api_of 3)" --json
same "$(json '.leaving | length')" 1 "withdrawals"
finish
