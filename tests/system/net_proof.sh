#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_proof.sh - what a stranger can check: for each engine a transaction's
# proof, printed by a node, holds against the INI that the chain began with and
# nothing else, across a change of the engine, too; with any byte changed it
# does not.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

# send CHAIN [FEE]: a transfer; its id in $id
send()
{
    run vtchain tx send "$bob" 1 --chain "$1" --key alice --keys "$net/keys" \
        --fee "${2:-0}" --node "$(api_of 1)" --wait received --json
    same "$(json .stage)" received "a transfer on $1: $err"
    id=$(json .id)
}

# proof CHAIN ID: into $1.json; used by until_true, too
# shellcheck disable=SC2317
proof()
{
    vtchain tx show "$2" --chain "$1" --node "$(api_of 1)" --proof \
        >"$1.json" 2>proof.err
}

# used by until_true
# shellcheck disable=SC2317
is_executed()
{
    proof "$1" "$2" && [ "$(jq -r .stage "$1.json")" = executed ]
}

# holds CHAIN ID: the proof does, and shows that transaction
holds()
{
    run vtchain tx verify "$1.json" --genesis "$net/chains/$1.ini" --json
    same "$code" 0 "proof of $1: $out"
    same "$(json .id)" "$2" "transaction of the proof"
    [ "$(json .stage)" = final ] ||
        same "$(json .receipt.code)" "done" "its receipt"
}

# no_byte CHAIN STEP: each STEP-th byte of the proof matters
no_byte()
{
    checks=$((checks + 1))
    python3 - "$1.json" "$2" >changed.list <<'EOF'
import sys
data = open(sys.argv[1], 'rb').read().strip()
for i in range(0, len(data), int(sys.argv[2])):
    name = 'changed.%d' % i
    open(name, 'wb').write(data[:i] + bytes([data[i] ^ 1]) + data[i + 1:])
    print(name)
EOF
    while read -r file; do
        if vtchain tx verify "$file" --genesis "$net/chains/$1.ini" \
            >/dev/null 2>&1; then
            fail "$1: the proof holds with a byte changed: $file"
        fi
        rm -f "$file"
    done <changed.list
}

net_chains='uni=universal,raf=raft,dpo=dpos,pos=pos,pow=pow'
make_net
start_all
ready 1 2 3 4
bob=$(vtchain key address bob --keys "$net/keys")

for chain in trade uni raf dpo pos pow; do
    fee=0
    [ "$chain" != trade ] || fee=0.001
    send "$chain" "$fee"
    eval "id_$chain=$id"
done
for chain in trade uni raf dpo pos pow; do
    eval "id=\$id_$chain"
    checks=$((checks + 1))
    # without more to do PoW digs no block on top of one that is deep enough
    if [ "$chain" = pow ]; then
        until_true 120 proof pow "$id" || fail "pow: $(cat proof.err)"
    else
        until_true 30 is_executed "$chain" "$id" ||
            fail "$chain: no proof of what it did: $(cat proof.err)"
    fi
    holds "$chain" "$id"
done
no_byte trade 29
no_byte uni 67
no_byte pos 97

# before final: the word of a quorum of witnesses; an engine that tells no
# stages goes on to final
for chain in uni raf; do
    run vtchain tx send "$bob" 1 --chain "$chain" --key alice --wait witnessed \
        --proof --keys "$net/keys" --node "$(api_of 1)" --timeout 60s
    same "$code" 0 "a proof on the way: $err"
    printf '%s\n' "$out" >"early.$chain.json"
    run vtchain tx verify "early.$chain.json" \
        --genesis "$net/chains/$chain.ini" --json
    same "$code" 0 "an early proof: $out"
done
same "$(jq -r .stage early.uni.json)" witnessed "stage"
cp early.uni.json uni.json
no_byte uni 31
sed 's/"witnessed"/"notarized"/' early.uni.json >more.json
expect 1 vtchain tx verify more.json --genesis "$net/chains/uni.ini"
has "$err" "does not show"
# some node hears of the quorum for a block before it is final
checks=$((checks + 1))
tries=20
while [ "$tries" -gt 0 ]; do
    run vtchain tx send "$bob" 1 --chain uni --key alice --wait notarized \
        --proof --keys "$net/keys" --node "$(api_of 1)" --timeout 60s
    printf '%s\n' "$out" >early.json
    [ "$(jq -r .stage early.json)" != notarized ] || break
    tries=$((tries - 1))
done
[ "$tries" -gt 0 ] || fail "never notarized before final: $(cat early.json)"
run vtchain tx verify early.json --genesis "$net/chains/uni.ini" --json
same "$(json .stage)" notarized "proof of a quorum: $out"
run vtchain tx send "$bob" 1 --chain uni --key alice --wait executed --json \
    --keys "$net/keys" --node "$(api_of 1)" --timeout 60s
same "$(json .stage)" executed "stage: $out"
expect 4 vtchain tx send "$bob" 1 --chain uni --key alice --wait received \
    --proof --keys "$net/keys" --node "$(api_of 1)"

# another chain's parameters, another chain's proof
expect 1 vtchain tx verify trade.json --genesis "$net/chains/raf.ini"
has "$err" "'chain'"
sed 's/^genesis_time .*/genesis_time = 1767225600001/' \
    "$net/chains/trade.ini" >other.ini
expect 1 vtchain tx verify trade.json --genesis other.ini
has "$err" chain_id
expect 1 vtchain tx show "$(printf '0%.0s' $(seq 64))" --chain trade --proof \
    --node "$(api_of 1)"
has "$err" "no such transaction"

# from genesis over the border of an epoch
run vtchain chain switch raf --to dpos --at +160 --key alice \
    --keys "$net/keys" --node "$(api_of 1)"
same "$code" 0 "a switch: $out$err"
# used by until_true
# shellcheck disable=SC2317
is_second()
{
    [ "$(vtchain chain status raf --node "$(api_of 1)" --json |
        jq -r .epoch)" = 1 ]
}
checks=$((checks + 1))
until_true 90 is_second || fail "no switch"
send raf
checks=$((checks + 1))
until_true 30 is_executed raf "$id" || fail "no proof after the switch"
holds raf "$id"
same "$(json .engine)" org.vtchain.dpos "engine of the proof"
same "$(json .epochs)" 2 "epochs of the proof"
no_byte raf 211
jq -c 'del(.borders[0])' raf.json >gap.json
expect 1 vtchain tx verify gap.json --genesis "$net/chains/raf.ini"
has "$err" epoch
finish
