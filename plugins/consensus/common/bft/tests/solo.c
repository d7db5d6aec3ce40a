/* SPDX-License-Identifier: Apache-2.0
 *
 * solo.c - see solo.h.
 */
#include "solo.h"

#include <stdlib.h>

static struct solo_out *note(struct solo *s, enum solo_what what, uint32_t a)
{
    struct solo_out *out;

    if (s->outs == SOLO_OUTS) {
        abort();
    }
    out = &s->out[s->outs++];
    memset(out, 0, sizeof *out);
    out->what = what;
    out->a = a;
    return out;
}

static void persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    struct solo *s = ctx;

    (void)note(s, SOLO_PERSIST, slot);
    memcpy(s->slots[slot].bytes, bytes.ptr, bytes.len);
    s->slots[slot].len = bytes.len;
}

static void store(void *ctx, const struct bft_block *block)
{
    note(ctx, SOLO_STORE, 0)->view = block->view;
}

static void answer(struct solo *s, uint64_t token, uint32_t is_sign,
                   const uint8_t *bytes, uint32_t len)
{
    if (s->answers == 256) {
        abort();
    }
    s->answer[s->answers].token = token;
    s->answer[s->answers].is_sign = is_sign;
    s->answer[s->answers].len = len;
    memcpy(s->answer[s->answers++].bytes, bytes, len);
}

static void sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                 struct vt_view msg)
{
    struct solo *s = ctx;
    struct bft_sig sig;

    note(s, SOLO_SIGN, role - FAKE_ROLE)->view = major;
    fake_sign(&s->fake, s->config.self, role, msg, &sig);
    answer(s, token, 1, sig.bytes, sig.len);
}

static void verify(void *ctx, uint64_t token,
                   const struct vt_verify_item *items, uint32_t count)
{
    struct solo *s = ctx;
    uint8_t verdicts[CS_MEMBERS_MAX];

    for (uint32_t i = 0; i < count; i++) {
        verdicts[i] = (uint8_t)fake_verify(&s->fake, &items[i]);
    }
    answer(s, token, 0, verdicts, count);
}

static void send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    struct solo_out *out = note(ctx, SOLO_SEND, proto);
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    out->b = to;
    if (proto == BFT_VOTE || proto == BFT_CERT) {
        out->kind = cs_get_u8(&rd);
    }
    out->view = cs_get_u64(&rd);
    if (proto == BFT_VOTE && out->kind != BFT_NULLIFY) {
        cs_get_bytes(&rd, out->link, 32);
    }
}

static void timer(void *ctx, uint32_t which, uint64_t delay_ns)
{
    note(ctx, SOLO_TIMER, which)->view = delay_ns;
}

static int value(void *ctx, uint64_t view, const struct bft_block *parent,
                 uint64_t *height, uint8_t out[32])
{
    struct solo *s = ctx;

    memcpy(note(s, SOLO_VALUE, 0)->link, parent->link, 32);
    memset(out, 0, 32);
    out[0] = (uint8_t)view;
    out[1] = s->salt;
    *height = parent->height + 1;
    return s->has_value;
}

static uint32_t check(void *ctx, const struct bft_block *block,
                      const struct bft_block *parent)
{
    struct solo *s = ctx;

    (void)parent;
    note(s, SOLO_CHECK, 0)->view = block->view;
    return s->verdict;
}

static void final(void *ctx, const struct bft_block *block,
                  struct vt_view proof)
{
    struct solo *s = ctx;

    note(s, SOLO_FINAL, 0)->view = block->height;
    memcpy(s->proof, proof.ptr, proof.len);
    s->proof_len = proof.len;
}

static void evidence(void *ctx, uint32_t kind, uint32_t member,
                     struct vt_view a, struct vt_view b)
{
    struct solo *s = ctx;

    note(s, SOLO_EVIDENCE, kind)->b = member;
    memcpy(s->item[0], a.ptr, a.len);
    memcpy(s->item[1], b.ptr, b.len);
    s->item_len[0] = a.len;
    s->item_len[1] = b.len;
}

static void penalize(void *ctx, uint32_t peer, const char *why)
{
    (void)why;
    (void)note(ctx, SOLO_PENALIZE, peer);
}

static void trace(void *ctx, const char *what, uint64_t view)
{
    (void)ctx;
    (void)what;
    (void)view;
}

static const struct bft_ops ops = {.persist = persist,
                                   .store = store,
                                   .sign = sign,
                                   .verify = verify,
                                   .send = send,
                                   .timer = timer,
                                   .value = value,
                                   .check = check,
                                   .final = final,
                                   .evidence = evidence,
                                   .penalize = penalize,
                                   .trace = trace};

/* ---- life --------------------------------------------------------------- */

void solo_start(struct solo *s, uint32_t n, uint32_t self)
{
    memset(s, 0, sizeof *s);
    fake_init(&s->fake, n, NULL);
    s->slots = calloc(BFT_SLOTS, sizeof *s->slots);
    s->has_value = 1;
    s->verdict = VT_GOOD;
    for (uint32_t i = 0; i < n; i++) {
        s->order[i] = (uint8_t)i;
    }
    s->config.host = fake_host();
    s->config.crypto = fake_crypto();
    s->config.ops = &ops;
    s->config.ctx = s;
    s->config.epoch = &s->fake.epoch;
    s->config.self = self;
    s->config.role_base = FAKE_ROLE;
    s->config.order = s->order;
    s->config.order_count = n;
    s->config.timeout_ns = 1000;
    s->config.retransmit_ns = 500;
    if (s->slots == NULL || solo_restart(s) != VT_OK) {
        abort();
    }
}

