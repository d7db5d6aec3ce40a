#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes constants.h: every number in it follows from the curve's definition.

    ./make_constants.py > constants.h       # tests/check-constants compares
"""
from math import isqrt

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
# the point nobody knows the logarithm of, from BIP341
BX = 0x50929B74C1A04954B78B4B6035E97A5E078A5A0F28EC96D547BFEE9ACE803AC0


def even_y(x):
    y = pow(x**3 + 7, (P + 1) // 4, P)
    assert y * y % P == (x**3 + 7) % P
    return y if y % 2 == 0 else P - y


def add(a, b):
    if a[0] == b[0]:
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    out = None
    for bit in bin(k)[2:]:
        out = add(out, out) if out else None
        if bit == "1":
            out = add(out, point) if out else point
    return out


def cube_roots(m):
    """The two roots of x^2 + x + 1 modulo m."""
    for base in range(2, 99):
        root = pow(base, (m - 1) // 3, m)
        if root != 1:
            return root, root * root % m
    raise ValueError(m)


def split():
    """beta, lambda and short vectors (a1, b1), (a2, b2): a + b * lambda = 0
    modulo n. Guide to Elliptic Curve Cryptography, algorithm 3.74."""
    point = (GX, even_y(GX))
    for lam in cube_roots(N):
        for beta in cube_roots(P):
            if times(lam, point) == (beta * GX % P, point[1]):
                found = beta, lam
    beta, lam = min(found, (found[0] ** 2 % P, N - 1 - found[1]),
                    key=lambda pair: pair[1])
    rows = [(N, 0), (lam, 1)]
    while rows[-1][0] > isqrt(N):
        q = rows[-2][0] // rows[-1][0]
        rows.append((rows[-2][0] - q * rows[-1][0],
                     rows[-2][1] - q * rows[-1][1]))
    q = rows[-2][0] // rows[-1][0]
    after = (rows[-2][0] - q * rows[-1][0], rows[-2][1] - q * rows[-1][1])
    a1, b1 = rows[-1][0], -rows[-1][1]
    a2, b2 = min((rows[-2][0], -rows[-2][1]), (after[0], -after[1]),
                 key=lambda v: v[0] ** 2 + v[1] ** 2)
    if b1 > 0:
        a1, b1 = -a1, -b1
    if b2 < 0:
        a2, b2 = -a2, -b2
    for a, b in (a1, b1), (a2, b2):
        assert (a + b * lam) % N == 0
    assert a1 * b2 - a2 * b1 == N and min(a1, a2, b2, -b1) > 0
    return beta, a1, -b1, a2, b2


def words(name, value, count, what):
    assert 0 <= value < 1 << 64 * count
    print(f"/* {what} */")
    print(f"static const uint64_t {name}[{count}] = {{")
    text = [f"UINT64_C({value >> 64 * i & 2**64 - 1:#x})" for i in range(count)]
    for i in range(0, count, 2):
        print("    " + ", ".join(text[i:i + 2]) +
              ("," if i + 2 < count else "};"))


def main():
    beta, a1, minus_b1, a2, b2 = split()
    print("/* SPDX-License-Identifier: Apache-2.0\n *\n"
          " * constants.h - numbers of secp256k1, lowest word first. Written "
          "by\n * make_constants.py.\n */\n"
          "#ifndef VT_SCHNORR_CONSTANTS_H\n#define VT_SCHNORR_CONSTANTS_H\n\n"
          "#include <stdint.h>\n\n/* clang-format off */")
    words("order", N, 4, "n")
    words("point_g_x", GX, 4, "G")
    words("point_g_y", even_y(GX), 4, "its y, which is even")
    words("point_b_x", BX, 4, "a point nobody knows the logarithm of (BIP341)")
    words("point_b_y", even_y(BX), 4, "its even y")
    words("root_beta", beta, 4, "lambda * (x, y) = (beta * x, y)")
    words("split_1", (b2 * 2**385 // N + 1) // 2, 4,
          "2^384 * b2 / n, rounded")
    words("split_2", (minus_b1 * 2**385 // N + 1) // 2, 4,
          "2^384 * -b1 / n, rounded")
    words("split_a1", a1, 3, "a1 + b1 * lambda = 0 modulo n")
    words("split_minus_b1", minus_b1, 3, "-b1")
    words("split_a2", a2, 3, "a2 + b2 * lambda = 0 modulo n")
    words("split_b2", b2, 3, "b2")
    print("/* clang-format on */\n\n#endif")


if __name__ == "__main__":
    main()
