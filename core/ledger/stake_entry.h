/* SPDX-License-Identifier: Apache-2.0
 *
 * stake_entry.h - bytes of the entries about stake and candidates. Private to
 * core/ledger. Layouts are in README.md.
 */
#ifndef VT_LEDGER_STAKE_ENTRY_H
#define VT_LEDGER_STAKE_ENTRY_H

#include "ledger/stake.h"

#define VT_ENTRY_STAKE 4u   /* of the asset ledger */
#define VT_ENTRY_NOMINEE 4u /* and of the log ledger */
#define VT_ENTRY_NOMINEES 5u
#define VT_ENTRY_PRODUCTION 6u
#define VT_ENTRY_BEACON 7u
#define VT_ENTRY_OFFENCE 8u
#define VT_ENTRY_OFFENCES 9u
#define VT_ENTRY_PUNISHED 10u
#define VT_ENTRY_NAME 11u

#define VT_STAKE_MAX (39u + VT_LEAVING_MAX * 24u)
#define VT_NOMINEE_MAX (52u + VT_MEMBER_NAME_MAX + VT_TX_PK_MAX)
#define VT_OFFENCE_SIZE 115u
#define VT_BEACON_SIZE 41u

/* Each returns the length. */
size_t vt_stake_encode(const struct vt_stake *s, uint8_t out[VT_STAKE_MAX]);
size_t vt_nominee_encode(const struct vt_nominee *n,
                         uint8_t out[VT_NOMINEE_MAX]);
vt_status vt_nominee_decode(struct vt_view bytes, struct vt_nominee *out);
void vt_offence_encode(const struct vt_offence *o,
                       uint8_t out[VT_OFFENCE_SIZE]);

void vt_nominee_key(const struct vt_address *address, struct vt_hash *out);
void vt_nominees_key(struct vt_hash *out);
void vt_production_key(struct vt_hash *out);
void vt_beacon_key(struct vt_hash *out);
void vt_offence_key(uint64_t number, struct vt_hash *out);
void vt_offences_key(struct vt_hash *out);
/* One offence of a kind by one member in one epoch is punished. */
void vt_punished_key(uint64_t epoch, uint32_t member, uint32_t kind,
                     struct vt_hash *out);
/* Whose a candidate's name is, for ever. */
void vt_name_key(struct vt_view name, struct vt_hash *out);

#endif
