#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# autogen.sh - finds the plugins, then makes ./configure.
#
# plugins/plugins.am and plugins/plugins.m4 list every plugins/<kind>/<name>
# that has a plugin.am and a plugin.m4; neither is in git, both are in the
# tarball. Adding a plugin is adding its folder and running this again. What
# plugins of a kind share and has to be compiled brings a
# plugins/<kind>/common/common.am.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

am=plugins/plugins.am
m4=plugins/plugins.m4
echo "# made by autogen.sh: one line per plugin folder" >$am
echo "# made by autogen.sh: one line per plugin folder" >$m4
for file in plugins/*/common/common.am; do
    [ ! -f "$file" ] || echo "include $file" >>$am
done
names=
for dir in plugins/*/*/; do
    dir=${dir%/}
    if [ ! -f "$dir/plugin.am" ] || [ ! -f "$dir/plugin.m4" ]; then
        continue
    fi
    name=${dir##*/}
    case " $names " in
    *" $name "*)
        echo "autogen.sh: two plugins are called $name; a stem is unique over all kinds" >&2
        exit 1
        ;;
    esac
    names="$names $name"
    echo "include $dir/plugin.am" >>$am
    echo "m4_include([$dir/plugin.m4])" >>$m4
done

mkdir -p packaging/autotools/aux
autoreconf -fi -Wall,error

# autoconf removes core dumps by name; ours is a folder. configure.ac rewrites
# the macros it knows of; one that deletes the folder must never get here.
if grep -nE 'rm -[a-zA-Z]*r[a-zA-Z]* +(-- +)?core( |$)' configure; then
    echo "autogen.sh: the generated configure would delete the folder core/ (an old autoconf macro: AC_PROG_CC_C_O?)" >&2
    rm -f configure
    exit 1
fi
echo "plugins found:$names"
