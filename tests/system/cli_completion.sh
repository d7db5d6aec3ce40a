#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_completion.sh - the completion loads in bash and offers what fits; the
# manual page is what the table says and pleases groff.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

command -v bash >/dev/null || { echo "no bash: skipped"; exit 77; }

# tab WORD...: what Tab after these words offers, in one line
tab()
{
    vtchain completion bash >script
    # shellcheck disable=SC2016
    bash --norc -c '
        . ./script || exit 9
        complete -p vtchain >/dev/null || exit 9
        compopt() { :; }
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _vtchain
        printf "%s\n" "${COMPREPLY[@]}"' tab "$@" 2>&1 | tr '\n' ' '
}

offers()
{
    wanted=$1
    shift
    same "$(tab "$@")" "$wanted " "Tab after '$*'"
}

vtchain key new alice --no-password --quiet >/dev/null
vtchain key new albert --no-password --quiet >/dev/null
mkdir plugins
touch plain.ini

offers "version" vtchain v
offers "key" vtchain ke
offers "new list show address export import password multisig" vtchain key ""
offers "show" vtchain key sh
has "$(tab vtchain c)" completion config chain
has " $(tab vtchain --)" " --json " " --node " " --help "
has " $(tab vtchain key new --)" " --scheme " " --no-password " " --json "
offers "--password-file" vtchain key new --pass
offers "ed25519 schnorr" vtchain key new bob --scheme ""
offers "schnorr" vtchain key new bob --scheme sch
offers "schnorr" vtchain key new bob --scheme = sch
offers "ed25519 schnorr" vtchain key new bob --scheme =
has " $(tab vtchain key show al)" " alice " " albert "
has " $(tab vtchain tx send --key ali)" " alice "
offers "ed25519" vtchain plugin info e
offers "received witnessed notarized final executed" vtchain tx send x 1 --wait ""
offers "network" vtchain config defaults net
has " $(tab vtchain config defaults node s)" " schnorr "
offers "new" vtchain help key n
has " $(tab vtchain config check pl)" " plain.ini " " plugins "
offers "plugins" vtchain plugin list --plugins plu
offers "bash" vtchain completion ""
same "$(tab vtchain key address alice bob '')" " " "nothing more fits"
# other tests may have a network where a node is looked for by default
VTCHAIN_NODE=127.0.0.1:1
export VTCHAIN_NODE
same "$(tab vtchain chain status '')" " " "chains without a node"
expect 0 vtchain complete -- 1 vtchain
expect 0 vtchain complete -- 99 vtchain x

# the manual page: the built file, every command with its example, no warning
man=$VT_TEST_BUILD_DIR/packaging/man/vtchain.1
vtchain help --man >page.1
checks=$((checks + 2))
cmp -s "$man" page.1 || fail "$man is not what \`vtchain help --man\` prints"
cmp -s "$VT_TEST_BUILD_DIR/packaging/completion/vtchain" script ||
    fail "the built completion is not what \`vtchain completion bash\` prints"
if command -v groff >/dev/null; then
    checks=$((checks + 1))
    LC_ALL=C.UTF-8 groff -K utf8 -t -man -ww -T utf8 -P -c page.1 \
        >page.txt 2>warnings
    [ ! -s warnings ] || fail "groff: $(cat warnings)"
    sed 's/.\x08//g' page.txt | tr '\n' ' ' | tr -s ' ' >flat
    vtchain help --json | jq -r '.commands[] | "vtchain " + .command' >names
    while read -r name; do
        has "$(cat flat)" "$name"
    done <names
    vtchain help --json | jq -r '.commands[].example' >names
    while read -r name; do
        checks=$((checks + 1))
        grep -qF -- "$name" page.txt || fail "no '$name' in the page"
    done <names
fi
expect 0 vtchain help --man --json
has "$(json .man)" ".TH VTCHAIN 1"

finish
