/* SPDX-License-Identifier: Apache-2.0
 *
 * check_proofs.c - what strangers check: proofs of finality and evidence hold
 * for what they say and for nothing else.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "director.h"
#include "unit/suite.h"

#include <string.h>

extern const struct vt_plugin pbft_LTX_vt_plugin_v1;

static struct director d;
static uint32_t chain[6];

static void begin(void)
{
    director_start(&d, 4, 3, "view_timeout=1h");
    for (uint32_t i = 0; i < 6; i++) {
        chain[i] =
            box_make_block(d.box, i == 0 ? BOX_NONE : chain[i - 1], 0, i, 0);
    }
}

/* ---- proofs ------------------------------------------------------------- */

/* A run whose proofs are taken apart. is_long: the certificate is of a
 * descendant, so that the proof has a path. */
static struct box *final_box(void)
{
    struct vt_err err = {.size = sizeof err};
    struct box_options o = {.plugin = &pbft_LTX_vt_plugin_v1,
                            .settings = "window=8 batch_delay=0ms",
                            .seed = 9,
                            .members = 4,
                            .delay_min_us = 100,
                            .delay_max_us = 3000,
                            .sync_max_us = 100,
                            .block_txs = 1,
                            .is_strong = 1};
    struct box *box = box_new(&o, &err);

    ck_assert_msg(box != NULL, "%s", err.text);
    for (uint32_t tx = 0; tx < 40; tx++) {
        box_offer(box, 0, tx);
    }
    ck_assert_int_eq(box_run_until(box, box_all_final, 2000000), 1);
    return box;
}

static uint32_t verdict_of(struct box *box, const struct vt_cs_epoch *epoch,
                           uint64_t height, const uint8_t id[32],
                           struct vt_view proof)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;

    ck_assert_int_eq(box_table(box)->check_proof(box_host(box), epoch, height,
                                                 id, proof, &verdict, &err),
                     VT_OK);
    return verdict;
}

/* The shortest and the longest proof of a run. */
static void two_proofs(struct box *box, uint64_t heights[2])
{
    uint8_t id[32];

    heights[0] = heights[1] = box_epoch(box)->start_height;
    for (uint64_t h = heights[0]; h <= box_least_final(box); h++) {
        size_t len = box_proof(box, 1, h, id).len;

        if (len < box_proof(box, 1, heights[0], id).len) {
            heights[0] = h;
        }
        if (len > box_proof(box, 1, heights[1], id).len) {
            heights[1] = h;
        }
    }
}

static uint32_t short_verdict(struct box *box, uint64_t height,
                              const uint8_t id[32], struct vt_view proof)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;

    ck_assert_int_eq(box_table(box)->check_short(box_host(box), box_epoch(box),
                                                 height, id, proof, &verdict,
                                                 &err),
                     VT_OK);
    return verdict;
}

START_TEST(a_short_proof_holds_for_its_block_and_for_nothing_else)
{
    struct vt_buf out = VT_BUF_INIT(65536);
    struct box *box = final_box();
    struct vt_err err = {.size = sizeof err};
    struct vt_sink sink;
    uint64_t heights[2];
    uint8_t id[32];

    vt_buf_sink(&out, &sink);
    two_proofs(box, heights);
    for (int i = 0; i < 2; i++) {
        struct vt_view proof = box_proof(box, 1, heights[i], id);

        vt_buf_clear(&out);
        ck_assert_int_eq(
            box_table(box)->shorten_proof(box_host(box), box_epoch(box),
                                          heights[i], id, proof, &sink, &err),
            VT_OK);
        ck_assert_uint_lt(out.len, proof.len);
        ck_assert_uint_eq(short_verdict(box, heights[i], id, vt_buf_view(&out)),
                          VT_GOOD);
        ck_assert_uint_eq(
            short_verdict(box, heights[i] + 1, id, vt_buf_view(&out)), VT_BAD);
        ck_assert_uint_eq(short_verdict(box, heights[i], id, proof), VT_BAD);
        ck_assert_uint_eq(
            verdict_of(box, box_epoch(box), heights[i], id, vt_buf_view(&out)),
            VT_BAD);
        for (size_t k = 0; k < 8 * out.len; k++) {
            out.data[k / 8] ^= (uint8_t)(1u << k % 8);
            ck_assert_msg(
                short_verdict(box, heights[i], id, vt_buf_view(&out)) == VT_BAD,
                "bit %zu", k);
            out.data[k / 8] ^= (uint8_t)(1u << k % 8);
        }
        for (size_t len = 0; len < out.len; len++) {
            ck_assert_uint_eq(
                short_verdict(box, heights[i], id, vt_view_of(out.data, len)),
                VT_BAD);
        }
    }
    vt_buf_fini(&out);
    box_free(box);
}
END_TEST

