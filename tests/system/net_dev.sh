#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_dev.sh - `vtchain dev` as a newcomer meets it: the commands it prints run
# as printed, a transfer is final on every node of every chain, the same bytes
# are refused as a replay, and nothing is left behind.
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

# every example, as printed
sed -n 's/^  \(vtchain .*\)/\1/p' dev.txt >examples
[ "$(wc -l <examples)" -ge 6 ] || fail "few examples: $(cat dev.txt)"
while read -r example; do
    # word splitting is wanted: the line as a person would type it
    # shellcheck disable=SC2086
    expect 0 $example
done <examples

# what was transferred just now is proven
expect 0 vtchain account show "$(awk '$1 == "dave" { print $3 }' dev.txt)" --json
before=$(json '.balances[0].amount')
expect 0 vtchain tx send "$(awk '$1 == "dave" { print $3 }' dev.txt)" 100000 \
    --key carol
expect 0 vtchain account show "$(awk '$1 == "dave" { print $3 }' dev.txt)" \
    --proof --json
same "$(json '.balances[0].amount')" "$((before + 99999))" "proven balance"

# one transfer per chain: final on each of the four nodes, and never twice
grep -oE '127\.0\.0\.1:7[0-9]+' dev.txt | sort -u >apis
bob=$(awk '$1 == "bob" { print $3 }' dev.txt)
for chain in main trade scratch; do
    fee=0
    [ "$chain" != trade ] || fee=0.001
    expect 0 vtchain tx send "$bob" 2 --key alice --chain "$chain" \
        --fee "$fee" --json
    id=$(json .id)
    raw=$(json .raw)
    same "$(json .stage)" final "stage on $chain"
    awk '/CLIENTS AT/ { on = 1; next } on && /^node/ { print $2 }' dev.txt |
        while read -r api; do
            vtchain tx wait "$id" --chain "$chain" --node "$api" >/dev/null ||
                echo "not final at $api"
        done >missing
    same "$(cat missing)" "" "nodes without the transaction on $chain"
    expect 1 vtchain tx submit "$raw" --chain "$chain"
    has "$err" replay
    one_line
done

kill -TERM "$dev_pid"
wait "$dev_pid"
same $? 0 "exit code of dev"
dev_pid=
same "$(ls "$TMPDIR")" "" "what dev left behind"
for process in /proc/[0-9]*; do
    tr '\0' ' ' <"$process/cmdline"
    echo
done 2>/dev/null | grep "^vtchain node $TMPDIR" >alive
same "$(cat alive)" "" "nodes that still run"
finish
