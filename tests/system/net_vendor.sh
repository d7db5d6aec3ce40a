#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# net_vendor.sh - a vendor's storage plugin in a running network: built in
# another folder from the installed headers and pkg-config only, named in a
# chain's INI, loaded by four nodes, which finalise transfers on it.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"
# shellcheck source=tests/system/net_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/net_lib.sh"

make -s -C "$VT_TEST_BUILD_DIR" install DESTDIR="$work/root" \
    MAKEFLAGS= >install.log 2>&1 || fail "make install: $(tail -n 5 install.log)"
pc=$(find "$work/root" -name vtchain-1.pc)
PKG_CONFIG_PATH=${pc%/*}
PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cflags=$(pkg-config --cflags vtchain-1) || fail "pkg-config --cflags"

# The product: the source of the memory store under another name.
mkdir vendor
cp "$VT_TEST_SRC_DIR"/plugins/storage/memory/*.[ch] vendor/
chmod u+w vendor/*
sed -i -e 's/VT_PLUGIN_DEFINE(memory)/VT_PLUGIN_DEFINE(acmestore)/' \
    -e 's/org\.vtchain\.memory/com.example.acmestore/' \
    -e 's/\.name = "memory"/.name = "acmestore"/' vendor/memory.c
# flags in one word
# shellcheck disable=SC2086
run ${CC:-cc} -O2 -Wall -Wextra -Werror -shared -fPIC $cflags -pthread \
    -fvisibility=hidden -Wl,-z,now,-z,defs,-z,nodelete \
    -o vendor/acmestore.so vendor/memory.c vendor/tree.c
same "$code" 0 "compiling the vendor's plugin: $err"
expect 0 vtchain plugin check vendor/acmestore.so
rm vendor/*.[ch]

make_net
sed -i -e 's/^storage .*/storage = acmestore/' \
    -e 's/^log_storage .*/log_storage = acmestore/' "$net/chains/scratch.ini"
i=1
while [ "$i" -le "$nodes" ]; do
    sed -i "s|^path .*|path = $work/vendor|" "$net/node$i/node.ini"
    i=$((i + 1))
done
start_all
ready 1 2 3 4
bob=$(vtchain key address bob --keys "$net/keys")
expect 0 vtchain tx send "$bob" 2 --chain scratch --key alice \
    --keys "$net/keys" --node "$(api_of 1)" --json
same "$(json .stage)" final "stage on a vendor's store"
final_everywhere "$(json .id)" scratch
same_state scratch
grep -q "$work/vendor/acmestore.so\|/node1/data/plugins/.*acmestore" \
    "/proc/$(pid_of 1)/maps" || fail "the file is not mapped"
checks=$((checks + 1))
stop_all TERM

# without the file: one line, which says where was looked
rm vendor/acmestore.so
run vtchain node "$net/node1/node.ini" --check
[ "$code" != 0 ] || fail "a plugin that is not there was loaded"
same "$(grep -c "^vtchain: " err.txt)" 1 "lines of error"
has "$err" acmestore "$work/vendor"
finish
