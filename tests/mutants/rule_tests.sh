#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# rule_tests.sh - rules that a whole node obeys for more than one reason, or
# that nothing random breaks: a rule test must fail without them, and pass with
# them. With VT_MUTANT_TABLE in the environment the rows of the table are said.
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

# broken ENGINE PROGRAM NAME RULE: PROGRAM fails when NAME is off
broken()
{
    program=$VT_TEST_BUILD_DIR/plugins/consensus/$2
    if ! "$program" >passed 2>&1; then
        fail "$2 fails with all rules: $(cat passed)"
    elif VT_MUTANT=$3 "$program" >failed 2>&1; then
        fail "$2 passes without $4"
    elif [ -n "${VT_MUTANT_TABLE:-}" ]; then
        name=$(sed -n 's/^[^:]*:[0-9]*:[EF]:[^:]*:\([a-z0-9_]*\):.*/\1/p' failed |
            head -n 1)
        echo "| \`$3\` | $4 | $1 | rule test | $name |"
    fi
}

broken pbft pbft/tests/mutated_views pbft-tip 'P3 tip first'
broken pos pos/tests/mutated_rules pos-slot 'L2 slots grow'
broken pos pos/tests/mutated_rules pos-time 'L2 the time lies in the slot'
broken pos pos/tests/mutated_rules pos-longest 'F3 the longest branch'
broken pow pow/tests/mutated_rules pow-reorg 'F4 a head may go back'
broken pow pow/tests/mutated_rules pow-depth 'F3 final when deep'
broken pow pow/tests/mutated_boundary pow-boundary 'B3 depth proves no boundary'
finish
