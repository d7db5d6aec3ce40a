#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_multisig.sh - accounts of several keys on a real network: 2 of 3 listed
# keys and 3 of 3 that sign as one send money, and nothing less than that does:
# too few, one key twice, a foreign key, a nonce used twice, a changed
# transaction, another minimum fee.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

dev_pid=
trap '[ -z "$dev_pid" ] || kill -TERM "$dev_pid"; wait; rm -rf "$work"' EXIT

TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR"
: >dev.txt
vtchain dev >dev.txt 2>dev.err &
dev_pid=$!
tries=600
until grep -q 'Ctrl-C stops all' dev.txt; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ] || ! kill -0 "$dev_pid" 2>/dev/null; then
        fail "no network: $(cat dev.txt dev.err)"
        finish
    fi
    sleep 0.1
done

# three signers and a stranger, each with a folder of keys of its own
for name in ann ben cas eve; do
    expect 0 vtchain key new $name --keys $name --no-password --json
    json .public_key >$name.pk
done
ann=$(cat ann.pk)
ben=$(cat ben.pk)
cas=$(cat cas.pk)
eve=$(cat eve.pk)
bob=$(awk '$1 == "bob" { print $3 }' dev.txt)
same "${#ann}" 64 "digits of a public key"

balance() { # ADDRESS [CHAIN]
    vtchain account show "$1" --chain "${2:-main}" --json |
        jq -r '.balances[0].amount'
}

# ---- 2 of 3, listed ----------------------------------------------------------

expect 2 vtchain key multisig pair "$ann" "$ben" "$cas" --keys ann
expect 2 vtchain key multisig pair "$ann" "$ben" --all --threshold 2 --keys ann
expect 4 vtchain key multisig pair "$ann" "$ben" --threshold 3 --keys ann
expect 4 vtchain key multisig pair "$ann" "$ann" --threshold 1 --keys ann
has "$err" twice
expect 0 vtchain key multisig pair "$cas" ann "$ben" --threshold 2 --keys ann --json
pair=$(json .address)
same "$(json .signers)" "2 of 3" "signers"
expect 4 vtchain key multisig pair "$ann" "$ben" --threshold 2 --keys ann
has "$err" exists
expect 0 vtchain key address pair --keys ann
same "$out" "$pair" "key address of an account"
expect 0 vtchain key show pair --keys ann
has "$out" "$pair" "2 of 3"
# one name is a key or an account
expect 1 vtchain key new pair --keys ann --no-password
expect 1 vtchain key multisig ann "$ben" "$cas" --all --keys ann
# another order of the same keys is the same account
expect 0 vtchain key multisig same "$ben" "$cas" "$ann" --threshold 2 --keys ben --json
same "$(json .address)" "$pair" "address from another order"

expect 0 vtchain tx send "$pair" 100 --key alice
expect 2 vtchain tx send "$bob" 10 --key pair --keys ann
has "$err" --unsigned
expect 2 vtchain tx send "$bob" 10 --key ann --keys ann --unsigned no.tx
expect 0 vtchain tx send "$bob" 10 --key pair --keys ann --unsigned pay.tx --json
id=$(json .id)
expect 0 vtchain tx sign pay.tx --key ann --keys ann --out ann.sig --json
same "$(json .id)" "$id" "what is signed"
expect 0 vtchain tx sign pay.tx --key cas --keys cas --out cas.sig
expect 4 vtchain tx sign pay.tx --key eve --keys eve --out eve.sig
has "$err" "not one of the account"
expect 4 vtchain tx combine pay.tx ann.sig
has "$err" "2 of 3 keys must sign"
expect 4 vtchain tx combine pay.tx ann.sig ann.sig
has "$err" "same key"
jq --arg key "$eve" '.key = $key' ann.sig >eve.sig
expect 4 vtchain tx combine pay.tx ann.sig eve.sig
has "$err" eve.sig
jq --arg key "$ben" '.key = $key' ann.sig >false.sig
expect 4 vtchain tx combine pay.tx cas.sig false.sig
has "$err" "false.sig: does not sign"
expect 0 vtchain tx send "$bob" 11 --key pair --keys ann --unsigned other.tx
expect 4 vtchain tx combine other.tx ann.sig cas.sig
has "$err" "another transaction"

before=$(balance "$bob")
expect 0 vtchain tx combine pay.tx ann.sig cas.sig
raw=$out
expect 0 vtchain tx submit "$raw" --json
same "$(json .id)" "$id" "id of the transfer"
same "$(json .stage)" final "stage of 2 of 3"
same "$(balance "$pair")" 89.999 "what is left"
same "$(balance "$bob")" "$(jq -n "$before + 9.9999")" "what bob got"
expect 1 vtchain tx submit "$raw"
has "$err" replay

