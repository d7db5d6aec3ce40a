#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_pairs.sh - from every engine to every other one and straight back, and to
# the same one with other options, or with its own (S33): nodes crash, links fail, a leader dies
# at the border, a partition lies across it, one node is far behind; every
# transaction is final once, and all agree on the borders (I18).
# shellcheck source=tests/scenario/sim_lib.sh
. "$VT_TEST_SRC_DIR/tests/scenario/sim_lib.sh"

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=$((${SEEDS:-20} / 10))

# options ENGINE: rows that make it quick
options()
{
    case $1 in
        dpos) printf 'slot = 50ms\nrun = 1\ntimeout = 60ms\nretransmit = 20ms' ;;
        pbft) printf 'view_timeout = 300ms' ;;
        pos)
            printf 'slot = 100ms\npointer_timeout = 200ms\nretransmit = 100ms'
            ;;
        pow)
            printf 'interval = 200ms\nhalflife = 10s\nfirst = 800\n'
            printf 'limit = 100\ndepth = 16'
            ;;
        raft) printf 'election_timeout = 300ms\nping = 30ms' ;;
    esac
}

# another ENGINE: the same with other parameters
another()
{
    case $1 in
        dpos) printf 'slot = 100ms\nrun = 2\ntimeout = 100ms' ;;
        pbft) printf 'window = 4' ;;
        pos) printf 'slot = 100ms\npointer_timeout = 300ms' ;;
        pow)
            printf 'interval = 100ms\nhalflife = 10s\nfirst = 400\n'
            printf 'limit = 50\ndepth = 20'
            ;;
        raft) printf 'window = 8' ;;
    esac
}

seed=1
for engine in dpos pbft pos pow raft; do
    for next in dpos pbft pos pow raft; do
        if [ "$engine" = "$next" ]; then
            list="$engine $(another "$engine")"
        else
            list="$next $(options "$next"), $engine $(options "$engine")"
        fi
        campaign --seeds "$seeds" --seed $seed --crashes 3 --partitions 2 \
            --loss 50 --txs 20 --options "$(options "$engine")" \
            --switch "$list"
        seed=$((seed + 1000))
    done
    # members and options stay: what an election does, with nobody new
    campaign --seeds "$seeds" --seed $seed --crashes 3 --partitions 2 \
        --loss 50 --txs 20 --options "$(options "$engine")" \
        --switch "same, same"
    seed=$((seed + 1000))
done
finish
