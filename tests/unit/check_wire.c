/* SPDX-License-Identifier: Apache-2.0
 *
 * check_wire.c - the laws every encoding obeys, tried on every vector: one
 * value has one encoding, and nothing else is accepted.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "support/codec.h"
#include "support/vectors.h"
#include "wire/block.h"

#define SAMPLES_MAX 96u

struct sample {
    const struct vt_codec *codec;
    struct vt_buf bytes;
};

static struct sample samples[SAMPLES_MAX];
static size_t sample_count;

static void add(const char *codec, json_t *object, const char *key)
{
    struct sample *s = &samples[sample_count++];

    ck_assert_uint_le(sample_count, SAMPLES_MAX);
    s->codec = vt_codec_find(codec);
    ck_assert_ptr_nonnull(s->codec);
    s->bytes = vt_vector_bytes(object, key);
}

static void add_all(json_t *json, const char *list, const char *codec,
                    const char *key)
{
    json_t *object;
    size_t i;

    json_array_foreach (vt_vector_get(json, list), i, object) {
        add(codec, object, key);
    }
}

static void load_samples(void)
{
    static const char *const payloads[] = {
        "",       "transfer",  "asset_register", "asset_issue",
        "switch", "ready",     "stake",          "stake",
        "vote",   "candidate", "anchor",         "evidence"};
    json_t *wire = vt_vectors_load("core/wire/vectors.json");
    json_t *ledger = vt_vectors_load("core/ledger/vectors.json");
    json_t *object;
    size_t i;

    json_array_foreach (vt_vector_get(wire, "transactions"), i, object) {
        add("tx", object, "encoded");
        add(payloads[vt_vector_u64(object, "kind")], object, "payload");
    }
    json_array_foreach (vt_vector_get(wire, "blocks"), i, object) {
        json_t *header = vt_vector_get(object, "header");

        if (vt_vector_text(header, "handoff")[0] != '\0') {
            add("handoff", header, "handoff");
        }
    }
    add_all(wire, "blocks", "header", "encoded_header");
    add_all(wire, "blocks", "block", "encoded");
    add_all(wire, "frames", "frame", "encoded");
    add_all(wire, "hellos", "hello", "encoded");
    add_all(wire, "consensus_messages", "consensus_msg", "encoded");
    json_array_foreach (vt_vector_get(ledger, "entries"), i, object) {
        char name[32];

        (void)snprintf(name, sizeof name, "%s_entry",
                       vt_vector_text(object, "entry"));
        add(name, object, "value");
    }
    json_decref(wire);
    json_decref(ledger);
}

static void drop_samples(void)
{
    for (size_t i = 0; i < sample_count; i++) {
        vt_buf_fini(&samples[i].bytes);
    }
    sample_count = 0;
}

/* Accepted bytes are encoded to themselves; returns whether they were. */
static int accepted(const struct vt_codec *codec, struct vt_view bytes)
{
    struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);
    int good = codec->again(bytes, &out) == VT_OK;

    if (good) {
        ck_assert_msg(vt_view_eq(vt_buf_view(&out), bytes),
                      "%s: accepted bytes are not what is encoded",
                      codec->name);
    }
    vt_buf_fini(&out);
    return good;
}

START_TEST(every_codec_has_samples)
{
    for (size_t i = 0; i < vt_codec_count; i++) {
        size_t found = 0;

        for (size_t k = 0; k < sample_count; k++) {
            found += samples[k].codec == &vt_codecs[i];
        }
        ck_assert_msg(found > 0, "%s", vt_codecs[i].name);
    }
}
END_TEST

START_TEST(what_was_encoded_is_accepted_as_it_is)
{
    for (size_t i = 0; i < sample_count; i++) {
        ck_assert_msg(
            accepted(samples[i].codec, vt_buf_view(&samples[i].bytes)),
            "%s, sample %zu", samples[i].codec->name, i);
    }
}
END_TEST

START_TEST(every_cut_is_refused)
{
    for (size_t i = 0; i < sample_count; i++) {
        struct vt_view bytes = vt_buf_view(&samples[i].bytes);

        for (size_t len = 0; len < bytes.len; len++) {
            /* an allocation of its own, so that a read behind it shows */
            uint8_t *cut = vt_memdup(bytes.ptr, len);

            ck_assert_msg(!accepted(samples[i].codec, vt_view_of(cut, len)),
                          "%s cut to %zu of %zu bytes", samples[i].codec->name,
                          len, bytes.len);
            vt_free(cut);
        }
    }
}
END_TEST

