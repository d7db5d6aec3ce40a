#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_node.sh - the commands that ask a node, against fake_node: the real
# ledger behind a small HTTP server. Transactions are signed here and executed
# there; proofs are made there and checked here.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

printf '01%.0s' $(seq 32) >seed
vtchain key import alice --secret-file seed --no-password --quiet >/dev/null
vtchain key new bob --no-password --quiet >/dev/null 2>&1
alice=$(vtchain key address alice)
bob=$(vtchain key address bob)

"$VT_TEST_BUILD_DIR/tests/system/fake_node" endpoint "$alice" &
node=$!
trap 'kill $node 2>/dev/null; rm -rf "$work"' EXIT
tries=0
while [ ! -s endpoint ] && [ $tries -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
done
VTCHAIN_NODE=$(cat endpoint)
export VTCHAIN_NODE

balance()
{
    vtchain account show "$1" --json |
        jq -r ".balances[] | select(.symbol == \"$2\") | .amount"
}

# ---- asking ------------------------------------------------------------------
expect 0 vtchain status
has "$out" "ready" "up 1d 2h 03m 04s" "main" "no peers"
case $out in
*"$(printf '\033')"*) fail "a node's escape reached the terminal" ;;
esac
expect 0 vtchain status --json --verbose
has "$err" "node.status: ok in"
same "$(json .chains[0].name)" main "status as JSON"
expect 0 vtchain chain list
has "$out" "CHAIN" "ENGINE" "main"
expect 0 vtchain chain status main
has "$out" "final height" "BVC" "BVG"
expect 1 vtchain chain status nochain --json
same "$(json .error.code)" not_found "unknown chain"
expect 1 vtchain chain status halted
has "$err" "halted"
expect 0 vtchain complete -- 3 vtchain chain status ""
same "$out" main "names of chains for Tab"
expect 0 vtchain peers
has "$out" "nörd" "127.0.0.1:7102" "yes" "1234"
expect 0 vtchain asset show BVC
has "$out" "BVC" "1000000"
expect 1 vtchain asset show NIX
expect 0 vtchain events --count 2
same "$(wc -l <out.txt)" 2 "events"
expect 0 vtchain events --count 1 --types final --json
same "$(json .data.height)" 1 "event as JSON"
expect 3 vtchain events
has "$err" "closed the stream"
expect 1 vtchain events --chain nochain
has "$err" "no chain of that name"

# ---- transfers ---------------------------------------------------------------
expect 0 vtchain tx send "$bob" 12.5 --key alice --memo "for dinner"
has "$out" "transaction" "final" "done" "took (ms)"
id=$(sed -n 's/^transaction *//p' out.txt)
same "$(balance "$bob" BVC)" 12.499875 "what arrived, less 0.001 % burnt"
expect 0 vtchain tx send "$bob" 0.00000001 BVG --key alice --json
same "$(json .receipt.code)" "done" "smallest unit of gas"
same "$(json .height)" 2 "height"
raw=$(json .raw)
same "$(balance "$bob" BVG)" 0.00000001 "smallest unit arrived"
expect 0 vtchain tx send "$bob" 1 --key alice --wait received --json
same "$(json .stage)" received "stage"
expect 0 vtchain tx send "$bob" 1 --key alice --fee 0.5 --valid-for 10 --json
same "$(json .receipt.fee)" 0.5 "fee"

# the same again is a replay, by bytes and by nonce
expect 1 vtchain tx submit "$raw"
has "$err" "refused" "replay"
one_line
expect 1 vtchain tx submit "$raw" --json
same "$(json .error.code)" replay "code of a replay"
same "$(json .error.node.code)" -32000 "the node's own words"
expect 1 vtchain tx send "$bob" 1 --key alice --nonce 0
has "$err" "(replay)"

# signed here, sent there
expect 0 vtchain tx send "$bob" 2 --key alice --dry-run
before=$(balance "$bob" BVC)
expect 0 vtchain tx submit "$out"
[ "$before" != "$(balance "$bob" BVC)" ] || fail "submit did nothing"
expect 0 vtchain tx send "$bob" 2 --key alice --dry-run --json
has "$(json .id)" ""
changed=$(json .raw | sed 's/00$/01/; t; s/..$/00/')
expect 1 vtchain tx submit "$changed"
has "$err" "bad_signature"

# refusals: before it is in a block, and in a block without effect
expect 1 vtchain tx send "$alice" 1 --key bob --fee 1000
has "$err" "refused" "no_fee_funds"
expect 1 vtchain tx send "$alice" 500 --key bob --json
same "$(json .error.code)" no_funds "receipt without effect"
has "$(json .error.message)" "without effect"
has "$(json .error.receipt.code)" no_funds
expect 1 vtchain tx send "$bob" 1 --key alice --chain poor
has "$err" "not enough funds (no_funds): have 1 BVC, need 5.5 BVC"
expect 1 vtchain tx send "$bob" 1 --key alice --chain slow --timeout 50ms
has "$err" "not final after 50 ms" "(received)" \
    "vtchain tx wait --chain slow "

