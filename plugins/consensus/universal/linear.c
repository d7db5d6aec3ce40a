/* SPDX-License-Identifier: Apache-2.0
 *
 * linear.c - C3, C4: which batches a cut adds and in which order: round by
 * round, one of each lane, beginning with another lane at each height.
 */
#include "inside.h"

/* Batches of one lane that a cut adds, lowest first. */
struct path {
    uint32_t count;
    uint32_t at[UNI_RING];
};

/* From the tip down by the links. Returns as uni_linearise(). */
static int walk(struct vt_cs *cs, uint32_t lane, const struct uni_tip *to,
                uint32_t below, struct path *out)
{
    const uint8_t *id = to->id;
    int is_whole = 1;

    out->count = to->seq - below;
    for (uint32_t seq = to->seq; seq > below; seq--) {
        struct uni_batch *batch = uni_batch_add(cs, id, lane, seq); /* C3 */

        if (batch == NULL) {
            return 0;
        }
        if (!batch->is_held) {
            uni_batch_fetch(cs, batch, 0);
            is_whole = 0;
        }
        if (!batch->is_learned) {
            return batch->is_bad ? -1 : 0;
        }
        out->at[seq - below - 1] = (uint32_t)(batch - cs->batches);
        id = batch->parent;
    }
    return is_whole;
}

static int is_step(const struct uni_tip *from, const struct uni_tip *to)
{
    return to->seq >= from->seq && to->seq - from->seq <= UNI_RING &&
           (to->seq > from->seq || memcmp(to->id, from->id, 32) == 0);
}

static int collect(struct vt_cs *cs, const struct uni_tip *from,
                   const struct uni_tip *to, struct path *paths,
                   uint32_t *longest)
{
    uint32_t total = 0;
    int result = 1;

    *longest = 0;
    for (uint32_t lane = 0; lane < cs->n; lane++) {
        int found;

        if (!is_step(&from[lane], &to[lane])) {
            return -1;
        }
        found = walk(cs, lane, &to[lane], from[lane].seq, &paths[lane]);
        if (found < 0) {
            return -1;
        }
        result = found == 0 ? 0 : result;
        total += paths[lane].count;
        *longest = paths[lane].count > *longest ? paths[lane].count : *longest;
    }
    return total > UNI_JOINED_MAX ? -1 : result;
}

int uni_linearise(struct vt_cs *cs, const struct uni_tip *from,
                  const struct uni_tip *to, uint64_t height, size_t *count)
{
    struct path paths[CS_MEMBERS_MAX];
    uint32_t longest;
    int result = collect(cs, from, to, paths, &longest);

    *count = 0;
    for (uint32_t i = 0; result == 1 && i < longest; i++) {
        for (uint32_t k = 0; k < cs->n; k++) {
            const struct path *path = &paths[(height + k) % cs->n];

            if (i < path->count) {
                memcpy(cs->joined + 32 * (*count)++,
                       cs->batches[path->at[i]].id, 32);
            }
        }
    }
    return result;
}

int uni_list_more(struct vt_cs *cs, const struct uni_tip *from,
                  const struct uni_tip *to, uint32_t *count)
{
    struct path paths[CS_MEMBERS_MAX];
    uint32_t longest;
    int result = collect(cs, from, to, paths, &longest);

    *count = 0;
    for (uint32_t lane = 0; result == 1 && lane < cs->n; lane++) {
        for (uint32_t i = 0; i < paths[lane].count; i++) {
            const struct uni_batch *batch = &cs->batches[paths[lane].at[i]];

            if (*count == UNI_PEND_MAX) {
                return -1;
            }
            cs->more[*count].lane = lane;
            cs->more[*count].seq = batch->seq;
            memcpy(cs->more[(*count)++].id, batch->id, 32);
        }
    }
    return result;
}

void uni_refetch(struct vt_cs *cs, const struct uni_tip *from,
                 const struct uni_tip *to)
{
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->is_sure &&
            batch->seq > from[batch->lane].seq &&
            batch->seq <= to[batch->lane].seq) {
            batch->is_held = 0;
            batch->fetch.state = CS_NOT_ASKED;
            uni_batch_fetch(cs, batch, 0);
        }
    }
}

/* ---- what the leader takes ----------------------------------------------- */

/* The highest certified batch of a lane that is here with all below it. */
static int reach(struct vt_cs *cs, uint32_t lane, const struct uni_tip *from,
                 struct path *out)
{
    uint32_t limit = UNI_SEQ_MAX;

    for (;;) {
        const struct uni_batch *best = NULL;
        struct uni_tip tip;

        for (uint32_t i = 0; i < cs->batch_top; i++) {
            const struct uni_batch *batch = &cs->batches[i];

            if (batch->is_used && batch->lane == lane &&
                (batch->is_sure || !uni_rule_needs_certs()) &&
                batch->seq > from->seq && batch->seq < limit &&
                (best == NULL || batch->seq > best->seq)) {
                best = batch;
            }
        }
        if (best == NULL || best->seq - from->seq > UNI_RING) {
            return 0;
        }
        tip.seq = best->seq;
        memcpy(tip.id, best->id, 32);
        if (walk(cs, lane, &tip, from->seq, out) == 1) {
            return 1;
        }
        limit = tip.seq;
    }
}

int uni_choose_tips(struct vt_cs *cs, const struct uni_tip *from, uint32_t most,
                    struct uni_tip *to)
{
    struct path paths[CS_MEMBERS_MAX];
    uint64_t bytes = 0;
    uint32_t taken = 0;

    memcpy(to, from, cs->n * sizeof *to);
    for (uint32_t lane = 0; lane < cs->n; lane++) {
        if (cs->lanes[lane].is_shut ||
            !reach(cs, lane, &from[lane], &paths[lane])) {
            paths[lane].count = 0;
        }
    }
    for (uint32_t i = 0; i < UNI_RING; i++) {
        for (uint32_t lane = 0; lane < cs->n; lane++) {
            const struct uni_batch *batch;

            if (i >= paths[lane].count || to[lane].seq != from[lane].seq + i) {
                continue;
            }
            batch = &cs->batches[paths[lane].at[i]];
            if (taken == most) {
                return taken > 0;
            }
            if (taken > 0 && (taken == UNI_JOINED_MAX ||
                              bytes + batch->size_bytes > cs->opt.cut_bytes)) {
                continue;
            }
            bytes += batch->size_bytes;
            taken++;
            to[lane].seq = batch->seq;
            memcpy(to[lane].id, batch->id, 32);
        }
    }
    return taken > 0;
}
