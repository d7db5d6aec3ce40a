/* SPDX-License-Identifier: Apache-2.0
 *
 * schedule.c - a shuffle per round, out of the epoch's beacon. Pure.
 */
#include "schedule.h"

#define DRAWS 4u /* numbers in one hash */

void dpos_schedule_init(struct dpos_schedule *s, const struct vt_host *host,
                        const struct vt_svc_crypto *crypto,
                        const struct vt_cs_epoch *epoch)
{
    memset(s, 0, sizeof *s);
    s->host = host;
    s->crypto = crypto;
    s->n = epoch->members.count;
    memcpy(s->beacon, epoch->beacon, 32);
}

static void draw(const struct dpos_schedule *s, uint64_t round, uint64_t block,
                 uint64_t out[DRAWS])
{
    uint8_t where[16];
    uint8_t hash[32];
    struct vt_view parts[2] = {{s->beacon, 32}, {where, sizeof where}};
    struct cs_wr wr;
    struct cs_rd rd;

    cs_wr_init(&wr, where, sizeof where);
    cs_put_u64(&wr, round);
    cs_put_u64(&wr, block);
    memset(hash, 0, sizeof hash);
    (void)s->crypto->hash(s->host, "VTC/dpos/order/1", parts, 2, hash);
    cs_rd_init(&rd, cs_view(hash, sizeof hash));
    for (uint32_t i = 0; i < DRAWS; i++) {
        out[i] = cs_get_u64(&rd);
    }
}

/* Fisher and Yates. */
void dpos_schedule_order(const struct dpos_schedule *s, uint64_t round,
                         uint8_t order[CS_MEMBERS_MAX])
{
    uint64_t draws[DRAWS] = {0};

    for (uint32_t i = 0; i < s->n; i++) {
        order[i] = (uint8_t)i;
    }
    for (uint32_t left = s->n; left > 1; left--) {
        uint32_t used = s->n - left;
        uint8_t last = order[left - 1];
        uint32_t at;

        if (used % DRAWS == 0) {
            draw(s, round, used / DRAWS, draws);
        }
        at = (uint32_t)(draws[used % DRAWS] % left);
        order[left - 1] = order[at];
        order[at] = last;
    }
}

uint32_t dpos_schedule_owner(struct dpos_schedule *s, uint64_t slot)
{
    uint64_t turn = slot / s->run;

    if (!s->is_known || s->round != turn / s->n) {
        s->round = turn / s->n;
        s->is_known = 1;
        dpos_schedule_order(s, s->round, s->order);
    }
    return s->order[turn % s->n];
}

uint64_t dpos_schedule_slot(const struct dpos_schedule *s, int64_t time_ms)
{
    return time_ms <= 0 ? 0 : (uint64_t)time_ms / s->slot_ms;
}

uint64_t dpos_schedule_next(struct dpos_schedule *s, uint64_t slot,
                            uint32_t member)
{
    while (dpos_schedule_owner(s, slot) != member) {
        slot = (slot / s->run + 1) * s->run;
    }
    return slot;
}
