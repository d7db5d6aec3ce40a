#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does the generated configure leave the folder core/ alone? Its exit trap and
# its probes remove core dumps by that name; configure.ac and autogen.sh cure
# both, and this notices when a newer autoconf undoes it. Macro files must not
# bring such a line back (AC_PROG_CC_C_O of old ends with one).
. "$(dirname "$0")/lib.sh"

if [ ! -f configure ]; then
    echo "no configure here, run ./autogen.sh: skipped"
    exit 77
fi
: >"$lint_tmp/found"
# "core" as a word of an rm command, not core.conftest.* or ./core/x
lint_files '*.m4' >"$lint_tmp/list"
echo configure >>"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
/(^|[^a-z_.-])rm( -[a-zA-Z]+)+( --)?( [^;&|]*)? core($|[ ;&|])/ {
    report("rm names core: the folder would go, or the clean-up stop")
}
' >>"$lint_tmp/found"
echo configure.ac >>"$lint_tmp/list"
lint_awk "$lint_tmp/list" '
/AC_PROG_CC_C_O/ && !/(^|[ \t])#|_AM_PROG_CC_C_O/ {
    report("AC_PROG_CC_C_O deletes the folder core/: do not use it")
}
' >>"$lint_tmp/found"
grep -q 'core\.conftest\.\*' configure || echo "configure:1: the exit trap is" \
    "not the one configure.ac expects: look at it" >>"$lint_tmp/found"
lint_finish "$lint_tmp/found"