START_TEST(a_proof_holds_for_its_block_and_for_nothing_else)
{
    struct box *box = final_box();
    struct vt_cs_epoch other = *box_epoch(box);
    uint64_t heights[2];
    uint8_t id[32];

    two_proofs(box, heights);
    ck_assert_uint_lt(box_proof(box, 1, heights[0], id).len,
                      box_proof(box, 1, heights[1], id).len);
    for (int i = 0; i < 2; i++) {
        struct vt_view proof = box_proof(box, 1, heights[i], id);

        ck_assert_uint_eq(
            verdict_of(box, box_epoch(box), heights[i], id, proof), VT_GOOD);
        ck_assert_uint_eq(
            verdict_of(box, box_epoch(box), heights[i] + 1, id, proof), VT_BAD);
        ck_assert_uint_eq(verdict_of(box, box_epoch(box), 0, id, proof),
                          VT_BAD);
        id[5] ^= 1;
        ck_assert_uint_eq(
            verdict_of(box, box_epoch(box), heights[i], id, proof), VT_BAD);
        id[5] ^= 1;
        other.digest[0] ^= 1; /* another epoch: S34 */
        ck_assert_uint_eq(verdict_of(box, &other, heights[i], id, proof),
                          VT_BAD);
        other.digest[0] ^= 1;
        other.chain_id[0] ^= 1; /* another chain */
        ck_assert_uint_eq(verdict_of(box, &other, heights[i], id, proof),
                          VT_BAD);
        other.chain_id[0] ^= 1;
    }
    box_free(box);
}
END_TEST

