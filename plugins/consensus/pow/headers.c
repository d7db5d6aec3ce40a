/* SPDX-License-Identifier: Apache-2.0
 *
 * headers.c - headers first: telling the others where the head is, asking for
 * what is missing between, and taking only what somebody worked for.
 */
#include "inside.h"

#define FUTURE_MS 120000u
#define FUTURE_INTERVALS 12u
#define LOCATOR_MAX 32u

uint64_t pow_future_ms(const struct vt_cs *cs)
{
    uint64_t most = FUTURE_INTERVALS * cs->terms.asert.interval;

    return most < FUTURE_MS ? most : FUTURE_MS;
}

/* ---- telling ------------------------------------------------------------- */

static void send(struct vt_cs *cs, uint32_t to, uint32_t proto,
                 const uint8_t *attach, struct vt_view msg)
{
    struct vt_eff_send e = {.to = to, .proto = proto, .msg = msg};

    e.klass = attach != NULL ? VT_SEND_PROP : VT_SEND_CERT;
    if (pow_is_member(cs)) {
        cs_emit_send(&cs->box, &e, attach);
    }
}

/* Up to most headers that end with entry i; none is the epoch's parent. */
static void send_run(struct vt_cs *cs, uint32_t to, uint32_t i, uint64_t most,
                     const uint8_t *attach)
{
    uint64_t above = cs->list[i].h.height + 1 - cs->terms.start_height;
    uint32_t count = 0;
    struct cs_wr wr;

    most = most < above ? most : above;
    for (; i != POW_NONE && count < most; i = cs->list[i].parent) {
        cs->path[count++] = i;
    }
    if (count == 0) {
        return;
    }
    for (uint32_t k = 0; k < count; k++) {
        cs->chain[k] = cs->list[cs->path[count - 1 - k]].h;
    }
    cs_wr_init(&wr, cs->buffer, POW_MESSAGE_MAX);
    pow_put_run(&wr, cs->chain, count);
    send(cs, to, POW_HEADERS, attach, cs_wr_view(&wr));
}

void pow_tell(struct vt_cs *cs, uint32_t to, uint32_t i, int with_body)
{
    uint8_t id[32];

    memcpy(id, cs->list[i].h.id, 32);
    send_run(cs, to, i, POW_TAIL, with_body ? id : NULL);
}

/* ---- asking -------------------------------------------------------------- */

uint32_t pow_draw_member(struct vt_cs *cs)
{
    uint8_t count[32] = {0};
    struct cs_wr wr;
    uint32_t i;

    if (cs->n < 2 || !pow_is_member(cs)) {
        return POW_NONE;
    }
    cs_wr_init(&wr, count, sizeof count);
    cs_put_u64(&wr, cs->draws++);
    i = (uint32_t)(pow_luck(cs, count) % (cs->n - 1));
    return i < cs->self ? i : i + 1;
}

void pow_ask_from(struct vt_cs *cs, uint32_t to, const uint8_t hash[32])
{
    uint8_t bytes[33];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u8(&wr, 1);
    cs_put(&wr, hash, 32);
    send(cs, to, POW_GET, NULL, cs_wr_view(&wr));
}

/* Hashes of the head's branch, the further down the fewer. */
void pow_ask_headers(struct vt_cs *cs, uint32_t to)
{
    uint8_t bytes[1 + LOCATOR_MAX * 32];
    uint32_t count = 0;
    uint32_t i = cs->head;
    uint64_t step = 1;
    struct cs_wr wr;

    if (to >= cs->n || (cs->asked_ns[to] != 0 &&
                        cs->box.now_ns - cs->asked_ns[to] < cs->tick_ns)) {
        return;
    }
    cs->asked_ns[to] = cs->box.now_ns;
    cs_wr_init(&wr, bytes, sizeof bytes);
    cs_put_u8(&wr, 0);
    while (i != POW_NONE && count < LOCATOR_MAX) {
        uint64_t height = cs->list[i].h.height;

        cs_put(&wr, cs->list[i].hash, 32);
        count++;
        step = count < 8 ? 1 : 2 * step;
        if (height > step && pow_ancestor(cs, i, height - step) != POW_NONE) {
            i = pow_ancestor(cs, i, height - step);
        } else { /* the root comes last */
            while (cs->list[i].parent != POW_NONE) {
                i = cs->list[i].parent;
            }
            i = cs->list[i].h.height < height ? i : POW_NONE;
        }
    }
    bytes[0] = (uint8_t)count;
    send(cs, to, POW_GET, NULL, cs_wr_view(&wr));
}

