#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_errors.sh - bad inputs. Each line below: exit code, what the one line of
# error must have (parts between slashes), the command line. Each is tried as
# text and with --json.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

me=vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lp
id=$(printf '0123456789abcdef%.0s' 1 2 3 4)
vtchain key new alice --no-password --quiet >/dev/null
vtchain key new open --no-password --quiet >/dev/null
chmod 644 "$XDG_DATA_HOME/vtchain/keys/open.key"
echo "correct horse" >password
echo "short" >short
: >empty
chmod 600 password short empty
echo "correct horse" >public
chmod 644 public
vtchain key new locked --password-file password >/dev/null
echo "wrong horse" >wrong
chmod 600 wrong
echo "zz" >nothex
sed 's/^address = vt1q/address = vt1p/' \
    "$XDG_DATA_HOME/vtchain/keys/alice.key" >typo.key
sed 's/^version = 1/version = 2/' \
    "$XDG_DATA_HOME/vtchain/keys/alice.key" >newer.key
chmod 600 typo.key newer.key
mkfifo pipe.key
mkdir folder
long=$(printf 'a%.0s' $(seq 300))

tried=0
while IFS='|' read -r wanted parts line; do
    [ -n "$line" ] || continue
    tried=$((tried + 1))
    line=$(echo "$line" | sed "s/ME/$me/g; s/ID/$id/g; s/LONG/$long/g")
    expect "$wanted" sh -c "exec vtchain $line"
    one_line
    has "$err" "vtchain: "
    text_err=$err
    IFS=/
    # shellcheck disable=SC2086
    has "$err" $parts
    unset IFS
    expect "$wanted" sh -c "exec vtchain --json $line"
    # "null" for a missing code or message
    json '.error | "\(.code)\n\(.message)"' >error
    { read -r error_code && read -r message; } <error
    case $error_code in
    usage | bad_input | failed | refused | unreachable) ;;
    *) fail "error code '$error_code': $line" ;;
    esac
    same "vtchain: $message" "$text_err" "the message as JSON: $line"
done <<'END'
2|command is missing/key/plugin|
2|command is missing/new, list|key
2|unknown command 'ky'/did you mean `vtchain key`|ky
2|unknown command 'frobnicate'/vtchain help|frobnicate
2|unknown command 'nwe'/vtchain key new|key nwe
2|unknown command 'zzzzzzz'/vtchain help key|key zzzzzzz
2|no command 'plugn'/did you mean 'plugin'|help plugn
2|no such command|help qqqqqqqq
2|unknown option '--jsno'/'--json'|--jsno status
2|unknown option '--qwertyuiop'/vtchain help|--qwertyuiop status
2|unknown option '--shceme'/'--scheme'|key new bob --shceme schnorr
2|unknown option '--asdfghjk'/vtchain key new --help|key new bob --asdfghjk
2|unknown option '-x'|status -x
2|NAME is missing/key new alice|key new
2|unexpected argument 'two'/as in|key new one two
2|unexpected argument 'x'|version x
2|--scheme needs a value/--scheme STEM|key new bob --scheme
2|--scheme is given twice|key new bob --scheme schnorr --scheme ed25519
2|--quiet: 'maybe' is not/yes or no|status --quiet=maybe
2|exclude each other|key new bob --no-password --password-file password
2|--out FILE is missing/new file|key export alice
2|--key NAME is missing/key that signs|tx send ME 1
2|TO is missing|tx send --key alice
2|--timeout: '5' is not/250ms or 5s|tx wait ID --timeout 5
2|--timeout: 2h is above 60s|tx wait ID --timeout 2h
2|--wait: 'soon' is not one of received|tx send ME 1 --key alice --wait soon
2|--count: 'many' is not/whole number|events --count many
2|--valid-for: 9999999 is above|tx send ME 1 --key alice --valid-for 9999999
2|--decimals: 19 is above 18|asset register GOLD --key alice --decimals 19
4|key name 'a b'/letters, digits|key new 'a b' --no-password
4|key name '.hidden'|key new .hidden --no-password
4|key name/1 to 64|key new LONG --no-password
4|plugin nope/no nope.so/install it|key new bob --scheme nope --no-password
4|named by its stem|key new bob --scheme ../schnorr --no-password
1|alice.key/exists already/another name|key new alice --no-password
4|password has 5 characters/at least 8|key new bob --password-file short
4|empty: password is empty|key new bob --password-file empty
1|public/others may read this password/chmod 600|key new bob --password-file public
1|nofile/No such file|key new bob --password-file nofile
4|nobody.key/no such key file/vtchain key new|key show nobody
1|open.key/mode 0644/chmod 600|key show open
4|typo.key:6/checksum|key show ./typo.key
4|newer.key:3/version = 1/restore it|key show ./newer.key
4|pipe.key: not a regular file|key show ./pipe.key
4|folder: not a regular file|key show ./folder
4|/etc/passwd: not a key file|key address /etc/passwd
1|locked.key: wrong password|key export locked --out x --password-file wrong
1|File exists|key export alice --out password
4|nothex: the secret of a schnorr key is 64|key import bob --secret-file nothex --no-password
4|missing: No such file|key import bob --secret-file missing --no-password
1|wrong password|key password locked --password-file wrong --no-password
4|no such folder|plugin list --plugins nowhere
4|plugin nope/no nope.so|plugin info nope
4|named by its stem|plugin info ./schnorr.so
4|nofile.so: find: No such file|plugin check nofile.so
1|password: find/<stem>.so/rename it|plugin check password
4|'netwrk' is neither/did you mean 'network'|config defaults netwrk
4|did you mean 'signature.schnorr'|config defaults consensus.schnorr
4|no completion for 'fish'/bash|completion fish
4|address 'vt1qqq'/characters|tx send vt1qqq 1 --key alice
4|character 42/address|account show vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6bp
4|checksum|account show vt1qy9mws957qf3qegddpzvkfgwpjdm63t8hc0ug6lq
4|transaction 'abc'/64 hexadecimal digits|tx show abc
4|RAW is the transaction in hexadecimal|tx submit xyz
4|no transaction|tx submit 0100
4|block '12x'/height or the 64|block show 12x
4|symbol 'gold'/A-Z|asset register gold --key alice
4|symbol '1GOLD'/letter first|asset register 1GOLD --key alice
4|--memo has 300 bytes/256|tx send ME 1 --key alice --memo LONG
4|--name has 300 bytes/32|asset register GOLD --key alice --name LONG
4|node 'nowhere'/host:port|status --node nowhere
4|node 'host:70000'/1 to 65535|status --node host:70000
4|node 'https:/plain HTTP|status --node https://host:1
4|node 'unix:x'/starts with|status --node unix:x
3|no such socket/--node|status --node unix:/nonexistent/vt.sock
3|host name is not known|status --node no-such-host.invalid:7201
3|connection refused|chain list --node 127.0.0.1:1
END
[ "$tried" -ge 70 ] || fail "only $tried lines of the table were tried"

# two keys that were made meanwhile, not one more
same "$(vtchain key list --json | jq -r '.[].name' | tr '\n' ' ')" \
    "alice locked open " "keys left behind by failures"

# a broken file of contexts is told, not skipped
mkdir -p "$XDG_CONFIG_HOME/vtchain"
printf '[dev]\nnode = 127.0.0.1:1\nnodde = x\n' \
    >"$XDG_CONFIG_HOME/vtchain/contexts.ini"
expect 4 vtchain status
has "$err" "contexts.ini:3" "nodde"

finish
