#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Do all numbers, offsets and types frozen with a release still hold, on this
# machine and, with clang, on machines of other word sizes and byte orders?
. "$(dirname "$0")/lib.sh"

# Machines of both word sizes and both byte orders whose layouts clang knows.
targets="i386-linux-gnu arm-linux-gnueabihf aarch64-linux-gnu s390x-linux-gnu
riscv64-linux-gnu riscv32-linux-gnu mips-linux-gnu powerpc64le-linux-gnu"

failed=0
# the compiler may be two words
# shellcheck disable=SC2086
freeze ${VT_TEST_CC:-cc} || failed=1
if have clang; then
    for target in $targets; do
        if ! freeze clang --target="$target" -ffreestanding; then
            echo "frozen numbers do not hold on $target"
            failed=1
        fi
    done
fi
exit $failed
