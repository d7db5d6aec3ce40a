#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sim_selfish.sh - what a miner gains that keeps its blocks back, over several
# seeds, against the model: Eyal and Sirer, "Majority is not Enough" (2014),
# equation 8, with a the share of the power and g = 1/2, because each node
# decides ties by a coin, whoever is heard first:
#   R = (a (1-a)^2 (4a + g (1-2a)) - a^3) / (1 - a (1 + (2-a) a))
# A share of n blocks has a standard deviation of 0.75 / sqrt(n), measured over
# runs of 650 blocks; three of them are let pass. The depth is 30 blocks: that
# none which is final is ever undone (I1) is checked in each run, too.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

# SEEDS=N for a longer campaign: `make check-sim SEEDS=100000`
seeds=$((${SEEDS:-3000} / 1000))
[ "$seeds" -gt 0 ] || seeds=1

# gains FILE SHARE: millionths of the power
gains()
{
    made=0
    all=0
    seed=0
    while [ "$seed" -lt "$seeds" ]; do
        seed=$((seed + 1))
        sed "s/^seed = .*/seed = $seed/; s/^share = .*/share = node4 0..1000/" \
            "$VT_TEST_SRC_DIR/tests/scenario/$1" >one.ini
        expect 0 vtchain sim --replay one.ini --json
        same "$(json .violations)" 0 "violations of seed $seed"
        made=$((made + $(json .share_made)))
        all=$((all + $(json .share_all)))
    done
    gained=$(jq -nc --argjson a "$2" --argjson made "$made" \
        --argjson all "$all" '
        ($a / 1000000) as $a |
        ((($a * (1 - $a) * (1 - $a) * (4 * $a + 0.5 * (1 - 2 * $a)) -
           $a * $a * $a) / (1 - $a * (1 + (2 - $a) * $a)))) as $model |
        ($made / $all) as $share | ($share - $model) as $off |
        (2.25 / ($all | sqrt)) as $luck |
        {share: $share, model: $model, blocks: $all,
         fits: ($off < $luck and $off > -$luck)}')
    echo "$1: $gained"
    same "$(echo "$gained" | jq .fits)" true "gain of $1: $gained"
}

gains s28_selfish_first.ini 333333
gains s28_selfish_last.ini 333333
gains s28_selfish_quarter.ini 250000
finish
