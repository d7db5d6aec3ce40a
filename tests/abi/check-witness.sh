#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Can plugins built against the stored ABI be loaded by a host built with
# today's headers? Compares the witness with its stored form.
. "$(dirname "$0")/lib.sh"

if ! can_witness; then
    echo "abidiff of abigail-tools on x86_64 is needed: skipped"
    exit 77
fi
witness "${VT_TEST_CC:-cc}"
