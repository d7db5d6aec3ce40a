/* SPDX-License-Identifier: Apache-2.0
 *
 * audit.c - A1 to A4: from the state of the audit level below a cut to the one
 * of the cut.
 */
#include "audit.h"

#define LATER_SHARE 4u /* times as many auditors when some do not answer */

void uni_audit_init(struct uni_audit *out, const uint8_t beacon[32])
{
    memset(out, 0, sizeof *out);
    memcpy(out->rho, beacon, 32);
}

const struct uni_pend *uni_audit_find(const struct uni_audit *a, uint32_t lane,
                                      uint32_t seq)
{
    for (uint32_t i = 0; i < a->pends; i++) {
        if (a->pend[i].lane == lane && a->pend[i].seq == seq) {
            return &a->pend[i];
        }
    }
    return NULL;
}

/* ---- who audits ---------------------------------------------------------- */

static uint64_t number_of(const struct cs_hasher *hasher,
                          const struct uni_group *group,
                          const struct uni_pend *pend, uint32_t turn)
{
    uint8_t bytes[4];
    uint8_t hash[32];
    struct vt_view parts[3] = {
        {group->seed, 32}, {pend->id, 32}, {bytes, sizeof bytes}};
    uint64_t value = 0;
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u32(&wr, turn);
    /* the tag is a constant the host knows: it cannot fail */
    (void)hasher->crypto->hash(hasher->host, hasher->tag, parts, 3, hash);
    for (uint32_t i = 0; i < 8; i++) {
        value |= (uint64_t)hash[i] << (8 * i);
    }
    return value;
}

/* Outside of the lane's shard, or all others when there is one shard. */
static uint64_t strangers(const struct uni_seats *seats, uint32_t lane)
{
    return cs_everyone(seats->n) &
           ~(seats->shards > 1 ? uni_witnesses(seats, lane, 0) : cs_bit(lane));
}

/* The first `count` of them by the draw. */
static uint64_t first_of(const struct uni_audit_step *step,
                         const struct uni_group *group,
                         const struct uni_pend *pend, uint32_t count)
{
    uint64_t left = strangers(step->seats, pend->lane);
    uint64_t out = 0;

    for (uint32_t turn = 0; turn < count && left != 0; turn++) {
        uint32_t skip = (uint32_t)(number_of(step->hasher, group, pend, turn) %
                                   cs_count(left));
        uint64_t at = left;

        for (; skip > 0; skip--) {
            at &= at - 1;
        }
        out |= cs_bit(cs_first(at));
        left &= ~cs_bit(cs_first(at));
    }
    return out;
}

/* A2: at first all that are drawn; after a while two thirds of more; at last a
 * quorum of everybody, which has an honest member for certain. Returns how many
 * are asked. */
static uint32_t count_at(const struct uni_audit_step *step, uint32_t lane,
                         uint32_t level, uint32_t *need)
{
    uint32_t most = cs_count(strangers(step->seats, lane));
    uint32_t count = step->auditors;

    if (level == 2) {
        *need = 2 * step->seats->n / 3 + 1;
        return step->seats->n;
    }
    count = level == 0 ? count : LATER_SHARE * count;
    count = count < most ? count : most;
    *need = level == 0 || count == 0 ? count : 2 * count / 3 + 1;
    return count;
}

static uint64_t auditors_at(const struct uni_audit_step *step,
                            const struct uni_group *group,
                            const struct uni_pend *pend, uint32_t level,
                            uint32_t *need)
{
    uint32_t count = count_at(step, pend->lane, level, need);

    return level == 2 ? cs_everyone(step->seats->n)
                      : first_of(step, group, pend, count);
}

uint32_t uni_audit_level(const struct uni_group *group, uint64_t height)
{
    uint64_t age = height - group->drawn;

    return age >= UNI_ALL ? 2 : age >= UNI_WIDER ? 1 : 0;
}

uint64_t uni_auditors(const struct uni_audit_step *step,
                      const struct uni_audit *a, const struct uni_pend *pend,
                      uint32_t *need)
{
    const struct uni_group *group = &a->group[pend->group];

    if (group->drawn == 0) {
        return 0;
    }
    return auditors_at(step, group, pend, uni_audit_level(group, step->height),
                       need);
}

static int is_approved(const struct uni_audit_step *step,
                       const struct uni_group *group,
                       const struct uni_pend *pend)
{
    uint32_t last = uni_audit_level(group, step->height);
    uint32_t need;

    if (!uni_rule_audits()) {
        return 1;
    }
    for (uint32_t level = 0; level <= last; level++) {
        (void)count_at(step, pend->lane, level, &need);
        if (cs_count(pend->approved) < need) {
            continue; /* no need to draw them */
        }
        if (cs_count(pend->approved &
                     auditors_at(step, group, pend, level, &need)) >= need) {
            return 1;
        }
    }
    return 0;
}