# a node takes nobody's word for it: one bit of a signature, another amount
expect 0 vtchain tx send "$bob" 1 --key pair --keys ann --unsigned next.tx
for name in ann ben; do
    expect 0 vtchain tx sign next.tx --key $name --keys $name --out $name.next
done
expect 0 vtchain tx combine next.tx ann.next ben.next
raw=$out
case $raw in
*0) bent=${raw%?}1 ;;
*) bent=${raw%?}0 ;;
esac
expect 1 vtchain tx submit "$bent"
has "$err" "signature does not fit"
expect 0 vtchain tx submit "$raw"

# the least fee counts for each signature
expect 0 vtchain tx send "$pair" 50 --key alice --chain trade --fee 0.001
expect 0 vtchain tx send "$pair" 1 TGAS --key alice --chain trade --fee 0.001
for fee in 0.001 0.002; do
    expect 0 vtchain tx send "$bob" 5 --key pair --keys ann --chain trade \
        --fee $fee --unsigned trade.$fee
    for name in ben cas; do
        expect 0 vtchain tx sign trade.$fee --key $name --keys $name \
            --out $name.$fee
    done
done
expect 0 vtchain tx combine trade.0.001 ben.0.001 cas.0.001
expect 1 vtchain tx submit "$out" --chain trade
has "$err" fee_too_low "need 0.002"
expect 0 vtchain tx combine trade.0.002 ben.0.002 cas.0.002
expect 0 vtchain tx submit "$out" --chain trade --json
same "$(json .stage)" final "stage on trade"

# ---- 3 of 3 as one -----------------------------------------------------------

expect 0 vtchain key multisig trio ann "$ben" "$cas" --all --keys ann --json
trio=$(json .address)
expect 0 vtchain tx send "$trio" 100 --key alice
expect 0 vtchain tx send "$bob" 20 --key trio --keys ann --unsigned trio.tx
for name in ann ben cas; do
    expect 0 vtchain tx sign trio.tx --key $name --keys $name --out $name.nonce
done
same "$(stat -c %a ann/nonces/*)" 600 "mode of a secret nonce"
expect 1 vtchain tx sign trio.tx --key ann --keys ann --out again.nonce
has "$err" already
expect 4 vtchain tx sign trio.tx ann.nonce ben.nonce --key ann --keys ann --out x
has "$err" "all 3 signers"
expect 4 vtchain tx sign trio.tx ann.nonce ben.nonce ben.nonce --key ann \
    --keys ann --out x
has "$err" "same key"
expect 4 vtchain tx sign trio.tx ann.nonce ben.nonce cas.nonce --key eve \
    --keys eve --out x
[ ! -e x ] || fail "a refused signature left a file"

# another transaction with the same nonces
expect 0 vtchain tx send "$bob" 99 --key trio --keys ann --unsigned evil.tx
expect 4 vtchain tx sign evil.tx ann.nonce ben.nonce cas.nonce --key ann \
    --keys ann --out x
has "$err" "another transaction"
evil=$(jq -r .unsigned evil.tx)
jq --arg unsigned "$evil" '.unsigned = $unsigned' trio.tx >swapped.tx
expect 4 vtchain tx sign swapped.tx ann.nonce ben.nonce cas.nonce --key ann \
    --keys ann --out x

for name in ann ben; do
    expect 0 vtchain tx sign trio.tx ann.nonce ben.nonce cas.nonce --key $name \
        --keys $name --out $name.part
done
same "$(ls ann/nonces)" "" "secret nonces after signing"
# a nonce serves once, whatever it would sign
expect 1 vtchain tx sign trio.tx ann.nonce ben.nonce cas.nonce --key ann \
    --keys ann --out twice.part
has "$err" "used already"
[ ! -e twice.part ] || fail "a nonce signed twice"
expect 4 vtchain tx combine trio.tx ann.part ben.part
has "$err" "3 of 3 keys must sign"
expect 4 vtchain tx combine trio.tx ann.part ben.part ben.part
has "$err" "same key"
expect 0 vtchain tx sign trio.tx ann.nonce ben.nonce cas.nonce --key cas \
    --keys cas --out cas.part
jq --arg part "$(jq -r .part ann.part)" '.part = $part' cas.part >false.part
expect 4 vtchain tx combine trio.tx ann.part ben.part false.part
has "$err" "false.part: does not sign"
expect 0 vtchain tx combine trio.tx cas.part ann.part ben.part --json
raw=$(json .raw)
expect 0 vtchain tx submit "$raw" --json
same "$(json .stage)" final "stage of 3 of 3"
same "$(balance "$trio")" 79.999 "what is left"
# it is a transaction like any other: as long as one of a single key
expect 0 vtchain tx send "$bob" 20 --key alice --dry-run
same "${#raw}" "${#out}" "digits of the transaction"

kill -TERM "$dev_pid"
wait "$dev_pid"
same $? 0 "exit code of dev"
dev_pid=
finish
