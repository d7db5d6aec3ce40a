#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_key.sh - the life of a key: made, listed, opened with a password from a
# file or a terminal, moved out and in, never readable by others.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

keys=$XDG_DATA_HOME/vtchain/keys
umask 022
printf 'correct horse\n' >password
printf 'battery staple\n' >other
chmod 600 password other

expect 0 vtchain key list
has "$out" "no keys in $keys" "vtchain key new"

# made: private folder, private file, the answer has all that is public
expect 0 vtchain key new alice --password-file password --json
same "$(json .protection)" password "protection"
address=$(json .address)
has "$address" vt1
has "$(json .subchain_address)" vs1
same "$(json .file)" "$keys/alice.key" "the file's place"
same "$(stat -c %a "$keys")" 700 "mode of the folder"
same "$(stat -c %a "$keys/alice.key")" 600 "mode of the file"
expect 0 vtchain key address alice
same "$out" "$address" "key address"
expect 0 vtchain key address alice --subchain
has "$out" vs1

# other schemes, other folders, paths
expect 0 vtchain key new ed --scheme ed25519 --no-password --json
same "$(json .scheme)" ed25519 "scheme"
expect 0 vtchain key new bob --keys elsewhere/keys --no-password
same "$(stat -c %a elsewhere/keys/bob.key)" 600 "mode below --keys"
expect 0 vtchain key new ./node.key --no-password
expect 0 vtchain key show ./node.key
has "$out" "plain" "node.key"

# a list shows what cannot be used, too
chmod 644 "$keys/ed.key"
echo rubbish >"$keys/broken.key"
chmod 600 "$keys/broken.key"
expect 0 vtchain key list
has "$out" "alice" "password" "$address" "broken"
has "$err" "chmod 600 $keys/ed.key" "not a key file"
expect 0 vtchain key list --json
same "$(json 'map(.name) | join(" ")')" "alice broken ed" "names"
chmod 600 "$keys/ed.key"
rm "$keys/broken.key"

# the password from the environment's file, or none at all
VTCHAIN_PASSWORD_FILE=$work/password
export VTCHAIN_PASSWORD_FILE
expect 0 vtchain key export alice --out secret
unset VTCHAIN_PASSWORD_FILE
same "$(stat -c %a secret)" 600 "mode of the secret"
same "$(wc -c <secret)" 65 "bytes of the secret"
expect 4 setsid vtchain key export alice --out no
has "$err" "no terminal" "--password-file"

# out and in again gives the same address; stdin works
expect 0 vtchain key import copy --secret-file secret --no-password
expect 0 vtchain key address copy
same "$out" "$address" "address of the imported key"
checks=$((checks + 1))
vtchain key import piped --secret-file - --no-password <secret >/dev/null ||
    fail "import from stdin"

# a new password: the old one opens no more
expect 0 vtchain key password alice --password-file password \
    --new-password-file other
expect 1 vtchain key export alice --out no --password-file password
has "$err" "wrong password"
expect 0 vtchain key export alice --out again --password-file other
same "$(cat again)" "$(cat secret)" "the secret behind the new password"
expect 0 vtchain key password alice --password-file other --no-password
expect 0 vtchain key show alice
has "$out" plain

# the environment's file is the old password, never silently the new one
expect 0 vtchain key new env --password-file password
VTCHAIN_PASSWORD_FILE=$work/password
export VTCHAIN_PASSWORD_FILE
expect 4 setsid vtchain key password env
has "$err" "no terminal" "--new-password-file"
expect 0 vtchain key password env --new-password-file other
unset VTCHAIN_PASSWORD_FILE

# no secret in what is printed, no half-made file
expect 0 vtchain key new carol --no-password --verbose
secret=$(sed -n 's/^secret = //p' "$keys/carol.key")
case $out$err in
*"$secret"*) fail "the secret is printed" ;;
esac
same "$(find . -name '*.new' | wc -l)" 0 "half-made files"

# a terminal is asked twice for a new password, without echo
printf '%s\n' 'sleep 0.4; echo typed pass; sleep 0.4; echo typed pass' >typist
sh typist | script -qec 'vtchain key new typed' /dev/null >tty.txt 2>&1
has "$(cat tty.txt)" "New password of typed" "once more" "vt1"
case $(cat tty.txt) in
*"typed pass"*) fail "the password was echoed" ;;
esac
printf 'typed pass\n' >typed
chmod 600 typed
expect 0 vtchain key export typed --out typed.secret --password-file typed

finish
