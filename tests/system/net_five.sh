#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_five.sh - a live chain goes through all engines and back, PBFT, Raft, PoW,
# DPoS, PoS, PBFT, while clients go on paying and a node is killed in each
# epoch. Every transfer that was offered is final once on every node, the ledger
# agrees with the clients' books to the last unit, and a node that knows nothing
# verifies all of it from genesis.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

clients="bob carol dave erin"

# ---- the network: four members, and a fifth node for later -----------------

nodes=5
make_net
nodes=4
rm -rf "$net"/node*/data
sed -i '/^node5 /d' "$net"/chains/*.ini
sed -i -e 's/^window .*/window = 8/' \
    -e 's/^genesis_time/switch_freeze = 32\ngenesis_time/' \
    "$net/chains/trade.ini"
run vtchain key new sink --no-password --keys "$net/keys"
same "$code" 0 "a key for the receiver: $err"
sink=$(vtchain key address sink --keys "$net/keys")

# ---- clients ---------------------------------------------------------------

# next_node N
next_node()
{
    echo $(($1 % nodes + 1))
}

# offer NAME NONCE: signs a transfer and writes it down; where a node is away,
# the next one is asked. Into $raw and $id.
offer()
{
    until raw=$(vtchain tx send "$sink" 1 --chain trade --key "$1" \
        --nonce "$2" --fee 0.001 --keys "$net/keys" --dry-run --json \
        --node "$(api_of "$at")" 2>>"$1.err"); do
        [ ! -e load.end ] || exit 0 # of the client's own shell
        at=$(next_node "$at")
        sleep 0.1
    done
    id=$(printf %s "$raw" | jq -r .id)
    raw=$(printf %s "$raw" | jq -r .raw)
    echo "$id" >>"offered.$1"
}

# deliver NAME: what was offered goes to node after node until one says that it
# is final.
deliver()
{
    until vtchain tx submit "$raw" --chain trade --node "$(api_of "$at")" \
        --timeout 10s >/dev/null 2>>"$1.err" ||
        is_final "$at" "$id" trade 2>/dev/null; do
        [ ! -e load.end ] || return 0
        at=$(next_node "$at")
        sleep 0.1
    done
    echo "$id" >>"finals.$1"
}

# client NAME NODE: some transfers at a time, the next ones when all are final
client()
{
    at=$2
    nonce=0
    while [ ! -e load.stop ]; do
        for _ in 1 2 3; do
            offer "$1" "$nonce"
            deliver "$1" &
            nonce=$((nonce + 1))
        done
        wait
    done
}

finals()
{
    cat finals.* | wc -l
}

# used by until_true
# shellcheck disable=SC2317
more_than()
{
    [ "$(finals)" -gt "$1" ]
}

# goes_on WHAT: transfers that were not final become final
goes_on()
{
    checks=$((checks + 1))
    until_true 60 more_than $(($(finals) + 8)) ||
        fail "no transfers $1: $(tail -qn 1 ./*.err)" \
            "$(tail -qn 2 "$net"/node*/node.log)"
}

# ---- epochs ----------------------------------------------------------------

status_of()
{
    vtchain chain status trade --node "$(api_of "$1")" --json 2>/dev/null |
        jq -r "$2"
}

# used by until_true
# shellcheck disable=SC2317
epoch_is()
{
    [ "$(status_of "$1" .epoch)" = "$2" ]
}

# The first node that is up.
here()
{
    for n in 1 2; do
        [ -z "$(pid_of "$n")" ] || echo "$n"
    done | head -n 1
}

# used by until_true
# shellcheck disable=SC2317
settled()
{
    epoch_is "$(here)" "$1" || [ "$(status_of "$(here)" .switch)" = null ]
}

# switch_to EPOCH NODE OPTIONS...: asks for it until it comes, since a switch for
# which too few were ready in time changes nothing. Once it is agreed upon NODE
# is killed; it comes back when the others are in the next epoch.
switch_to()
{
    want=$1
    victim=$2
    shift 2
    tries=5
    while ! epoch_is "$(here)" "$want" && [ "$tries" -gt 0 ]; do
        run vtchain chain switch trade "$@" --key alice --fee 0.001 \
            --keys "$net/keys" --node "$(api_of "$(here)")" --timeout 20s
        stop_node KILL "$victim"
        until_true 60 settled "$want"
        tries=$((tries - 1))
    done
    checks=$((checks + 1))
    epoch_is "$(here)" "$want" || {
        fail "no epoch $want: [$out] [$err]" \
            "$(tail -qn 3 "$net"/node*/node.log)"
        finish
    }
    start_node "$victim"
    ready "$victim"
    for n in 1 2 3 4; do
        checks=$((checks + 1))
        until_true 30 epoch_is "$n" "$want" ||
            fail "node$n is not in epoch $want:" \
                "$(tail -n 3 "$net/node$n/node.log")"
    done
    echo "epoch $want after $((5 - tries)) tries, $(finals) transfers are final"
}

# lose NODE: killed in the middle of an epoch, the rest goes on, it comes back
lose()
{
    stop_node KILL "$1"
    goes_on "without node$1"
    start_node "$1"
    ready "$1"
    goes_on "after the return of node$1"
}