/* ---- one cut further ------------------------------------------------------
 */

/* What the cut below executed or gave up is gone, and cuts none of whose
 * batches is left. */
static void take_over(const struct uni_audit *below, struct uni_audit *out)
{
    uint32_t to[UNI_GROUPS_MAX];
    uint32_t used[UNI_GROUPS_MAX] = {0};

    memset(out, 0, sizeof *out);
    memcpy(out->rho, below->rho, 32);
    memcpy(out->done, below->done, sizeof out->done);
    for (uint32_t i = 0; i < below->pends; i++) {
        const struct uni_pend *p = &below->pend[i];

        if (p->seq > below->done[p->lane]) {
            out->pend[out->pends++] = *p;
            used[p->group] = 1;
        }
    }
    for (uint32_t g = 0; g < below->groups; g++) {
        to[g] = out->groups;
        if (used[g]) {
            out->group[out->groups++] = below->group[g];
        }
    }
    for (uint32_t i = 0; i < out->pends; i++) {
        out->pend[i].group = to[out->pend[i].group];
    }
}

/* A1: a group's auditors come from the values of so many different members that
 * one of them is honest: nobody knew them all when the batches were made. */
static void mix(const struct uni_audit_step *step, struct uni_audit *a)
{
    struct vt_view parts[2] = {{a->rho, 32}, {step->value, 32}};
    uint32_t need = (step->seats->n - 1) / 3 + 1;

    (void)step->hasher->crypto->hash(step->hasher->host, "VTC/universal/rho/1",
                                     parts, 2, a->rho);
    for (uint32_t g = 0; g < a->groups; g++) {
        struct uni_group *group = &a->group[g];

        if (group->drawn != 0) {
            continue;
        }
        group->makers |= cs_bit(step->maker);
        if (cs_count(group->makers) >= need) {
            group->drawn = step->height;
            memcpy(group->seed, a->rho, 32);
        }
    }
}

/* A flaw counts as long as the batch is not executed. */
static void take_news(const struct uni_audit_step *step, struct uni_audit *a)
{
    for (uint32_t i = 0; i < a->pends; i++) {
        struct uni_pend *p = &a->pend[i];
        const struct uni_group *group = &a->group[p->group];

        for (uint32_t k = 0; k < step->news_count; k++) {
            const struct uni_pend *news = &step->news[k];

            if (news->lane == p->lane && news->seq == p->seq) {
                p->approved |= group->drawn != 0 ? news->approved : 0;
                p->fate = news->fate == UNI_VOID ? UNI_VOID : p->fate;
            }
        }
    }
}

/* A3, A4. */
static void decide(const struct uni_audit_step *step, struct uni_audit *a)
{
    for (uint32_t i = 0; i < a->pends; i++) {
        struct uni_pend *p = &a->pend[i];
        const struct uni_group *group = &a->group[p->group];

        if (p->fate != UNI_OPEN_FATE || group->drawn == 0) {
            continue;
        }
        if (is_approved(step, group, p)) {
            p->fate = UNI_APPROVED;
        } else if (step->height - group->drawn >= UNI_EXPIRES) {
            p->fate = UNI_VOID;
        }
    }
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];

        if (p->fate != UNI_OPEN_FATE && p->seq == a->done[p->lane] + 1) {
            a->done[p->lane] = p->seq;
        }
    }
}

static int take_more(const struct uni_audit_step *step, struct uni_audit *a)
{
    if (step->more_count == 0) {
        return 1;
    }
    if (a->groups == UNI_GROUPS_MAX ||
        step->more_count > UNI_PEND_MAX - a->pends) {
        return 0;
    }
    for (uint32_t i = 0; i < step->more_count; i++) {
        struct uni_pend *p = &a->pend[a->pends++];

        memset(p, 0, sizeof *p);
        p->lane = step->more[i].lane;
        p->seq = step->more[i].seq;
        p->group = a->groups;
        memcpy(p->id, step->more[i].id, 32);
        if (p->seq - a->done[p->lane] > UNI_RING) {
            return 0;
        }
    }
    a->group[a->groups++].height = step->height;
    return 1;
}

int uni_audit_next(const struct uni_audit_step *step,
                   const struct uni_audit *below, struct uni_audit *out)
{
    take_over(below, out);
    mix(step, out);
    take_news(step, out);
    decide(step, out);
    return take_more(step, out);
}

void uni_audit_stay(const struct uni_audit *below, struct uni_audit *out)
{
    take_over(below, out);
}

