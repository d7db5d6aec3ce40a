/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.h - the double-sign guard: one place for all engines that makes sure a
 * node never signs two different messages at one position.
 *
 * Per role the position (major, minor) must grow; a message that was signed at
 * one of the role's last VT_GUARD_KEEP positions may be signed again, because
 * an engine sends its votes again after a restart and signing is deterministic.
 * Every new position is put into the journal before the signature is made.
 * Private to core/chain. One thread.
 */
#ifndef VT_CHAIN_GUARD_H
#define VT_CHAIN_GUARD_H

#include "chain/journal.h"

#define VT_GUARD_KEEP 512u
#define VT_GUARD_ROLES_MAX 128u

struct vt_guard;

struct vt_guard_position {
    uint32_t role; /* below VT_GUARD_ROLES_MAX */
    uint64_t major, minor;
};

/* Reads what was signed in this epoch before. Returns VT_OK, VT_E_NOMEM,
 * VT_E_CORRUPT, VT_E_IO. */
vt_status vt_guard_new(const struct vt_store *log, uint64_t epoch,
                       struct vt_guard **out, struct vt_err *err);
void vt_guard_free(struct vt_guard *guard);
/* May message (its hash) be signed at this position? A new position is
 * recorded in the journal. Returns VT_OK; VT_E_DENIED when it was used for
 * another message or lies behind; VT_E_INVALID for a role out of range; what
 * the journal returns. */
vt_status vt_guard_allow(struct vt_guard *guard, struct vt_journal *journal,
                         const struct vt_guard_position *at,
                         const struct vt_hash *message);

#endif
