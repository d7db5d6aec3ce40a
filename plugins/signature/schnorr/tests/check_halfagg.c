/* SPDX-License-Identifier: Apache-2.0
 *
 * check_halfagg.c - half-aggregation: the vectors published with BIP458,
 * whatever is changed is found, and the ends of all ranges.
 */
#include <vt/plugin.h>
#include <vt/signature.h>

#include "base/bytes.h"
#include "base/rng.h"
#include "unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 16u

extern const struct vt_plugin schnorr_LTX_vt_plugin_v1;

static const struct vt_signature *table(void)
{
    return VT_AT(struct vt_iface, schnorr_LTX_vt_plugin_v1.ifaces, 0)->table;
}

/* Signers over different messages and what is made of them. */
struct crowd {
    uint8_t pk[MAX][32], msg[MAX][32], sig[MAX][64];
    struct vt_sig_item items[MAX];
    struct vt_tab tab;
    uint8_t aggregate[32 * (MAX + 1)];
    uint32_t len;
};

static void gather(struct crowd *c, uint32_t count)
{
    struct vt_rng rng;

    vt_rng_init(&rng, count);
    c->tab = (struct vt_tab){c->items, count, sizeof c->items[0]};
    for (uint32_t i = 0; i < count; i++) {
        uint8_t seed[32], sk[32];
        uint32_t len;

        vt_rng_fill(&rng, seed, 32);
        vt_rng_fill(&rng, c->msg[i], 32);
        ck_assert_int_eq(table()->keypair(seed, sk, c->pk[i]), VT_OK);
        ck_assert_int_eq(table()->sign(sk, c->msg[i], c->sig[i], &len), VT_OK);
        c->items[i].pk = vt_view_of(c->pk[i], 32);
        c->items[i].msg = c->msg[i];
        c->items[i].sig = vt_view_of(c->sig[i], 64);
    }
    ck_assert_int_eq(
        table()->aggregate(c->tab, c->aggregate, sizeof c->aggregate, &c->len),
        VT_OK);
    ck_assert_uint_eq(c->len, 32 * (count + 1));
}

static uint32_t judge(const struct crowd *c, size_t len)
{
    uint32_t verdict = 9;

    ck_assert_int_eq(table()->verify_aggregate(
                         c->tab, vt_view_of(c->aggregate, len), &verdict),
                     VT_OK);
    return verdict;
}

/* ---- the vectors ----------------------------------------------------------
 */

#define LINE_MAX_LEN 4096u

/* The lines of a file of the BIP, without its headline. */
static FILE *open_vectors(const char *name)
{
    const char *src = getenv("VT_TEST_SRC_DIR");
    char path[4096], line[LINE_MAX_LEN];
    FILE *f;

    ck_assert_ptr_nonnull(src);
    (void)snprintf(path, sizeof path,
                   "%s/plugins/signature/schnorr/tests/bip458/%s", src, name);
    f = fopen(path, "r");
    ck_assert_ptr_nonnull(f);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
    return f;
}

/* Field n of a line; its length in *len. */
static const char *field(const char *line, int n, size_t *len)
{
    for (; n > 0; n--) {
        line = strchr(line, ',');
        ck_assert_ptr_nonnull(line);
        line++;
    }
    *len = strcspn(line, ",\r\n");
    return line;
}

static size_t bytes(const char *line, int n, uint8_t *out, size_t max)
{
    size_t len;
    const char *text = field(line, n, &len);

    ck_assert_uint_le(len / 2, max);
    ck_assert_int_eq(vt_hex_decode(text, len, out, len / 2), 0);
    return len / 2;
}

