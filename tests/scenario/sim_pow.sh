#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_pow.sh - proof of work and the chain driver in the simulator. That two
# nodes decide the same is likely, not certain: splits are short against the
# depth here, so that a violation is a mistake of ours.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"
engine=pow

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-60}
terms='interval = 200ms
halflife = 10s
first = 800
limit = 100'
work="$terms
depth = 16"

for profile in calm usual network disk machine; do
    campaign --seeds $((seeds / 10)) --profile "$profile" --options "$work"
done
campaign --seeds $((seeds / 20)) --seed 100000 --nodes 7 --crashes 4 \
    --options "$work"
campaign --seeds $((seeds / 20)) --seed 200000 --nodes 1 --partitions 0 \
    --crashes 4 --options "$work"
campaign --seeds $((seeds / 20)) --seed 300000 --validate --options "$work"
# as typed by who has read nothing: with the rows of pow.conform.ini
campaign --seeds $((seeds / 30)) --seed 450000
campaign --seeds 1 --seed 400000 --real-crypto --options "$work"
many $((${SEEDS:-200} / 5)) 'calm usual network disk machine' --options "$work"

# one epoch after the other (S33)
campaign --seeds $((seeds / 30)) --seed 500000 --options "$work" \
    --switch 'pbft, raft'
# splits across the end of an epoch: one boundary (I18)
campaign --seeds $((seeds / 15)) --seed 700000 --crashes 3 --partitions 3 \
    --loss 100 --options "$work" --switch "pbft, pow $work, raft"
campaign --seeds $((seeds / 30)) --seed 800000 --nodes 7 --crashes 3 \
    --partitions 3 --options "$work" --switch "pow $work, pow $work"
engine=raft
campaign --seeds $((seeds / 30)) --seed 600000 \
    --switch "pbft, pow $work, raft"
finish
