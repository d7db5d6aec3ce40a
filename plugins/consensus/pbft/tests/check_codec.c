/* SPDX-License-Identifier: Apache-2.0
 *
 * check_codec.c - messages, slots, options: what is accepted has one encoding,
 * and nothing else is accepted.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "config/option.h"
#include "director.h"
#include "support/documents.h"
#include "unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
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

/* ---- round trips -------------------------------------------------------- */

enum form {
    PROPOSAL,
    VOTE_PREPARE,
    VOTE_COMMIT,
    VOTE_CHECKPOINT,
    VIEWCHANGE,
    NEWVIEW,
    STATUS,
    STABLE,
    PROOF,
    FORMS
};

static uint64_t proof_height;
static uint8_t proof_id[32];

/* Decodes and encodes again; 0 when refused. */
static size_t again(enum form form, struct vt_view bytes, uint8_t out[65536])
{
    static struct pbft_newview nv;
    static struct pbft_viewchange vc;
    static struct cs_proof proof;
    struct pbft_proposal p;
    struct pbft_vote_msg v;
    struct pbft_status s;
    struct cs_qc qc;
    struct vt_view body;
    struct cs_wr wr;
    int ok = 0;

    cs_wr_init(&wr, out, 65536);
    switch (form) {
    case PROPOSAL:
        ok = pbft_get_proposal(bytes, &p);
        pbft_put_proposal(&wr, &p);
        break;
    case VOTE_PREPARE:
    case VOTE_COMMIT:
    case VOTE_CHECKPOINT:
        ok = pbft_get_vote(bytes, (uint32_t)form - VOTE_PREPARE + PBFT_PREPARE,
                           &v);
        pbft_put_vote(&wr, (uint32_t)form - VOTE_PREPARE + PBFT_PREPARE, &v);
        break;
    case VIEWCHANGE:
        ok = pbft_get_viewchange(bytes, 2, 4, 1, &vc);
        if (ok) {
            pbft_put_viewchange(&wr, &vc, 4, 1);
        }
        break;
    case NEWVIEW:
        ok = pbft_get_newview(bytes, 4, 1, &nv, &body);
        if (ok) {
            pbft_put_newview(&wr, &nv, 4, 1);
        }
        break;
    case STATUS:
        ok = pbft_get_status(bytes, &s);
        pbft_put_status(&wr, &s);
        break;
    case STABLE:
        ok = pbft_get_stable(bytes, 4, &qc);
        if (ok) {
            pbft_put_stable(&wr, &qc, 4);
        }
        break;
    case PROOF:
        ok = cs_get_proof(bytes, pbft_committee(4), proof_height, proof_id,
                          &proof);
        if (ok) {
            cs_put_proof(&wr, &proof, 4);
        }
        break;
    case FORMS:
        break;
    }
    return ok ? wr.len : 0;
}

/* A sample of each form, as full as it can be. */
static size_t sample(enum form form, uint8_t out[65536])
{
    static struct pbft_viewchange vcs[3];
    static struct pbft_newview nv;
    static struct cs_proof proof;
    struct cs_sig sig = {.len = 64};
    struct pbft_proposal p = {.view = 7, .seq = 9, .sig = sig};
    struct pbft_vote_msg v = {.view = 7, .seq = 9, .sig = sig};
    struct pbft_status s = {1, 2, 3, 4, 1};
    struct cs_wr wr;

    memset(p.id, 1, 32);
    memset(p.parent, 2, 32);
    memset(v.id, 3, 32);
    memset(v.extra, 4, 32);
    for (uint32_t m = 0; m < 3; m++) {
        director_make_vc(&d, m, 7, 2, chain[3], &vcs[m]);
        vcs[m].core.stable_seq = 4;
        memset(vcs[m].core.stable_id, 5, 32);
        director_qc(&d, PBFT_CHECKPOINT, 0, chain[3], 6, &vcs[m].stable);
    }
    cs_wr_init(&wr, out, 65536);
    switch (form) {
    case PROPOSAL:
        pbft_put_proposal(&wr, &p);
        break;
    case VOTE_PREPARE:
    case VOTE_COMMIT:
    case VOTE_CHECKPOINT:
        pbft_put_vote(&wr, (uint32_t)form - VOTE_PREPARE + PBFT_PREPARE, &v);
        break;
    case VIEWCHANGE:
        pbft_put_viewchange(&wr, &vcs[2], 4, 1);
        break;
    case NEWVIEW:
        director_make_nv(&d, vcs, &nv);
        nv.stable = vcs[0].stable;
        nv.path_len = 2;
        memset(nv.path, 8, 64);
        pbft_put_newview(&wr, &nv, 4, 1);
        break;
    case STATUS:
        pbft_put_status(&wr, &s);
        break;
    case STABLE:
        pbft_put_stable(&wr, &vcs[0].stable, 4);
        break;
    case PROOF:
        director_qc(&d, PBFT_COMMIT, 7, chain[3], 0, &proof.qc);
        proof.path_len = 3;
        memset(proof.path, 9, 96);
        proof_height = 2;
        memset(proof_id, 9, 32);
        cs_put_proof(&wr, &proof, 4);
        break;
    case FORMS:
        break;
    }
    ck_assert_int_eq(wr.is_full, 0);
    return wr.len;
}