/* Values of size bytes with semicolons between; Returns how many. */
static uint32_t list(const char *line, int n, uint8_t *out, size_t size)
{
    size_t len;
    const char *text = field(line, n, &len);
    uint32_t count = 0;

    for (; len > 0; count++) {
        ck_assert_uint_lt(count, MAX);
        ck_assert_uint_ge(len, 2 * size);
        ck_assert_int_eq(
            vt_hex_decode(text, 2 * size, out + count * size, size), 0);
        len -= 2 * size;
        text += 2 * size;
        if (len > 0) {
            ck_assert_int_eq(*text, ';');
            text++;
            len--;
        }
    }
    return count;
}

/* Keys and messages from two fields. */
static void read_items(struct crowd *c, const char *line, int keys, int msgs)
{
    uint32_t count = list(line, keys, c->pk[0], 32);

    ck_assert_uint_eq(list(line, msgs, c->msg[0], 32), count);
    c->tab = (struct vt_tab){c->items, count, sizeof c->items[0]};
    for (uint32_t i = 0; i < count; i++) {
        c->items[i].pk = vt_view_of(c->pk[i], 32);
        c->items[i].msg = c->msg[i];
        c->items[i].sig = vt_view_of(c->sig[i], 64);
    }
}

START_TEST(aggregates_are_judged_as_published)
{
    FILE *f = open_vectors("test_vectors_verify.csv");
    char line[LINE_MAX_LEN];
    int checked = 0;

    for (; fgets(line, sizeof line, f) != NULL; checked++) {
        struct crowd c;
        size_t len;
        int is_good = strncmp(field(line, 4, &len), "TRUE", 4) == 0;

        read_items(&c, line, 2, 3);
        ck_assert_uint_eq(
            judge(&c, bytes(line, 1, c.aggregate, sizeof c.aggregate)),
            is_good ? VT_GOOD : VT_BAD);
    }
    (void)fclose(f);
    ck_assert_int_eq(checked, 22);
}
END_TEST

START_TEST(signatures_are_aggregated_as_published)
{
    FILE *f = open_vectors("test_vectors_aggregate.csv");
    char line[LINE_MAX_LEN];
    int checked = 0;

    for (; fgets(line, sizeof line, f) != NULL; checked++) {
        struct crowd c;
        uint8_t want[sizeof c.aggregate];
        size_t len;
        int is_good = strncmp(field(line, 4, &len), "TRUE", 4) == 0;

        read_items(&c, line, 1, 2);
        ck_assert_uint_eq(list(line, 3, c.sig[0], 64), c.tab.count);
        ck_assert_int_eq(
            table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &c.len),
            is_good ? VT_OK : VT_E_INVALID);
        if (is_good) {
            ck_assert_uint_eq(bytes(line, 5, want, sizeof want), c.len);
            ck_assert_mem_eq(c.aggregate, want, c.len);
            ck_assert_uint_eq(judge(&c, c.len), VT_GOOD);
        }
    }
    (void)fclose(f);
    ck_assert_int_eq(checked, 9);
}
END_TEST

/* ---- beyond them ----------------------------------------------------------
 */

START_TEST(any_number_of_signatures_is_one_good_aggregate)
{
    for (uint32_t count = 0; count <= MAX; count++) {
        struct crowd c;

        gather(&c, count);
        for (uint32_t i = 0; i < count; i++) { /* nobody needs them */
            c.items[i].sig = vt_view_of(NULL, 0);
        }
        ck_assert_uint_eq(judge(&c, c.len), VT_GOOD);
    }
}
END_TEST

