#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_tools.sh - what is around a run: a failing one is made small and written
# as a file that gives the same run again, the soak counts, mistakes in a file
# are named by line.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

# one more liar than may lie, among faults that have nothing to do with it
cat >fork.ini <<EOT
[sim]
nodes = 4
txs = 40
seed = 1
[faults]
at = 0 loss by 20
at = 0 equivocate node1 node2
at = 1s crash node3 after-effect 5 for 500ms
at = 2s pause node4 for 300ms
at = 0 cut votes node3 > node4 for 200ms
[expect]
violation = I1
EOT
mkdir kept
expect 0 vtchain sim --replay fork.ini --shrink --keep kept
small=kept/sim-pbft-1.ini
same "$(grep -c -E '^(at|when) = ' "$small")" 1 "faults that are left"
has "$(cat "$small")" "equivocate node1 node2" "violation = I1" "trace_hash = "
expect 0 vtchain sim --replay "$small"
has "$err" "as expected: I1"

# another outcome than the file expects
sed 's/^violation = .*/violation = I12/' "$small" >other.ini
expect 1 vtchain sim --replay other.ini
has "$err" "expected I12"
sed 's/^seed = .*/seed = 2/' "$small" >other.ini
expect 1 vtchain sim --replay other.ini
has "$err" "trace hash"

# a calm run breaks nothing that could be kept
printf '[sim]\nnodes = 1\n' >calm.ini
expect 1 vtchain sim --replay calm.ini --shrink
has "$err" "breaks no invariant"
expect 2 vtchain sim --shrink

# lines that mean nothing
for line in 'at = 1s crash node5' 'at = soon heal' 'at = 1s dance' \
    'at = 1s partition 1 2' 'at = 1s loss by 2000' 'when = node1 P1, heal now' \
    'when = node1 P1 heal' 'at = 1s crash node1 for ever' 'if = x'; do
    printf '[sim]\nnodes = 4\n[faults]\n%s\n' "$line" >bad.ini
    expect 4 vtchain sim --replay bad.ini
    has "$err" "bad.ini:4: "
done
expect 4 vtchain sim --profile nonsense
has "$err" "calm, usual"

# the diagram: lanes, votes, proposals, crashes; never too large
expect 0 vtchain sim --seed 5 --plot run.svg --plot-for 8s
for mark in node4 'class="c0"' 'class="c2"' 'class="crash"' 'class="fin"' \
    'class="span"' '</svg>'; do
    grep -q -F "$mark" run.svg || fail "no $mark in the diagram"
done
expect 0 vtchain sim --nodes 16 --txs 100 --plot run.svg --plot-for 1m
[ "$(wc -c <run.svg)" -lt 4000000 ] || fail "a diagram of $(wc -c <run.svg) bytes"
has "$(cat run.svg)" "more are not drawn"
expect 1 vtchain sim --plot nowhere/run.svg
has "$err" "nowhere/run.svg"

# every run twice
expect 0 vtchain sim --soak 2 --json
same "$(json .violations)" 0 "violations of the soak"
[ "$(json .labels)" -ge 5 ] || fail "few labels: $out"
[ "$(json .events_per_second)" -gt 0 ] || fail "no speed: $out"
finish