/* The first of these hashes that is on the head's branch, or the root. */
static uint32_t find_base(const struct vt_cs *cs, struct cs_rd *rd,
                          uint32_t count)
{
    uint32_t i = cs->head;

    for (uint32_t k = 0; k < count; k++) {
        uint8_t hash[32];
        uint32_t found;

        cs_get_bytes(rd, hash, 32);
        found = pow_find(cs, hash);
        if (found != POW_NONE && pow_descends(cs, cs->head, found)) {
            return found;
        }
    }
    while (cs->list[i].parent != POW_NONE) {
        i = cs->list[i].parent;
    }
    return i;
}

void pow_on_get(struct vt_cs *cs, uint32_t from, struct vt_view msg)
{
    uint64_t head = cs->list[cs->head].h.height;
    struct cs_rd rd;
    uint32_t count;
    uint32_t base;
    uint64_t to;

    cs_rd_init(&rd, msg);
    count = cs_get_u8(&rd);
    if (rd.is_bad || count == 0 || count > LOCATOR_MAX ||
        rd.left != count * 32u) {
        pow_penalize(cs, from, "malformed GET");
        return;
    }
    if (from >= cs->n || cs->served[from] >= POW_SERVED) {
        return;
    }
    cs->served[from]++;
    base = find_base(cs, &rd, count);
    to = cs->list[base].h.height + POW_RUN_MAX;
    to = to < head ? to : head;
    if (to > cs->list[base].h.height) {
        send_run(cs, from, pow_ancestor(cs, cs->head, to),
                 to - cs->list[base].h.height, NULL);
    }
}

/* ---- taking -------------------------------------------------------------- */

/* Of header k in cs->run. */
static void hash_at(const struct vt_cs *cs, uint32_t k, uint8_t out[32])
{
    if (k + 1 < cs->run->count) {
        memcpy(out, cs->run->list[k + 1].prev, 32);
    } else {
        pow_header_hash(&cs->terms, &cs->run->list[k], out);
    }
}

void pow_take_run(struct vt_cs *cs, uint32_t parent, uint32_t first,
                  uint64_t holders)
{
    for (uint32_t k = first; k < cs->run->count; k++) {
        uint8_t hash[32];
        uint32_t i;

        hash_at(cs, k, hash);
        i = pow_find(cs, hash);
        if (i == POW_NONE) {
            i = pow_insert(cs, parent, &cs->run->list[k], hash);
            if (i == POW_NONE) {
                pow_trace(cs, "H5 no room", cs->run->list[k].height);
                return;
            }
            pow_save(cs, i);
        }
        cs->list[i].holders |= holders;
        parent = i;
    }
    pow_apply_anchor(cs);
    pow_find_back(cs);
}

/* Where in the run the unknown begins, and on what. POW_NONE: it does not meet
 * the index. */
static uint32_t meet(const struct vt_cs *cs, uint32_t *out_first)
{
    uint32_t parent = POW_NONE;

    for (uint32_t k = 0; k < cs->run->count; k++) {
        uint32_t i = pow_find(cs, cs->run->list[k].prev);

        if (i != POW_NONE) {
            parent = i;
            *out_first = k;
        } else if (parent != POW_NONE) {
            return parent;
        }
    }
    if (parent != POW_NONE) {
        uint8_t hash[32];
        uint32_t i;

        hash_at(cs, cs->run->count - 1, hash);
        i = pow_find(cs, hash);
        if (i != POW_NONE) {
            *out_first = cs->run->count;
            parent = i;
        }
    }
    return parent;
}

/* H1..H3 for the run from first on; the part from the future is cut off. Adds
 * up its work. Returns 0 when it lies. */
static int check_run(struct vt_cs *cs, uint32_t from, uint32_t parent,
                     uint32_t first, struct pow_u256 *work)
{
    uint64_t now_ms = cs->wall_ms > 0 ? (uint64_t)cs->wall_ms : 0;
    struct pow_below below;

    pow_below_at(cs, parent, &below);
    *work = cs->list[parent].work;
    for (uint32_t k = first; k < cs->run->count; k++) {
        const struct pow_header *h = &cs->run->list[k];
        struct pow_u256 target;
        uint8_t hash[32];
        const char *fault = pow_header_fault(&cs->terms, &below, h, hash);

        if (fault != NULL) {
            pow_penalize(cs, from, fault);
            return 0;
        }
        if (pow_rule_is_early(h->time_ms, now_ms, pow_future_ms(cs))) {
            pow_trace(cs, "H3 early", h->height);
            cs->run->count = k;
            return 1;
        }
        if (pow_target_of(h->bits, &target)) {
            struct pow_u256 own = pow_work_of(&target);

            *work = pow_u256_add(work, &own);
        }
        pow_below_of(h, hash, &below);
    }
    return 1;
}