START_TEST(an_aggregate_with_any_bit_changed_is_bad)
{
    struct crowd c;

    gather(&c, 3);
    for (uint32_t bit = 0; bit < 8 * c.len; bit++) {
        c.aggregate[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
        c.aggregate[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (uint32_t i = 0; i < 3; i++) {
        for (uint32_t bit = 0; bit < 256; bit++) {
            c.msg[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
            c.msg[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            c.pk[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
            c.pk[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    ck_assert_uint_eq(judge(&c, c.len), VT_GOOD);
}
END_TEST

START_TEST(the_order_and_the_number_of_items_count)
{
    struct crowd c;
    struct vt_sig_item first;

    gather(&c, 4);
    first = c.items[0];
    c.items[0] = c.items[1];
    c.items[1] = first;
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    c.items[1] = c.items[0];
    c.items[0] = first;
    ck_assert_uint_eq(judge(&c, c.len), VT_GOOD);
    for (size_t len = 0; len <= sizeof c.aggregate; len++) {
        if (len != c.len) {
            ck_assert_uint_eq(judge(&c, len), VT_BAD);
        }
    }
    c.tab.count = 3;
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    ck_assert_uint_eq(judge(&c, c.len - 32), VT_BAD);
}
END_TEST

/* Two bad signatures whose sum is right: only the randomizers tell. */
START_TEST(errors_do_not_cancel_out)
{
    struct crowd c;

    gather(&c, 2);
    c.sig[0][63]++;
    c.sig[1][63]--;
    ck_assert_int_eq(
        table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &c.len),
        VT_OK);
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    c.sig[0][63]--;
    ck_assert_int_eq(
        table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &c.len),
        VT_OK);
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused)
{
    static const uint8_t order[32] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
        0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    struct crowd c, before;
    uint32_t len = 7;

    gather(&c, 3);
    before = c;
    memcpy(c.aggregate + c.len - 32, order, 32);
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    memset(c.aggregate + c.len - 32, 0, 32);
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    memset(c.aggregate, 0xff, 32);
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);
    c.items[1].pk.len = 31;
    ck_assert_uint_eq(judge(&c, c.len), VT_BAD);

    memcpy(c.aggregate, before.aggregate, sizeof c.aggregate);
    ck_assert_int_eq(
        table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &len),
        VT_E_INVALID);
    c.items[1].pk.len = 32;
    c.items[2].sig.len = 63;
    ck_assert_int_eq(
        table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &len),
        VT_E_INVALID);
    c.items[2].sig.len = 64;
    memcpy(c.sig[2] + 32, order, 32);
    ck_assert_int_eq(
        table()->aggregate(c.tab, c.aggregate, sizeof c.aggregate, &len),
        VT_E_INVALID);
    c.tab.count = 2;
    ck_assert_int_eq(table()->aggregate(c.tab, c.aggregate, 95, &len),
                     VT_E_LIMIT);
    ck_assert_uint_eq(len, 7);
    ck_assert_mem_eq(c.aggregate, before.aggregate, sizeof c.aggregate);
}
END_TEST

/* The same item everywhere: a table without a stride. */
START_TEST(there_are_no_more_than_sixteen_bits_of_them)
{
    static uint8_t room[32 * (VT_AGGREGATE_MAX + 2)];
    struct crowd c;
    uint32_t verdict = 9;
    uint32_t len = 0;

    gather(&c, 1);
    c.tab.stride = 0;
    c.tab.count = VT_AGGREGATE_MAX + 1;
    ck_assert_int_eq(table()->aggregate(c.tab, room, sizeof room, &len),
                     VT_E_LIMIT);
    ck_assert_int_eq(table()->verify_aggregate(
                         c.tab, vt_view_of(room, sizeof room), &verdict),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_BAD);
    c.tab.count = VT_AGGREGATE_MAX;
    ck_assert_int_eq(table()->aggregate(c.tab, room, sizeof room, &len), VT_OK);
    ck_assert_uint_eq(len, sizeof room - 32);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        aggregates_are_judged_as_published,
        signatures_are_aggregated_as_published,
        any_number_of_signatures_is_one_good_aggregate,
        an_aggregate_with_any_bit_changed_is_bad,
        the_order_and_the_number_of_items_count,
        errors_do_not_cancel_out,
        what_is_out_of_range_is_refused,
        there_are_no_more_than_sixteen_bits_of_them};
    Suite *suite = suite_create("halfagg");

    VT_SUITE_ADD(suite, "halfagg", tests);
    return vt_suite_run(suite);
}
