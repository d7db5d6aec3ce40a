# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154,SC2034
#
# net_lib.sh - a network of real processes for a test; sourced after cli_lib.sh.
# Nodes are started and stopped one by one, so that a test can kill them.
net=$work/net
nodes=4
net_chains= # more than there are, as NAME=ENGINE,...
# Loops that offer load end with the test, however it ends.
end_all()
{
    touch "$work/load.stop"
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    stop_all KILL
    wait
    rm -rf "$work"
}
trap end_all EXIT

# make_net: keys, certificates and INIs of a network in $net, nothing running.
make_net()
{
    run vtchain dev --keep "$net" --nodes "$nodes" --chain "$net_chains" \
        --for 1ms --json
    if [ "$code" != 0 ]; then
        fail "no network: [$out] [$err]"
        finish
    fi
    json .nodes >nodes.json
    i=1
    while [ "$i" -le "$nodes" ]; do
        eval "api_$i=$(jq -r ".[$i - 1].api" nodes.json)"
        eval "pid_$i="
        i=$((i + 1))
    done
}

api_of()
{
    eval "printf %s \"\$api_$1\""
}

pid_of()
{
    eval "printf %s \"\$pid_$1\""
}

# start_node N
start_node()
{
    "$vtchain" node "$net/node$1/node.ini" >>"$net/node$1/node.log" 2>&1 &
    eval "pid_$1=$!"
}

start_all()
{
    i=1
    while [ "$i" -le "$nodes" ]; do
        start_node "$i"
        i=$((i + 1))
    done
}

# stop_node SIGNAL N
stop_node()
{
    eval "pid=\$pid_$2"
    [ -n "$pid" ] || return 0
    kill -"$1" "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
    node_code=$?
    eval "pid_$2="
}

# All at once, so that no survivor goes on alone.
stop_all()
{
    i=1
    while [ "$i" -le "$nodes" ]; do
        eval "pid=\${pid_$i:-}"
        [ -z "$pid" ] || kill -"$1" "$pid" 2>/dev/null
        i=$((i + 1))
    done
    i=1
    while [ "$i" -le "$nodes" ]; do
        eval "pid=\${pid_$i:-}"
        [ -z "$pid" ] || wait "$pid" 2>/dev/null
        eval "pid_$i="
        i=$((i + 1))
    done
}

# until_true SECONDS COMMAND...: tries every tenth of a second.
until_true()
{
    tenths=$(($1 * 10))
    shift
    while [ "$tenths" -gt 0 ]; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
        tenths=$((tenths - 1))
    done
    return 1
}

is_ready()
{
    vtchain status --node "$(api_of "$1")" --json 2>/dev/null |
        jq -e .ready
}

# ready N...: each of these nodes says it is ready.
ready()
{
    for n; do
        checks=$((checks + 1))
        until_true 60 is_ready "$n" ||
            fail "node$n is not ready: $(tail -n 3 "$net/node$n/node.log")"
    done
}

height_of()
{
    vtchain chain status "$2" --node "$(api_of "$1")" --json |
        jq -r .executed_height
}

is_final()
{
    [ "$(vtchain tx show "$2" --chain "$3" --node "$(api_of "$1")" --json |
        jq -r .where)" = final ]
}

# final_everywhere ID CHAIN
final_everywhere()
{
    n=1
    while [ "$n" -le "$nodes" ]; do
        checks=$((checks + 1))
        until_true 30 is_final "$n" "$1" "$2" ||
            fail "transaction $1 is not final on node$n, chain $2"
        n=$((n + 1))
    done
}

# same_state CHAIN: all nodes have the same block, so the same state below it,
# at the height the slowest has reached.
same_state()
{
    least=
    n=1
    while [ "$n" -le "$nodes" ]; do
        h=$(height_of "$n" "$1")
        [ -n "$least" ] && [ "$least" -le "$h" ] || least=$h
        n=$((n + 1))
    done
    first=
    n=1
    while [ "$n" -le "$nodes" ]; do
        one=$(vtchain block show "$least" --chain "$1" \
            --node "$(api_of "$n")" --json | jq -r '.id + " " + .state_root')
        [ -n "$first" ] || first=$one
        same "$one" "$first" "block $least of $1 on node$n"
        n=$((n + 1))
    done
}
