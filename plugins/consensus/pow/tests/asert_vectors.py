#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints vectors.h: targets and work by whole numbers without a size, after the
published description of aserti3-2d, for check_numbers.c to compare with."""
import random


def target_of(bits):
    size, top = bits >> 24, bits & 0x7FFFFF
    return top << 8 * (size - 3) if size >= 3 else top >> 8 * (3 - size)


def bits_of(target):
    size = (target.bit_length() + 7) // 8
    top = target << 8 * (3 - size) if size <= 3 else target >> 8 * (size - 3)
    if top & 0x800000:
        top >>= 8
        size += 1
    return size << 24 | top


def asert(anchor, limit, interval, halflife, elapsed, heights):
    numerator = (elapsed - interval * (heights + 1)) * 65536
    exponent = abs(numerator) // halflife
    if numerator < 0:
        exponent = -exponent
    shift, x = exponent >> 16, exponent & 0xFFFF
    factor = 65536 + ((195766423245049 * x + 971821376 * x ** 2
                       + 5127 * x ** 3 + 2 ** 47) >> 48)
    value = anchor * factor
    shift -= 16
    value = value << shift if shift >= 0 else value >> -shift
    return max(1, min(value, limit))


def main():
    draw = random.Random(20201115)
    print("/* SPDX-License-Identifier: Apache-2.0")
    print(" *")
    print(" * vectors.h - made by asert_vectors.py; do not edit.")
    print(" */")
    print("#ifndef POW_TESTS_VECTORS_H")
    print("#define POW_TESTS_VECTORS_H")
    print("/* clang-format off */")
    print("static const struct asert_case asert_cases[] = {")
    for _ in range(250):
        limit = target_of(bits_of(draw.getrandbits(draw.randint(9, 256)) | 1))
        anchor = target_of(bits_of(draw.randint(1, limit)))
        interval = draw.choice([1, 10, 600, 5000, 15000, 3600000])
        halflife = interval * draw.choice([1, 2, 60, 288])
        heights = draw.randint(0, draw.choice([0, 3, 300, 10 ** 6]))
        late = draw.randint(-300, 300) * halflife // draw.choice([1, 7, 100])
        elapsed = interval * (heights + 1) + late
        after = asert(anchor, limit, interval, halflife, elapsed, heights)
        print(f'    {{0x{bits_of(anchor):08x}, 0x{bits_of(limit):08x}, '
              f'{interval}u, {halflife}u, INT64_C({elapsed}), {heights}u,\n'
              f'     "{after:064x}", 0x{bits_of(after):08x}}},')
    print("};")
    print("static const struct work_case work_cases[] = {")
    targets = [1, 2, 3, 2 ** 64 - 1, 2 ** 64, 2 ** 128, 2 ** 255,
               2 ** 256 - 2, 2 ** 256 - 1]
    targets += [draw.getrandbits(draw.randint(1, 256)) | 1 for _ in range(60)]
    for target in targets:
        print(f'    {{"{target:064x}",\n'
              f'     "{2 ** 256 // (target + 1) % 2 ** 256:064x}"}},')
    print("};")
    print("#endif")


main()