void solo_stop(struct solo *s)
{
    bft_free(s->core);
    s->core = NULL;
    free(s->slots);
}

vt_status solo_restart(struct solo *s)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t count = 0;
    vt_status status;

    bft_free(s->core);
    s->answers = 0;
    for (uint32_t i = 0; i < BFT_SLOTS; i++) {
        if (s->slots[i].len > 0) {
            s->kept[count].slot = i;
            s->kept[count++].bytes =
                cs_view(s->slots[i].bytes, s->slots[i].len);
        }
    }
    s->config.slots.ptr = s->kept;
    s->config.slots.count = count;
    s->config.slots.stride = sizeof s->kept[0];
    status = bft_new(&s->config, &s->core, &err);
    if (status == VT_OK) {
        bft_start(s->core);
        solo_settle(s);
    }
    return status;
}

void solo_settle(struct solo *s)
{
    for (uint32_t i = 0; i < s->answers;) {
        uint64_t token = s->answer[i].token;
        struct vt_view bytes;
        uint8_t copy[BFT_SIG_MAX];
        uint32_t is_sign = s->answer[i].is_sign;

        if (is_sign && s->is_holding) {
            i++;
            continue;
        }
        memcpy(copy, s->answer[i].bytes, sizeof copy);
        bytes = cs_view(copy, s->answer[i].len);
        s->answers--;
        memmove(&s->answer[i], &s->answer[i + 1],
                (s->answers - i) * sizeof s->answer[0]);
        if (is_sign) {
            bft_signed(s->core, token, bytes);
        } else {
            bft_verified(s->core, token, bytes);
        }
        i = 0;
    }
}

/* ---- others ------------------------------------------------------------- */

struct bft_block solo_block(const struct solo *s, uint64_t view,
                            const struct bft_block *parent, uint8_t salt)
{
    struct bft_block block;

    memset(&block, 0, sizeof block);
    block.view = view;
    block.height = parent->height + 1;
    memcpy(block.parent, parent->link, 32);
    block.value[0] = (uint8_t)view;
    block.value[1] = salt;
    bft_link(&s->fake.set, &block);
    return block;
}

struct bft_block solo_root(const struct solo *s)
{
    struct bft_block root;

    bft_root(&s->fake.set, s->config.root_height, s->config.root_value, &root);
    return root;
}

static void give(struct solo *s, uint32_t from, uint32_t proto,
                 const struct cs_wr *wr)
{
    bft_recv(s->core, from, proto, cs_wr_view(wr));
    solo_settle(s);
}

void solo_propose(struct solo *s, uint32_t from, const struct bft_block *block,
                  uint64_t parent_view)
{
    struct bft_proposal m = {.block = *block, .parent_view = parent_view};
    uint8_t bytes[512];
    struct cs_wr wr;

    fake_proposal(&s->fake, from, &m);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_proposal(&wr, &m);
    give(s, from, BFT_PROPOSE, &wr);
}

void solo_vote(struct solo *s, uint32_t from, uint32_t kind, uint64_t view,
               const struct bft_block *block)
{
    struct bft_vote_msg m = {.kind = kind, .view = view};
    uint8_t bytes[256];
    struct cs_wr wr;

    if (block != NULL) {
        memcpy(m.link, block->link, 32);
    }
    fake_vote(&s->fake, from, &m);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_vote(&wr, &m);
    give(s, from, BFT_VOTE, &wr);
}

void solo_cert(struct solo *s, uint32_t from, uint32_t kind, uint64_t view,
               const struct bft_block *block)
{
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert cert = {.sig = sigs};
    uint8_t bytes[8192];
    struct cs_wr wr;
    uint64_t signers = cs_everyone(s->fake.set.n);

    fake_cert(&s->fake, kind, view, block, signers & ~cs_bit(s->config.self),
              &cert);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_cert(&wr, &cert, s->fake.set.n);
    give(s, from, BFT_CERT, &wr);
}

void solo_timer(struct solo *s, uint32_t which)
{
    bft_timer(s->core, which);
    solo_settle(s);
}

/* ---- looking ------------------------------------------------------------ */

uint32_t solo_count(const struct solo *s, uint32_t mark, enum solo_what what,
                    uint32_t a)
{
    uint32_t count = 0;

    for (uint32_t i = mark; i < s->outs; i++) {
        count += s->out[i].what == what && s->out[i].a == a;
    }
    return count;
}

uint32_t solo_find(const struct solo *s, uint32_t mark, enum solo_what what,
                   uint32_t a)
{
    for (uint32_t i = mark; i < s->outs; i++) {
        if (s->out[i].what == what && s->out[i].a == a) {
            return i;
        }
    }
    return SOLO_OUTS;
}

int solo_said(const struct solo *s, uint32_t mark, uint32_t kind, uint64_t view)
{
    for (uint32_t i = mark; i < s->outs; i++) {
        const struct solo_out *out = &s->out[i];

        if (out->what == SOLO_SEND && out->a == BFT_VOTE && out->kind == kind &&
            out->view == view) {
            return 1;
        }
    }
    return 0;
}
