/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.c - see solo.h.
 */
#include "solo.h"

#include "base/hash.h"
#include "base/work.h"
#include "inside.h"

#include <check.h>

#include <stdio.h>

extern const struct vt_plugin pow_LTX_vt_plugin_v1;

#define MS UINT64_C(1000000)

static const char easy[] = "interval = 1s\nfirst = 1\nlimit = 1\ndepth = 6\n"
                           "boundary = depth\n";

/* ---- the host ------------------------------------------------------------ */

static vt_status svc_hash(const struct vt_host *host, const char *tag,
                          const struct vt_view *parts, uint32_t count,
                          uint8_t out[32])
{
    struct vt_hash hash;

    (void)host;
    vt_hash_tagged(tag, parts, count, &hash);
    memcpy(out, hash.b, 32);
    return VT_OK;
}

/* Anybody could make it; nobody here does. */
static void fake_sig(struct vt_view pk, struct vt_view msg, uint8_t out[32])
{
    struct vt_view parts[2] = {pk, msg};
    struct vt_hash hash;

    vt_hash_tagged("solo/sig", parts, 2, &hash);
    memcpy(out, hash.b, 32);
}

static vt_status svc_verify(const struct vt_host *host, const char *scheme,
                            struct vt_view pk, struct vt_view msg,
                            struct vt_view sig, uint32_t *verdict)
{
    uint8_t right[32];

    (void)host;
    (void)scheme;
    fake_sig(pk, msg, right);
    *verdict =
        sig.len == 32 && memcmp(sig.ptr, right, 32) == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static const struct vt_svc_crypto crypto = {
    .size = sizeof crypto, .hash = svc_hash, .verify = svc_verify};

static const void *service(const struct vt_host *self, const char *id,
                           uint32_t min_size)
{
    (void)self;
    (void)min_size;
    return strcmp(id, VT_SVC_CRYPTO) == 0 ? &crypto : NULL;
}

struct solo_block *solo_find(struct solo *s, const uint8_t id[32])
{
    for (uint32_t i = s->block_count; i > 0; i--) {
        if (memcmp(s->blocks[i - 1].id, id, 32) == 0) {
            return &s->blocks[i - 1];
        }
    }
    return NULL;
}

static struct solo_block *new_block(struct solo *s, const uint8_t parent[32],
                                    uint64_t height)
{
    struct solo_block *b = &s->blocks[s->block_count++];

    ck_assert_uint_lt(s->block_count, SOLO_BLOCKS);
    memset(b, 0, sizeof *b);
    vt_rng_fill(&s->rng, b->id, 32);
    memcpy(b->parent, parent, 32);
    b->height = height;
    b->time_ms = s->wall_ms;
    return b;
}

static struct solo_answer *answer(struct solo *s, uint32_t type, uint32_t size)
{
    struct solo_answer *a = &s->answers[s->answer_count++];

