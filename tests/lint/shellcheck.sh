#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Does shellcheck find nothing in the scripts?
. "$(dirname "$0")/lib.sh"

lint_need shellcheck
lint_scripts | tr '\n' '\0' |
    xargs -0 shellcheck -x -P SCRIPTDIR -f gcc >"$lint_tmp/found" || true
lint_finish "$lint_tmp/found"
