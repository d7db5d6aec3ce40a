#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Do the built files show what they should and nothing else? Every plugin
# exports one symbol, is bound at load, stays mapped, runs no code of its own
# when loaded and calls nothing that belongs to the process; an engine calls
# memory and strings only. A program exports nothing to plugins.
# Needs a build: VT_TEST_BUILD_DIR.
. "$(dirname "$0")/lib.sh"

build=${VT_TEST_BUILD_DIR:-$lint_root/build}
plugins=${VT_TEST_PLUGIN_DIR:-$build/plugins-built}
lint_need nm readelf
: >"$lint_tmp/found"

# Sanitizers and gcov bring constructors and imports of their own.
plain=yes
if grep -qE '^#define VT_SANITIZER' "$build/packaging/autotools/config.h" ||
    grep -qE '^VT_CFLAGS = .*--coverage' "$build/Makefile"; then
    plain=no
fi

found()
{
    echo "$1:1: $2" >>"$lint_tmp/found"
}

# What only the process's owner may call.
process_calls='exit _exit quick_exit setlocale chdir fchdir umask signal
sigaction atexit fork vfork execv execve execvp system setenv putenv unsetenv
printf vprintf puts putchar fputs __printf_chk __vprintf_chk dlopen'

# All an engine may import, beside what the compiler brings.
engine_calls='malloc calloc realloc free memcpy memmove memset memcmp memchr
strlen strnlen strcmp strncmp strchr strrchr qsort bsearch abort snprintf
vsnprintf __memcpy_chk __memmove_chk __memset_chk __snprintf_chk
__vsnprintf_chk __stack_chk_fail __assert_fail'

imports()
{
    nm -D --undefined-only "$1" | awk '{ sub(/@.*/, "", $NF); print $NF }' |
        grep -v -e '^__cxa_finalize$' -e '^__gmon_start__$' -e '^_ITM_' ||
        true
}

kind_of()
{
    for dir in plugins/*/"$1"; do
        [ ! -d "$dir" ] || basename "$(dirname "$dir")"
    done
}

# listed NAME WORD...
listed()
{
    name=$1
    shift
    for word in "$@"; do
        [ "$word" != "$name" ] || return 0
    done
    return 1
}

check_imports()
{
    kind=$(kind_of "$2")
    # lists of words on purpose
    # shellcheck disable=SC2086
    for import in $(imports "$1"); do
        if listed "$import" $process_calls; then
            found "$1" "$import() belongs to the process, not to a plugin"
        elif [ "$kind" = consensus ] && ! listed "$import" $engine_calls; then
            found "$1" "$import() is not for engines: same input, same output"
        fi
    done
}

check_plugin()
{
    stem=$(basename "$1" .so)
    symbols=$(nm -D --defined-only "$1" | awk '{ print $NF }' | tr '\n' ' ')
    if [ "$symbols" != "${stem}_LTX_vt_plugin_v1 " ]; then
        found "$1" "exports '$symbols', not ${stem}_LTX_vt_plugin_v1 alone"
    fi
    dynamic=$(readelf -d "$1")
    case $dynamic in
    *BIND_NOW*) ;;
    *) found "$1" "is not linked with -z now" ;;
    esac
    case $dynamic in
    *NODELETE*) ;;
    *) found "$1" "is not linked with -z nodelete" ;;
    esac
    case $dynamic in
    *TEXTREL*) found "$1" "has text relocations" ;;
    esac
    if readelf -lW "$1" | grep -q 'GNU_STACK.*RWE'; then
        found "$1" "wants an executable stack"
    fi
    [ $plain = yes ] || return 0
    # the compiler's frame_dummy is one entry, 8 bytes on 64 bit
    inits=$(readelf -SW "$1" | awk '{ sub(/^ *\[ *[0-9]+\] */, "") }
        $1 == ".init_array" { print $5 }')
    if [ -n "$inits" ] && [ "$((0x$inits))" -gt 8 ]; then
        found "$1" "has constructors: no code runs before the host's verdict"
    fi
    check_imports "$1" "$stem"
}

count=0
for file in "$plugins"/*.so; do
    [ -f "$file" ] || continue
    check_plugin "$file"
    count=$((count + 1))
done
for program in vtchain vtchaind; do
    file=$build/$program
    [ ! -f "$build/.libs/$program" ] || file=$build/.libs/$program
    [ -f "$file" ] || continue
    if nm -D --defined-only "$file" | grep -q ' vt_'; then
        found "$file" "shows vt_ symbols to plugins: no -export-dynamic"
    fi
    count=$((count + 1))
done
if [ "$count" -eq 0 ]; then
    echo "nothing is built in $build: skipped"
    exit 77
fi
lint_finish "$lint_tmp/found"
