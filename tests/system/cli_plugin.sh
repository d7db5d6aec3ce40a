#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cli_plugin.sh - plugins are found, shown and checked; each planted fault is
# refused on one line with file, step, reason and cure.
# shellcheck source=tests/system/cli_lib.sh
. "${VT_TEST_SRC_DIR:?run me with make check}/tests/system/cli_lib.sh"

# plant FILE FLAGS...: the planted plugin, compiled with one fault
plant()
{
    file=$1
    shift
    # shellcheck disable=SC2086
    $VT_TEST_CC -std=c11 -shared -fPIC -fvisibility=hidden -w \
        -I"$VT_TEST_SRC_DIR/abi" "$@" \
        "$VT_TEST_SRC_DIR/tests/unit/planted_plugin.c" -o "$file" ||
        fail "cannot compile $*"
    chmod 755 "$file"
}

# refused FILE WORDS...: one line with the file's whole path and the words
refused()
{
    file=$1
    shift
    expect 1 vtchain plugin check "$file"
    one_line
    has "$err" "$work/${file#./}: " "$@"
    expect 1 vtchain plugin check "$file" --json
    same "$(json .error.code)" refused "code for $file"
    same "$(json '.error.files[0].ok')" false "files in the error"
}

plant planted.so
expect 0 vtchain plugin check ./planted.so
has "$out" "planted.so: ok, signature planted 1"
expect 0 vtchain plugin check planted.so ./planted.so --json
same "$(json '.files | map(.ok) | all')" true "all are fine"

plant symbol.so -DNO_SYMBOL
refused symbol.so "symbol: " "exports no symbol_LTX_vt_plugin_v1" \
    "must be the same stem"
plant other.so
refused ./other.so "symbol: " "exports no other_LTX_vt_plugin_v1"
plant major.so -DPREFIX=major -DNAME='"major"' -DMAJOR=2
refused major.so "ABI" "release"
plant newer.so -DPREFIX=newer -DNAME='"newer"' -DMINOR=9
refused newer.so "ABI" "release"
plant world.so -DPREFIX=world -DNAME='"world"'
chmod 757 world.so
refused world.so "mode: " "others may write to it (0757)" "chmod go-w"
mkdir open
cp planted.so open/planted.so
chmod 777 open
expect 1 vtchain plugin check open/planted.so
has "$err" "$work/open: mode: " "chmod go-w"

echo 'int gone(void) { return 1; }' >gone.c
$VT_TEST_CC -shared -fPIC gone.c -o libgone.so
plant library.so -DPREFIX=library -DNAME='"library"' \
    -Wl,--no-as-needed ./libgone.so
rm libgone.so
refused library.so "open: " "libgone.so" "cannot open shared object" \
    "install the package that holds this library"
plant undefined.so -DPREFIX=undefined -DNAME='"undefined"' -DMISSING_SYMBOL
refused undefined.so "open: " "undefined symbol" "somewhere_else" "link"
plant selftest.so -DPREFIX=selftest -DNAME='"selftest"' -DRESULT=VT_E_INTERNAL
refused selftest.so "self test: "
head -c 3000 planted.so >cut.so
refused cut.so "read: " "cut short" "install it again"
echo "no library" >text.so
refused text.so "read: " "not a shared object" "rebuild it"

# several files: a line for each, the worst decides
expect 1 vtchain plugin check planted.so world.so text.so
has "$out" "planted.so: ok"
has "$err" "world.so: mode" "text.so: read"

# the list: good ones, and with --all why the others are not in it
mkdir plugins
cp planted.so world.so plugins/
chmod 757 plugins/world.so
unset VT_PLUGIN_PATH
expect 0 vtchain plugin list --plugins plugins
has "$out" planted "org.vtchain.test.planted" "$work/plugins/planted.so"
has "$err" "1 more refused" "--all"
case $out in
*world*) fail "a refused file without --all" ;;
esac
expect 0 vtchain plugin list --all --plugins plugins
has "$out" "refused: $work/plugins/world.so: mode: " "chmod go-w"
expect 0 vtchain plugin list --all --json --plugins plugins
same "$(json '[.[] | select(.refused)] | length')" 1 "refused ones"
same "$(json '.[] | select(.stem == "planted") | .offers[0]')" \
    vt.signature/1 "what it offers"

# --plugins goes before VT_PLUGIN_PATH; without both, the build tree is found
VT_PLUGIN_PATH=$VT_TEST_PLUGIN_DIR
export VT_PLUGIN_PATH
plant plugins/schnorr.so -DPREFIX=schnorr -DNAME='"schnorr"'
expect 0 vtchain plugin info schnorr --plugins plugins
has "$out" "org.vtchain.test.planted" "needs vt.log/1"
expect 0 vtchain plugin info schnorr
has "$out" "org.vtchain.schnorr"
unset VT_PLUGIN_PATH
expect 0 "$VT_TEST_BUILD_DIR/vtchain" plugin info schnorr --json
same "$(json .id)" org.vtchain.schnorr "the plugin of the build tree"

# what a plugin can be told
expect 0 vtchain plugin info planted --plugins plugins
has "$out" "size" "uint" "1..9"
expect 0 vtchain config defaults planted --plugins plugins
same "$out" "$(printf '[signature.planted]\n\n; A number.\n; uint, 1..9\nsize = 4')" \
    "defaults of a plugin"
expect 0 vtchain config defaults signature.planted --json --plugins plugins
same "$(json '.[0].keys[0].default')" 4 "default as JSON"

finish
