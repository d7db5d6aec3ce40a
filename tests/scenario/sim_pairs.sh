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
        universal) printf 'timeout = 100ms\nretransmit = 30ms' ;;
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
        universal) printf 'lane_wait = 300ms\ntimeout = 200ms' ;;
    esac
}

# pair ENGINE NEXT: there and back, or to the same one with other options
pair()
{
    engine=$1
    if [ "$1" = "$2" ]; then
        list="$1 $(another "$1")"
    else
        list="$2 $(options "$2"), $1 $(options "$1")"
    fi
    campaign --seeds "$seeds" --seed $seed --crashes 3 --partitions 2 \
        --loss 50 --txs 20 --options "$(options "$1")" --switch "$list"
    seed=$((seed + 1000))
}

# members and options stay: what an election does, with nobody new
stay()
{
    engine=$1
    campaign --seeds "$seeds" --seed $seed --crashes 3 --partitions 2 \
        --loss 50 --txs 20 --options "$(options "$1")" --switch "same, same"
    seed=$((seed + 1000))
}

seed=1
for first in dpos pbft pos pow raft; do
    for next in dpos pbft pos pow raft; do
        pair $first $next
    done
    stay $first
done
for other in dpos pbft pos pow raft; do
    pair universal $other
    pair $other universal
done
pair universal universal
stay universal
finish
