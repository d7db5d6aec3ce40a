/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.c - see solo.h. Signatures and random values are the simulator's cheap
 * ones.
 */
#include "solo.h"

#include "base/bytes.h"
#include "base/status.h"
#include "sim/cheap_sig.h"
#include "unit/suite.h"

#include <string.h>

#define MS UINT64_C(1000000)

extern const struct vt_plugin pos_LTX_vt_plugin_v1;

#define AS(T, eff) ((const T *)(const void *)(eff))

static void digest_of(const struct solo *s, const char *tag, uint32_t role,
                      struct vt_view msg, uint8_t out[32])
{
    const struct vt_svc_crypto *crypto = s->host->service(
        s->host, VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify));
    uint8_t role_bytes[4];
    struct vt_view parts[4] = {
        {s->epoch.chain_id, 32}, {s->epoch.digest, 32}, {role_bytes, 4}, msg};

    vt_put_u32(role_bytes, role);
    ck_assert_int_eq(crypto->hash(s->host, tag, parts, 4, out), VT_OK);
}

/* ---- blocks -------------------------------------------------------------- */

static uint32_t find_block(const struct solo *s, const uint8_t id[32])
{
    for (uint32_t i = 0; i < s->block_count; i++) {
        if (memcmp(s->blocks[i].id, id, 32) == 0) {
            return i;
        }
    }
    return SOLO_PARENT;
}

static struct solo_block *new_block(struct solo *s)
{
    struct solo_block *b = &s->blocks[s->block_count++];

    ck_assert_uint_le(s->block_count, SOLO_BLOCKS);
    memset(b, 0, sizeof *b);
    memset(b->id, 0xb0, 32);
    vt_put_u32(b->id, s->block_count);
    b->verdict = VT_GOOD;
    return b;
}

uint64_t solo_now_slot(const struct solo *s)
{
    return (uint64_t)s->wall_ms / SOLO_SLOT_MS;
}

static size_t prove(struct solo *s, uint32_t member, uint64_t slot,
                    uint8_t proof[64], uint8_t value[32])
{
    uint8_t lot[POS_LOT_LEN];
    uint8_t alpha[32];
    struct cs_wr wr;

    cs_wr_init(&wr, lot, sizeof lot);
    pos_put_lot(&wr, s->epoch.beacon, slot);
    digest_of(s, VT_VRF_TAG, POS_ROLE_LOT, cs_wr_view(&wr), alpha);
    ck_assert_int_eq(vt_sim_cheap_sig.vrf_prove(
                         s->sk[member], vt_view_of(alpha, 32), proof, value),
                     VT_OK);
    return vt_sim_cheap_sig.vrf_len;
}

int solo_wins(struct solo *s, uint32_t member, uint64_t slot, uint8_t value[32])
{
    uint8_t proof[64];

    (void)prove(s, member, slot, proof, value);
    /* active_permille is 900 and there are four: 1 - 0.1^(1/4) = 0.4376... */
    return value[0] < 0x70;
}

uint64_t solo_led(struct solo *s, uint32_t member, uint64_t slot)
{
    uint8_t value[32];

    while (!solo_wins(s, member, slot, value)) {
        slot++;
    }
    return slot;
}

uint32_t solo_make(struct solo *s, uint32_t parent, uint32_t member,
                   uint64_t slot, uint32_t prover)
{
    struct solo_block *b = new_block(s);
    uint8_t proof[64];
    uint8_t value[32];
    struct pos_payload p = {.slot = slot};
    struct cs_wr wr;

    memcpy(b->parent,
           parent == SOLO_PARENT ? s->epoch.parent : s->blocks[parent].id, 32);
    b->height = parent == SOLO_PARENT ? s->epoch.start_height
                                      : s->blocks[parent].height + 1;
    b->slot = slot;
    b->time_ms = (int64_t)(slot * SOLO_SLOT_MS);
    b->proposer = member;
    b->txs = 1;
    p.vrf = vt_view_of(proof, prove(s, prover, slot, proof, value));
    cs_wr_init(&wr, b->payload, sizeof b->payload);
    pos_put_payload(&wr, &p);
    b->payload_len = wr.len;
    return s->block_count - 1;
}

