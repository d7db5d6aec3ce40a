/* SPDX-License-Identifier: Apache-2.0
 *
 * check_codec.c - bytes of words, headers, evidence and proofs; the schedule;
 * headers and proofs as strangers check them; the documents.
 */
#include "inside.h"

#include "peers.h"
#include "support/documents.h"
#include "unit/suite.h"

#include <string.h>

static struct director d;

static void fill_word(struct dpos_word *word)
{
    memset(word, 0, sizeof *word);
    word->slot = 77;
    word->height = 12;
    memset(word->id, 0xab, 32);
    word->sig.len = 64;
    memset(word->sig.bytes, 0x5a, 64);
}

/* No prefix and no longer form of a value is that value. */
static void check_strict(const uint8_t *bytes, size_t len,
                         int (*get)(struct vt_view bytes))
{
    uint8_t longer[512];

    memcpy(longer, bytes, len);
    longer[len] = 0;
    ck_assert_int_eq(get(cs_view(bytes, len)), 1);
    ck_assert_int_eq(get(cs_view(longer, len + 1)), 0);
    for (size_t i = 0; i < len; i++) {
        ck_assert_int_eq(get(cs_view(bytes, i)), 0);
    }
}

static int get_word(struct vt_view bytes)
{
    struct dpos_word word;

    return dpos_get_word(bytes, &word);
}

static int get_payload(struct vt_view bytes)
{
    struct dpos_payload p;

    return dpos_get_payload(bytes, &p);
}

static int get_item(struct vt_view bytes)
{
    struct dpos_word word;
    uint32_t member;

    return dpos_get_item(bytes, &member, &word);
}

START_TEST(every_form_of_bytes_has_one_reading)
{
    uint8_t bytes[512];
    struct dpos_payload p = {.slot = 9, .slot_ms = 500, .run = 4};
    struct dpos_payload back;
    struct dpos_word word;
    struct cs_wr wr;

    fill_word(&word);
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_word(&wr, &word);
    check_strict(bytes, wr.len, get_word);
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_item(&wr, 3, &word);
    check_strict(bytes, wr.len, get_item);
    p.below = word.sig;
    cs_wr_init(&wr, bytes, sizeof bytes);
    dpos_put_payload(&wr, &p);
    check_strict(bytes, wr.len, get_payload);
    ck_assert(dpos_get_payload(cs_wr_view(&wr), &back));
    ck_assert_mem_eq(&p, &back, sizeof p);
}
END_TEST

START_TEST(slots_and_heights_out_of_range_are_refused)
{
    uint8_t bytes[512];
    struct dpos_word word;
    struct cs_wr wr;

    for (int i = 0; i < 3; i++) {
        fill_word(&word);
        word.slot = i == 0 ? 0 : i == 1 ? DPOS_SLOT_MAX + 1 : 1;
        word.height = i == 2 ? 0 : 1;
        cs_wr_init(&wr, bytes, sizeof bytes);
        dpos_put_word(&wr, &word);
        ck_assert_int_eq(get_word(cs_wr_view(&wr)), 0);
    }
}
END_TEST

/* ---- P1 ------------------------------------------------------------------ */

START_TEST(each_round_gives_each_producer_its_run_of_slots)
{
    struct dpos_schedule s;
    uint32_t orders = 0;

    peers_open(&d, "");
    peers_schedule(&d, &s);
    s.n = 7;
    s.run = 3;
    for (uint64_t round = 0; round < 50; round++) {
        uint32_t seen[7] = {0};

        for (uint64_t i = 0; i < 21; i++) {
            uint64_t slot = round * 21 + i;

            seen[dpos_schedule_owner(&s, slot)]++;
            ck_assert_uint_eq(dpos_schedule_owner(&s, slot),
                              dpos_schedule_owner(&s, slot - i % 3));
        }
        for (uint32_t m = 0; m < 7; m++) {
            ck_assert_uint_eq(seen[m], 3);
        }
        orders += dpos_schedule_owner(&s, round * 21) !=
                  dpos_schedule_owner(&s, round * 21 + 21);
    }
    ck_assert_uint_gt(orders, 30); /* they are shuffled */
    for (uint32_t m = 0; m < 7; m++) {
        uint64_t slot = dpos_schedule_next(&s, 100, m);

        ck_assert_uint_ge(slot, 100);
        ck_assert_uint_lt(slot, 100 + 42);
        ck_assert_uint_eq(dpos_schedule_owner(&s, slot), m);
    }
    director_stop(&d);
}
END_TEST

/* ---- strangers ----------------------------------------------------------- */

static void header_of(uint32_t block, uint32_t proposer, int64_t time_ms,
                      struct vt_cs_header *out)
{
    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cs_header, payload);
    out->proposer = proposer;
    out->epoch = box_epoch(d.box)->epoch;
    out->height = box_block_height(d.box, block);
    out->time_ms = time_ms;
    box_block_id(d.box, block, out->id);
    out->payload = box_block_payload(d.box, block);
}

static uint32_t judge(const struct vt_cs_header *parent,
                      const struct vt_cs_header *header)
{
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = VT_LATER;

    ck_assert_int_eq(dpos_check_header(box_host(d.box), box_epoch(d.box),
                                       parent, header, &verdict, &err),
                     VT_OK);
    return verdict;
}

