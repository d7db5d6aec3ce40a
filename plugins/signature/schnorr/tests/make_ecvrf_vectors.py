#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints ecvrf-vectors.csv, made without any of VTChain's code: ECVRF of
RFC 9381 on secp256k1 with SHA-256 and try and increment, from hashlib, hmac
and school mathematics. The rows of SAMPLE agree with the vectors that SEDA
publishes for its suite of that name (github.com/sedaprotocol/vrf-rs,
ECVRF_SECP256K1_SHA256_TAI.json), keys with an odd y left out.
"""
import hashlib
import hmac

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
SUITE = b"\xfe"
SAMPLE = [1, 2, 3, 4, 5, 7, 8, 15, 0x12, 0x13, 0x14, 0x18EBBB95EED0E13,
          0xBFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF0C0325AD0376782CCFDDC6E99C28B0F0,
          N - 6]


def add(a, b):
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % P == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return (x, (slope * (a[0] - x) - a[1]) % P)


def mul(k, point):
    out = None
    while k:
        if k & 1:
            out = add(out, point)
        point = add(point, point)
        k >>= 1
    return out


def enc(point):
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32, "big")


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def hash_to_curve(key, alpha):
    for counter in range(256):
        x = int.from_bytes(
            sha(SUITE, b"\1", key, alpha, bytes([counter]), b"\0"), "big")
        y = pow(x**3 + 7, (P + 1) // 4, P)
        if x < P and (y * y - x**3 - 7) % P == 0:
            return (x, y if y % 2 == 0 else P - y)
    raise ValueError


def nonce(x, digest):
    def mac(key, *parts):
        return hmac.new(key, b"".join(parts), hashlib.sha256).digest()

    seed = x.to_bytes(32, "big")
    seed += (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    v, key = b"\1" * 32, b"\0" * 32
    for mark in (b"\0", b"\1"):
        key = mac(key, v, mark, seed)
        v = mac(key, v)
    while True:
        v = mac(key, v)
        k = int.from_bytes(v, "big")
        if 0 < k < N:
            return k
        key = mac(key, v, b"\0")
        v = mac(key, v)


def prove(x, alpha):
    key = mul(x, G)
    hashed = hash_to_curve(enc(key), alpha)
    gamma = mul(x, hashed)
    k = nonce(x, sha(enc(hashed)))
    points = [key, hashed, gamma, mul(k, G), mul(k, hashed)]
    c = sha(SUITE, b"\2", *[enc(p) for p in points], b"\0")[:16]
    s = (k + int.from_bytes(c, "big") * x) % N
    proof = enc(gamma) + c + s.to_bytes(32, "big")
    return proof, sha(SUITE, b"\3", enc(gamma), b"\0")


def row(secret, alpha):
    """secret as a key file has it; the key is the point with an even y."""
    key = mul(secret, G)
    x = secret if key[1] % 2 == 0 else N - secret
    proof, value = prove(x, alpha)
    print(",".join([secret.to_bytes(32, "big").hex(),
                    key[0].to_bytes(32, "big").hex(), alpha.hex(), proof.hex(),
                    value.hex()]))


print("secret key,public key,alpha,proof,value")
for number in SAMPLE:
    assert mul(number, G)[1] % 2 == 0
    row(number, b"sample")
for number in range(12):
    digest = sha(b"vtchain vrf", bytes([number]))
    row(int.from_bytes(sha(digest), "big") % N, digest)
for alpha in (b"", b"\0", b"a" * 63, b"b" * 64, b"c" * 200):
    row(N - 1, alpha)
