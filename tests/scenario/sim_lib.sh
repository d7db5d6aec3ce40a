# SPDX-License-Identifier: Apache-2.0
#
# sim_lib.sh - campaigns of one engine in the simulator.
# shellcheck shell=sh
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

engine='' # its stem; set by who includes this

# campaign OPTIONS...: no seed may break an invariant
campaign()
{
    expect 0 vtchain sim --engine "$engine" "$@" --json
    same "$(json .violations)" 0 "violations with $*"
}

# many COUNT PROFILES OPTIONS...: short runs, so many of each profile
many()
{
    count=$1
    profiles=$2
    shift 2
    for profile in $profiles; do
        campaign --seeds "$count" --seed 5000000 --profile "$profile" \
            --txs 20 "$@"
    done
}

# repeats PROFILE SEED...: bit for bit, whatever the allocator hands out
repeats()
{
    profile=$1
    shift
    for seed in "$@"; do
        run vtchain sim --engine "$engine" --seed "$seed" \
            --profile "$profile" --json
        first=$(json .trace_hash)
        MALLOC_PERTURB_=165
        export MALLOC_PERTURB_
        run vtchain sim --engine "$engine" --seed "$seed" \
            --profile "$profile" --json
        unset MALLOC_PERTURB_
        same "$(json .trace_hash)" "$first" "trace of seed $seed"
    done
}