START_TEST(what_is_put_is_got_again)
{
    static uint8_t bytes[65536];
    static uint8_t copy[65536];

    begin();
    for (int form = 0; form < FORMS; form++) {
        size_t len = sample((enum form)form, bytes);

        ck_assert_uint_eq(again((enum form)form, vt_view_of(bytes, len), copy),
                          len);
        ck_assert_mem_eq(bytes, copy, len);
    }
    director_stop(&d);
}
END_TEST

START_TEST(cut_or_longer_messages_are_refused)
{
    static uint8_t bytes[65536];
    static uint8_t copy[65536];

    begin();
    for (int form = 0; form < FORMS; form++) {
        size_t len = sample((enum form)form, bytes);

        for (size_t cut = 0; cut < len; cut++) {
            ck_assert_uint_eq(
                again((enum form)form, vt_view_of(bytes, cut), copy), 0);
        }
        bytes[len] = 0;
        ck_assert_uint_eq(
            again((enum form)form, vt_view_of(bytes, len + 1), copy), 0);
    }
    director_stop(&d);
}
END_TEST

START_TEST(a_flipped_bit_is_refused_or_means_something_else)
{
    static uint8_t bytes[65536];
    static uint8_t copy[65536];

    begin();
    for (int form = 0; form < FORMS; form++) {
        size_t len = sample((enum form)form, bytes);

        for (size_t bit = 0; bit < 8 * len; bit++) {
            size_t got;

            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            got = again((enum form)form, vt_view_of(bytes, len), copy);
            ck_assert_msg(got == 0 ||
                              (got == len && memcmp(bytes, copy, len) == 0),
                          "form %d bit %zu has two encodings", form, bit);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    director_stop(&d);
}
END_TEST

START_TEST(random_bytes_never_break_a_decoder)
{
    static uint8_t bytes[2048];
    static uint8_t copy[65536];
    struct vt_rng rng;

    vt_rng_init(&rng, 5);
    begin();
    for (int round = 0; round < 20000; round++) {
        size_t len = (size_t)vt_rng_below(&rng, sizeof bytes);
        enum form form = (enum form)vt_rng_below(&rng, FORMS);
        size_t got;

        vt_rng_fill(&rng, bytes, len);
        got = again(form, vt_view_of(bytes, len), copy);
        ck_assert(got == 0 || (got == len && memcmp(bytes, copy, len) == 0));
    }
    director_stop(&d);
}
END_TEST

/* ---- slots -------------------------------------------------------------- */

static vt_status create_with(const struct vt_slot *slot, struct vt_err *err)
{
    struct vt_options *options;
    struct vt_cfg cfg;
    struct vt_cs *cs = NULL;
    struct vt_cs_start start = {.size = VT_UPTO(struct vt_cs_start, handoff),
                                .self = 3,
                                .epoch = box_epoch(d.box),
                                .slots = {slot, 1, (uint32_t)sizeof *slot},
                                .final_height =
                                    box_epoch(d.box)->start_height - 1};
    vt_status status;

    ck_assert_int_eq(
        vt_options_new("x", pbft_LTX_vt_plugin_v1.keys, "/", &options, err),
        VT_OK);
    vt_options_cfg(options, &cfg);
    status = box_table(d.box)->create(box_host(d.box), &cfg, &start, &cs, err);
    ck_assert((status == VT_OK) == (cs != NULL));
    box_table(d.box)->destroy(cs);
    vt_options_free(options);
    return status;
}

START_TEST(damaged_slots_are_refused_with_a_word)
{
    uint8_t bytes[300];
    struct vt_slot slot = {0, {bytes, sizeof bytes}};
    struct vt_err err = {.size = sizeof err};

    begin();
    memset(bytes, 0, sizeof bytes);
    for (slot.slot = 0; slot.slot < 300; slot.slot++) {
        for (slot.bytes.len = 0; slot.bytes.len < sizeof bytes;
             slot.bytes.len += 7) {
            ck_assert_int_eq(create_with(&slot, &err), VT_E_CORRUPT);
            ck_assert_ptr_nonnull(strstr(err.text, "stored consensus record"));
        }
    }
    bytes[0] = 1; /* the right format */
    bytes[1] = 3; /* and epoch */
    for (slot.slot = 0; slot.slot < 300; slot.slot++) {
        slot.bytes.len = sizeof bytes;
        ck_assert_int_eq(create_with(&slot, &err), VT_E_CORRUPT);
    }
    director_stop(&d);
}
END_TEST

/* ---- options ------------------------------------------------------------ */

START_TEST(the_shipped_ini_is_what_the_table_prints)
{
    check_plugin_ini(&pbft_LTX_vt_plugin_v1, "consensus");
}
END_TEST

START_TEST(the_readme_lists_the_options)
{
    check_plugin_readme(&pbft_LTX_vt_plugin_v1, "consensus");
}
END_TEST

int main(void)
{
    const TTest *const codec[] = {
        what_is_put_is_got_again, cut_or_longer_messages_are_refused,
        a_flipped_bit_is_refused_or_means_something_else,
        random_bytes_never_break_a_decoder};
    const TTest *const rest[] = {damaged_slots_are_refused_with_a_word,
                                 the_shipped_ini_is_what_the_table_prints,
                                 the_readme_lists_the_options};
    Suite *suite = suite_create("pbft codec");

    VT_SUITE_ADD(suite, "messages", codec);
    VT_SUITE_ADD(suite, "slots and options", rest);
    return vt_suite_run(suite);
}