    ck_assert_uint_lt(s->answer_count, SOLO_ANSWERS);
    memset(a, 0, sizeof *a);
    a->u.h.type = type;
    a->u.h.size = size;
    return a;
}

static void answer_block(struct solo *s, uint32_t type, uint64_t token,
                         vt_status status, const struct solo_block *b)
{
    struct solo_answer *a =
        answer(s, type, VT_UPTO(struct vt_ev_block, payload));

    a->u.block.token = token;
    a->u.block.status = status;
    if (b == NULL) {
        return;
    }
    a->u.block.verdict = b->kind == SOLO_BAD_BODY ? VT_BAD
                         : b->kind == SOLO_LATER  ? VT_LATER
                                                  : VT_GOOD;
    a->u.block.height = b->height;
    a->u.block.time_ms = b->time_ms;
    a->u.block.txs = b->txs;
    memcpy(a->u.block.id, b->id, 32);
    memcpy(a->u.block.parent, b->parent, 32);
    a->u.block.payload = vt_view_of(a->payload, b->payload_len);
}

/* ---- effects ------------------------------------------------------------- */

static void on_persist(struct solo *s, const struct vt_eff_persist *e)
{
    uint32_t i = 0;

    while (i < s->slot_count && s->slots[i].slot != e->slot) {
        i++;
    }
    ck_assert_uint_lt(i, SOLO_SLOTS);
    ck_assert_uint_le(e->bytes.len, sizeof s->slot_bytes[0]);
    s->slot_count = i == s->slot_count ? i + 1 : s->slot_count;
    s->slots[i].slot = e->slot;
    memcpy(s->slot_bytes[i], e->bytes.ptr, e->bytes.len);
    s->slots[i].bytes = vt_view_of(s->slot_bytes[i], e->bytes.len);
}

static void on_build(struct solo *s, const struct vt_eff_build *e)
{
    struct solo_block *b = new_block(s, e->parent, e->height);

    s->builds++;
    ck_assert_uint_eq(e->payload.len, 0);
    b->txs = s->build_txs;
    b->owner = s->build_owner;
    b->is_held = 1;
    answer_block(s, VT_EV_BUILT, e->h.token,
                 b->txs == 0 && !e->allow_empty ? VT_E_NOTFOUND : VT_OK, b);
}

static void on_validate(struct solo *s, const struct vt_eff_block *e)
{
    const struct solo_block *b = solo_find(s, e->id);

    answer_block(s, VT_EV_VALIDATED, e->h.token,
                 b == NULL || !b->is_held ? VT_E_NOTFOUND : VT_OK, b);
}

static void on_fetch(struct solo *s, const struct vt_eff_fetch *e)
{
    struct solo_block *b = solo_find(s, e->id);
    int is_there = b != NULL && b->kind != SOLO_WITHHELD && !s->is_deaf;

    if (is_there) {
        b->is_held = 1;
    }
    answer_block(s, VT_EV_FETCHED, e->h.token, is_there ? VT_OK : VT_E_NOTFOUND,
                 is_there ? b : NULL);
}

static void on_commit(struct solo *s, const struct vt_eff_commit *e)
{
    uint32_t verdict = VT_GOOD;
    struct solo_answer *a;

    ck_assert_uint_eq(e->height, s->final_height + 1);
    if (!s->trusts) {
        ck_assert_int_eq(s->table->check_proof(&s->host, &s->epoch, e->height,
                                               e->id, e->proof, &verdict, NULL),
                         VT_OK);
    }
    ck_assert_uint_eq(verdict, VT_GOOD);
    s->final_height = e->height;
    memcpy(s->final_id, e->id, 32);
    memcpy(s->proof, e->proof.ptr, e->proof.len);
    s->proof_len = e->proof.len;
    if (!s->keeps) {
        a = answer(s, VT_EV_APPLIED, VT_UPTO(struct vt_ev_applied, state_root));
        a->u.applied.height = e->height;
        memcpy(a->u.applied.id, e->id, 32);
    }
}

static void sign_as(const struct solo *s, uint32_t member, uint32_t role,
                    struct vt_view msg, uint8_t out[32])
{
    struct vt_hash hash;
    uint8_t bytes[4];
    struct vt_view parts[4] = {vt_view_of(s->epoch.chain_id, 32),
                               vt_view_of(s->epoch.digest, 32),
                               vt_view_of(bytes, 4), msg};

    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(role >> (8 * i));
    }
    vt_hash_tagged(VT_VOTE_TAG, parts, 4, &hash);
    fake_sig(s->members[member].pk, vt_view_of(hash.b, 32), out);
}

static void on_sign(struct solo *s, const struct vt_eff_sign *e)
{
    struct solo_answer *a =
        answer(s, VT_EV_SIGNED, VT_UPTO(struct vt_ev_done, data));

    a->u.done.token = e->h.token;
    a->u.done.data.len = 32;
    sign_as(s, s->self, e->role, e->msg, a->payload);
}

static void on_verify(struct solo *s, const struct vt_eff_verify *e)
{
    struct solo_answer *a =
        answer(s, VT_EV_VERIFIED, VT_UPTO(struct vt_ev_done, data));

    ck_assert_uint_le(e->items.count, sizeof a->payload);
    a->u.done.token = e->h.token;
    a->u.done.data.len = e->items.count;
    for (uint32_t i = 0; i < e->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, e->items, i);
        uint8_t right[32];

        sign_as(s, item->member, item->role, item->msg, right);
        a->payload[i] =
            item->sig.len == 32 && memcmp(item->sig.ptr, right, 32) == 0
                ? VT_GOOD
                : VT_BAD;
    }
}

