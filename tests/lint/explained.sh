#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does a reminder left in the tree explain itself? TODO, FIXME, XXX and HACK
# need at least three words after a colon, on the same line.
. "$(dirname "$0")/lib.sh"

lint_all_files | grep -v -e '/corpus/' -e '\.csv$' -e '\.xml$' -e '^COPYING$' \
    -e '^tests/lint/explained\.sh$' -e '^tests/lint/selftest\.sh$' \
    >"$lint_tmp/list" || true
lint_awk "$lint_tmp/list" '
match($0, /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_]|$)/) {
    rest = substr($0, RSTART + RLENGTH - 1)
    if (rest !~ /^(\([^)]*\))?: *[^ ]+ +[^ ]+ +[^ ]+/) {
        report("a reminder without explanation: do it, or say why it stays")
    }
}
' >"$lint_tmp/found"
lint_finish "$lint_tmp/found"
