/* SPDX-License-Identifier: Apache-2.0
 *
 * lot.h - who leads a slot: a value below 2^256 drawn by the random function
 * wins when it is less than 2^256 (1 - (1 - f)^(w / W)), f the active share of
 * slots, w / W the member's share of the stake. Private to the plugin.
 */
#ifndef POS_LOT_H
#define POS_LOT_H

#include <stdint.h>

#define POS_SHARE_MAX 900u /* thousandths of slots */

/*
 * The limit as 32 bytes, most significant first: values below it win. share is
 * f in thousandths, 1 to POS_SHARE_MAX; 0 < weight <= total.
 */
void pos_lot_limit(uint32_t share, uint64_t weight, uint64_t total,
                   uint8_t out[32]);
/* Does this value win? */
int pos_lot_wins(const uint8_t value[32], const uint8_t limit[32]);

#endif
