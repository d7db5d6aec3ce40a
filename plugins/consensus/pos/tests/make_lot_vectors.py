#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints lot-vectors.csv: limits of the lottery, exact, by whole numbers only.

A value v wins when v / 2^256 < 1 - ((1000 - f) / 1000)^(w / W), that is when
v < 2^256 - F, F the largest number with F^W 1000^w <= 2^(256 W) (1000 - f)^w.
F is found by bisection, so nothing is rounded anywhere.
"""


def limit(share, weight, total):
    right = 2 ** (256 * total) * (1000 - share) ** weight
    scale = 1000**weight
    low, high = 0, 2**256
    while high - low > 1:
        middle = (low + high) // 2
        if middle**total * scale <= right:
            low = middle
        else:
            high = middle
    return 2**256 - low


CASES = [(share, weight, total)
         for share in (1, 50, 200, 500, 750, 899, 900)
         for weight, total in ((1, 1), (1, 2), (1, 3), (2, 3), (1, 4), (3, 7),
                               (1, 64), (63, 64), (99, 100), (7, 331))]
print("share,weight,total,limit")
for case in CASES:
    print("%d,%d,%d,%064x" % (*case, limit(*case)))
