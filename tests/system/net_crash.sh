#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_crash.sh - SIGKILL under load: one node of four, which the others do not
# miss and which catches up; then all four at once. What a submitter was told to
# be final is there afterwards, on every node, with equal state.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

# load NODE KEY: sends until load.stop is there; ids told to be final go to
# finals.NODE.
load()
{
    bob=$(vtchain key address bob --keys "$net/keys")
    while [ ! -e load.stop ]; do
        vtchain tx send "$bob" 1 --key "$2" --keys "$net/keys" \
            --node "$(api_of "$1")" --timeout 5s --json 2>/dev/null |
            jq -r 'select(.stage == "final") | .id' >>"finals.$1"
    done
}

start_load()
{
    rm -f load.stop
    load 1 alice &
    load_1=$!
    load 3 carol &
    load_3=$!
}

stop_load()
{
    touch load.stop
    wait "$load_1" "$load_3"
}

count()
{
    cat finals.* 2>/dev/null | wc -l
}

# more_than N: the load goes on (used by until_true)
# shellcheck disable=SC2317
more_than()
{
    [ "$(count)" -gt "$1" ]
}

make_net
start_all
ready 1 2 3 4
start_load
until_true 30 more_than 5 || fail "no transfers: $(count)"

# one of four
stop_node KILL 2
before=$(count)
until_true 60 more_than $((before + 5)) ||
    fail "the chain stood still with node2 gone: $(count) after $before"
start_node 2
ready 2
before=$(count)
until_true 30 more_than $((before + 5)) || fail "no transfers after the return"
stop_load
# used by until_true
# shellcheck disable=SC2317
caught_up()
{
    [ "$(height_of 2 main)" -ge "$(height_of 1 main)" ]
}
checks=$((checks + 1))
until_true 60 caught_up || fail "node2 does not catch up"
for chain in main trade scratch; do
    same_state "$chain"
done

# all four
start_load
before=$(count)
until_true 30 more_than $((before + 5)) || fail "no transfers"
stop_all KILL
stop_load
start_all
ready 1 2 3 4
for id in $(tail -n 30 finals.1) $(tail -n 30 finals.3); do
    final_everywhere "$id" main
done
same_state main

# and SIGTERM: a clean end with code 0
stop_node TERM 4
same "$node_code" 0 "exit code after SIGTERM"
printf '%s transfers were told to be final\n' "$(count)"
finish
