/* SPDX-License-Identifier: Apache-2.0
 *
 * check_bft_proofs.c - what strangers check, and the bytes: a proof or a piece
 * of evidence holds for what it says and for nothing else, and every accepted
 * message has one encoding.
 */
#include "solo.h"

#include "base/buf.h"
#include "state.h"
#include "unit/suite.h"

static struct solo s;
static struct bft_block root, one, two, three;

static void begin(void)
{
    solo_start(&s, 4, 3);
    root = solo_root(&s);
    one = solo_block(&s, 1, &root, 1);
    two = solo_block(&s, 2, &one, 1);
    three = solo_block(&s, 3, &two, 1);
}

static void end(void)
{
    solo_stop(&s);
}

static uint32_t verdict_of(uint64_t height, const uint8_t value[32],
                           struct vt_view proof)
{
    uint32_t verdict = 99;

    ck_assert_int_eq(bft_check_proof(fake_host(), &s.fake.epoch, FAKE_ROLE,
                                     height, value, proof, &verdict, NULL),
                     VT_OK);
    return verdict;
}

/* A proof that block one is final because three is. */
static struct vt_view long_proof(uint8_t out[BFT_MESSAGE_MAX])
{
    const struct bft_block *path[3] = {&one, &two, &three};
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert fin = {.sig = sigs};
    struct cs_wr wr;

    fake_cert(&s.fake, BFT_FINALIZE, 9, &three, 7, &fin);
    cs_wr_init(&wr, out, BFT_MESSAGE_MAX);
    bft_put_proof(&wr, path, 3, &fin, 4);
    return cs_wr_view(&wr);
}

START_TEST(a_proof_is_believed_by_strangers)
{
    uint8_t bytes[BFT_MESSAGE_MAX];
    size_t len;

    solo_cert(&s, 0, BFT_FINALIZE, 1, &one);
    ck_assert_uint_eq(verdict_of(1, one.value, cs_view(s.proof, s.proof_len)),
                      VT_GOOD);
    len = bft_proof(s.core, bytes, sizeof bytes);
    ck_assert_uint_eq(len, s.proof_len);
    ck_assert_mem_eq(bytes, s.proof, len);
    ck_assert_uint_eq(bft_proof(s.core, bytes, 20), 0);
    ck_assert_uint_eq(verdict_of(1, one.value, long_proof(bytes)), VT_GOOD);
}
END_TEST

START_TEST(no_bit_of_a_proof_can_be_changed)
{
    uint8_t bytes[BFT_MESSAGE_MAX];
    struct vt_view proof = long_proof(bytes);

    for (size_t i = 0; i < proof.len; i++) {
        bytes[i] ^= (uint8_t)(1u << i % 8);
        ck_assert_msg(verdict_of(1, one.value, proof) == VT_BAD, "byte %zu", i);
        bytes[i] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < proof.len; len++) {
        ck_assert_uint_eq(verdict_of(1, one.value, cs_view(bytes, len)),
                          VT_BAD);
    }
    ck_assert_uint_eq(verdict_of(2, one.value, proof), VT_BAD);
    ck_assert_uint_eq(verdict_of(1, two.value, proof), VT_BAD);
}
END_TEST