static void on_evidence(struct solo *s, const struct vt_eff_evidence *e)
{
    uint32_t verdict = VT_BAD;
    uint32_t member = VT_PEER_NONE;

    ck_assert_int_eq(s->table->check_evidence(&s->host, &s->epoch, e->kind,
                                              e->a, e->b, &member, &verdict,
                                              NULL),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    ck_assert_uint_eq(member, e->member);
    s->evidence |= 1u << member;
}

static void keep_message(struct solo *s, const struct vt_eff_send *e)
{
    struct solo_message *m = &s->messages[s->message_count++];

    ck_assert_uint_lt(s->message_count, SOLO_MESSAGES);
    ck_assert_uint_le(e->msg.len, sizeof m->bytes);
    m->to = e->to;
    m->proto = e->proto;
    m->len = e->msg.len;
    memcpy(m->bytes, e->msg.ptr, e->msg.len);
}

static void on_send(struct solo *s, const struct vt_eff_send *e)
{
    struct cs_rd rd;

    if (e->proto >= POW_PROTO_BOUNDARY) {
        keep_message(s, e);
        return;
    }
    s->last_to = e->to;
    cs_rd_init(&rd, e->msg);
    if (e->proto == POW_GET) {
        s->gets++;
        memcpy(s->last_get, e->msg.ptr, 33);
        return;
    }
    s->tells++;
    pow_get_run(&rd, &s->terms, s->last_run);
    ck_assert(cs_rd_end(&rd));
}

static void on_head(struct solo *s, const struct vt_eff_head *e)
{
    ck_assert_uint_ge(e->height, s->final_height); /* I11 */
    s->heads++;
    s->head_height = e->height;
    memcpy(s->head_id, e->id, 32);
}

static void on_work(struct solo *s, const struct vt_eff_work *e)
{
    s->has_work = e->header.len > 0;
    if (s->has_work) {
        s->searches++;
        ck_assert_uint_eq(e->header.len, POW_HEADER_LEN);
        memcpy(s->work_header, e->header.ptr, POW_HEADER_LEN);
        memcpy(s->work_target, e->target, 32);
        s->work_token = e->h.token;
    }
}

#define AS(T, eff) ((const struct T *)(const void *)(eff))

static void on_text(struct solo *s, const struct vt_eff_text *e)
{
    size_t len = strlen(s->label);

    if (e->h.type == VT_EFF_HALT) {
        s->halts++;
    } else if (len > 0 && e->text.len >= len &&
               memcmp(e->text.ptr, s->label, len) == 0) {
        s->labels++;
    }
}

static uint64_t *timer_at(struct solo *s, uint64_t timer)
{
    return timer < POW_TIMER_BOUNDARY ? &s->tick_ns
                                      : &s->core_ns[timer - POW_TIMER_BOUNDARY];
}

static void on_timer(struct solo *s, const struct vt_eff_timer *e)
{
    *timer_at(s, e->timer) = e->delay_ns == 0 ? 0 : s->now_ns + e->delay_ns;
}

static void on_penalize(struct solo *s, const struct vt_eff_accuse *e)
{
    s->penalties++;
    (void)snprintf(s->last_penalty, sizeof s->last_penalty, "%.*s",
                   (int)e->reason.len, (const char *)e->reason.ptr);
}

static vt_status emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct solo *s = out->ctx;

    switch (eff->type) {
    case VT_EFF_PERSIST:
        on_persist(s, AS(vt_eff_persist, eff));
        break;
    case VT_EFF_BUILD:
        on_build(s, AS(vt_eff_build, eff));
        break;
    case VT_EFF_VALIDATE:
        on_validate(s, AS(vt_eff_block, eff));
        break;
    case VT_EFF_FETCH:
        on_fetch(s, AS(vt_eff_fetch, eff));
        break;
    case VT_EFF_COMMIT:
        on_commit(s, AS(vt_eff_commit, eff));
        break;
    case VT_EFF_SEALED:
        s->sealed_height = AS(vt_eff_commit, eff)->height;
        break;
    case VT_EFF_SEND:
        on_send(s, AS(vt_eff_send, eff));
        break;
    case VT_EFF_HEAD:
        on_head(s, AS(vt_eff_head, eff));
        break;
    case VT_EFF_WORK:
        on_work(s, AS(vt_eff_work, eff));
        break;
    case VT_EFF_TIMER:
        on_timer(s, AS(vt_eff_timer, eff));
        break;
    case VT_EFF_SIGN:
        on_sign(s, AS(vt_eff_sign, eff));
        break;
    case VT_EFF_VERIFY:
        on_verify(s, AS(vt_eff_verify, eff));
        break;
    case VT_EFF_EVIDENCE:
        on_evidence(s, AS(vt_eff_evidence, eff));
        break;
    case VT_EFF_PENALIZE:
        on_penalize(s, AS(vt_eff_accuse, eff));
        break;
    case VT_EFF_REQUEUE:
        s->requeues++;
        break;
    case VT_EFF_HALT:
    case VT_EFF_TRACE:
        on_text(s, AS(vt_eff_text, eff));
        break;
    default:
        break;
    }
    return VT_OK;
}

