# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# lib.sh - what all lints share: the tree to look at and its files.
#
# A lint is one script that answers one question about the sources. It prints
# "path:line: what is wrong and what to do" for each finding and fails when
# there was one; 77 says it cannot run here. VT_TEST_SRC_DIR names the tree.
set -eu
LC_ALL=C
export LC_ALL
lint_dir=$(cd "$(dirname "$0")" && pwd)
lint_root=${VT_TEST_SRC_DIR:-$(cd "$lint_dir/../.." && pwd)}
cd "$lint_root"
lint_root=$(pwd -P)
lint_tmp=$(mktemp -d)
trap 'rm -rf "$lint_tmp"' EXIT
trap 'exit 130' INT TERM

# All files of the tree, one a line, without those of a build inside of it.
lint_all_files()
{
    inside=
    [ -z "${VT_TEST_BUILD_DIR:-}" ] ||
        inside=$(cd "$VT_TEST_BUILD_DIR" && pwd -P)
    case $inside in
    "$lint_root"/*) lint_sources | grep -v "^${inside#"$lint_root"/}/" ;;
    *) lint_sources ;;
    esac
}

# Generated files are left out. In a clone git knows them; in a tarball or a
# copy the build's products are skipped by name.
lint_sources()
{
    if [ -e .git ]; then
        git ls-files -co --exclude-standard | while read -r file; do
            [ ! -f "$file" ] || echo "$file"
        done
        return
    fi
    find . \( -name .git -o -name .libs -o -name .deps -o -name 'build*' \
        -o -name _build -o -name _inst -o -name autom4te.cache \
        -o -name plugins-built -o -path ./packaging/autotools/aux \) -prune \
        -o -type f ! -name Makefile ! -name Makefile.in ! -name '*.o' \
        ! -name '*.lo' ! -name '*.la' ! -name '*.log' ! -name '*.trs' \
        ! -path ./configure ! -path ./aclocal.m4 ! -path ./libtool \
        ! -path ./config.status ! -path ./core/builtin.c \
        ! -path './packaging/autotools/config.h*' \
        ! -path './packaging/autotools/stamp-*' \
        ! -path './packaging/autotools/m4/l*.m4' \
        ! -path './plugins/plugins.*' -print | sed 's,^\./,,' | sort
}

# lint_files PATTERN...: those whose path matches one of the shell patterns.
lint_files()
{
    lint_all_files | while read -r file; do
        for pattern in "$@"; do
            # a pattern on purpose
            # shellcheck disable=SC2254
            case $file in
            $pattern)
                echo "$file"
                break
                ;;
            esac
        done
    done
}

# The C sources.
lint_c()
{
    lint_files '*.[ch]'
}

# Scripts: by name, or by what their first line says.
lint_scripts()
{
    lint_all_files | while read -r file; do
        case $file in
        *.sh) echo "$file" ;;
        *.c | *.h | *.md | *.am | *.ac | *.m4 | *.ini | */corpus/*) ;;
        *)
            if head -c 12 "$file" | grep -aq '^#!.*/sh'; then
                echo "$file"
            fi
            ;;
        esac
    done
}

# lint_awk LIST PROGRAM [LIB]: awk runs the program, with the functions of
# code.awk and LIB.awk, over the listed files.
lint_awk()
{
    [ -s "$1" ] || return 0
    {
        cat "$lint_dir/code.awk"
        [ -z "${3:-}" ] || cat "$lint_dir/$3.awk"
        printf '%s\n' "$2"
    } >"$lint_tmp/program.awk"
    # no path of this tree holds a blank
    # shellcheck disable=SC2046
    awk -f "$lint_tmp/program.awk" $(cat "$1")
}

# End of a lint: the findings in $1 are printed and make it fail.
lint_finish()
{
    if [ -s "$1" ]; then
        cat "$1"
        exit 1
    fi
    exit 0
}

# Give up politely when a tool is missing.
lint_need()
{
    for tool in "$@"; do
        if ! command -v "$tool" >/dev/null 2>&1; then
            echo "$tool is not installed: skipped"
            exit 77
        fi
    done
}