# amounts are checked before anything is sent
expect 4 vtchain tx send "$bob" 0 --key alice
has "$err" "above zero"
expect 4 vtchain tx send "$bob" 1.123456789 --key alice
has "$err" "1.123456789" "BVC has 8 decimal places"
expect 4 vtchain tx send --key alice -- "$bob" -5
for amount in 1e3 1,5 0x10 5BVC '' 99999999999999999999999999999999999999999; do
    expect 4 vtchain tx send "$bob" "$amount" --key alice
    has "$err" "amount '"
done
expect 4 vtchain tx send "$bob" 1 --key alice --fee cheap
has "$err" "--fee 'cheap'"

# ---- where it is ---------------------------------------------------------------
expect 0 vtchain tx show "$id"
has "$out" "final" "done"
expect 0 vtchain tx wait "$id" --json
same "$(json .where)" final "tx wait"
expect 1 vtchain tx show "$(printf '00%.0s' $(seq 32))"
has "$err" "neither waiting nor final"
waiting=$(printf 'ff%.0s' $(seq 32))
expect 0 vtchain tx show "$waiting"
expect 1 vtchain tx wait "$waiting" --timeout 120ms --json
same "$(json .error.code)" time_over "tx wait in vain"
expect 0 vtchain block show
expect 0 vtchain block show 1 --json
same "$(json .txs[0])" "$id" "transaction of block 1"
expect 1 vtchain block show 999

# ---- assets --------------------------------------------------------------------
expect 0 vtchain asset register GOLD --key alice --name "Fine gold" \
    --decimals 3 --supply-max 200
expect 0 vtchain asset show "$alice/GOLD" --json
same "$(json .decimals)" 3 "decimals"
same "$(json .supply_max)" 200 "supply limit"
gold=$(json .id)
expect 0 vtchain asset issue "$bob" 12.345 "$alice/GOLD" --key alice
same "$(balance "$bob" GOLD)" 12.345 "issued"
expect 0 vtchain tx send "$alice" 2.3 "$gold" --key bob
same "$(balance "$alice" GOLD)" 2.3 "asset sent on"
expect 1 vtchain asset issue "$bob" 1 "$alice/GOLD" --key bob
has "$err" "not_issuer"
expect 1 vtchain asset issue "$bob" 190 "$alice/GOLD" --key alice
has "$err" "supply_max"
expect 4 vtchain tx send "$bob" 1.2345 "$gold" --key alice
has "$err" "GOLD has 3 decimal places"
expect 1 vtchain asset register GOLD --key alice
has "$err" "asset_exists"
expect 4 vtchain asset show "vt1qqq/GOLD"

# ---- proofs --------------------------------------------------------------------
expect 0 vtchain account show "$bob" --proof
has "$out" "proven by block" "GOLD" "BVC"
expect 0 vtchain account show "$bob" --proof --json
same "$(json .verified.exists)" true "an account that exists"
same "$(json .verified.state_root)" "$(json .state_root)" "state root"
vtchain key new nobody --no-password --quiet >/dev/null 2>&1
expect 0 vtchain account show "$(vtchain key address nobody)" --proof --json
same "$(json .verified.exists)" false "an account that does not exist"
expect 0 vtchain account show "$bob" --chain liar
expect 1 vtchain account show "$bob" --chain liar --proof
has "$err" "proof does not hold" "other balances"
expect 1 vtchain account show "$bob" --chain liar --proof --json
same "$(json .error.code)" bad_proof "a lie"

# ---- names for nodes -------------------------------------------------------------
# without any, the default place is asked, where another test may have a node
unset VTCHAIN_NODE
mkdir -p "$XDG_CONFIG_HOME/vtchain"
printf '[current]\nname = dev\n[dev]\nnode = %s\n[gone]\nnode = 127.0.0.1:1\n' \
    "$(cat endpoint)" >"$XDG_CONFIG_HOME/vtchain/contexts.ini"
expect 0 vtchain chain list
expect 3 vtchain chain list --node gone
expect 0 vtchain chain list --node dev
expect 4 vtchain chain list --node none
VTCHAIN_NODE=127.0.0.1:1 expect 3 vtchain chain list

# ---- every example runs as printed -------------------------------------------------
vtchain help --json | jq -r '.commands[] | select(.needs_node) | .example' \
    >examples
sed -i 's/register GOLD/register SILVER/; s/ trade/ main/
    s/stake vote [^ ]*/stake vote none/
    s/[0-9a-f]\{64\}/'"$id/" examples
while read -r example; do
    expect 0 sh -c "$example"
done <examples

finish
