# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# cli_lib.sh - what the tests of the command line share; sourced, not run.
# A check that fails prints one line and the script goes on; finish() gives the
# exit code.
set -u

vtchain=$VT_TEST_BUILD_DIR/vtchain
checks=0
failures=0

work=$(mktemp -d "${TMPDIR:-/tmp}/vt-cli-XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 99
chmod 700 .

# A home of our own: nothing of the caller's is read or written.
HOME=$work/home
XDG_DATA_HOME=$work/data
XDG_CONFIG_HOME=$work/config
TERM=xterm
export HOME XDG_DATA_HOME XDG_CONFIG_HOME TERM
unset NO_COLOR VTCHAIN_NODE VTCHAIN_PASSWORD_FILE VT_PLUGIN_PATH
mkdir -p "$HOME" bin
ln -s "$vtchain" bin/vtchain
VT_PLUGIN_PATH=$VT_TEST_PLUGIN_DIR
PATH=$work/bin:$PATH
export PATH VT_PLUGIN_PATH

fail()
{
    failures=$((failures + 1))
    printf 'FAIL: %s\n' "$*"
}

# run COMMAND...: its stdout, stderr and exit code into $out, $err and $code.
run()
{
    code=0
    "$@" >out.txt 2>err.txt </dev/null || code=$?
    out=$(cat out.txt)
    err=$(cat err.txt)
}

# expect CODE COMMAND...: run it and compare the exit code.
expect()
{
    wanted=$1
    shift
    checks=$((checks + 1))
    run "$@"
    [ "$code" = "$wanted" ] ||
        fail "exit code $code instead of $wanted: $* [$out] [$err]"
}

# has TEXT WORDS...: each of WORDS is in TEXT.
has()
{
    text=$1
    shift
    for words; do
        checks=$((checks + 1))
        case $text in
        *"$words"*) ;;
        *) fail "no '$words' in: $text" ;;
        esac
    done
}

# same A B WHAT
same()
{
    checks=$((checks + 1))
    [ "$1" = "$2" ] || fail "$3: '$1' instead of '$2'"
}

# The last run said why on one line of stderr and nothing on stdout.
one_line()
{
    checks=$((checks + 1))
    [ "$(wc -l <err.txt)" = 1 ] || fail "not one line of error: $err"
    [ -z "$out" ] || fail "stdout beside an error: $out"
}

# json FILTER: of the last run's stdout, which must be exactly one JSON value.
json()
{
    jq -rs "if length == 1 then .[0] | ($1)
            else \"not one JSON value: \\(.)\" end" out.txt 2>&1
}

finish()
{
    printf '%s: %d checks, %d failed\n' "${0##*/}" "$checks" "$failures"
    [ "$failures" = 0 ] || exit 1
    exit 0
}
