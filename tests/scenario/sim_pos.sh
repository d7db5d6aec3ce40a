#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_pos.sh - the PoS plugin and the chain driver in the simulator: hundreds of
# seeds with loss, late and repeated frames, crashes and a partition each, every
# profile of faults, liars who make two blocks of a slot, committees of all
# sizes, changes of the engine, and equal seeds give equal runs.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"
engine=pos

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-200}
quick='slot = 100ms
pointer_timeout = 200ms
retransmit = 100ms
settle = 100ms'

campaign --seeds "$seeds" --nodes 4 --crashes 2 --partitions 1 --loss 50 \
    --options "$quick"
for profile in calm network disk machine byzantine twins storm; do
    campaign --seeds $((seeds / 10)) --seed 800000 --profile "$profile" \
        --options "$quick"
done
campaign --seeds $((seeds / 20)) --seed 100000 --nodes 7 --profile storm \
    --options "$quick"
campaign --seeds $((seeds / 20)) --seed 200000 --nodes 4 --crashes 6 \
    --partitions 3 --loss 150 --reorder 200 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 300000 --nodes 1 --partitions 0 \
    --crashes 4 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 400000 --nodes 2 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 500000 --nodes 3 --options "$quick
active_permille = 900"
campaign --seeds $((seeds / 20)) --seed 550000 --options "$quick
max_unfinal = 16"
campaign --seeds $((seeds / 20)) --seed 600000 --validate --options "$quick"
campaign --seeds $((seeds / 40)) --seed 650000 # slots of a second
campaign --seeds 2 --seed 700000 --real-crypto --options "$quick"
many $((${SEEDS:-3200} / 8)) 'calm usual network disk machine byzantine twins storm' \
    --options "$quick"
campaign --seeds $((seeds / 40)) --seed 900000 --crashes 2 --partitions 1 \
    --options "$quick" --switch 'pbft, pos slot = 100ms, raft'

repeats storm 1 2
finish
