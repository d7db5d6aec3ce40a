/* SPDX-License-Identifier: Apache-2.0
 *
 * switch_entry.h - bytes of the log ledger's entries about epochs. Private to
 * core/ledger. Layouts are in README.md.
 */
#ifndef VT_LEDGER_SWITCH_ENTRY_H
#define VT_LEDGER_SWITCH_ENTRY_H

#include "ledger/switch.h"

#define VT_ENTRY_SWITCH 1u
#define VT_ENTRY_SWITCH_LAST 2u
#define VT_ENTRY_EPOCH 3u

#define VT_SWITCH_HEAD (50u + 2u * VT_SWITCH_BITS)
#define VT_SWITCH_LAST_SIZE 58u
#define VT_EPOCH_HEAD 41u

void vt_switch_key(struct vt_hash *out);
void vt_switch_last_key(struct vt_hash *out);
void vt_epoch_entry_key(uint64_t epoch, struct vt_hash *out);

/* The head; the spec follows it. */
void vt_switch_encode(const struct vt_switch *sw, uint8_t out[VT_SWITCH_HEAD]);
vt_status vt_switch_decode(struct vt_view bytes, struct vt_switch *out);
void vt_switch_last_encode(const struct vt_switch_last *last,
                           uint8_t out[VT_SWITCH_LAST_SIZE]);

static inline int vt_switch_bit(const uint8_t *bits, uint32_t i)
{
    return i < VT_SWITCH_BITS * 8u && (bits[i / 8] >> (i % 8) & 1) != 0;
}

static inline void vt_switch_set_bit(uint8_t *bits, uint32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << (i % 8));
}

#endif
