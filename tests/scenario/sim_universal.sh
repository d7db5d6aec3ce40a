#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_universal.sh - the Universal plugin and the chain driver in the simulator:
# hundreds of seeds with every profile of faults, one shard and two, committees
# of all sizes, and equal seeds give equal runs.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"
engine=universal

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-200}
quick='timeout = 100ms
retransmit = 30ms
witness_wait = 40ms
lane_wait = 300ms'

campaign --seeds "$seeds" --nodes 4 --crashes 2 --partitions 1 --loss 50
campaign --seeds $((seeds / 10)) --seed 100000 --byzantine 1 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 200000 --nodes 7 --byzantine 2 \
    --crashes 2 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 300000 --crashes 6 --partitions 3 \
    --loss 150 --reorder 200 --options "$quick"
campaign --seeds $((seeds / 20)) --seed 400000 --options "$quick
batch_bytes = 4KiB
cut_bytes = 64KiB" --txs 200
for profile in calm usual network disk machine byzantine twins storm; do
    campaign --seeds $((seeds / 20)) --seed 800000 --profile "$profile" \
        --options "$quick"
    # two shards by the draw, small ones: words of 8 of 4 and 4
    campaign --seeds $((seeds / 40)) --seed 850000 --profile "$profile" \
        --nodes 8 --options "$quick
shards = 2"
done
campaign --seeds $((seeds / 40)) --seed 500000 --nodes 1 --partitions 0 \
    --crashes 6
campaign --seeds $((seeds / 40)) --seed 600000 --nodes 2
campaign --seeds $((seeds / 40)) --seed 700000 --nodes 3 --options "$quick"
campaign --seeds $((seeds / 40)) --seed 900000 --validate
campaign --seeds $((seeds / 50)) --seed 950000 --nodes 16 --profile storm
campaign --seeds $((seeds / 100)) --seed 960000 --nodes 16 --profile twins
campaign --seeds 1 --seed 970000 --nodes 31 --profile storm
campaign --seeds 3 --seed 990000 --real-crypto
many $((${SEEDS:-400} / 8)) 'calm usual network disk machine byzantine twins storm' \
    --options "$quick"

# auditors, of one shard and of two
for profile in usual network disk machine byzantine twins storm; do
    campaign --seeds $((seeds / 40)) --seed 810000 --profile "$profile" \
        --options "$quick
audit = 2"
    campaign --seeds $((seeds / 100)) --seed 860000 --profile "$profile" \
        --nodes 8 --options "$quick
shards = 2
audit = 3"
done
campaign --seeds $((seeds / 100)) --seed 140000 \
    --switch 'same, pbft, universal' --options "$quick
audit = 2"

# other engines before and after (S33)
campaign --seeds $((seeds / 40)) --seed 110000 \
    --switch 'pbft, universal, raft' --options "$quick"
campaign --seeds $((seeds / 40)) --seed 120000 --profile network \
    --switch 'same, pbft, universal' --options "$quick"
campaign --seeds $((seeds / 40)) --seed 130000 --byzantine 1 --crashes 2 \
    --switch 'same, pbft' --options "$quick"

repeats storm 1 2 3
finish
