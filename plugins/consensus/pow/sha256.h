/* SPDX-License-Identifier: Apache-2.0
 *
 * sha256.h - SHA-256 twice, the hash of a pow header. The host's hash() has a
 * tag in front, so this one is our own. Private to the plugin. Any thread.
 */
#ifndef POW_SHA256_H
#define POW_SHA256_H

#include <stddef.h>
#include <stdint.h>

void pow_sha256(const uint8_t *bytes, size_t len, uint8_t out[32]);
void pow_sha256d(const uint8_t *bytes, size_t len, uint8_t out[32]);

#endif