size_t uni_audit_joined(const struct uni_audit *a, uint32_t n, uint64_t height,
                        uint8_t *ids)
{
    uint32_t turn[UNI_PEND_MAX];
    uint32_t count[CS_MEMBERS_MAX] = {0};
    uint32_t longest = 0;
    size_t joined = 0;

    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];

        turn[i] = UNI_PEND_MAX;
        if (p->fate == UNI_APPROVED && p->seq <= a->done[p->lane]) {
            turn[i] = count[p->lane]++;
            longest = turn[i] + 1 > longest ? turn[i] + 1 : longest;
        }
    }
    for (uint32_t round = 0; round < longest; round++) {
        for (uint32_t k = 0; k < n; k++) {
            uint32_t lane = (uint32_t)((height + k) % n);

            for (uint32_t i = 0; i < a->pends; i++) {
                if (a->pend[i].lane == lane && turn[i] == round) {
                    memcpy(ids + 32 * joined++, a->pend[i].id, 32);
                }
            }
        }
    }
    return joined;
}

/* ---- bytes --------------------------------------------------------------- */

void uni_put_audit(struct cs_wr *wr, const struct uni_audit *a, uint32_t n)
{
    cs_put(wr, a->rho, 32);
    for (uint32_t lane = 0; lane < n; lane++) {
        cs_put_u32(wr, a->done[lane]);
    }
    cs_put_u8(wr, a->groups);
    for (uint32_t g = 0; g < a->groups; g++) {
        cs_put_u64(wr, a->group[g].height);
        cs_put_u64(wr, a->group[g].makers);
        cs_put_u64(wr, a->group[g].drawn);
        cs_put(wr, a->group[g].seed, 32);
    }
    cs_put_u16(wr, a->pends);
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *p = &a->pend[i];

        cs_put_u8(wr, p->lane);
        cs_put_u32(wr, p->seq);
        cs_put_u8(wr, p->group);
        cs_put_u8(wr, p->fate);
        cs_put_u64(wr, p->approved);
        cs_put(wr, p->id, 32);
    }
}

int uni_read_audit(struct cs_rd *rd, struct uni_audit *out, uint32_t n)
{
    memset(out, 0, sizeof *out);
    cs_get_bytes(rd, out->rho, 32);
    for (uint32_t lane = 0; lane < n; lane++) {
        out->done[lane] = cs_get_u32(rd);
    }
    out->groups = cs_get_u8(rd);
    for (uint32_t g = 0; g < out->groups && g < UNI_GROUPS_MAX; g++) {
        out->group[g].height = cs_get_u64(rd);
        out->group[g].makers = cs_get_u64(rd);
        out->group[g].drawn = cs_get_u64(rd);
        cs_get_bytes(rd, out->group[g].seed, 32);
    }
    out->pends = (uint32_t)cs_get_number(rd, 2);
    if (rd->is_bad || out->groups > UNI_GROUPS_MAX ||
        out->pends > UNI_PEND_MAX) {
        return 0;
    }
    for (uint32_t i = 0; i < out->pends; i++) {
        struct uni_pend *p = &out->pend[i];

        p->lane = cs_get_u8(rd);
        p->seq = cs_get_u32(rd);
        p->group = cs_get_u8(rd);
        p->fate = cs_get_u8(rd);
        p->approved = cs_get_u64(rd);
        cs_get_bytes(rd, p->id, 32);
        if (p->lane >= n || p->group >= out->groups || p->fate > UNI_VOID ||
            (p->approved & ~cs_everyone(n)) != 0 || p->seq == 0 ||
            p->seq > UNI_SEQ_MAX) {
            return 0;
        }
    }
    return !rd->is_bad;
}

int uni_audit_eq(const struct uni_audit *a, const struct uni_audit *b,
                 uint32_t n)
{
    if (memcmp(a->rho, b->rho, 32) != 0 || a->groups != b->groups ||
        a->pends != b->pends ||
        memcmp(a->done, b->done, n * sizeof a->done[0]) != 0) {
        return 0;
    }
    for (uint32_t g = 0; g < a->groups; g++) {
        const struct uni_group *x = &a->group[g];
        const struct uni_group *y = &b->group[g];

        if (x->height != y->height || x->makers != y->makers ||
            x->drawn != y->drawn || memcmp(x->seed, y->seed, 32) != 0) {
            return 0;
        }
    }
    for (uint32_t i = 0; i < a->pends; i++) {
        const struct uni_pend *x = &a->pend[i];
        const struct uni_pend *y = &b->pend[i];

        if (x->lane != y->lane || x->seq != y->seq || x->group != y->group ||
            x->fate != y->fate || x->approved != y->approved ||
            memcmp(x->id, y->id, 32) != 0) {
            return 0;
        }
    }
    return 1;
}