/* ---- life ---------------------------------------------------------------- */

static vt_status on_row(void *ctx, const char *section, const char *key,
                        const char *value, const char *where,
                        struct vt_err *err)
{
    (void)section;
    return vt_options_set(ctx, key, value, where, err);
}

/* A row counts once: what the test wants, before what is usual. */
static void read_rows(struct solo *s, const char *rows, const char *before)
{
    char text[512];
    char *save = NULL;

    (void)snprintf(text, sizeof text, "%s", rows);
    for (char *row = strtok_r(text, "\n", &save); row != NULL;
         row = strtok_r(NULL, "\n", &save)) {
        char *value = strstr(row, " = ");

        ck_assert_ptr_nonnull(value);
        *value = '\0';
        if (strstr(before, row) != NULL) {
            continue;
        }
        ck_assert_int_eq(on_row(s->options, "", row, value + 3, "solo", NULL),
                         VT_OK);
    }
}

static void begin(struct solo *s)
{
    struct vt_cs_start start = {.size = VT_UPTO(struct vt_cs_start, handoff),
                                .self = s->self,
                                .epoch = &s->epoch,
                                .final_height = s->final_height};
    struct vt_ev ev = {.type = VT_EV_START, .size = sizeof ev};
    struct vt_err err = VT_ERR_INIT;

    memset(start.seed, 7, 32);
    memcpy(start.final_id, s->final_id, 32);
    start.final_proof = vt_view_of(s->proof, s->proof_len);
    start.slots.ptr = s->slots;
    start.slots.count = s->slot_count;
    start.slots.stride = (uint32_t)sizeof s->slots[0];
    ck_assert_msg(s->table->create(&s->host, &s->cfg, &start, &s->cs, &err) ==
                      VT_OK,
                  "%s", err.text);
    s->head_height = s->final_height;
    memcpy(s->head_id, s->final_id, 32);
    ck_assert_int_eq(solo_step(s, &ev), VT_OK);
}

struct solo *solo_new(const char *settings, uint32_t self)
{
    const struct vt_plugin *plugin = &pow_LTX_vt_plugin_v1;
    struct solo *s = calloc(1, sizeof *s);

    ck_assert_ptr_nonnull(s);
    s->blocks = calloc(SOLO_BLOCKS, sizeof *s->blocks);
    s->slots = calloc(SOLO_SLOTS, sizeof *s->slots);
    s->slot_bytes = calloc(SOLO_SLOTS, sizeof *s->slot_bytes);
    s->last_run = calloc(1, sizeof *s->last_run);
    s->messages = calloc(SOLO_MESSAGES, sizeof *s->messages);
    s->table = VT_AT(struct vt_iface, plugin->ifaces, 0)->table;
    s->host.size = sizeof s->host;
    s->host.service = service;
    s->self = self;
    s->now_ns = MS;
    s->wall_ms = 1700000000000;
    vt_rng_init(&s->rng, 1);
    ck_assert_int_eq(
        vt_options_new("engine", plugin->keys, "/", &s->options, NULL), VT_OK);
    settings = settings == NULL ? "" : settings;
    read_rows(s, settings, "");
    read_rows(s, easy, settings);
    vt_options_cfg(s->options, &s->cfg);
    s->epoch.size = VT_UPTO(struct vt_cs_epoch, end_height);
    s->epoch.start_height = 11;
    memset(s->epoch.digest, 0xd1, 32);
    memset(s->epoch.parent, 0x11, 32);
    s->epoch.members.ptr = s->members;
    s->epoch.members.count = SOLO_MEMBERS;
    s->epoch.members.stride = (uint32_t)sizeof s->members[0];
    s->epoch.scheme = "fake";
    for (uint32_t i = 0; i < SOLO_MEMBERS; i++) {
        memset(s->keys[i], (int)i + 1, 32);
        s->members[i].index = i;
        s->members[i].weight = 1;
        s->members[i].pk = vt_view_of(s->keys[i], 32);
    }
    s->epoch.cfg = &s->cfg;
    s->final_height = 10;
    memcpy(s->final_id, s->epoch.parent, 32);
    pow_terms_read(&s->cfg, &s->epoch, &s->terms);
    begin(s);
    return s;
}