START_TEST(every_flipped_bit_of_a_proof_is_refused)
{
    struct box *box = final_box();
    uint64_t heights[2];
    uint8_t bytes[4096];
    uint8_t id[32];

    two_proofs(box, heights);
    for (int i = 0; i < 2; i++) {
        struct vt_view proof = box_proof(box, 1, heights[i], id);

        memcpy(bytes, proof.ptr, proof.len);
        for (size_t bit = 0; bit < 8 * proof.len; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_uint_eq(verdict_of(box, box_epoch(box), heights[i], id,
                                         vt_view_of(bytes, proof.len)),
                              VT_BAD);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (size_t cut = 0; cut < proof.len; cut++) {
            ck_assert_uint_eq(verdict_of(box, box_epoch(box), heights[i], id,
                                         vt_view_of(bytes, cut)),
                              VT_BAD);
        }
        bytes[proof.len] = 0;
        ck_assert_uint_eq(verdict_of(box, box_epoch(box), heights[i], id,
                                     vt_view_of(bytes, proof.len + 1)),
                          VT_BAD);
    }
    box_free(box);
}
END_TEST

START_TEST(a_header_with_a_payload_is_refused)
{
    struct vt_cs_header header = {.size =
                                      VT_UPTO(struct vt_cs_header, payload)};
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;

    begin();
    ck_assert_int_eq(box_table(d.box)->check_header(box_host(d.box),
                                                    box_epoch(d.box), NULL,
                                                    &header, &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    header.payload = vt_view_str("x");
    ck_assert_int_eq(box_table(d.box)->check_header(box_host(d.box),
                                                    box_epoch(d.box), NULL,
                                                    &header, &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    director_stop(&d);
}
END_TEST

/* ---- evidence ----------------------------------------------------------- */

static size_t vote_item(uint32_t role, uint64_t view, uint64_t seq,
                        uint8_t fill, uint8_t out[PBFT_ITEM_MAX])
{
    struct pbft_vote_msg m = {.view = view, .seq = seq};
    struct cs_qc core;
    uint8_t bytes[256];
    struct cs_wr wr;

    memset(m.id, fill, 32);
    memset(&core, 0, sizeof core);
    core.role = role;
    core.view = view;
    core.seq = seq;
    memcpy(core.id, m.id, 32);
    cs_wr_init(&wr, bytes, sizeof bytes);
    pbft_core_vote(&wr, &core);
    m.sig.len = (uint8_t)box_sign(d.box, 1, role, cs_wr_view(&wr), m.sig.bytes);
    return pbft_item_of_vote(role, 1, &m, out);
}

static size_t vc_item(uint64_t view, uint32_t hp_block,
                      uint8_t out[PBFT_ITEM_MAX])
{
    static struct pbft_viewchange vc;

    director_make_vc(&d, 1, view, 0, hp_block, &vc);
    return pbft_item_of_viewchange(&vc.core, out);
}

static uint32_t convicts(uint32_t kind, const uint8_t *a, size_t len_a,
                         const uint8_t *b, size_t len_b)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t member = 77;
    uint32_t verdict = 99;

    ck_assert_int_eq(box_table(d.box)->check_evidence(
                         box_host(d.box), box_epoch(d.box), kind,
                         vt_view_of(a, len_a), vt_view_of(b, len_b), &member,
                         &verdict, &err),
                     VT_OK);
    ck_assert(verdict == VT_BAD || member == 1);
    return verdict;
}

START_TEST(two_votes_convict_only_when_they_exclude_each_other)
{
    static const uint32_t kinds[] = {0, 0, PBFT_EV_PREPARE, PBFT_EV_COMMIT,
                                     PBFT_EV_CHECKPOINT};
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    begin();
    for (uint32_t role = PBFT_PREPARE; role <= PBFT_CHECKPOINT; role++) {
        len_a = vote_item(role, 0, 5, 1, a);
        len_b = vote_item(role, 0, 5, 2, b);
        ck_assert_uint_eq(convicts(kinds[role], a, len_a, b, len_b), VT_GOOD);
        for (uint32_t kind = 0; kind < 12; kind++) {
            ck_assert_uint_eq(convicts(kind, a, len_a, b, len_b),
                              kind == kinds[role] ? VT_GOOD : VT_BAD);
        }
        ck_assert_uint_eq(convicts(kinds[role], a, len_a, a, len_a), VT_BAD);
        len_b = vote_item(role, 0, 6, 2, b);
        ck_assert_uint_eq(convicts(kinds[role], a, len_a, b, len_b), VT_BAD);
    }
    director_stop(&d);
}
END_TEST

START_TEST(a_viewchange_convicts_who_voted_above_its_word_only)
{
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    begin();
    len_b = vc_item(3, chain[3], b); /* prepared and voted (0, 4) */
    for (uint64_t seq = 1; seq <= 5; seq++) {
        len_a = vote_item(PBFT_COMMIT, 0, seq, 1, a);
        ck_assert_uint_eq(convicts(PBFT_EV_HIDDEN, a, len_a, b, len_b),
                          seq > 4 ? VT_GOOD : VT_BAD);
        len_a = vote_item(PBFT_PREPARE, 0, seq, 1, a);
        ck_assert_uint_eq(convicts(PBFT_EV_LATE, a, len_a, b, len_b),
                          seq > 4 ? VT_GOOD : VT_BAD);
    }
    /* in the view it goes to, and above, it may vote */
    for (uint64_t view = 3; view < 5; view++) {
        len_a = vote_item(PBFT_PREPARE, view, 9, 1, a);
        ck_assert_uint_eq(convicts(PBFT_EV_LATE, a, len_a, b, len_b), VT_BAD);
        len_a = vote_item(PBFT_COMMIT, view, 9, 1, a);
        ck_assert_uint_eq(convicts(PBFT_EV_HIDDEN, a, len_a, b, len_b), VT_BAD);
    }
    director_stop(&d);
}
END_TEST

START_TEST(evidence_with_any_flipped_bit_is_refused)
{
    uint8_t a[PBFT_ITEM_MAX];
    uint8_t b[PBFT_ITEM_MAX];
    size_t len_a;
    size_t len_b;

    begin();
    len_a = vote_item(PBFT_COMMIT, 0, 5, 1, a);
    len_b = vote_item(PBFT_COMMIT, 0, 5, 2, b);
    for (size_t bit = 0; bit < 8 * len_b; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(convicts(PBFT_EV_COMMIT, a, len_a, b, len_b), VT_BAD);
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < len_b; cut++) {
        ck_assert_uint_eq(convicts(PBFT_EV_COMMIT, a, len_a, b, cut), VT_BAD);
    }
    director_stop(&d);
}
END_TEST

int main(void)
{
    const TTest *const proofs[] = {
        a_short_proof_holds_for_its_block_and_for_nothing_else,
        a_proof_holds_for_its_block_and_for_nothing_else,
        every_flipped_bit_of_a_proof_is_refused,
        a_header_with_a_payload_is_refused};
    const TTest *const evidence[] = {
        two_votes_convict_only_when_they_exclude_each_other,
        a_viewchange_convicts_who_voted_above_its_word_only,
        evidence_with_any_flipped_bit_is_refused};
    Suite *suite = suite_create("pbft proofs");

    VT_SUITE_ADD(suite, "proofs", proofs);
    VT_SUITE_ADD(suite, "evidence", evidence);
    return vt_suite_run(suite);
}
