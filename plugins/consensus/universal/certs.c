/* SPDX-License-Identifier: Apache-2.0
 *
 * certs.c - W6: certificates of batches as they come in, are checked, kept for
 * who asks, and compared: two of them for one number convict their signers.
 */
#include "inside.h"

/* ---- sending ------------------------------------------------------------- */

void uni_send_cert(struct vt_cs *cs, uint32_t to, const struct uni_cert *cert)
{
    uint8_t bytes[UNI_CERT_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_cert(&wr, &cs->seats, cert);
    uni_send(cs, to, UNI_PROTO_CERT, VT_SEND_CERT, cs_wr_view(&wr), NULL);
}

const struct uni_cert *uni_cert_for(const struct vt_cs *cs, uint32_t lane,
                                    uint32_t seq, const uint8_t id[32])
{
    const struct uni_batch *own = uni_batch_find(cs, id);
    const struct uni_cert *best = NULL;

    if (own != NULL && own->cert != NULL) {
        return own->cert;
    }
    if (own == NULL || !own->is_sure) {
        return NULL;
    }
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        const struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->cert != NULL && batch->lane == lane &&
            batch->seq > seq && (best == NULL || batch->seq < best->seq)) {
            best = batch->cert;
        }
    }
    return best;
}

/* Who missed the newest one gets it again. */
void uni_certs_tick(struct vt_cs *cs)
{
    const struct uni_cert *best = NULL;

    for (uint32_t i = 0; i < cs->n * UNI_CHECKS; i++) {
        struct uni_candidate *c = &cs->candidates[i];

        if (c->cert != NULL &&
            cs_is_stale(&cs->box, &c->check, UNI_RETRY * 2 * cs->opt.tick_ns)) {
            free(c->cert);
            c->cert = NULL;
        }
    }

    for (uint32_t i = 0; i < cs->batch_top; i++) {
        const struct uni_batch *batch = &cs->batches[i];

        if (batch->is_used && batch->cert != NULL && batch->lane == cs->self &&
            (best == NULL || batch->seq > best->seq)) {
            best = batch->cert;
        }
    }
    if (best != NULL) {
        uni_send_cert(cs, VT_PEER_ALL, best);
    }
}

/* ---- evidence ------------------------------------------------------------ */

void uni_accuse(struct vt_cs *cs, uint32_t member, const struct uni_word *a,
                const struct uni_word *b)
{
    uint8_t bytes[2][UNI_WORD_MAX];
    struct cs_wr wr[2];

    if (member == a->lane) {
        cs->lanes[a->lane].is_closed = 1;
    }
    if (cs_has(cs->convicted, member)) {
        return;
    }
    cs->convicted |= cs_bit(member);
    cs_wr_init(&wr[0], bytes[0], sizeof bytes[0]);
    cs_wr_init(&wr[1], bytes[1], sizeof bytes[1]);
    uni_put_item(&wr[0], member, a);
    uni_put_item(&wr[1], member, b);
    cs_emit_evidence(&cs->box,
                     member == a->lane ? UNI_EV_AUTHOR : UNI_EV_WITNESS, member,
                     cs_wr_view(&wr[0]), cs_wr_view(&wr[1]));
    uni_trace_lane(cs, member == a->lane ? "E5 two batches" : "E6 two words",
                   a->lane, a->seq);
}

static void word_in(const struct uni_cert *cert, uint32_t member,
                    struct uni_word *out)
{
    uint64_t below = cert->signers & (cs_bit(member) - 1);

    memset(out, 0, sizeof *out);
    out->lane = cert->lane;
    out->seq = cert->seq;
    memcpy(out->id, cert->id, 32);
    out->sig = cert->sig[cs_count(below)];
}

static void compare(struct vt_cs *cs, const struct uni_cert *a,
                    const struct uni_cert *b)
{
    for (uint32_t m = 0; m < cs->n; m++) {
        struct uni_word x;
        struct uni_word y;

        if (cs_has(a->signers & b->signers, m)) {
            word_in(a, m, &x);
            word_in(b, m, &y);
            uni_accuse(cs, m, &x, &y);
        }
    }
}

/* The author's word under another batch, as it came with that. */
static void compare_author(struct vt_cs *cs, const struct uni_cert *cert,
                           const struct uni_batch *other)
{
    struct uni_word x;
    struct uni_word y = {.lane = other->lane, .seq = other->seq};

    if (cs_has(cert->signers, cert->lane) && other->is_signed &&
        other->sig.len > 0) {
        word_in(cert, cert->lane, &x);
        memcpy(y.id, other->id, 32);
        y.sig = other->sig;
        uni_accuse(cs, cert->lane, &x, &y);
    }
}