START_TEST(a_header_shows_its_slot_and_the_word_under_its_parent)
{
    uint64_t slots[2];
    uint32_t blocks[2];
    struct vt_cs_header h[2];
    struct vt_cs_header bad;
    uint8_t payload[DPOS_PAYLOAD_MAX];

    peers_open(&d, "");
    slots[0] = peers_slot(&d, 3, PEERS_REAL, 1);
    slots[1] = peers_slot(&d, slots[0] + 1, PEERS_REAL, 1);
    blocks[0] = peers_block(&d, BOX_NONE, slots[0], 1);
    blocks[1] = peers_block(&d, blocks[0], slots[1], 2);
    for (int i = 0; i < 2; i++) {
        header_of(blocks[i], peers_owner(&d, slots[i]),
                  (int64_t)(slots[i] * PEERS_SLOT_MS), &h[i]);
    }
    ck_assert_uint_eq(judge(NULL, &h[0]), VT_GOOD);
    ck_assert_uint_eq(judge(&h[0], &h[1]), VT_GOOD);
    ck_assert_uint_eq(judge(NULL, &h[1]), VT_BAD); /* a word without block */
    bad = h[1];
    bad.time_ms += PEERS_SLOT_MS;
    ck_assert_uint_eq(judge(&h[0], &bad), VT_BAD);
    bad = h[1];
    bad.proposer ^= 1;
    ck_assert_uint_eq(judge(&h[0], &bad), VT_BAD);
    for (size_t i = 0; i < h[1].payload.len; i++) {
        memcpy(payload, h[1].payload.ptr, h[1].payload.len);
        payload[i] ^= 1;
        bad = h[1];
        bad.payload = cs_view(payload, h[1].payload.len);
        ck_assert_uint_eq(judge(&h[0], &bad), VT_BAD);
    }
    director_stop(&d);
}
END_TEST

START_TEST(of_two_heads_the_longer_is_better_then_the_earlier_slot)
{
    uint64_t slot;
    uint32_t blocks[3];
    struct vt_cs_header h[3];
    int32_t order = 0;

    peers_open(&d, "");
    slot = peers_slot(&d, 3, PEERS_REAL, 1);
    blocks[0] = peers_block(&d, BOX_NONE, slot, 1);
    blocks[1] = peers_block(&d, BOX_NONE, slot + 1, 1);
    blocks[2] = peers_block(&d, blocks[1], slot + 2, 2);
    for (int i = 0; i < 3; i++) {
        header_of(blocks[i], 0, 0, &h[i]);
    }
    for (int i = 0; i < 3; i++) {
        static const int32_t want[3][3] = {{0, 1, -1}, {-1, 0, -1}, {1, 1, 0}};

        for (int k = 0; k < 3; k++) {
            ck_assert_int_eq(dpos_compare_headers(box_host(d.box),
                                                  box_epoch(d.box), &h[i],
                                                  &h[k], &order),
                             VT_OK);
            ck_assert_int_eq(order, want[i][k]);
        }
    }
    director_stop(&d);
}
END_TEST

START_TEST(two_words_for_one_slot_convict_nobody_when_they_are_not_signed)
{
    struct vt_err err = {.size = sizeof err};
    uint8_t bytes[2][DPOS_ITEM_MAX];
    struct cs_wr wr[2];
    uint32_t verdict = VT_LATER;
    uint32_t member = 0;

    peers_open(&d, "");
    for (int i = 0; i < 2; i++) {
        struct dpos_word word;

        fill_word(&word);
        word.id[0] = (uint8_t)i;
        cs_wr_init(&wr[i], bytes[i], sizeof bytes[i]);
        dpos_put_item(&wr[i], 1, &word);
    }
    ck_assert_int_eq(dpos_check_evidence(box_host(d.box), box_epoch(d.box),
                                         DPOS_EV_DOUBLE, cs_wr_view(&wr[0]),
                                         cs_wr_view(&wr[1]), &member, &verdict,
                                         &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    director_stop(&d);
}
END_TEST

START_TEST(the_documents_say_what_the_options_are)
{
    check_plugin_ini(&dpos_LTX_vt_plugin_v1, "consensus");
    check_plugin_readme(&dpos_LTX_vt_plugin_v1, "consensus");
}
END_TEST

int main(void)
{
    const TTest *const bytes[] = {every_form_of_bytes_has_one_reading,
                                  slots_and_heights_out_of_range_are_refused,
                                  the_documents_say_what_the_options_are};
    const TTest *const pure[] = {
        each_round_gives_each_producer_its_run_of_slots,
        a_header_shows_its_slot_and_the_word_under_its_parent,
        of_two_heads_the_longer_is_better_then_the_earlier_slot,
        two_words_for_one_slot_convict_nobody_when_they_are_not_signed};
    Suite *suite = suite_create("dpos codec");

    VT_SUITE_ADD(suite, "bytes", bytes);
    VT_SUITE_ADD(suite, "pure", pure);
    return vt_suite_run(suite);
}
