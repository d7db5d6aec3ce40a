#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Can every lint fail? Each gets a copy of the tree with one violation planted
# and must name the file; before that the untouched copy must pass.
. "$(dirname "$0")/lib.sh"

copy=$lint_tmp/tree
mkdir "$copy"
{
    lint_all_files
    for made in configure plugins/plugins.am plugins/plugins.m4; do
        [ ! -f "$made" ] || echo "$made"
    done
} >"$lint_tmp/all"
tar cf - -T "$lint_tmp/all" | (cd "$copy" && tar xf -)
chmod -R u+w "$copy"
here=$lint_root
cd "$copy"
VT_TEST_SRC_DIR=$copy
export VT_TEST_SRC_DIR
failed=0
planted=0

# say TEXT: something is wrong with a lint
say()
{
    echo "selftest: $*"
    failed=$((failed + 1))
}

run()
{
    rc=0
    "$lint_dir/$1" >"$lint_tmp/out" 2>&1 || rc=$?
}

# clean LINT: the copy as it is passes
clean()
{
    run "$1"
    if [ $rc -ne 0 ] && [ $rc -ne 77 ]; then
        say "$1 does not pass on the tree as it is:"
        cat "$lint_tmp/out"
    fi
}

# plant LINT FILE COMMAND...: after the command, which may change or make
# FILE, the lint fails and names it. The file is put back.
plant()
{
    lint=$1
    file=$2
    shift 2
    planted=$((planted + 1))
    if [ -e "$file" ]; then
        cp -p "$file" "$lint_tmp/kept"
    fi
    mkdir -p "$(dirname "$file")"
    "$@"
    run "$lint"
    if [ $rc -eq 77 ]; then
        :
    elif [ $rc -ne 1 ] || ! grep -q "^[^ ]*$file" "$lint_tmp/out"; then
        say "$lint (exit code $rc) does not notice in $file: $*"
        cat "$lint_tmp/out"
    fi
    rm -f "$file"
    if [ -e "$lint_tmp/kept" ]; then
        mv "$lint_tmp/kept" "$file"
    fi
}

# add FILE LINE: append a line
add()
{
    printf '%s\n' "$2" >>"$1"
}

# insert FILE LINE TEXT: before line number LINE
insert()
{
    awk -v at="$2" -v text="$3" 'NR == at { print text } { print }' "$1" \
        >"$1.new"
    mv "$1.new" "$1"
}

# edit FILE SED-PROGRAM
edit()
{
    sed "$2" "$1" >"$1.new"
    mv "$1.new" "$1"
}

cut_newline()
{
    printf '%s' "$(cat "$1")" >"$1.new"
    mv "$1.new" "$1"
}

long_function()
{
    {
        echo '/* SPDX-License-Identifier: Apache-2.0 */'
        echo 'int vt_long(void)'
        echo '{'
        yes '    /* one more line */' | head -n "$2"
        echo '    return 0;'
        echo '}'
    } >"$1"
}

for lint in banned.sh configure-trap.sh discovery.sh documented.sh domains.sh \
    explained.sh form.sh gitignore.sh guards.sh include-order.sh include-walls.sh \
    library-doors.sh shellcheck.sh sizes.sh spdx.sh words.sh; do
    clean $lint
done

