#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_pbft.sh - the PBFT plugin and the chain driver in the simulator: a
# thousand seeds with loss, late and repeated frames, crashes and a partition
# each, every profile of faults, more nodes with lying ones among them, and
# equal seeds give equal runs.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"
engine=pbft

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-1000}

campaign --seeds "$seeds" --nodes 4 --crashes 2 --partitions 1 --loss 50
campaign --seeds $((seeds / 10)) --seed 100000 --nodes 4 --byzantine 1
campaign --seeds $((seeds / 20)) --seed 200000 --nodes 7 --byzantine 2 \
    --crashes 0
campaign --seeds $((seeds / 20)) --seed 300000 --nodes 4 --crashes 6 \
    --partitions 3 --loss 150 --reorder 200
campaign --seeds $((seeds / 20)) --seed 400000 --nodes 4 \
    --options "checkpoint_interval = 8"
for profile in calm network disk machine byzantine twins storm; do
    campaign --seeds $((seeds / 20)) --seed 800000 --profile "$profile"
done
campaign --seeds $((seeds / 50)) --seed 900000 --nodes 7 --profile storm
campaign --seeds $((seeds / 50)) --seed 500000 --nodes 1 --partitions 0
campaign --seeds $((seeds / 50)) --seed 600000 --validate
campaign --seeds 3 --seed 700000 --real-crypto
many $((${SEEDS:-6800} / 8)) 'calm usual network disk machine byzantine twins storm'

repeats storm 1 2 3
finish