START_TEST(another_epoch_role_or_too_few_signers_are_refused)
{
    uint8_t bytes[BFT_MESSAGE_MAX];
    const struct bft_block *path = &one;
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert fin = {.sig = sigs};
    struct vt_view proof;
    uint32_t verdict = 99;
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    fake_cert(&s.fake, BFT_FINALIZE, 1, &one, 3, &fin);
    bft_put_proof(&wr, &path, 1, &fin, 4);
    ck_assert_uint_eq(verdict_of(1, one.value, cs_wr_view(&wr)), VT_BAD);
    proof = long_proof(bytes);
    ck_assert_uint_eq(verdict_of(1, one.value, proof), VT_GOOD);
    ck_assert_int_eq(bft_check_proof(fake_host(), &s.fake.epoch, FAKE_ROLE + 4,
                                     1, one.value, proof, &verdict, NULL),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    s.fake.epoch.digest[0] ^= 1;
    ck_assert_uint_eq(verdict_of(1, one.value, proof), VT_BAD);
}
END_TEST

START_TEST(a_notarization_is_no_finalization)
{
    uint8_t bytes[BFT_MESSAGE_MAX];
    const struct bft_block *path = &one;
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert notar = {.sig = sigs};
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    fake_cert(&s.fake, BFT_NOTARIZE, 1, &one, 7, &notar);
    bft_put_proof(&wr, &path, 1, &notar, 4);
    ck_assert_uint_eq(verdict_of(1, one.value, cs_wr_view(&wr)), VT_BAD);
}
END_TEST

START_TEST(weights_decide_in_proofs_as_well)
{
    uint8_t bytes[BFT_MESSAGE_MAX];

    s.fake.members[3].weight = 10;
    ck_assert_uint_eq(verdict_of(1, one.value, long_proof(bytes)), VT_BAD);
    s.fake.members[3].weight = 1;
    s.fake.members[0].weight = 10;
    ck_assert_uint_eq(verdict_of(1, one.value, long_proof(bytes)), VT_GOOD);
}
END_TEST

/* ---- short proofs ------------------------------------------------------- */

static struct bft_claim claim_of(uint64_t height, const uint8_t value[32],
                                 struct vt_view proof)
{
    struct bft_claim claim = {fake_host(), &s.fake.epoch, FAKE_ROLE,
                              height,      {0},           proof};

    memcpy(claim.value, value, 32);
    return claim;
}

static uint32_t short_verdict(uint64_t height, const uint8_t value[32],
                              struct vt_view proof)
{
    struct bft_claim claim = claim_of(height, value, proof);
    uint32_t verdict = 99;

    ck_assert_int_eq(bft_check_short(&claim, &verdict, NULL), VT_OK);
    return verdict;
}

/* Shortens the proof of block one into out. */
static vt_status shorten(struct vt_view proof, struct vt_buf *out)
{
    struct bft_claim claim = claim_of(1, one.value, proof);
    struct vt_sink sink;

    vt_buf_clear(out);
    vt_buf_sink(out, &sink);
    return bft_shorten(&claim, &sink, NULL);
}

START_TEST(a_short_proof_holds_for_the_same_and_for_nothing_else)
{
    struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
    uint8_t bytes[BFT_MESSAGE_MAX];
    struct vt_view proof = long_proof(bytes);

    ck_assert_int_eq(shorten(proof, &out), VT_OK);
    ck_assert_uint_lt(out.len, proof.len);
    ck_assert_uint_eq(short_verdict(1, one.value, vt_buf_view(&out)), VT_GOOD);
    ck_assert_uint_eq(short_verdict(2, one.value, vt_buf_view(&out)), VT_BAD);
    ck_assert_uint_eq(short_verdict(1, two.value, vt_buf_view(&out)), VT_BAD);
    for (size_t i = 0; i < 8 * out.len; i++) {
        out.data[i / 8] ^= (uint8_t)(1u << i % 8);
        ck_assert_msg(short_verdict(1, one.value, vt_buf_view(&out)) == VT_BAD,
                      "bit %zu", i);
        out.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t len = 0; len < out.len; len++) {
        ck_assert_uint_eq(short_verdict(1, one.value, cs_view(out.data, len)),
                          VT_BAD);
    }
    s.fake.epoch.digest[0] ^= 1;
    ck_assert_uint_eq(short_verdict(1, one.value, vt_buf_view(&out)), VT_BAD);
    vt_buf_fini(&out);
}
END_TEST

START_TEST(each_form_has_its_own_check)
{
    struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
    struct vt_buf twice = VT_BUF_INIT(BFT_MESSAGE_MAX);
    uint8_t bytes[BFT_MESSAGE_MAX];
    struct vt_view proof = long_proof(bytes);

    ck_assert_int_eq(shorten(proof, &out), VT_OK);
    ck_assert_uint_eq(verdict_of(1, one.value, vt_buf_view(&out)), VT_BAD);
    ck_assert_uint_eq(short_verdict(1, one.value, proof), VT_BAD);
    ck_assert_int_eq(shorten(vt_buf_view(&out), &twice), VT_E_CORRUPT);
    ck_assert_int_eq(shorten(cs_view(bytes, proof.len - 1), &twice),
                     VT_E_CORRUPT);
    vt_buf_fini(&out);
    vt_buf_fini(&twice);
}
END_TEST

START_TEST(a_scheme_that_does_not_aggregate_has_no_short_proofs)
{
    struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
    struct vt_buf none = VT_BUF_INIT(BFT_MESSAGE_MAX);
    uint8_t bytes[BFT_MESSAGE_MAX];
    struct vt_view proof = long_proof(bytes);

    ck_assert_int_eq(shorten(proof, &out), VT_OK);
    s.fake.epoch.scheme = "other";
    ck_assert_int_eq(shorten(proof, &none), VT_E_UNSUPPORTED);
    ck_assert_uint_eq(short_verdict(1, one.value, vt_buf_view(&out)), VT_BAD);
    vt_buf_fini(&out);
    vt_buf_fini(&none);
}
END_TEST

START_TEST(a_short_proof_by_too_few_is_refused)
{
    struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
    uint8_t bytes[BFT_MESSAGE_MAX];

    ck_assert_int_eq(shorten(long_proof(bytes), &out), VT_OK);
    s.fake.members[3].weight = 10; /* the signers have 3 of 13 now */
    ck_assert_uint_eq(short_verdict(1, one.value, vt_buf_view(&out)), VT_BAD);
    s.fake.members[3].weight = 1;
    ck_assert_uint_eq(short_verdict(1, one.value, vt_buf_view(&out)), VT_GOOD);
    vt_buf_fini(&out);
}
END_TEST

/* ---- evidence ----------------------------------------------------------- */

static uint32_t convict(uint32_t kind, uint32_t *member)
{
    uint32_t verdict = 99;

    ck_assert_int_eq(bft_check_evidence(fake_host(), &s.fake.epoch, FAKE_ROLE,
                                        kind, cs_view(s.item[0], s.item_len[0]),
                                        cs_view(s.item[1], s.item_len[1]),
                                        member, &verdict, NULL),
                     VT_OK);
    return verdict;
}

START_TEST(evidence_names_its_member_and_cannot_be_bent)
{
    struct bft_block other = solo_block(&s, 1, &root, 2);
    uint32_t member = 99;

    solo_vote(&s, 2, BFT_NOTARIZE, 1, &one);
    solo_vote(&s, 2, BFT_NOTARIZE, 1, &other);
    ck_assert_uint_eq(convict(BFT_E2, &member), VT_GOOD);
    ck_assert_uint_eq(member, 2);
    ck_assert_uint_eq(convict(BFT_E1, &member), VT_BAD);
    ck_assert_uint_eq(convict(BFT_E4, &member), VT_BAD);
    ck_assert_uint_eq(convict(9, &member), VT_BAD);
    for (uint32_t which = 0; which < 2; which++) {
        for (size_t i = 0; i < s.item_len[which]; i++) {
            s.item[which][i] ^= 1;
            ck_assert_uint_eq(convict(BFT_E2, &member), VT_BAD);
            s.item[which][i] ^= 1;
        }
    }
    s.fake.epoch.digest[5] ^= 1; /* evidence of another epoch */
    ck_assert_uint_eq(convict(BFT_E2, &member), VT_BAD);
}
END_TEST

START_TEST(one_word_said_twice_is_no_crime)
{
    struct bft_vote_msg m = {.kind = BFT_NOTARIZE, .view = 1};
    uint32_t member = 99;

    memcpy(m.link, one.link, 32);
    fake_vote(&s.fake, 2, &m);
    for (uint32_t i = 0; i < 2; i++) {
        s.item_len[i] = bft_item_of_vote(2, &m, s.item[i]);
    }
    ck_assert_uint_eq(convict(BFT_E2, &member), VT_BAD);
    ck_assert_uint_eq(member, 99);
}
END_TEST

/* ---- bytes -------------------------------------------------------------- */

START_TEST(a_vote_has_the_bytes_the_readme_says)
{
    static const uint8_t head[] = {2, 0x2a, 0, 0, 0, 0, 0, 0, 0, 3, 7, 8, 9};
    struct bft_vote_msg m = {
        .kind = BFT_NULLIFY, .view = 42, .sig = {3, {7, 8, 9}}};
    struct bft_vote_msg back;
    uint8_t bytes[256];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_vote(&wr, &m);
    ck_assert_uint_eq(wr.len, sizeof head);
    ck_assert_mem_eq(bytes, head, sizeof head);
    ck_assert_int_eq(bft_get_vote(cs_wr_view(&wr), &back), 1);
    ck_assert_int_eq(bft_get_vote(cs_view(bytes, wr.len - 1), &back), 0);
    bytes[0] = BFT_PROPOSAL;
    ck_assert_int_eq(bft_get_vote(cs_wr_view(&wr), &back), 0);
}
END_TEST

START_TEST(what_is_decoded_encodes_to_the_same_bytes)
{
    struct bft_proposal m = {.block = two, .parent_view = 1};
    struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_cert cert = {.sig = sigs};
    uint8_t bytes[2048];
    uint8_t again[2048];
    struct cs_wr wr;
    struct cs_wr wr2;

    fake_proposal(&s.fake, 2, &m);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_proposal(&wr, &m);
    ck_assert_int_eq(bft_get_proposal(&s.fake.set, cs_wr_view(&wr), &m), 1);
    cs_wr_init(&wr2, again, sizeof again);
    bft_put_proposal(&wr2, &m);
    ck_assert_uint_eq(wr.len, wr2.len);
    ck_assert_mem_eq(bytes, again, wr.len);
    for (uint32_t kind = BFT_NOTARIZE; kind <= BFT_FINALIZE; kind++) {
        fake_cert(&s.fake, kind, 2, kind == BFT_NULLIFY ? NULL : &two, 14,
                  &cert);
        cs_wr_init(&wr, bytes, sizeof bytes);
        bft_put_cert(&wr, &cert, 4);
        ck_assert_int_eq(bft_get_cert(&s.fake.set, cs_wr_view(&wr), &cert), 1);
        cs_wr_init(&wr2, again, sizeof again);
        bft_put_cert(&wr2, &cert, 4);
        ck_assert_uint_eq(wr.len, wr2.len);
        ck_assert_mem_eq(bytes, again, wr.len);
        for (size_t len = 0; len < wr.len; len++) {
            ck_assert_int_eq(
                bft_get_cert(&s.fake.set, cs_view(bytes, len), &cert), 0);
        }
    }
}
END_TEST

START_TEST(a_proposal_on_its_own_view_is_malformed)
{
    struct bft_proposal m = {.block = two, .parent_view = 2};
    uint8_t bytes[512];
    struct cs_wr wr;

    fake_proposal(&s.fake, 2, &m);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_put_proposal(&wr, &m);
    ck_assert_int_eq(bft_get_proposal(&s.fake.set, cs_wr_view(&wr), &m), 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_proof_is_believed_by_strangers,
        no_bit_of_a_proof_can_be_changed,
        another_epoch_role_or_too_few_signers_are_refused,
        a_notarization_is_no_finalization,
        a_short_proof_holds_for_the_same_and_for_nothing_else,
        each_form_has_its_own_check,
        a_scheme_that_does_not_aggregate_has_no_short_proofs,
        a_short_proof_by_too_few_is_refused,
        weights_decide_in_proofs_as_well,
        evidence_names_its_member_and_cannot_be_bent,
        one_word_said_twice_is_no_crime,
        a_vote_has_the_bytes_the_readme_says,
        what_is_decoded_encodes_to_the_same_bytes,
        a_proposal_on_its_own_view_is_malformed};
    Suite *suite = suite_create("ordering core: proofs");
    TCase *tcase = tcase_create("proofs");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