plant banned.sh core/base/buf.c add core/base/buf.c 'void f(void) { strcpy(a, b); }'
plant banned.sh core/wire/tx.c add core/wire/tx.c 'int f(void) { return (int)time(NULL); }'
plant banned.sh core/config/value.c add core/config/value.c 'void *f(void) { return malloc (1); }'
plant banned.sh plugins/consensus/x/x.c add plugins/consensus/x/x.c 'int f(void) { return rand(); }'
plant configure-trap.sh configure add configure 'rm -f core *.core conftest.c'
plant configure-trap.sh configure add configure '  rm -rf core conftest*'
plant configure-trap.sh configure edit configure 's/core\.conftest\.\*//g'
plant configure-trap.sh packaging/autotools/m4/x.m4 add packaging/autotools/m4/x.m4 'AC_PROG_CC_C_O'
plant configure-trap.sh packaging/autotools/m4/x.m4 add packaging/autotools/m4/x.m4 'rm -rf core conftest*'
plant discovery.sh plugins/plugins.am edit plugins/plugins.am '/schnorr/d'
plant discovery.sh plugins/plugins.am add plugins/plugins.am 'include plugins/storage/gone/plugin.am'
plant discovery.sh plugins/storage/half/plugin.am add plugins/storage/half/plugin.am '# alone'
plant documented.sh abi/vt/storage.h edit abi/vt/storage.h 's/^ \* put  /     put  /'
plant documented.sh abi/vt/storage.h edit abi/vt/storage.h '/^ \* abort /s/Returns nothing\.//'
plant documented.sh abi/vt/signature.h edit abi/vt/signature.h 's/Thread: any\.//'
plant documented.sh abi/vt/host.h edit abi/vt/host.h 's/^VT_BEGIN_DECLS/&\
int vt_new(void);/'
plant domains.sh abi/vt/storage.h edit abi/vt/storage.h 's/ VT_POOL;/;/'
plant domains.sh abi/vt/host.h edit abi/vt/host.h 's/ VT_INIT;/ VT_INIT VT_ANY;/'
plant explained.sh core/base/buf.c add core/base/buf.c "/* $(printf 'TO%s' DO) */"
plant explained.sh README.md add README.md "$(printf 'FIX%s' ME): later"
plant form.sh core/base/buf.c add core/base/buf.c 'int x; // scratch'
plant form.sh core/base/buf.c add core/base/buf.c "$(printf '\tint x;')"
plant form.sh README.md add README.md 'a blank at the end '
plant form.sh README.md add README.md "$(printf 'crlf\r')"
plant form.sh autogen.sh cut_newline autogen.sh
plant gitignore.sh .gitignore add .gitignore '/core/'
plant gitignore.sh .gitignore add .gitignore 'co*e'
plant gitignore.sh tests/.gitignore add tests/.gitignore '**/core'
plant guards.sh core/base/buf.h edit core/base/buf.h 's/VT_BASE_BUF_H/VT_BUF_H/'
plant guards.sh plugins/storage/x/y.h add plugins/storage/x/y.h "$(printf '#ifndef Y_H\n#define Y_H\n#endif')"
plant guards.sh plugins/storage/x/y.h add plugins/storage/x/y.h "$(printf '#ifndef X_Y_H\n#define Y_H\n#endif')"
plant guards.sh abi/vt/host.h add abi/vt/host.h 'int after_the_guard;'
plant include-order.sh core/base/buf.c edit core/base/buf.c 's/^#include <stdio.h>/#include <zlib.h>\n&/'
plant include-order.sh core/base/buf.c edit core/base/buf.c '/^#include "base.buf.h"/d'
plant include-order.sh core/base/buf.h edit core/base/buf.h 's/^#include <vt.types.h>/#include <stdio.h>\n&/'
plant include-walls.sh core/base/buf.c insert core/base/buf.c 6 '#include "wire/tx.h"'
plant include-walls.sh core/wire/tx.c insert core/wire/tx.c 6 '#include "config/ini.h"'
plant include-walls.sh core/net/x.c add core/net/x.c '#include "sim/sim.h"'
plant include-walls.sh core/wire/tx.c insert core/wire/tx.c 6 '#include "tx.h"'
plant include-walls.sh core/new/x.c add core/new/x.c '#include "base/buf.h"'
plant include-walls.sh plugins/signature/schnorr/schnorr.c insert plugins/signature/schnorr/schnorr.c 6 '#include "base/buf.h"'
plant include-walls.sh plugins/storage/x/x.c add plugins/storage/x/x.c '#include "../../consensus/common/x.h"'
plant include-walls.sh abi/vt/host.h insert abi/vt/host.h 12 '#include <stdio.h>'
plant include-walls.sh core/base/buf.c insert core/base/buf.c 6 '#include <zmq.h>'
plant library-doors.sh core/wire/tx.c insert core/wire/tx.c 6 '#include <openssl/evp.h>'
plant library-doors.sh core/api/x.c add core/api/x.c '#include <ltdl.h>'
plant library-doors.sh plugins/storage/x/x.c add plugins/storage/x/x.c '#include <secp256k1.h>'
plant sizes.sh core/base/x.c long_function core/base/x.c 67
plant sizes.sh core/base/x.c long_function core/base/x.c 800
plant spdx.sh core/base/buf.c edit core/base/buf.c 1d
plant spdx.sh packaging/quickstart edit packaging/quickstart 2d
plant words.sh README.md add README.md "$(printf 'see %swork%sthing' / /)"
plant words.sh core/base/buf.c add core/base/buf.c "/* $(printf '%shome%sjane' / /) */"
# shellcheck disable=SC2016
plant shellcheck.sh autogen.sh add autogen.sh 'rm $unquoted_and_unset/*'

