#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_switch.sh - chains that change their engine while nodes crash, links fail
# and members lie (S33): every transaction is final once, in one epoch, and the
# chain arrives where it was sent.
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=${SEEDS:-1000}
there='raft, pbft window = 8, raft'
back='pbft window = 8, raft, pbft view_timeout = 300ms'

engine=pbft
campaign --seeds $((seeds / 20)) --nodes 4 --crashes 2 --partitions 1 \
    --loss 50 --switch "$there"
campaign --seeds $((seeds / 100)) --seed 200000 --nodes 4 --crashes 6 \
    --partitions 3 --loss 150 --reorder 200 --switch "$there"
campaign --seeds $((seeds / 100)) --seed 300000 --nodes 7 --crashes 3 \
    --switch "$there"
campaign --seeds $((seeds / 100)) --seed 400000 --nodes 1 --partitions 0 \
    --switch "$there"
campaign --seeds $((seeds / 100)) --seed 500000 --validate --switch "$there"
for profile in calm disk machine; do
    campaign --seeds $((seeds / 100)) --seed 800000 --profile "$profile" \
        --switch "$there"
done
# who lies must find an engine that bears it
campaign --seeds $((seeds / 50)) --seed 100000 --nodes 4 --byzantine 1 \
    --switch 'pbft window = 8, pbft'

engine=raft
campaign --seeds $((seeds / 50)) --seed 600000 --nodes 5 --crashes 3 \
    --partitions 1 --loss 50 --switch "$back"
finish