/* The block that came along is held now. */
static void take_body(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    uint8_t hash[32];
    uint32_t i;

    if (!ev->has_attach || cs->run->count == 0) {
        return;
    }
    hash_at(cs, cs->run->count - 1, hash);
    i = pow_find(cs, hash);
    if (i != POW_NONE && memcmp(cs->list[i].h.id, ev->attach, 32) == 0 &&
        (cs->list[i].state == POW_HEADER || cs->list[i].state == POW_MISSING)) {
        cs->list[i].state = POW_HELD;
        cs->list[i].fetch.state = CS_NOT_ASKED;
    }
}

/* N3: so far behind that even the others' oldest headers do not meet ours, and
 * the host is final at one of these. With as much work on top as a proof has,
 * it is where we go on. */
static int adopt(struct vt_cs *cs, uint32_t from)
{
    struct pow_run *run = cs->run;
    uint32_t root;
    uint8_t hash[32];
    uint64_t at = cs->lost_height - run->height;

    if (!cs->is_lost || cs->lost_height < run->height ||
        at + cs->terms.depth > run->count ||
        memcmp(run->list[at].id, cs->lost_id, 32) != 0 ||
        pow_header_lone_fault(&cs->terms, &run->list[at], hash) != NULL) {
        return 0;
    }
    for (uint64_t k = at + 1; k < run->count; k++) {
        struct pow_below below;

        pow_below_of(&run->list[k - 1], hash, &below);
        if (pow_header_fault(&cs->terms, &below, &run->list[k], hash) != NULL) {
            pow_penalize(cs, from, "headers without their work");
            return 0;
        }
    }
    pow_index_clear(cs);
    cs->head = cs->final = 0;
    hash_at(cs, (uint32_t)at, hash);
    root = pow_insert(cs, POW_NONE, &run->list[at], hash);
    cs->head = cs->final = root;
    cs->list[root].state = POW_GOOD;
    pow_save(cs, root);
    pow_take_run(cs, root, (uint32_t)at + 1, cs_bit(from));
    return 1;
}

/* F3: a branch that leaves the chain below a final block is nothing to follow;
 * a better one is something to be told of. */
static void leaves_below(struct vt_cs *cs, uint32_t parent,
                         const struct pow_u256 *work)
{
    if (cs->list[parent].h.height < cs->list[cs->final].h.height &&
        pow_u256_cmp(work, &cs->list[cs->head].work) > 0) {
        pow_alarm(cs,
                  "a chain with more work leaves this one below a final block: "
                  "it is refused, and this node may be on the wrong side",
                  cs->list[parent].h.height + 1);
    }
}

static void take(struct vt_cs *cs, uint32_t from, uint64_t holders)
{
    int is_full = cs->run->count == POW_RUN_MAX;
    struct pow_u256 least = pow_least_work(cs);
    struct pow_u256 work;
    uint32_t first = 0;
    uint32_t parent = meet(cs, &first);
    uint8_t last[32];

    if (parent == POW_NONE) {
        if (from < cs->n && !adopt(cs, from)) {
            pow_ask_headers(cs, from);
        }
        return;
    }
    if ((cs->list[parent].state == POW_BAD && !cs->list[parent].is_refused) ||
        !check_run(cs, from, parent, first, &work)) {
        cs->run->count = 0;
        return;
    }
    if (!pow_descends(cs, parent, cs->final)) {
        leaves_below(cs, parent, &work);
        return;
    }
    if (first >= cs->run->count) {
        pow_take_run(cs, parent, cs->run->count - (cs->run->count > 0),
                     holders); /* known: one holder more */
    } else if (pow_u256_cmp(&work, &least) >= 0) {
        pow_take_run(cs, parent, first, holders);
    } else if (is_full) {
        pow_presync_begin(cs, from, parent, first);
        return;
    } else {
        pow_trace(cs, "H4 not worth it", cs->run->height);
        return;
    }
    if (is_full && cs->run->count == POW_RUN_MAX && from < cs->n) {
        hash_at(cs, POW_RUN_MAX - 1, last);
        pow_ask_from(cs, from, last);
    }
}

void pow_on_headers(struct vt_cs *cs, const struct vt_ev_recv *ev)
{
    uint64_t holders = ev->from < cs->n ? cs_bit(ev->from) : 0;
    struct cs_rd rd;

    cs_rd_init(&rd, ev->msg);
    pow_get_run(&rd, &cs->terms, cs->run);
    if (!cs_rd_end(&rd)) {
        pow_penalize(cs, ev->from, "malformed HEADERS");
        return;
    }
    if (!pow_presync_takes(cs, ev->from)) {
        take(cs, ev->from, holders);
        take_body(cs, ev);
    }
}