# An excused line and a function of 70 lines are fine.
add core/base/buf.c 'void f(void) { free(p); } /* discouraged: libc gave it */'
long_function core/base/x.c 66
clean banned.sh
clean sizes.sh
rm -f core/base/x.c

if command -v git >/dev/null 2>&1; then
    rm -f configure plugins/plugins.am plugins/plugins.m4
    git init -q . && git add -A 2>/dev/null
    clean generated.sh
    planted=$((planted + 1))
    touch configure
    git add -f configure
    run generated.sh
    if [ $rc -ne 1 ] || ! grep -q '^configure:' "$lint_tmp/out"; then
        say "generated.sh does not notice configure in git"
    fi
    rm -rf .git
fi

# ---- what needs a build -------------------------------------------------------

# module STEM C-TEXT FLAG...: a planted .so that symbols.sh must refuse
module()
{
    stem=$1
    text=$2
    shift 2
    planted=$((planted + 1))
    rm -rf "$lint_tmp/modules"
    mkdir "$lint_tmp/modules"
    printf '%s\n' "$text" >"$lint_tmp/module.c"
    # the compiler may be two words
    # shellcheck disable=SC2086
    ${VT_TEST_CC:-cc} -shared -fPIC -fvisibility=hidden "$@" \
        -o "$lint_tmp/modules/$stem.so" "$lint_tmp/module.c"
    rc=0
    VT_TEST_PLUGIN_DIR=$lint_tmp/modules "$lint_dir/symbols.sh" \
        >"$lint_tmp/out" 2>&1 || rc=$?
}

refused()
{
    if [ $rc -ne 1 ] || ! grep -q "$1" "$lint_tmp/out"; then
        say "symbols.sh (exit code $rc) does not say '$1'"
        cat "$lint_tmp/out"
    fi
}

# entry STEM MORE: a module's text
entry()
{
    echo "$shown const int $1_LTX_vt_plugin_v1 = 1; $2"
}
shown='__attribute__((visibility("default")))'

build=${VT_TEST_BUILD_DIR:-$here/build}
if [ -f "$build/packaging/autotools/config.h" ]; then
    now='-Wl,-z,now -Wl,-z,nodelete'
    # several flags in one word
    # shellcheck disable=SC2086
    {
        module good "$(entry good '')" $now
        [ $rc -eq 0 ] || say "symbols.sh refuses a good module"
        module other "$(entry wrong '')" $now
        refused 'not other_LTX_vt_plugin_v1 alone'
        module two "$(entry two "$shown int two_more(void) { return 1; }")" $now
        refused 'two_more'
        module lazy "$(entry lazy '')" -Wl,-z,nodelete -Wl,-z,lazy
        refused 'z now'
        module gone "$(entry gone '')" -Wl,-z,now
        refused 'z nodelete'
        module stack "$(entry stack '')" $now -Wl,-z,execstack
        refused 'executable stack'
    }
    if ! grep -qE '^#define VT_SANITIZER' "$build/packaging/autotools/config.h" &&
        ! grep -qE '^VT_CFLAGS = .*--coverage' "$build/Makefile"; then
        # shellcheck disable=SC2086
        {
            module early "$(entry early '__attribute__((constructor)) static void f(void) { }')" $now
            refused 'constructors'
            module loud "$(entry loud 'int puts(const char *); int g(void); int g(void) { return puts("x"); }')" $now
            refused 'puts() belongs to the process'
            mkdir -p plugins/consensus/clocky
            module clocky "$(entry clocky 'long time(long *); int g(void); int g(void) { return (int)time(0); }')" $now
            refused 'time() is not for engines'
        }
    fi
fi

options=$build/tests/lint/check_options
if [ -x "$options" ] && [ -n "${VT_TEST_PLUGIN_DIR:-}" ]; then
    planted=$((planted + 2))
    edit core/config/README.md '/^| .frame_max/d'
    mkdir -p configs/x
    printf '[chain]\nname = x\nconsenus = pbft\n' >configs/x/broken.ini
    rc=0
    "$options" >"$lint_tmp/out" 2>&1 || rc=$?
    if [ $rc -ne 1 ] || ! grep -q 'README.md:1: ### \[network\]' "$lint_tmp/out"; then
        say "check_options does not notice a row that is missing in a README"
    fi
    if ! grep -q "broken.ini:.*did you mean 'consensus'" "$lint_tmp/out"; then
        say "check_options does not notice a misspelt option in configs/"
    fi
fi

echo "$planted violations planted, $failed not found"
[ $failed -eq 0 ]
