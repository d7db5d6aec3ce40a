/* SPDX-License-Identifier: Apache-2.0
 *
 * constants.h - numbers of secp256k1, lowest word first. Written by
 * make_constants.py.
 */
#ifndef VT_SCHNORR_CONSTANTS_H
#define VT_SCHNORR_CONSTANTS_H

#include <stdint.h>

/* clang-format off */
/* n */
static const uint64_t order[4] = {
    UINT64_C(0xbfd25e8cd0364141), UINT64_C(0xbaaedce6af48a03b),
    UINT64_C(0xfffffffffffffffe), UINT64_C(0xffffffffffffffff)};
/* G */
static const uint64_t point_g_x[4] = {
    UINT64_C(0x59f2815b16f81798), UINT64_C(0x29bfcdb2dce28d9),
    UINT64_C(0x55a06295ce870b07), UINT64_C(0x79be667ef9dcbbac)};
/* its y, which is even */
static const uint64_t point_g_y[4] = {
    UINT64_C(0x9c47d08ffb10d4b8), UINT64_C(0xfd17b448a6855419),
    UINT64_C(0x5da4fbfc0e1108a8), UINT64_C(0x483ada7726a3c465)};
/* a point nobody knows the logarithm of (BIP341) */
static const uint64_t point_b_x[4] = {
    UINT64_C(0x47bfee9ace803ac0), UINT64_C(0x78a5a0f28ec96d5),
    UINT64_C(0xb78b4b6035e97a5e), UINT64_C(0x50929b74c1a04954)};
/* its even y */
static const uint64_t point_b_y[4] = {
    UINT64_C(0xc30c2313f3a38904), UINT64_C(0x36dac28af1766968),
    UINT64_C(0x49e637cb1b5f40a), UINT64_C(0x31d3c6863973926e)};
/* lambda * (x, y) = (beta * x, y) */
static const uint64_t root_beta[4] = {
    UINT64_C(0xc1396c28719501ee), UINT64_C(0x9cf0497512f58995),
    UINT64_C(0x6e64479eac3434e9), UINT64_C(0x7ae96a2b657c0710)};
/* 2^384 * b2 / n, rounded */
static const uint64_t split_1[4] = {
    UINT64_C(0xe893209a45dbb031), UINT64_C(0x3daa8a1471e8ca7f),
    UINT64_C(0xe86c90e49284eb15), UINT64_C(0x3086d221a7d46bcd)};
/* 2^384 * -b1 / n, rounded */
static const uint64_t split_2[4] = {
    UINT64_C(0x1571b4ae8ac47f71), UINT64_C(0x221208ac9df506c6),
    UINT64_C(0x6f547fa90abfe4c4), UINT64_C(0xe4437ed6010e8828)};
/* a1 + b1 * lambda = 0 modulo n */
static const uint64_t split_a1[3] = {
    UINT64_C(0xe86c90e49284eb15), UINT64_C(0x3086d221a7d46bcd),
    UINT64_C(0x0)};
/* -b1 */
static const uint64_t split_minus_b1[3] = {
    UINT64_C(0x6f547fa90abfe4c3), UINT64_C(0xe4437ed6010e8828),
    UINT64_C(0x0)};
/* a2 + b2 * lambda = 0 modulo n */
static const uint64_t split_a2[3] = {
    UINT64_C(0x57c1108d9d44cfd8), UINT64_C(0x14ca50f7a8e2f3f6),
    UINT64_C(0x1)};
/* b2 */
static const uint64_t split_b2[3] = {
    UINT64_C(0xe86c90e49284eb15), UINT64_C(0x3086d221a7d46bcd),
    UINT64_C(0x0)};
/* clang-format on */

#endif
