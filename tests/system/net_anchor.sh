#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_anchor.sh - a proof of work subchain that is final only when its parent
# says so: members name its blocks on the main chain, and what is final there
# makes them final here. A node that was away learns it from the main chain's
# state.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

# chain_of CHAIN KEY N: a number of a chain's status on a node
chain_of()
{
    vtchain chain status "$1" --node "$(api_of "$3")" --json | jq -r ".$2"
}

# used by until_true
# shellcheck disable=SC2317
is_final()
{
    [ "$(chain_of trade final_height "$1")" -ge "$2" ]
}

pay()
{
    expect 0 vtchain tx send "$bob" 1 --chain trade --key erin --fee 0.001 \
        --keys "$net/keys" --node "$(api_of "$1")" --timeout 60s --json
}

make_net
# final_by is said before the first block; the other rows make blocks quick
sed -i 's/^consensus .*/consensus = pow\nanchor_every = 4\nanchor_depth = 3/
s/^\[consensus.pbft\]/[consensus.pow]\ninterval = 250ms\nfirst = 4096\nlimit = 256\ndepth = 3\nfinal_by = anchor/
/^window /d
/^view_timeout /d' "$net/chains/trade.ini"
i=1
while [ "$i" -le "$nodes" ]; do
    sed -i 's/^key     = node.key/&\nminers = 1/' "$net/node$i/node.ini"
    rm -rf "$net/node$i/data" # made with the other parameters
    i=$((i + 1))
done
bob=$(vtchain key address bob --keys "$net/keys")
start_all
ready 1 2 3 4
pay 1
has "$out" '"stage":"final"'
at=$(chain_of trade final_height 1)
checks=$((checks + 1))
[ "$at" -ge 1 ] || fail "nothing is final: $at"
for n in 1 2 3 4; do
    checks=$((checks + 1))
    until_true 30 is_final "$n" "$at" || fail "node$n is not at $at"
done

# one is away while others are anchored; two of four are more than a third
stop_node KILL 4
pay 2
pay 3
at=$(chain_of trade final_height 2)
start_node 4
ready 4
checks=$((checks + 1))
until_true 30 is_final 4 "$at" || fail "node4 is not at $at"
same "$(vtchain block show "$at" --chain trade --node "$(api_of 4)" --json |
    jq -r .id)" "$(vtchain block show "$at" --chain trade --node "$(api_of 2)" \
    --json | jq -r .id)" "block $at"

# without the main chain's agreement nothing is final, however deep
stop_node KILL 3
stop_node KILL 4
at=$(chain_of trade final_height 1)
run vtchain tx send "$bob" 1 --chain trade --key erin --fee 0.001 \
    --keys "$net/keys" --node "$(api_of 1)" --timeout 6s --json
same "$(chain_of trade final_height 1)" "$at" "height without a main chain"
checks=$((checks + 1))
[ "$(chain_of trade head_height 1)" -gt "$at" ] || fail "no blocks above $at"
start_node 3
ready 3
checks=$((checks + 1))
until_true 60 is_final 1 $((at + 1)) || fail "it does not go on above $at"
stop_all TERM
finish
