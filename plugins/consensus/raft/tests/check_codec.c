/* SPDX-License-Identifier: Apache-2.0
 *
 * check_codec.c - messages, evidence and slots as bytes; the documents.
 */
#include "messages.h"

#include "base/rng.h"
#include "stability.h"
#include "support/documents.h"
#include "unit/suite.h"

#include <string.h>

#define MEMBERS 5u

enum kind { ASK, ANSWER, APPEND, ACK, CERT, NUMBER, INDEX, ITEM, KINDS };

static union {
    struct raft_ask_msg ask;
    struct raft_answer answer;
    struct raft_append append;
    struct raft_ack ack;
    struct cs_qc cert;
    struct raft_item item;
} in;

static uint64_t numbers[2];

static int get(enum kind kind, struct vt_view bytes)
{
    memset(&in, 0, sizeof in);
    switch (kind) {
    case ASK:
        return raft_get_ask(bytes, &in.ask);
    case ANSWER:
        return raft_get_answer(bytes, &in.answer);
    case APPEND:
        return raft_get_append(bytes, &in.append);
    case ACK:
        return raft_get_ack(bytes, &in.ack);
    case CERT: {
        struct cs_committee who = {MEMBERS, raft_rule_quorum(MEMBERS)};

        return raft_get_cert(bytes, who, &in.cert);
    }
    case NUMBER:
        return raft_get_number(bytes, &numbers[0]);
    case INDEX:
        return raft_get_index(bytes, &numbers[0], &numbers[1]);
    default:
        return raft_get_item(bytes, &in.item);
    }
}

/* What get() read. */
static void put_again(enum kind kind, struct cs_wr *wr)
{
    switch (kind) {
    case ASK:
        raft_put_ask(wr, &in.ask);
        break;
    case ANSWER:
        raft_put_answer(wr, &in.answer);
        break;
    case APPEND:
        raft_put_append(wr, &in.append);
        break;
    case ACK:
        raft_put_ack(wr, &in.ack);
        break;
    case CERT:
        raft_put_cert(wr, &in.cert, MEMBERS);
        break;
    case NUMBER:
        raft_put_number(wr, numbers[0]);
        break;
    case INDEX:
        raft_put_index(wr, numbers[0], numbers[1]);
        break;
    default:
        raft_put_item(wr, in.item.member, &in.item.vote, &in.item.sig);
        break;
    }
}

static void fill(uint8_t *bytes, size_t len, uint8_t with)
{
    memset(bytes, with, len);
}

static void fill_sig(struct cs_sig *sig, uint8_t with)
{
    sig->len = 64;
    fill(sig->bytes, 64, with);
}

static void fill_run(struct raft_run *run)
{
    run->index = 41;
    run->term = 6;
    run->count = 3;
    fill(run->id, 32, 1);
    fill(run->link, 32, 2);
    for (uint8_t i = 0; i < 3; i++) {
        run->names[i].term = 7;
        fill(run->names[i].id, 32, (uint8_t)(10 + i));
    }
}

static void fill_vote(struct cs_qc *qc)
{
    qc->role = RAFT_ROLE_ACK;
    qc->view = 7;
    qc->seq = 44;
    fill(qc->id, 32, 3);
    fill(qc->extra, 32, 4);
}

/* A message of each kind, as large as it may be in all its parts. */
static size_t make(enum kind kind, uint8_t *out, size_t cap)
{
    struct cs_wr wr;

    memset(&in, 0, sizeof in);
    if (kind == ASK) {
        in.ask = (struct raft_ask_msg){1, 0, 7, 6, 40, 38};
    } else if (kind == ANSWER) {
        in.answer.asked = 7;
        in.answer.term = 6;
        in.answer.has_run = 1;
        fill_run(&in.answer.run);
    } else if (kind == APPEND) {
        in.append.term = 7;
        in.append.round = 3;
        in.append.committed = 40;
        fill_run(&in.append.run);
    } else if (kind == ACK) {
        in.ack.term = 7;
        in.ack.is_match = 1;
        in.ack.has_sig = 1;
        in.ack.index = 44;
        fill_sig(&in.ack.sig, 9);
    } else if (kind == CERT) {
        fill_vote(&in.cert);
        in.cert.signers = 0x15;
        for (uint8_t i = 0; i < 3; i++) {
            fill_sig(&in.cert.sig[i], i);
        }
    } else if (kind == ITEM) {
        in.item.member = 2;
        fill_vote(&in.item.vote);
        fill_sig(&in.item.sig, 5);
    } else {
        numbers[0] = 12;
        numbers[1] = 13;
    }
    cs_wr_init(&wr, out, cap);
    put_again(kind, &wr);
    ck_assert_int_eq(wr.is_full, 0);
    return wr.len;
}

START_TEST(what_is_put_is_got_again)
{
    uint8_t bytes[1024];
    uint8_t again[1024];

    for (uint32_t kind = 0; kind < KINDS; kind++) {
        size_t len = make((enum kind)kind, bytes, sizeof bytes);
        struct cs_wr wr;

        ck_assert_msg(get((enum kind)kind, cs_view(bytes, len)), "%u", kind);
        cs_wr_init(&wr, again, sizeof again);
        put_again((enum kind)kind, &wr);
        ck_assert_uint_eq(wr.len, len);
        ck_assert_mem_eq(again, bytes, len);
    }
}
END_TEST

START_TEST(cut_or_longer_messages_are_refused)
{
    uint8_t bytes[1024];

    for (uint32_t kind = 0; kind < KINDS; kind++) {
        size_t len = make((enum kind)kind, bytes, sizeof bytes);

        bytes[len] = 0;
        ck_assert(!get((enum kind)kind, cs_view(bytes, len + 1)));
        for (size_t cut = 0; cut < len; cut++) {
            ck_assert(!get((enum kind)kind, cs_view(bytes, cut)));
        }
    }
}
END_TEST

START_TEST(random_bytes_never_break_a_decoder)
{
    struct vt_rng rng;
    uint8_t bytes[600];

    vt_rng_init(&rng, 11);
    for (uint32_t i = 0; i < 40000; i++) {
        size_t len = vt_rng_below(&rng, sizeof bytes);
        enum kind kind = (enum kind)(i % KINDS);

        if (i % 2 == 0) {
            len = make(kind, bytes, sizeof bytes);
            bytes[vt_rng_below(&rng, len)] ^= (uint8_t)vt_rng_below(&rng, 256);
        } else {
            for (size_t b = 0; b < len; b++) {
                bytes[b] = (uint8_t)vt_rng_below(&rng, 256);
            }
        }
        if (get(kind, cs_view(bytes, len))) {
            uint8_t again[600];
            struct cs_wr wr;

            cs_wr_init(&wr, again, sizeof again);
            put_again(kind, &wr);
            ck_assert_uint_eq(wr.len, len);
            ck_assert_mem_eq(again, bytes, len);
        }
    }
}
END_TEST

START_TEST(the_shipped_ini_is_what_the_table_prints)
{
    check_plugin_ini(&raft_LTX_vt_plugin_v1, "consensus");
}
END_TEST

START_TEST(the_readme_lists_the_options)
{
    check_plugin_readme(&raft_LTX_vt_plugin_v1, "consensus");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_put_is_got_again, cut_or_longer_messages_are_refused,
        random_bytes_never_break_a_decoder,
        the_shipped_ini_is_what_the_table_prints, the_readme_lists_the_options};
    Suite *suite = suite_create("raft codec");

    VT_SUITE_ADD(suite, "bytes", tests);
    return vt_suite_run(suite);
}
