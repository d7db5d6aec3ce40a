#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does configure, run inside of the source tree, leave the folder core/ as it
# is, without a word and without leftovers? And does autogen.sh refuse a
# configure that would delete the folder?
set -eu
LC_ALL=C
export LC_ALL
src=${VT_TEST_SRC_DIR:?}
tmp=$(mktemp -d)
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

fail()
{
    echo "traps: $*"
    exit 1
}

[ -f "$src/configure" ] || {
    echo "no configure here, run ./autogen.sh: skipped"
    exit 77
}

# What configure and autogen.sh look at, and all of core/.
mkdir "$tmp/tree"
(cd "$src" && tar cf - abi autogen.sh configure configure.ac aclocal.m4 \
    Makefile.am Makefile.in core packaging plugins) |
    (cd "$tmp/tree" && tar xf -)
chmod -R u+w "$tmp/tree"
cd "$tmp/tree"
# what an in-tree build of the original may have left
rm -f Makefile config.status libtool packaging/autotools/config.h \
    packaging/autotools/stamp-h1
find core \( -name .deps -o -name .libs \) -prune -exec rm -rf {} +
find core -name .dirstamp -exec rm -f {} +
find core -type f -exec cksum {} + | sort >"$tmp/before"

# the user's compiler cache of answers must not hide a probe
./configure -q CONFIG_SITE=/dev/null >"$tmp/out" 2>"$tmp/err" ||
    fail "configure in the source tree fails: $(tail -n 5 "$tmp/err")"
if [ -s "$tmp/err" ]; then
    fail "configure is not silent: $(head -n 3 "$tmp/err")"
fi
find core -type f ! -path '*/.deps/*' ! -name .dirstamp -exec cksum {} + |
    sort >"$tmp/after"
cmp -s "$tmp/before" "$tmp/after" || fail "configure changed core/"
for left in conftest* confdefs*; do
    [ ! -e "$left" ] || fail "configure left $left behind"
done

# A configure that fails runs its exit trap as well.
if ./configure -q --with-builtin-plugins=no_such >"$tmp/out" 2>"$tmp/err"; then
    fail "an unknown built-in plugin is accepted"
fi
grep -q 'no_such' "$tmp/err" || fail "the refusal does not name the plugin"
if grep -q "cannot remove" "$tmp/err"; then
    fail "the exit trap stumbles over core/"
fi
[ -d core/base ] || fail "core/ is gone"

# An autoconf whose macros delete the folder, played by a script.
mkdir "$tmp/bin"
cat >"$tmp/bin/autoreconf" <<'FAKE'
#!/bin/sh
printf '#!/bin/sh\nrm -rf core conftest*\n' >configure
chmod +x configure
FAKE
chmod +x "$tmp/bin/autoreconf"
if PATH=$tmp/bin:$PATH ./autogen.sh >"$tmp/out" 2>&1; then
    fail "autogen.sh accepts a configure that deletes core/"
fi
[ ! -e configure ] || fail "autogen.sh leaves a configure that deletes core/"