void solo_free(struct solo *s)
{
    s->table->destroy(s->cs);
    vt_options_free(s->options);
    free(s->blocks);
    free(s->slots);
    free(s->slot_bytes);
    free(s->last_run);
    free(s->messages);
    free(s);
}

void solo_restart(struct solo *s)
{
    s->table->destroy(s->cs);
    s->answer_count = 0;
    s->tick_ns = 0;
    s->has_work = 0;
    s->message_count = 0;
    memset(s->core_ns, 0, sizeof s->core_ns);
    s->now_ns = MS;
    begin(s);
}

/* ---- what the test makes --------------------------------------------------
 */

void solo_start(const struct solo *s, struct solo_tip *out)
{
    memset(out, 0, sizeof *out);
    pow_below_start(&s->terms, &out->below);
    memcpy(out->id, s->epoch.parent, 32);
}

struct solo_block *solo_make(struct solo *s, const struct solo_tip *on,
                             uint64_t time_ms, struct solo_tip *out)
{
    struct solo_tip below = *on;
    struct solo_block *b = new_block(s, below.id, below.below.height + 1);
    struct pow_header h = {0};
    uint8_t hash[32];

    pow_header_next(&s->terms, &below.below, time_ms, &h);
    memcpy(h.id, b->id, 32);
    while (pow_header_fault(&s->terms, &below.below, &h, hash) != NULL) {
        h.nonce++;
    }
    pow_below_of(&h, hash, &out->below);
    memcpy(out->id, b->id, 32);
    out->h = h;
    return b;
}

void solo_grow(struct solo *s, const struct solo_tip *on, uint32_t count,
               struct solo_tip *out)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t time_ms = on->below.time_ms == 0
                               ? (uint64_t)s->wall_ms - 3600000
                               : on->below.time_ms + 1000;

        (void)solo_make(s, on, time_ms, &out[i]);
        on = &out[i];
    }
}

/* ---- events ----------------------------------------------------------------
 */

static void step_once(struct solo *s, const struct vt_ev *ev)
{
    struct vt_out out = {.size = sizeof out, .room = 100000, .ctx = s};
    struct vt_ev *own = (struct vt_ev *)(uintptr_t)ev;

    out.emit = emit;
    own->now_ns = s->now_ns;
    own->wall_ms = s->wall_ms;
    ck_assert_int_eq(s->table->step(s->cs, own, &out), VT_OK);
}

vt_status solo_step(struct solo *s, const struct vt_ev *ev)
{
    step_once(s, ev);
    while (s->answer_count > 0) {
        struct solo_answer a = s->answers[0];

        s->answer_count--;
        memmove(s->answers, s->answers + 1,
                s->answer_count * sizeof s->answers[0]);
        if (a.u.h.type == VT_EV_SIGNED || a.u.h.type == VT_EV_VERIFIED) {
            a.u.done.data.ptr = a.payload;
        }
        step_once(s, &a.u.h);
    }
    return VT_OK;
}

void solo_send(struct solo *s, uint32_t from, uint32_t proto,
               struct vt_view msg)
{
    struct vt_ev_recv ev = {.h = {.type = VT_EV_RECV, .size = sizeof ev},
                            .from = from,
                            .proto = proto,
                            .msg = msg};

    (void)solo_step(s, &ev.h);
}

void solo_tell(struct solo *s, uint32_t from, const struct pow_header *headers,
               uint32_t count, int with_body)
{
    static uint8_t bytes[POW_MESSAGE_MAX];
    struct vt_ev_recv ev = {.h = {.type = VT_EV_RECV, .size = sizeof ev},
                            .from = from,
                            .proto = POW_HEADERS,
                            .has_attach = with_body != 0};
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    pow_put_run(&wr, headers, count);
    ev.msg = cs_wr_view(&wr);
    if (with_body) {
        memcpy(ev.attach, headers[count - 1].id, 32);
        solo_find(s, ev.attach)->is_held = 1;
    }
    (void)solo_step(s, &ev.h);
}

