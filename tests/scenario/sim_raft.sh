#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_raft.sh - the Raft plugin and the chain driver in the simulator: hundreds
# of seeds with loss, late and repeated frames, crashes and a partition each, in
# committees of all sizes, and equal seeds give equal runs.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"
engine=raft

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-400}

campaign --seeds "$seeds" --nodes 3 --crashes 3 --partitions 1 --loss 50
campaign --seeds $((seeds / 4)) --seed 100000 --nodes 5 --crashes 6 \
    --partitions 3 --loss 150 --reorder 200
campaign --seeds $((seeds / 10)) --seed 200000 --nodes 4 \
    --options "window = 2
election_timeout = 100ms
ping = 10ms"
campaign --seeds $((seeds / 10)) --seed 300000 --nodes 7 --crashes 4
campaign --seeds $((seeds / 20)) --seed 400000 --nodes 1 --partitions 0 \
    --crashes 6
campaign --seeds $((seeds / 20)) --seed 500000 --nodes 2
campaign --seeds $((seeds / 20)) --seed 600000 --validate
# frames come whole or not at all: links are authenticated, and Raft trusts them
for profile in calm disk machine; do
    campaign --seeds $((seeds / 20)) --seed 800000 --profile "$profile"
done
campaign --seeds 3 --seed 700000 --real-crypto
many $((${SEEDS:-3600} / 4)) 'calm usual disk machine' --nodes 3
many $((${SEEDS:-2000} / 4)) 'calm usual disk machine' --nodes 5

repeats usual 1 2 3
finish
