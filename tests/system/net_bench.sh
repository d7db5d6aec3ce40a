#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_bench.sh - `vtchain bench` follows every transfer it offers, counts what
# the nodes send each other, takes values for the chain it measures, and ends
# early and in order when asked to.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

bench_pid=
trap '[ -z "$bench_pid" ] || kill -TERM "$bench_pid"; wait; rm -rf "$work"' EXIT

TMPDIR=$work/tmp
export TMPDIR
mkdir "$TMPDIR" kept early

# a section the example has, one it has not, and another scheme's signatures
expect 0 vtchain bench --engine raft --nodes 3 --seconds 1 --rate 50 --json \
    --scheme ed25519 --keep "$PWD/kept" \
    --set 'chain.switch_freeze = 16; consensus.raft.ping = 40ms'
same "$(json '.final == .offered and .final > 0')" true "all are final: $out"
same "$(json .lost)" 0 "lost"
# who has a transfer must send it to two others at least
same "$(json '.wire_bytes_per_tx > 2 * .tx_bytes')" true "on the wire: $out"
same "$(json '.bare_verify_us > 0')" true "price of a check: $out"
ini=$(cat kept/chains/raft.ini)
has "$ini" 'signatures = schnorr, ed25519'
has "$ini" 'switch_freeze = 16'
has "$ini" 'ping = 40ms'
same "$(grep -c '^ping' kept/chains/raft.ini)" 1 "rows for ping"
same "$(grep -c switch_freeze kept/chains/main.ini)" 0 "rows on main"

expect 2 vtchain bench --seconds 1 --scheme ed25519
has "$err" --engine
expect 4 vtchain bench --engine raft --set 'ping = 40ms'
has "$err" 'section.key = value'
expect 4 vtchain dev --chain fast=raft --set 'consensus.raft.ping' --for 1ms
has "$err" 'section.key = value'

# used by until_true
# shellcheck disable=SC2317
loaded()
{
    api=$(sed -n '/^\[api\]/,/^\[/s/^listen *= *//p' early/node1/node.ini)
    [ "$(vtchain chain status raft --node "$api" --json |
        jq -r .txs_total)" -gt 260 ]
}
vtchain bench --engine raft --nodes 3 --seconds 60 --rate 50 --json \
    --keep "$PWD/early" >early.json 2>early.err &
bench_pid=$!
until_true 60 loaded || fail "no load: $(cat early.err)"
kill -TERM "$bench_pid"
checks=$((checks + 1))
wait "$bench_pid" || fail "not ended in order: $(cat early.err)"
bench_pid=
same "$(jq -r '.final == .offered and .final < 1500' early.json)" true \
    "what was offered until then: $(cat early.json)"
same "$(ls "$TMPDIR")" "" "left behind"
finish
