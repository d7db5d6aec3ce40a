#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_liar.sh - one of four members lies, in each engine that bears it: PBFT,
# DPoS, PoS, a subchain each. It signs two things where only one is allowed,
# keeps certificates back, says again what others signed, in this epoch and
# before, and sends garbage. The chains go on, the honest nodes name the liar
# with evidence that the engine's own check takes, and they name nobody else.
#
# The liar is liar.c around the engine's own source, built here and put where
# node4 looks first. Two processes with one key would be the simpler way to
# equivocate, but links are by name: no honest node ever has both of them, so
# none would see the two signatures side by side; and only a bent engine can keep
# back or garble a message of its own choice. The simulator has the twins.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

chains="trade fast coin"

# bend ENGINE MACRO
bend()
{
    dir=source/plugins/consensus/$1
    # after the engine's table stands who bends it
    sed -i -e "s|^static const struct vt_iface ifaces.*|#include \"liar.c\"\n&|" \
        -e 's/{{VT_IF_CONSENSUS, &engine_table}}/{{VT_IF_CONSENSUS, \&liar_table}}/' \
        "$dir/$1.c"
    common=
    [ "$1" = pbft ] || common=$(echo source/plugins/consensus/common/bft/*.c)
    # flags and files in one word
    # shellcheck disable=SC2086
    run ${VT_TEST_CC:-cc} -std=c11 -O1 -Wall -Wextra -Werror -shared -fPIC \
        -D"$2" -I"$VT_TEST_SRC_DIR/abi" -Isource/plugins/consensus -I"$dir" \
        -I"$VT_TEST_SRC_DIR/tests/system" -fvisibility=hidden \
        -Wl,-z,now,-z,nodelete -o "liar/$1.so" "$dir"/*.c $common
    same "$code" 0 "compiling a liar of $1: $err"
}

mkdir -p liar source/plugins
cp -r "$VT_TEST_SRC_DIR/plugins/consensus" source/plugins/
chmod -R u+w source
bend pbft LIAR_PBFT
bend dpos LIAR_DPOS
bend pos LIAR_POS
expect 0 vtchain plugin check liar/pbft.so

net_chains=fast=dpos,coin=pos
make_net
rm -rf "$net"/node*/data
sed -i "s|^path .*|path = $work/liar|" "$net/node4/node.ini"
# each member leads in turn
sed -i -e 's/^window .*/window = 8\ncheckpoint_interval = 4\nrotate_checkpoints = 1/' \
    "$net/chains/trade.ini"
sed -i -e 's/^slot .*/slot = 100ms/' "$net"/chains/fast.ini "$net"/chains/coin.ini
sed -i -e 's/^genesis_time/switch_freeze = 32\ngenesis_time/' "$net"/chains/*.ini

# pay CHAIN NODE FEE: transfers until load.stop
pay()
{
    to=$(vtchain key address carol --keys "$net/keys")
    while [ ! -e load.stop ]; do
        vtchain tx send "$to" 1 --chain "$1" --key bob --fee "$3" \
            --keys "$net/keys" --node "$(api_of "$2")" --timeout 20s --json \
            2>>"$1.err" | jq -r 'select(.stage == "final") | .id' \
            >>"finals.$1"
    done
}

# used by until_true
# shellcheck disable=SC2317
more_than()
{
    [ "$(wc -l <"finals.$1")" -gt "$2" ]
}

# all_go_on WHEN
all_go_on()
{
    for chain in $chains; do
        checks=$((checks + 1))
        until_true 90 more_than "$chain" $(($(wc -l <"finals.$chain") + 6)) ||
            fail "$chain stands still $1: $(tail -n 1 "$chain.err")"
    done
}

# convicts CHAIN: kinds that the honest nodes have against node4, all verified
convicts()
{
    for n in 1 2 3; do
        vtchain chain evidence "$1" --node "$(api_of "$n")" --json
    done | jq -s 'add | map(select(.name == "node4" and .verified) | .kind)' |
        jq -c unique
}

# used by until_true
# shellcheck disable=SC2317
is_convicted()
{
    [ "$(convicts "$1" | jq "contains($2)")" = true ]
}

# only_node4: nobody else is named by anybody, and all that is named is proven
only_node4()
{
    for chain in $chains; do
        for n in 1 2 3; do
            run vtchain chain evidence "$chain" --node "$(api_of "$n")" --json
            same "$(json 'map(select(.name != "node4" or (.verified | not)))
                | length')" 0 "wrongly named on $chain by node$n: $out"
        done
    done
}

# offenders CHAIN NODE: whom the ledger has convicted
offenders()
{
    vtchain chain offences "$1" --node "$(api_of "$2")" --json |
        jq -r 'map(.offender) | unique | join(" ")'
}

# used by until_true
# shellcheck disable=SC2317
in_ledger()
{
    liar=$(vtchain key address "$net/node4/node.key")
    for n in 1 2 3; do
        # prefixes of main chains and of others differ, the rest does not
        case $(offenders "$1" "$n") in
        *" "* | "") return 1 ;;
        v[ts]1"$(echo "$liar" | cut -c4-30)"*) ;;
        *) return 1 ;;
        esac
    done
}

# used by until_true
# shellcheck disable=SC2317
epoch_is()
{
    [ "$(vtchain chain status trade --node "$(api_of "$1")" --json |
        jq -r .epoch)" = "$2" ]
}

# Whoever lied is left alone for a while by those who noticed; after a restart
# they hear it again. What they found out must outlive that.
forget_scores()
{
    for n in 1 2 3; do
        stop_node TERM "$n"
        start_node "$n"
        ready "$n"
    done
}

blamed()
{
    grep -c 'net: node4: "' "$net/node1/node.log"
}

# used by until_true
# shellcheck disable=SC2317
noticed()
{
    [ "$(blamed)" -gt "$before" ]
}

VT_TEST_LIES=$work/lies
export VT_TEST_LIES
echo ew >lies
for chain in $chains; do
    : >"finals.$chain"
done
start_all
ready 1 2 3
pids=
for chain in $chains; do
    fee=0
    [ "$chain" != trade ] || fee=0.001
    pay "$chain" 1 "$fee" &
    pids="$pids $!"
done
all_go_on "with a liar"
checks=$((checks + 3))
until_true 60 is_convicted trade '[2]' ||
    fail "nobody saw two PREPAREs: $(convicts trade)"
until_true 60 is_convicted fast '[16]' ||
    fail "nobody saw two blocks of a slot (DPoS): $(convicts fast)"
until_true 60 is_convicted coin '[16]' ||
    fail "nobody saw two blocks of a slot (PoS): $(convicts coin)"
only_node4
for chain in $chains; do
    checks=$((checks + 1))
    until_true 60 in_ledger "$chain" ||
        fail "the ledger of $chain convicts: [$(offenders "$chain" 1)]"
done
for lies in "role [0-9]* twice" "a certificate less"; do
    checks=$((checks + 1))
    grep -q "liar: $lies" "$net/node4/node.log" || fail "no lie: $lies"
done

# evidence and what others signed, again, and again in the next epoch
echo rw >lies
forget_scores
for chain in $chains; do
    same "$(convicts "$chain" | jq 'length > 0')" true \
        "evidence on $chain after a restart"
done
all_go_on "when old messages come again"
tries=5
while ! epoch_is 1 1 && [ "$tries" -gt 0 ]; do
    run vtchain chain switch trade --to pbft --options 'window = 9' --at +96 \
        --key alice --fee 0.001 --keys "$net/keys" --node "$(api_of 2)"
    until_true 20 epoch_is 1 1
    tries=$((tries - 1))
done
same "$(epoch_is 1 1; echo $?)" 0 "a new epoch of trade: [$out] [$err]"
all_go_on "in the next epoch"
only_node4
for n in 1 2 3; do
    run vtchain chain evidence trade --node "$(api_of "$n")" --json
    same "$(json 'map(select(.epoch > 0)) | length')" 0 \
        "what was said in one epoch convicts in the next, on node$n: $out"
done

echo gw >lies
forget_scores
before=$(blamed)
all_go_on "under garbage"
checks=$((checks + 1))
until_true 20 noticed || fail "nobody noticed the garbage"
only_node4
for lies in repeated garbled; do
    checks=$((checks + 1))
    grep -q "liar: .*messages $lies" "$net/node4/node.log" ||
        fail "no lie: $lies"
done
for chain in $chains; do
    echo "$chain: $(wc -l <"finals.$chain") transfers, node4 broke rules" \
        "$(convicts "$chain")"
done
touch load.stop
# each in a word of its own
# shellcheck disable=SC2086
wait $pids
finish
