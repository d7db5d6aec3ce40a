/* SPDX-License-Identifier: Apache-2.0
 *
 * bech32.h - Bech32m (BIP350) text of short byte strings.
 */
#ifndef VT_BASE_BECH32_H
#define VT_BASE_BECH32_H

#include <vt/types.h>

#define VT_BECH32_TEXT_MAX 91u /* with the NUL */

/* hrp 1..8 lower-case letters, len 1..40 bytes. Returns VT_OK, VT_E_INVALID,
 * VT_E_LIMIT. */
vt_status vt_bech32m_encode(const char *hrp, const void *bytes, size_t len,
                            char out[VT_BECH32_TEXT_MAX]);
/* Exactly len bytes under hrp. The error text names the first thing wrong
 * (prefix, character at position, checksum, length). */
vt_status vt_bech32m_decode(const char *hrp, const char *text, void *out,
                            size_t len, struct vt_err *err);

#endif
