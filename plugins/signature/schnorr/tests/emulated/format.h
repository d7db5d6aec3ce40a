/* SPDX-License-Identifier: Apache-2.0
 *
 * format.h - a signature and its verdict, as make_cases.c writes and main.c
 * reads them.
 */
#ifndef VT_SCHNORR_TESTS_EMULATED_FORMAT_H
#define VT_SCHNORR_TESTS_EMULATED_FORMAT_H

#include <stdint.h>

struct emulated_case {
    uint8_t pk[32], msg[32], sig[64];
    uint8_t verdict; /* libsecp256k1's: 1 good, 0 bad */
};

#endif