rm -f ./*.err
for name in $clients; do
    : >"finals.$name"
    : >"offered.$name"
done
start_all
ready 1 2 3 4
for name in carol dave; do
    to=$(vtchain key address "$name" --keys "$net/keys")
    expect 0 vtchain tx send "$to" 10000 --chain trade --key alice \
        --fee 0.001 --keys "$net/keys" --node "$(api_of 1)"
    expect 0 vtchain tx send "$to" 100 TGAS --chain trade --key alice \
        --fee 0.001 --keys "$net/keys" --node "$(api_of 1)"
done
pids=
n=1
for name in $clients; do
    client "$name" "$n" &
    pids="$pids $!"
    n=$((n + 1))
done
goes_on "at the start"

lose 2
switch_to 1 4 --to raft --at +96 --options 'window = 8'
lose 3
switch_to 2 1 --to pow --at +96 --options 'interval = 200ms; halflife = 5s;
    depth = 6; first = 200000; limit = 1000; refresh = 1s'
lose 4
switch_to 3 2 --to dpos --at +56 --options 'slot = 100ms; run = 2;
    timeout = 200ms; retransmit = 100ms'
lose 2
switch_to 4 3 --to pos --at +64 --options 'slot = 100ms; active_permille = 400;
    pointer_timeout = 200ms; retransmit = 100ms'
lose 3
switch_to 5 1 --to pbft --at +56 --options 'window = 8'
lose 4
touch load.stop
# used by until_true; each pid in a word of its own
# shellcheck disable=SC2086,SC2317
are_done()
{
    for pid in $pids; do
        ! kill -0 "$pid" 2>/dev/null || return 1
    done
}
checks=$((checks + 1))
until_true 120 are_done ||
    fail "transfers that are offered and never final: $(tail -qn 1 ./*.err)" \
        "$(tail -qn 5 "$net"/node*/node.log)"
touch load.end
# shellcheck disable=SC2086
wait $pids

# ---- what is in the books --------------------------------------------------

start_node 5
nodes=5
ready 5
checks=$((checks + 1))
until_true 60 epoch_is 5 5 || fail "node5 does not verify the whole chain"
# used by until_true
# shellcheck disable=SC2317
at_rest()
{
    : >rest
    n=1
    while [ "$n" -le "$nodes" ]; do
        status_of "$n" '"\(.executed_height) \(.state_root) \(.mempool_count)"'
        n=$((n + 1))
    done | sort -u >rest
    [ "$(wc -l <rest)" = 1 ] && [ "$(cut -d' ' -f3 rest)" = 0 ]
}
checks=$((checks + 1))
until_true 30 at_rest || fail "the nodes differ: $(cat rest)"
same_state trade
height=$(cut -d' ' -f1 rest)

# ask NODE FILE: calls of JSON-RPC, one a line; answers a line each. In batches
# of 8, because so many blocks are read at a time.
ask()
{
    jq -cs 'range(0; length; 8) as $i | .[$i:$i + 8]' "$2" |
        while read -r batch; do
            printf %s "$batch" | curl -sS --data-binary @- \
                -H 'Content-Type: application/json' "http://$(api_of "$1")/rpc"
        done | jq -c '.[]'
}

cat offered.* | sort >offered
cat finals.* | sort >finals
count=$(wc -l <offered)
[ "$count" -gt 100 ] || fail "few transfers: $count"
same "$(sort -u offered | wc -l)" "$count" "different transfers"
same "$(cmp offered finals 2>&1)" "" "offered and told to be final"

# every one on every node
jq -Rc '{jsonrpc: "2.0", id: ., method: "tx.get",
    params: {chain: "trade", id: .}}' offered >calls
n=1
while [ "$n" -le "$nodes" ]; do
    ask "$n" calls | jq -r 'select(.result.where == "final" and
        .result.receipt.code == "done").id' | sort >known
    same "$(cmp offered known 2>&1)" "" "offered, and final on node$n"
    n=$((n + 1))
done

# and once: the blocks of the chain hold each of them in one place, whichever
# node is asked
seq 1 "$height" | jq -c '{jsonrpc: "2.0", id: ., method: "block.get",
    params: {chain: "trade", height: .}}' >calls
for n in 1 5; do
    ask "$n" calls | tee blocks | jq -r '.result.txs[]?' | sort >included
    same "$(jq -s length blocks)" "$height" "blocks of node$n"
    same "$(uniq -d included | wc -l)" 0 "transactions twice on node$n"
    same "$(comm -23 offered included | wc -l)" 0 \
        "offered transfers in no block of node$n"
done

# account NODE ADDRESS
account()
{
    vtchain account show "$2" --chain trade --node "$(api_of "$1")" --json
}
paid=0
for name in $clients; do
    to=$(vtchain key address "$name" --keys "$net/keys")
    sent=$(wc -l <"offered.$name")
    paid=$((paid + sent))
    same "$(account 5 "$to" | jq -r .nonce)" "$sent" "nonce of $name"
done
same "$(account 5 "$sink" | jq -r '.balances[0].amount')" "$paid" \
    "what was received"

expect 0 vtchain chain requirements trade --node "$(api_of 5)" --json
same "$(json 'map(.engine) | join(" ")')" \
    "$(printf 'org.vtchain.%s ' pbft raft pow dpos pos pbft | sed 's/ $//')" \
    "engines"
same "$(json 'map(.start_height) | . == sort and .[0] <= 1')" true "heights"
for n in 1 2 3 4 5; do
    expect 0 vtchain chain evidence trade --node "$(api_of "$n")" --json
    same "$(json length)" 0 "members accused on node$n"
done
printf '%s transfers in %s blocks of six epochs\n' "$count" "$height"
finish