/* E7: all who signed for it. The word of a witness is that it checked. */
void uni_convict(struct vt_cs *cs, const struct uni_batch *batch)
{
    const struct uni_cert *cert = batch->cert;

    if (batch->flaw == NULL) {
        return;
    }
    uni_convict_auditors(cs, batch);
    if (cert == NULL) {
        return;
    }
    for (uint32_t m = 0; m < cs->n; m++) {
        uint8_t bytes[UNI_WORD_MAX];
        struct uni_word word;
        struct cs_wr wr;

        if (!cs_has(cert->signers & ~cs->flawed, m)) {
            continue;
        }
        cs->flawed |= cs_bit(m);
        word_in(cert, m, &word);
        cs_wr_init(&wr, bytes, sizeof bytes);
        uni_put_item(&wr, m, &word);
        cs_emit_evidence(&cs->box, UNI_EV_FLAW, m, cs_wr_view(&wr),
                         cs_view(batch->flaw, batch->flaw_len));
    }
    uni_trace_lane(cs, "E7 invalid batch", batch->lane, batch->seq);
}

/* ---- taking -------------------------------------------------------------- */

void uni_cert_take(struct vt_cs *cs, struct uni_cert *cert)
{
    struct uni_batch *batch =
        uni_batch_add(cs, cert->id, cert->lane, cert->seq);

    if (batch == NULL || batch->cert != NULL) {
        free(cert);
        return;
    }
    batch->cert = cert;
    batch->holders |= cert->signers;
    uni_convict(cs, batch);
    for (uint32_t i = 0; i < cs->batch_top; i++) {
        const struct uni_batch *other = &cs->batches[i];

        if (!other->is_used || other == batch || other->lane != cert->lane ||
            other->seq != cert->seq) {
            continue;
        }
        compare_author(cs, cert, other);
        if (other->cert != NULL) {
            compare(cs, other->cert, cert);
        }
    }
    uni_batch_be_sure(cs, batch);
    uni_tell_witnessed(cs, batch);
}

/* Would it say anything new? */
static int is_useful(const struct vt_cs *cs, const struct uni_cert *cert)
{
    const struct uni_batch *batch = uni_batch_find(cs, cert->id);
    uint32_t same = 0;

    if (!uni_is_near(cs, cert->lane, cert->seq) ||
        (batch != NULL && batch->is_sure)) {
        return 0;
    }
    for (uint32_t i = 0; i < cs->n * UNI_CHECKS; i++) {
        const struct uni_candidate *c = &cs->candidates[i];

        same += c->cert != NULL && memcmp(c->cert->id, cert->id, 32) == 0;
    }
    return same < 2;
}

static void check(struct vt_cs *cs, struct uni_candidate *c)
{
    struct vt_verify_item items[CS_QUORUM_MAX];
    uint8_t core[UNI_CORE_LEN];
    struct vt_eff_verify e = {.items = {items, 0, (uint32_t)sizeof items[0]}};
    struct cs_wr wr;

    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, c->cert->seq, c->cert->id);
    for (uint32_t m = 0; m < cs->n; m++) {
        if (cs_has(c->cert->signers, m)) {
            uint32_t at = e.items.count++;

            items[at].member = m;
            items[at].role = UNI_ROLE_WITNESS + c->cert->lane;
            items[at].msg = cs_wr_view(&wr);
            items[at].sig =
                cs_view(c->cert->sig[at].bytes, c->cert->sig[at].len);
        }
    }
    e.h = CS_HEAD(struct vt_eff_verify, items, VT_EFF_VERIFY,
                  cs_ask(&cs->box, &c->check));
    cs_outbox_put(&cs->box, &e.h);
}

static void offer(struct vt_cs *cs, uint32_t from, const struct uni_cert *cert)
{
    struct uni_candidate *c = &cs->candidates[from * UNI_CHECKS];

    if (!is_useful(cs, cert)) {
        return;
    }
    for (uint32_t i = 0; i < UNI_CHECKS; i++, c++) {
        if (c->cert == NULL) {
            c->cert = malloc(sizeof *c->cert);
            if (c->cert == NULL) {
                cs->box.failed = VT_E_NOMEM;
                return;
            }
            *c->cert = *cert;
            check(cs, c);
            return;
        }
    }
}

void uni_take_certs(struct vt_cs *cs, uint32_t from, struct vt_view bytes)
{
    struct uni_cert cert;
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    while (rd.left > 0) {
        if (!uni_read_cert(&cs->seats, &rd, &cert)) {
            uni_penalize(cs, from, "malformed CERT");
            return;
        }
        offer(cs, from, &cert);
    }
}

void uni_on_cert(struct vt_cs *cs, uint32_t from, struct vt_view bytes)
{
    if (bytes.len > UNI_CERT_MAX) {
        uni_penalize(cs, from, "malformed CERT");
        return;
    }
    uni_take_certs(cs, from, bytes);
}

int uni_cert_verified(struct vt_cs *cs, const struct vt_ev_done *ev)
{
    for (uint32_t i = 0; i < cs->n * UNI_CHECKS; i++) {
        struct uni_candidate *c = &cs->candidates[i];
        struct uni_cert *cert = c->cert;

        if (cert == NULL || c->check.token != ev->token) {
            continue;
        }
        c->cert = NULL;
        c->check.state = CS_NOT_ASKED;
        if (ev->status == VT_OK && cs_all_good(ev->data)) {
            uni_cert_take(cs, cert);
        } else {
            if (ev->status == VT_OK && ev->data.len > 0) {
                uni_penalize(cs, i / UNI_CHECKS, "a bad certificate");
            }
            free(cert);
        }
        return 1;
    }
    return 0;
}
