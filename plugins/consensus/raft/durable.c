/* SPDX-License-Identifier: Apache-2.0
 *
 * durable.c - P1, P2: what survives a restart, in slots.
 *
 *   1               term and vote
 *   16 + index mod RAFT_SLOTS   an entry: index, term, size, id, parent
 *
 * There is no record of truncations. An entry that was given back is followed
 * by nothing that names it as its parent; reading stops where the chain of
 * parents breaks. A torn write can only bring back an end of the log that was
 * there before.
 */
#include "inside.h"

#define SLOT_VOTE 1u
#define SLOT_LOG 16u
#define SLOT_FORMAT 1u

struct record {
    uint64_t index; /* 0: none */
    uint64_t term, size_bytes;
    uint8_t id[32], parent[32];
};

/* Every slot starts with the format and the epoch it belongs to. */
static void start(struct vt_cs *cs, struct cs_wr *wr)
{
    cs_wr_init(wr, cs->buffer, RAFT_MESSAGE_MAX);
    cs_put_u8(wr, SLOT_FORMAT);
    cs_put_u64(wr, cs->epoch);
}

void raft_save_vote(struct vt_cs *cs)
{
    struct cs_wr wr;

    if (raft_rule_keeps_vote()) {
        start(cs, &wr);
        cs_put_u64(&wr, cs->term);
        cs_put_u32(&wr, cs->voted);
        raft_persist(cs, SLOT_VOTE, cs_wr_view(&wr));
    }
}

void raft_save_entry(struct vt_cs *cs, uint64_t index)
{
    const struct raft_entry *e = raft_entry(cs, index);
    const uint8_t *parent = index - 1 == cs->chain.committed
                                ? cs->chain.committed_id
                                : cs_link_at(&cs->chain, index - 1)->id;
    struct cs_wr wr;

    if (raft_rule_keeps_entries()) {
        start(cs, &wr);
        cs_put_u64(&wr, index);
        cs_put_u64(&wr, e->term);
        cs_put_u64(&wr, e->size_bytes);
        cs_put(&wr, cs_link_at(&cs->chain, index)->id, 32);
        cs_put(&wr, parent, 32);
        raft_persist(cs, SLOT_LOG + index % RAFT_SLOTS, cs_wr_view(&wr));
    }
}

/* ---- reading back -------------------------------------------------------- */

static int get_vote(struct vt_cs *cs, struct cs_rd *rd)
{
    cs->term = cs_get_u64(rd);
    cs->voted = cs_get_u32(rd);
    return cs_rd_end(rd) && cs->term <= RAFT_TERM_MAX &&
           (cs->voted < cs->n || cs->voted == RAFT_NOBODY);
}

static int get_record(struct cs_rd *rd, struct record *out)
{
    out->index = cs_get_u64(rd);
    out->term = cs_get_u64(rd);
    out->size_bytes = cs_get_u64(rd);
    cs_get_bytes(rd, out->id, 32);
    cs_get_bytes(rd, out->parent, 32);
    return cs_rd_end(rd) && out->index > 0 && out->term <= RAFT_TERM_MAX &&
           out->size_bytes <= RAFT_TAIL_BYTES;
}

static int get_slot(struct vt_cs *cs, const struct vt_slot *slot,
                    struct record *records)
{
    struct record *record;
    struct cs_rd rd;

    cs_rd_init(&rd, slot->bytes);
    if (cs_get_u8(&rd) != SLOT_FORMAT || cs_get_u64(&rd) != cs->epoch ||
        rd.is_bad) {
        return 0;
    }
    if (slot->slot == SLOT_VOTE) {
        return get_vote(cs, &rd);
    }
    if (slot->slot < SLOT_LOG || slot->slot >= SLOT_LOG + RAFT_SLOTS) {
        return 0;
    }
    record = &records[slot->slot - SLOT_LOG];
    return get_record(&rd, record) &&
           record->index % RAFT_SLOTS == slot->slot - SLOT_LOG;
}

/* From C up as far as each entry stands on the one before. */
static void rebuild(struct vt_cs *cs, const struct record *records)
{
    struct cs_chain *c = &cs->chain;
    const struct record *at = &records[c->committed % RAFT_SLOTS];

    if (at->index == c->committed && memcmp(at->id, c->committed_id, 32) == 0 &&
        at->term > cs->committed_term) {
        cs->committed_term = at->term;
    }
    while (c->has_link && c->tail - c->committed < RAFT_SLOTS) {
        struct raft_entry *e = &cs->log[(c->tail + 1) % CS_CHAIN_RING];

        at = &records[(c->tail + 1) % RAFT_SLOTS];
        if (at->index != c->tail + 1 ||
            memcmp(at->parent, cs_tail_id(c), 32) != 0) {
            return;
        }
        cs_chain_append(c, at->id);
        e->index = at->index;
        e->term = at->term;
        e->size_bytes = at->size_bytes;
        e->is_restored = 1;
        cs->tail_bytes += at->size_bytes;
    }
}

vt_status raft_restore(struct vt_cs *cs, struct vt_tab slots,
                       struct vt_err *err)
{
    struct record *records = calloc(RAFT_SLOTS, sizeof *records);
    int is_good = 1;

    if (records == NULL) {
        return cs_fail(err, VT_E_NOMEM, "no memory for the log");
    }
    for (uint32_t i = 0; i < slots.count && is_good; i++) {
        is_good = get_slot(cs, VT_AT(struct vt_slot, slots, i), records);
    }
    if (is_good) {
        rebuild(cs, records);
    }
    free(records);
    return is_good ? VT_OK
                   : cs_fail(err, VT_E_CORRUPT,
                             "a stored consensus record is not of this engine "
                             "or epoch: the node's memory of its vote and log "
                             "is damaged; restore the data folder or rejoin "
                             "with a new key");
}
