#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Do the lists that autogen.sh made name exactly the plugin folders there are?
. "$(dirname "$0")/lib.sh"

if [ ! -f plugins/plugins.am ] || [ ! -f plugins/plugins.m4 ]; then
    echo "no plugin lists here, run ./autogen.sh: skipped"
    exit 77
fi
: >"$lint_tmp/found"
for dir in plugins/*/*/; do
    dir=${dir%/}
    am=no
    m4=no
    [ ! -f "$dir/plugin.am" ] || am=yes
    [ ! -f "$dir/plugin.m4" ] || m4=yes
    if [ $am != $m4 ]; then
        echo "$dir/plugin.am:1: and plugin.m4 go together" >>"$lint_tmp/found"
    fi
    [ $am$m4 = yesyes ] || continue
    grep -qx "include $dir/plugin.am" plugins/plugins.am ||
        echo "plugins/plugins.am:1: $dir is missing: run ./autogen.sh" \
            >>"$lint_tmp/found"
    grep -Fqx "m4_include([$dir/plugin.m4])" plugins/plugins.m4 ||
        echo "plugins/plugins.m4:1: $dir is missing: run ./autogen.sh" \
            >>"$lint_tmp/found"
done
for file in plugins/*/common/common.am; do
    [ ! -f "$file" ] || grep -qx "include $file" plugins/plugins.am ||
        echo "plugins/plugins.am:1: $file is missing: run ./autogen.sh" \
            >>"$lint_tmp/found"
done
sed -n -e 's/^include \(.*\)$/\1/p' plugins/plugins.am |
    while read -r file; do
        [ -f "$file" ] || echo "plugins/plugins.am:1: $file is gone: run" \
            "./autogen.sh" >>"$lint_tmp/found"
    done
lint_finish "$lint_tmp/found"