size_t solo_word_bytes(struct solo *s, uint32_t block, uint8_t *out, size_t cap)
{
    const struct solo_block *b = &s->blocks[block];
    struct pos_word word = {
        .proposer = b->proposer, .slot = b->slot, .height = b->height};
    uint8_t core[POS_CORE_LEN];
    uint8_t hash[32];
    uint32_t len = 0;
    struct cs_wr wr;

    memcpy(word.id, b->id, 32);
    cs_wr_init(&wr, core, sizeof core);
    pos_put_core(&wr, &word);
    digest_of(s, VT_VOTE_TAG, POS_ROLE_BLOCK, cs_wr_view(&wr), hash);
    (void)vt_sim_cheap_sig.sign(s->sk[b->proposer], hash, word.sig.bytes, &len);
    word.sig.len = (uint8_t)len;
    cs_wr_init(&wr, out, cap);
    pos_put_word(&wr, &word);
    ck_assert_int_eq(wr.is_full, 0);
    return wr.len;
}

int solo_is_head(const struct solo *s, uint32_t block)
{
    return memcmp(s->seen.head, s->blocks[block].id, 32) == 0;
}

/* ---- effects ------------------------------------------------------------- */

static struct solo_answer *answer(struct solo *s, uint32_t type, uint64_t token)
{
    struct solo_answer *a = &s->answers[s->count++ % 256];

    ck_assert_uint_le(s->count - s->first, 256);
    memset(a, 0, sizeof *a);
    a->type = type;
    a->token = token;
    a->block = SOLO_PARENT;
    return a;
}

static void take_verify(struct solo *s, const struct vt_eff_verify *e)
{
    struct solo_answer *a = answer(s, VT_EV_VERIFIED, e->h.token);

    for (uint32_t i = 0; i < e->items.count; i++) {
        const struct vt_verify_item *item =
            VT_AT(struct vt_verify_item, e->items, i);
        uint8_t hash[32];
        uint32_t verdict = VT_BAD;

        digest_of(s, VT_VOTE_TAG, item->role, item->msg, hash);
        (void)vt_sim_cheap_sig.verify(s->members[item->member].pk, hash,
                                      item->sig, &verdict);
        a->data[a->len++] = (uint8_t)verdict;
    }
}

static void take_sign(struct solo *s, const struct vt_eff_sign *e)
{
    struct solo_answer *a = answer(s, VT_EV_SIGNED, e->h.token);
    uint8_t hash[32];
    uint32_t len = 0;

    if (e->role == POS_ROLE_BLOCK) {
        ck_assert_uint_ge(e->major, s->seen.sign_major);
        s->seen.sign_major = e->major;
    }
    digest_of(s, VT_VOTE_TAG, e->role, e->msg, hash);
    (void)vt_sim_cheap_sig.sign(s->sk[0], hash, a->data, &len);
    a->len = len;
}

static void take_prove(struct solo *s, const struct vt_eff_prove *e)
{
    struct solo_answer *a = answer(s, VT_EV_PROVED, e->h.token);
    uint8_t alpha[32];
    uint8_t value[32];

    digest_of(s, VT_VRF_TAG, e->role, e->msg, alpha);
    (void)vt_sim_cheap_sig.vrf_prove(s->sk[0], vt_view_of(alpha, 32), a->data,
                                     value);
    a->len = vt_sim_cheap_sig.vrf_len;
}

static void take_build(struct solo *s, const struct vt_eff_build *e)
{
    struct solo_answer *a = answer(s, VT_EV_BUILT, e->h.token);
    struct solo_block *b = new_block(s);

    memcpy(b->parent, e->parent, 32);
    b->height = e->height;
    b->time_ms = s->wall_ms;
    b->slot = solo_now_slot(s);
    b->txs = e->allow_empty ? 0 : 1;
    ck_assert_uint_le(e->payload.len, sizeof b->payload);
    memcpy(b->payload, e->payload.ptr, e->payload.len);
    b->payload_len = e->payload.len;
    a->block = s->block_count - 1;
}

