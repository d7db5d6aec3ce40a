#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# scenarios.sh - every scenario file of this folder in the simulator, each with
# what it expects.
# shellcheck source=tests/system/cli_lib.sh
. "$VT_TEST_SRC_DIR/tests/system/cli_lib.sh"

for file in "$VT_TEST_SRC_DIR"/tests/scenario/*.ini; do
    expect 0 vtchain sim --replay "$file"
done
finish