void solo_give(struct solo *s, const struct solo_tip *tip)
{
    solo_tell(s, 1, &tip->h, 1, 1);
}

void solo_txs(struct solo *s, uint64_t count)
{
    struct vt_ev_txs ev = {.h = {.type = VT_EV_TXS, .size = sizeof ev},
                           .count = count,
                           .size_bytes = count * 100};

    s->build_txs = (uint32_t)count;
    (void)solo_step(s, &ev.h);
}

void solo_applied(struct solo *s, uint64_t height, const uint8_t id[32])
{
    struct vt_ev_applied ev = {.h = {.type = VT_EV_APPLIED, .size = sizeof ev},
                               .height = height};

    memcpy(ev.id, id, 32);
    if (height > s->final_height) {
        s->final_height = height;
        memcpy(s->final_id, id, 32);
    }
    (void)solo_step(s, &ev.h);
}

void solo_anchor(struct solo *s, uint64_t height, const uint8_t id[32])
{
    struct vt_ev_anchor ev = {.h = {.type = VT_EV_ANCHOR, .size = sizeof ev},
                              .height = height};

    memcpy(ev.id, id, 32);
    (void)solo_step(s, &ev.h);
}

void solo_seal(struct solo *s, uint64_t height)
{
    struct vt_ev_seal ev = {.h = {.type = VT_EV_SEAL, .size = sizeof ev},
                            .height = height};

    (void)solo_step(s, &ev.h);
}

/* The timer that is due first, or 0. */
static uint64_t first_timer(struct solo *s)
{
    static const uint64_t all[] = {POW_TIMER_TICK,
                                   POW_TIMER_BOUNDARY + BFT_TIMER_VIEW,
                                   POW_TIMER_BOUNDARY + BFT_TIMER_TICK};
    uint64_t first = 0;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint64_t at = *timer_at(s, all[i]);

        if (at != 0 && (first == 0 || at < *timer_at(s, first))) {
            first = all[i];
        }
    }
    return first;
}

void solo_pass(struct solo *s, uint64_t ms)
{
    uint64_t end_ns = s->now_ns + ms * MS;
    uint64_t timer;

    while ((timer = first_timer(s)) != 0 && *timer_at(s, timer) <= end_ns) {
        struct vt_ev_timer ev = {.h = {.type = VT_EV_TIMER, .size = sizeof ev},
                                 .timer = timer};
        uint64_t at_ns = *timer_at(s, timer);

        s->wall_ms += (int64_t)((at_ns - s->now_ns) / MS);
        s->now_ns = at_ns;
        *timer_at(s, timer) = 0;
        (void)solo_step(s, &ev.h);
    }
    s->wall_ms += (int64_t)((end_ns - s->now_ns) / MS);
    s->now_ns = end_ns;
}

void solo_mine(struct solo *s, struct solo_tip *out)
{
    struct vt_ev_done ev = {.h = {.type = VT_EV_WORKED, .size = sizeof ev},
                            .token = s->work_token};
    uint8_t nonce_bytes[8];
    uint64_t nonce = 0;

    ck_assert(s->has_work);
    ck_assert(vt_work_search(vt_view_of(s->work_header, POW_HEADER_LEN),
                             s->work_target, 0, 1 << 20, &nonce));
    for (int i = 0; i < 8; i++) {
        nonce_bytes[i] = (uint8_t)(nonce >> (8 * i));
    }
    ev.data = vt_view_of(nonce_bytes, 8);
    s->has_work = 0;
    (void)solo_step(s, &ev.h);
    if (out != NULL) {
        out->h = s->last_run->list[s->last_run->count - 1];
        memcpy(out->id, out->h.id, 32);
        pow_below_of(&out->h, out->below.hash, &out->below);
        pow_header_hash(&s->terms, &out->h, out->below.hash);
    }
}

void solo_count(struct solo *s, const char *label)
{
    (void)snprintf(s->label, sizeof s->label, "%s", label);
    s->labels = 0;
}

int solo_is_head(const struct solo *s, const struct solo_tip *tip)
{
    return s->head_height == tip->h.height &&
           memcmp(s->head_id, tip->id, 32) == 0;
}

void solo_digest(const struct solo *s, uint8_t out[32])
{
    ck_assert_int_eq(s->table->digest(s->cs, out), VT_OK);
}