START_TEST(nothing_may_follow)
{
    for (size_t i = 0; i < sample_count; i++) {
        struct vt_buf more = VT_BUF_INIT(VT_VECTOR_MAX);
        struct vt_view bytes = vt_buf_view(&samples[i].bytes);

        (void)vt_buf_put(&more, bytes.ptr, bytes.len);
        (void)vt_buf_put_u8(&more, 0);
        ck_assert(!accepted(samples[i].codec, vt_buf_view(&more)));
        (void)vt_buf_put(&more, bytes.ptr, bytes.len);
        ck_assert(!accepted(samples[i].codec, vt_buf_view(&more)));
        vt_buf_fini(&more);
    }
}
END_TEST

START_TEST(a_flipped_bit_is_refused_or_means_something_else)
{
    for (size_t i = 0; i < sample_count; i++) {
        struct vt_buf *bytes = &samples[i].bytes;

        for (size_t bit = 0; bit < bytes->len * 8; bit++) {
            bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            (void)accepted(samples[i].codec, vt_buf_view(bytes));
            bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}
END_TEST

START_TEST(no_bit_of_a_block_body_may_flip)
{
    for (size_t i = 0; i < sample_count; i++) {
        struct vt_buf *bytes = &samples[i].bytes;
        size_t body;

        if (samples[i].codec != vt_codec_find("block")) {
            continue;
        }
        body = 4 + vt_get_u32(bytes->data);
        for (size_t bit = body * 8; bit < bytes->len * 8; bit++) {
            bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert(!accepted(samples[i].codec, vt_buf_view(bytes)));
            bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}
END_TEST

/* The sample's transactions as a batch. */
static struct vt_block *as_batch(const struct sample *s)
{
    struct vt_block *block;
    struct vt_block *batch = NULL;
    struct vt_header header;
    struct vt_view raws[16];
    uint32_t count;

    ck_assert_int_eq(vt_block_decode(vt_buf_view(&s->bytes), &block, NULL),
                     VT_OK);
    count = block->header.tx_count < 16 ? block->header.tx_count : 16;
    for (uint32_t i = 0; i < count; i++) {
        raws[i] = block->txs[i].raw;
    }
    header = block->header;
    header.version = VT_HEADER_BATCH;
    ck_assert_int_eq(vt_block_make(&header, raws, count, &batch, NULL), VT_OK);
    vt_block_unref(block);
    return batch;
}

static uint32_t check_flaw_of(const struct vt_block *batch, uint32_t index)
{
    struct vt_buf flaw = VT_BUF_INIT(VT_FLAW_MAX);
    struct vt_hash id;
    struct vt_view tx;

    ck_assert_int_eq(vt_flaw_encode(batch, index, &flaw), VT_OK);
    ck_assert_int_eq(vt_flaw_decode(vt_buf_view(&flaw), &id, &tx), VT_OK);
    ck_assert(vt_hash_eq(&id, &batch->id));
    ck_assert(vt_view_eq(tx, batch->txs[index].raw));
    for (size_t bit = 0; bit < flaw.len * 8; bit++) {
        flaw.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(vt_flaw_decode(vt_buf_view(&flaw), &id, &tx) != VT_OK ||
                  !vt_hash_eq(&id, &batch->id));
        flaw.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    vt_buf_fini(&flaw);
    return 1;
}

START_TEST(a_flaw_ties_a_transaction_to_its_batch)
{
    uint32_t checked = 0;

    for (size_t i = 0; i < sample_count; i++) {
        struct vt_block *batch;

        if (samples[i].codec != vt_codec_find("block")) {
            continue;
        }
        batch = as_batch(&samples[i]);
        for (uint32_t k = 0; k < batch->header.tx_count; k++) {
            checked += check_flaw_of(batch, k);
        }
        vt_block_unref(batch);
    }
    ck_assert_uint_gt(checked, 0);
}
END_TEST

START_TEST(running_out_of_memory_harms_nothing)
{
    for (size_t i = 0; i < sample_count; i++) {
        struct vt_view bytes = vt_buf_view(&samples[i].bytes);
        uint64_t n = 0;
        int good;

        do { /* until no allocation is left to fail */
            struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);

            vt_alloc_fail_at(++n);
            good = samples[i].codec->again(bytes, &out) == VT_OK &&
                   vt_view_eq(vt_buf_view(&out), bytes);
            vt_alloc_fail_at(0);
            vt_buf_fini(&out);
        } while (!good && n < 1000);
        ck_assert(good);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_codec_has_samples,
        what_was_encoded_is_accepted_as_it_is,
        every_cut_is_refused,
        nothing_may_follow,
        a_flipped_bit_is_refused_or_means_something_else,
        no_bit_of_a_block_body_may_flip,
        a_flaw_ties_a_transaction_to_its_batch,
        running_out_of_memory_harms_nothing};
    Suite *suite = suite_create("core/wire");
    TCase *laws = tcase_create("laws");

    tcase_set_timeout(laws, 60);
    tcase_add_checked_fixture(laws, load_samples, drop_samples);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(laws, tests[i]);
    }
    suite_add_tcase(suite, laws);
    return vt_suite_run(suite);
}
