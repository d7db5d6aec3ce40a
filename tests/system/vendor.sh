#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Can a stranger build a plugin from what `make install` left, and nothing
# else? In another folder, with a plain compiler line for every compiler there
# is, C and C++, and with an autotools project of eight lines; each result
# exports its one symbol and is loaded.
set -eu
LC_ALL=C
export LC_ALL
src=${VT_TEST_SRC_DIR:?}
build=${VT_TEST_BUILD_DIR:?}
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM
# this runs inside of a make that has other things to do
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR CC CFLAGS CPPFLAGS LDFLAGS || true

fail()
{
    echo "vendor: $*"
    [ ! -f "$tmp/log" ] || tail -n 30 "$tmp/log"
    exit 1
}

# one_symbol FILE: acme_LTX_vt_plugin_v1 and no other
one_symbol()
{
    symbols=$(nm -D --defined-only "$1" | awk '{ print $NF }')
    [ "$symbols" = acme_LTX_vt_plugin_v1 ] ||
        fail "$1 exports: $symbols"
}

# loads FILE: through the loader and, when it has it, through the command
loads()
{
    "$build/tests/system/load_plugin" "$1" >"$tmp/log" 2>&1 ||
        fail "$1 is not loaded"
    grep -q 'com\.example\.acme' "$tmp/log" || fail "$1 is not described"
    if "$build/vtchain" plugin check --help >/dev/null 2>&1; then
        "$build/vtchain" plugin check "$1" >"$tmp/log" 2>&1 ||
            fail "vtchain plugin check refuses $1"
    fi
}

make -s -C "$build" install DESTDIR="$tmp/root" >"$tmp/log" 2>&1 ||
    fail "make install"
pc=$(find "$tmp/root" -name vtchain-1.pc)
m4=$(find "$tmp/root" -name vtchain.m4)
if [ -z "$pc" ] || [ -z "$m4" ]; then
    fail "no vtchain-1.pc or vtchain.m4 installed"
fi
if [ -n "$(find "$tmp/root" -name '*.la')" ]; then
    fail "libtool's .la files are installed"
fi
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$tmp/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
cflags=$(pkg-config --cflags vtchain-1) || fail "pkg-config --cflags"
[ -z "$(pkg-config --libs vtchain-1)" ] || fail "there is nothing to link"
major=$(sed -n 's/^#define VT_ABI_MAJOR //p' "$src/abi/vt/abi.h")
minor=$(sed -n 's/^#define VT_ABI_MINOR //p' "$src/abi/vt/abi.h")
abi=$(pkg-config --variable=abi vtchain-1)
abi=$abi.$(pkg-config --variable=abi_minor vtchain-1)
[ "$abi" = "$major.$minor" ] || fail "vtchain-1.pc speaks of ABI $abi"
plugindir=$(pkg-config --variable=plugindir vtchain-1)
plugindir=${plugindir#"$tmp/root"}
[ -d "$tmp/root$plugindir" ] || fail "plugindir $plugindir is not installed"

mkdir "$tmp/plain"
cd "$tmp/plain"
cp "$src/tests/system/vendor/acme.c" .
built=0
for compiler in gcc clang g++ clang++; do
    command -v $compiler >/dev/null 2>&1 || continue
    language=c
    case $compiler in *++) language=c++ ;; esac
    mkdir $compiler
    # Tables grow at their tail: a source that leaves new members out goes on
    # compiling. Flags in one word.
    # shellcheck disable=SC2086
    $compiler -x $language -Wall -Wextra -Wpedantic -Werror \
        -Wno-missing-field-initializers -shared -fPIC $cflags \
        -fvisibility=hidden -Wl,-z,now,-z,defs,-z,nodelete \
        -o $compiler/acme.so acme.c >"$tmp/log" 2>&1 ||
        fail "$compiler does not build acme.c"
    one_symbol $compiler/acme.so
    loads "$tmp/plain/$compiler/acme.so"
    built=$((built + 1))
done
[ $built -gt 0 ] || fail "no compiler"

# the name of the file is the name of the plugin
first=$(find "$tmp/plain" -name acme.so | head -n 1)
cp "$first" "$tmp/plain/other.so"
if "$build/tests/system/load_plugin" "$tmp/plain/other.so" >"$tmp/log" 2>&1; then
    fail "a renamed plugin is loaded"
fi
[ "$(wc -l <"$tmp/log")" -eq 1 ] || fail "a refusal is one line"

if ! command -v autoreconf >/dev/null 2>&1; then
    echo "$built compilers; no autoreconf, so no autotools project"
    exit 0
fi
mkdir "$tmp/project"
cp "$src"/tests/system/vendor/* "$tmp/project/"
cd "$tmp/project"
chmod u+w ./*
ACLOCAL_PATH=$(dirname "$m4") autoreconf -fi >"$tmp/log" 2>&1 ||
    fail "autoreconf"
prefix=${plugindir%/lib*/vtchain/plugins-*}
./configure -q --prefix="$prefix" --libdir="${plugindir%/vtchain/plugins-*}" \
    >"$tmp/log" 2>&1 || fail "configure"
make -s >"$tmp/log" 2>&1 || fail "make"
make -s install DESTDIR="$tmp/root" >"$tmp/log" 2>&1 || fail "make install"
one_symbol "$tmp/root$plugindir/acme.so"
loads "$tmp/root$plugindir/acme.so"
echo "$built compilers and an autotools project"