static void take_persist(struct solo *s, const struct vt_eff_persist *e)
{
    uint32_t i = 0;

    while (i < s->slot_count && s->slots[i].slot != e->slot) {
        i++;
    }
    s->slot_count += i == s->slot_count;
    ck_assert_uint_lt(i, 256);
    ck_assert_uint_le(e->bytes.len, sizeof s->slots[i].bytes);
    s->slots[i].slot = e->slot;
    s->slots[i].len = e->bytes.len;
    if (e->bytes.len > 0) {
        memcpy(s->slots[i].bytes, e->bytes.ptr, e->bytes.len);
    }
}

static void take_commit(struct solo *s, const struct vt_eff_commit *e)
{
    struct vt_err err = VT_ERR_INIT;
    uint32_t verdict = VT_BAD;

    ck_assert_uint_eq(e->height, s->final_height + 1);
    ck_assert_int_eq(s->table->check_proof(s->host, &s->epoch, e->height, e->id,
                                           e->proof, &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    s->final_height = e->height;
    memcpy(s->final_id, e->id, 32);
    ck_assert_uint_le(e->proof.len, sizeof s->proof);
    memcpy(s->proof, e->proof.ptr, e->proof.len);
    s->proof_len = e->proof.len;
    answer(s, VT_EV_APPLIED, e->height)->block = find_block(s, e->id);
}

static void take_send(struct solo *s, const struct vt_eff_send *e)
{
    struct pos_spot spot;

    s->seen.words += e->proto == POS_PROTO_BLOCK;
    s->seen.tips += e->proto == POS_PROTO_TIP;
    if (e->proto == POS_PROTO_WANT) {
        s->seen.wants++;
        ck_assert_int_eq(pos_get_spot(e->msg, &spot), 1);
        memcpy(s->seen.wanted, spot.id, 32);
    }
}

static void take_evidence(struct solo *s, const struct vt_eff_evidence *e)
{
    s->seen.evidence_kind = e->kind;
    s->seen.evidence_member = e->member;
    memcpy(s->seen.a, e->a.ptr, e->a.len);
    memcpy(s->seen.b, e->b.ptr, e->b.len);
    s->seen.a_len = e->a.len;
    s->seen.b_len = e->b.len;
}

static void take_block(struct solo *s, const struct vt_eff_block *e)
{
    struct solo_answer *a = answer(s, VT_EV_VALIDATED, e->h.token);

    a->block = find_block(s, e->id);
    ck_assert_uint_ne(a->block, SOLO_PARENT);
    a->verdict = s->blocks[a->block].verdict;
}

static void take_fetch(struct solo *s, const struct vt_eff_fetch *e)
{
    struct solo_answer *a;

    if (!s->is_silent) {
        a = answer(s, VT_EV_FETCHED, e->h.token);
        a->block = find_block(s, e->id);
        a->status =
            a->block == SOLO_PARENT && memcmp(e->id, s->epoch.parent, 32) != 0
                ? VT_E_NOTFOUND
                : VT_OK;
    }
}

static vt_status take(struct vt_out *out, const struct vt_eff *eff)
{
    struct solo *s = out->ctx;

    out->room--;
    s->seen.of[eff->type]++;
    switch (eff->type) {
    case VT_EFF_VERIFY:
        take_verify(s, AS(struct vt_eff_verify, eff));
        break;
    case VT_EFF_SIGN:
        take_sign(s, AS(struct vt_eff_sign, eff));
        break;
    case VT_EFF_PROVE:
        take_prove(s, AS(struct vt_eff_prove, eff));
        break;
    case VT_EFF_BUILD:
        take_build(s, AS(struct vt_eff_build, eff));
        break;
    case VT_EFF_PERSIST:
        take_persist(s, AS(struct vt_eff_persist, eff));
        break;
    case VT_EFF_COMMIT:
        take_commit(s, AS(struct vt_eff_commit, eff));
        break;
    case VT_EFF_SEND:
        take_send(s, AS(struct vt_eff_send, eff));
        break;
    case VT_EFF_EVIDENCE:
        take_evidence(s, AS(struct vt_eff_evidence, eff));
        break;
    case VT_EFF_VALIDATE:
        take_block(s, AS(struct vt_eff_block, eff));
        break;
    case VT_EFF_FETCH:
        take_fetch(s, AS(struct vt_eff_fetch, eff));
        break;
    case VT_EFF_HEAD:
        s->seen.head_height = AS(struct vt_eff_head, eff)->height;
        memcpy(s->seen.head, AS(struct vt_eff_head, eff)->id, 32);
        break;
    case VT_EFF_TIMER:
        s->timers[AS(struct vt_eff_timer, eff)->timer] =
            AS(struct vt_eff_timer, eff)->delay_ns == 0
                ? 0
                : s->now_ns + AS(struct vt_eff_timer, eff)->delay_ns;
        break;
    default:
        break;
    }
    return VT_OK;
}

/* ---- events -------------------------------------------------------------- */

static void step(struct solo *s, struct vt_ev *ev)
{
    ev->now_ns = s->now_ns;
    ev->wall_ms = s->wall_ms;
    s->out.room = 1000;
    ck_assert_int_eq(s->table->step(s->cs, ev, &s->out), VT_OK);
}

static void give_block(struct solo *s, const struct solo_answer *a)
{
    static const struct solo_block none;
    const struct solo_block *b =
        a->block == SOLO_PARENT ? &none : &s->blocks[a->block];
    struct vt_ev_block ev = {
        .h = {.size = VT_UPTO(struct vt_ev_block, payload), .type = a->type},
        .token = a->token,
        .status = a->status,
        .verdict = a->verdict,
        .height = b->height,
        .time_ms = b->time_ms,
        .proposer = b->proposer,
        .txs = b->txs,
        .size_bytes = 300,
        .payload = {b->payload, b->payload_len}};

    memcpy(ev.id, a->block == SOLO_PARENT ? s->epoch.parent : b->id, 32);
    memcpy(ev.parent, b->parent, 32);
    step(s, &ev.h);
}

static void settle(struct solo *s)
{
    while (s->first < s->count) {
        struct solo_answer a = s->answers[s->first++ % 256];
        struct vt_ev_done done = {
            .h = {.size = VT_UPTO(struct vt_ev_done, data), .type = a.type},
            .token = a.token,
            .data = {a.data, a.len}};
        struct vt_ev_applied applied = {
            .h = {.size = VT_UPTO(struct vt_ev_applied, state_root),
                  .type = a.type},
            .height = a.token};

        if (a.type == VT_EV_APPLIED) {
            memcpy(applied.id, s->blocks[a.block].id, 32);
            step(s, &applied.h);
        } else if (a.type == VT_EV_FETCHED || a.type == VT_EV_VALIDATED ||
                   a.type == VT_EV_BUILT) {
            give_block(s, &a);
        } else {
            step(s, &done.h);
        }
    }
}

void solo_run_ms(struct solo *s, uint64_t ms)
{
    for (uint64_t i = 0; i < ms; i++) {
        s->now_ns += MS;
        s->wall_ms++;
        for (uint64_t t = 0; t < 16; t++) {
            struct vt_ev_timer ev = {
                .h = {.size = VT_UPTO(struct vt_ev_timer, timer),
                      .type = VT_EV_TIMER},
                .timer = t};

            if (s->timers[t] != 0 && s->timers[t] <= s->now_ns) {
                s->timers[t] = 0;
                step(s, &ev.h);
                settle(s);
            }
        }
    }
}

void solo_send(struct solo *s, uint32_t from, uint32_t proto,
               struct vt_view msg)
{
    struct vt_ev_recv ev = {
        .h = {.size = VT_UPTO(struct vt_ev_recv, msg), .type = VT_EV_RECV},
        .from = from,
        .proto = proto,
        .msg = msg};

    step(s, &ev.h);
    settle(s);
}

void solo_word(struct solo *s, uint32_t from, uint32_t block)
{
    uint8_t bytes[POS_WORD_MAX];
    size_t len = solo_word_bytes(s, block, bytes, sizeof bytes);

    solo_send(s, from, POS_PROTO_BLOCK, vt_view_of(bytes, len));
}

void solo_txs(struct solo *s, uint64_t count)
{
    struct vt_ev_txs ev = {
        .h = {.size = VT_UPTO(struct vt_ev_txs, size_bytes), .type = VT_EV_TXS},
        .count = count,
        .size_bytes = 100 * count};

    step(s, &ev.h);
    settle(s);
}

void solo_seal(struct solo *s, uint64_t height)
{
    struct vt_ev_seal ev = {.h = {.size = VT_UPTO(struct vt_ev_seal, successor),
                                  .type = VT_EV_SEAL},
                            .height = height};

    step(s, &ev.h);
    settle(s);
}

/* ---- life ---------------------------------------------------------------- */

static void create(struct solo *s)
{
    struct vt_slot slots[256];
    struct vt_cs_start start = {
        .size = VT_UPTO(struct vt_cs_start, handoff),
        .epoch = &s->epoch,
        .slots = {slots, s->slot_count, (uint32_t)sizeof slots[0]},
        .final_height = s->final_height,
        .final_proof = {s->proof, s->proof_len}};
    struct vt_ev ev = {.size = VT_UPTO(struct vt_ev, wall_ms),
                       .type = VT_EV_START};
    struct vt_err err = VT_ERR_INIT;
    struct vt_cfg cfg;

    for (uint32_t i = 0; i < s->slot_count; i++) {
        slots[i].slot = s->slots[i].slot;
        slots[i].bytes = vt_view_of(s->slots[i].bytes, s->slots[i].len);
    }
    memcpy(start.final_id, s->final_id, 32);
    memset(s->timers, 0, sizeof s->timers);
    s->first = s->count;
    vt_options_cfg(s->options, &cfg);
    ck_assert_msg(s->table->create(s->host, &cfg, &start, &s->cs, &err) ==
                      VT_OK,
                  "%s", err.text);
    step(s, &ev);
    settle(s);
}

static void set_options(struct solo *s, const char *settings)
{
    struct vt_err err = VT_ERR_INIT;
    char text[256];
    char *rest = text;
    char *name;

    ck_assert_int_eq(vt_options_new("consensus.pos", pos_LTX_vt_plugin_v1.keys,
                                    "/", &s->options, &err),
                     VT_OK);
    ck_assert_uint_lt(strlen(settings), sizeof text);
    memcpy(text, settings, strlen(settings) + 1);
    while ((name = strtok_r(rest, " ", &rest)) != NULL) {
        char *value = strchr(name, '=');

        *value++ = '\0';
        ck_assert_msg(vt_options_set(s->options, name, value, "test", &err) ==
                          VT_OK,
                      "%s", err.text);
    }
}

void solo_open(struct solo *s, uint32_t n, uint64_t stake, const char *settings)
{
    struct vt_host_args args = {.kind = VT_KIND_CONSENSUS,
                                .host_name = "solo",
                                .chain_name = "c",
                                .schemes = &s->schemes};

    memset(s, 0, sizeof *s);
    s->table = VT_AT(struct vt_iface, pos_LTX_vt_plugin_v1.ifaces, 0)->table;
    s->schemes.scheme[0] = &vt_sim_cheap_sig;
    s->schemes.count = 1;
    s->host = vt_host_new(&args);
    s->now_ns = MS;
    s->wall_ms = INT64_C(1767225600000);
    s->epoch.size = VT_UPTO(struct vt_cs_epoch, members);
    s->epoch.start_height = 1;
    s->epoch.scheme = vt_sim_cheap_sig.scheme;
    s->epoch.members.ptr = s->members;
    s->epoch.members.count = n;
    s->epoch.members.stride = (uint32_t)sizeof s->members[0];
    memset(s->epoch.parent, 0xee, 32);
    memcpy(s->final_id, s->epoch.parent, 32);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t seed[32] = {(uint8_t)(i + 1)};

        (void)vt_sim_cheap_sig.keypair(seed, s->sk[i], s->pk[i]);
        s->members[i].index = i;
        s->members[i].weight = i == 0 ? stake : 1;
        s->members[i].pk = vt_view_of(s->pk[i], 32);
    }
    s->out.size = VT_UPTO(struct vt_out, emit);
    s->out.ctx = s;
    s->out.emit = take;
    set_options(s, settings);
    create(s);
}

void solo_restart(struct solo *s)
{
    s->table->destroy(s->cs);
    create(s);
}

void solo_close(struct solo *s)
{
    s->table->destroy(s->cs);
    vt_options_free(s->options);
    vt_host_free(s->host);
}
