/* SPDX-License-Identifier: Apache-2.0
 *
 * check_base.c - buffers, reader, arena, map, heap, Bech32m, error text, pool.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/arena.h"
#include "base/bech32.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/heap.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/queue.h"
#include "base/rng.h"
#include "base/status.h"
#include "base/utf8.h"

#include <stdatomic.h>
#include <string.h>

START_TEST(buffer_stops_at_its_maximum_and_stays_whole)
{
    struct vt_buf buf = VT_BUF_INIT(10);

    ck_assert_int_eq(vt_buf_put(&buf, "12345678", 8), VT_OK);
    ck_assert_int_eq(vt_buf_put(&buf, "abc", 3), VT_E_LIMIT);
    ck_assert_int_eq(vt_buf_put(&buf, "a", 1), VT_E_LIMIT);
    ck_assert_str_eq(vt_buf_text(&buf), "12345678");
    vt_buf_fini(&buf);
}
END_TEST

START_TEST(reader_refuses_every_cut_of_a_message)
{
    struct vt_buf buf = VT_BUF_INIT(100);

    (void)vt_buf_put_u8(&buf, 1);
    (void)vt_buf_put_u16(&buf, 2);
    (void)vt_buf_put_u32(&buf, 3);
    (void)vt_buf_put_u64(&buf, 4);
    (void)vt_buf_put_var(&buf, vt_view_str("five"));
    for (size_t len = 0; len <= buf.len; len++) {
        struct vt_rd rd;

        vt_rd_init(&rd, vt_view_of(buf.data, len));
        (void)vt_rd_u8(&rd);
        (void)vt_rd_u16(&rd);
        (void)vt_rd_u32(&rd);
        (void)vt_rd_u64(&rd);
        struct vt_view five = vt_rd_var(&rd, 4);
        ck_assert_int_eq(vt_rd_end(&rd), len == buf.len);
        ck_assert_uint_eq(five.len, len == buf.len ? 4 : 0);
    }
    vt_buf_fini(&buf);
}
END_TEST

START_TEST(arena_is_bounded_and_aligned)
{
    struct vt_arena arena;

    vt_arena_init(&arena, 100000);
    for (size_t i = 1; i < 200; i++) {
        uint8_t *p = vt_arena_alloc(&arena, i);

        ck_assert_ptr_nonnull(p);
        ck_assert_uint_eq((uintptr_t)p % 16, 0);
        ck_assert_uint_eq(p[i - 1], 0);
        p[i - 1] = 1;
    }
    ck_assert_ptr_null(vt_arena_alloc(&arena, 90000));
    vt_arena_fini(&arena);
}
END_TEST

START_TEST(map_behaves_like_an_array_of_pairs)
{
    static const uint8_t seed[16] = {3};
    struct vt_map *map = vt_map_new(2, 500, seed);
    uintptr_t model[1000] = {0};
    struct vt_rng rng;
    size_t count = 0;

    vt_rng_init(&rng, 5);
    for (int i = 0; i < 50000; i++) {
        uint16_t k = (uint16_t)vt_rng_below(&rng, 1000);
        uint8_t key[2];
        uintptr_t value = (uintptr_t)vt_rng_below(&rng, 1000000) + 1;

        vt_put_u16(key, k);
        if (vt_rng_chance(&rng, 1, 3)) {
            ck_assert_uint_eq((uintptr_t)vt_map_remove(map, key), model[k]);
            count -= model[k] != 0;
            model[k] = 0;
        } else if (vt_map_put(map, key, (void *)value, NULL) == VT_OK) {
            count += model[k] == 0;
            model[k] = value;
        } else {
            ck_assert_uint_eq(count, 500);
        }
        ck_assert_uint_eq((uintptr_t)vt_map_get(map, key), model[k]);
        ck_assert_uint_eq(vt_map_count(map), count);
    }
    vt_map_free(map);
}
END_TEST

START_TEST(map_iterates_in_insertion_order)
{
    static const uint8_t seed[16] = {9};
    struct vt_map *map = vt_map_new(1, 100, seed);
    size_t pos = 0;
    const void *key;
    void *value;

    for (uint8_t i = 50; i > 0; i--) {
        uint8_t k = (uint8_t)(i * 5u);

        ck_assert_int_eq(vt_map_put(map, &k, map, NULL), VT_OK);
    }
    for (uint8_t i = 50; i > 0; i--) {
        ck_assert_int_eq(vt_map_next(map, &pos, &key, &value), 1);
        ck_assert_uint_eq(*(const uint8_t *)key, (uint8_t)(i * 5u));
    }
    ck_assert_int_eq(vt_map_next(map, &pos, &key, &value), 0);
    vt_map_free(map);
}
END_TEST

START_TEST(heap_gives_deadlines_in_order)
{
    static struct vt_heap_item items[500];
    struct vt_heap heap;
    struct vt_rng rng;
    uint64_t last = 0;

    vt_rng_init(&rng, 6);
    vt_heap_init(&heap, 500);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 500; i++) { /* later rounds move items */
            ck_assert_int_eq(
                vt_heap_put(&heap, &items[i], vt_rng_below(&rng, 100)), VT_OK);
        }
    }
    for (size_t i = 0; i < 500; i += 7) {
        vt_heap_remove(&heap, &items[i]);
        vt_heap_remove(&heap, &items[i]);
    }
    while (vt_heap_top(&heap) != NULL) {
        struct vt_heap_item *top = vt_heap_top(&heap);

        ck_assert_uint_ge(top->at, last);
        last = top->at;
        vt_heap_remove(&heap, top);
    }
    vt_heap_fini(&heap);
}
END_TEST

START_TEST(bech32m_round_trips_and_finds_single_errors)
{
    uint8_t bytes[21];
    uint8_t back[21];
    char text[VT_BECH32_TEXT_MAX];
    struct vt_err err = VT_ERR_INIT;

    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 37);
    }
    ck_assert_int_eq(vt_bech32m_encode("vt", bytes, 21, text), VT_OK);
    ck_assert_int_eq(vt_bech32m_decode("vt", text, back, 21, &err), VT_OK);
    ck_assert_mem_eq(bytes, back, 21);
    for (size_t i = 0; i < strlen(text); i++) {
        char old = text[i];

        text[i] = old == 'q' ? 'p' : 'q';
        ck_assert_int_eq(vt_bech32m_decode("vt", text, back, 21, &err),
                         VT_E_INVALID);
        ck_assert_msg(err.text[0] != '\0', "position %zu", i);
        text[i] = old;
    }
    ck_assert_int_eq(vt_bech32m_decode("vs", text, back, 21, &err),
                     VT_E_INVALID);
}
END_TEST

START_TEST(bech32m_checksum_is_the_one_of_bip350)
{
    /* BIP350's example "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx": 32
     * groups 31..0, which are these 20 bytes. */
    static const uint8_t want[20] = {0xff, 0xbb, 0xcd, 0xeb, 0x38, 0xbd, 0xab,
                                     0x49, 0xca, 0x30, 0x7b, 0x9a, 0xc5, 0xa9,
                                     0x28, 0x39, 0x8a, 0x41, 0x88, 0x20};
    uint8_t got[20];
    char text[VT_BECH32_TEXT_MAX];

    ck_assert_int_eq(
        vt_bech32m_decode("abcdef",
                          "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx", got,
                          20, NULL),
        VT_OK);
    ck_assert_mem_eq(got, want, 20);
    ck_assert_int_eq(vt_bech32m_encode("abcdef", want, 20, text), VT_OK);
    ck_assert_str_eq(text, "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx");
}
END_TEST

START_TEST(error_text_is_cut_between_characters)
{
    struct vt_err err = VT_ERR_INIT;
    char text[400];

    for (size_t i = 0; i + 2 < sizeof text; i += 2) {
        memcpy(text + i, "\xc3\xa9", 2);
    }
    text[sizeof text - 2] = '\0';
    (void)vt_err_set(&err, VT_E_IO, "x%s", text);
    ck_assert_uint_eq(strlen(err.text) % 2, 1);
    (void)vt_err_set(&err, VT_E_IO, "inner");
    ck_assert_int_eq(vt_err_wrap(&err, "outer %d", 7), VT_E_IO);
    ck_assert_str_eq(err.text, "outer 7: inner");
}
END_TEST

struct counter {
    _Atomic int done;
};

static void count_up(void *arg)
{
    atomic_fetch_add(&((struct counter *)arg)->done, 1);
}

START_TEST(pool_runs_every_job_before_it_ends)
{
    static struct counter counter;
    struct vt_pool *pool = vt_pool_new(4, 100000);

    ck_assert_ptr_nonnull(pool);
    for (int i = 0; i < 20000; i++) {
        ck_assert_int_eq(vt_pool_submit(pool, count_up, &counter), VT_OK);
    }
    vt_pool_free(pool);
    ck_assert_int_eq(atomic_load(&counter.done), 20000);
}
END_TEST

START_TEST(queue_is_bounded_and_closes)
{
    struct vt_queue *queue = vt_queue_new(3);
    void *out[4];
    int a;

    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(vt_queue_push(queue, &a), VT_OK);
    }
    ck_assert_int_eq(vt_queue_push(queue, &a), VT_E_LIMIT);
    vt_queue_close(queue);
    ck_assert_int_eq(vt_queue_push(queue, &a), VT_E_STATE);
    ck_assert_uint_eq(vt_queue_pop(queue, out, 4, UINT64_MAX), 3);
    ck_assert_uint_eq(vt_queue_pop(queue, out, 4, UINT64_MAX), 0);
    vt_queue_free(queue);
}
END_TEST

START_TEST(the_nth_allocation_fails_on_demand)
{
    struct vt_buf buf = VT_BUF_INIT(100);

    vt_alloc_fail_at(2);
    void *first = vt_alloc(1);
    ck_assert_ptr_nonnull(first);
    ck_assert_int_eq(vt_buf_put(&buf, "x", 1), VT_E_NOMEM);
    ck_assert_uint_eq(buf.len, 0);
    vt_buf_clear(&buf);
    ck_assert_int_eq(vt_buf_put(&buf, "x", 1), VT_OK);
    vt_buf_fini(&buf);
    vt_free(first);
}
END_TEST

START_TEST(text_is_plain_or_not)
{
    static const char *const plain[] = {"",
                                        "a",
                                        "caf\xc3\xa9",
                                        "\xe4\xb8\xad\xe6\x96\x87",
                                        "\xc2\xa0",
                                        "\xe2\x80\xa7",
                                        "\xf0\x9f\x98\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80"};
    static const char *const other[] = {"\x1f",
                                        "\x7f",
                                        "\xc2\x80",
                                        "\xc2\x9f",
                                        "\xe2\x80\xa8",
                                        "\xe2\x80\xae",
                                        "\xe2\x81\xa6",
                                        "\xe2\x81\xa9", /* may not be shown */
                                        "\x80",
                                        "\xc0\xaf",
                                        "\xc1\xbf",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xc3",
                                        "\xe2\x82",
                                        "\xf0\x9f\x98",
                                        "\xe2(\xa1"};

    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        ck_assert_msg(vt_utf8_is_plain(vt_view_str(plain[i])), "%zu", i);
    }
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        ck_assert_msg(!vt_utf8_is_plain(vt_view_str(other[i])), "%zu", i);
    }
    ck_assert(!vt_utf8_is_plain(vt_view_of("a\0b", 3)));
}
END_TEST

int main(void)
{
    static const TTest *tests[13];
    Suite *suite = suite_create("core/base");

    tests[0] = buffer_stops_at_its_maximum_and_stays_whole;
    tests[1] = reader_refuses_every_cut_of_a_message;
    tests[2] = arena_is_bounded_and_aligned;
    tests[3] = map_behaves_like_an_array_of_pairs;
    tests[4] = map_iterates_in_insertion_order;
    tests[5] = heap_gives_deadlines_in_order;
    tests[6] = bech32m_round_trips_and_finds_single_errors;
    tests[7] = bech32m_checksum_is_the_one_of_bip350;
    tests[8] = error_text_is_cut_between_characters;
    tests[9] = pool_runs_every_job_before_it_ends;
    tests[10] = queue_is_bounded_and_closes;
    tests[11] = the_nth_allocation_fails_on_demand;
    tests[12] = text_is_plain_or_not;
    VT_SUITE_ADD(suite, "base", tests);
    return vt_suite_run(suite);
}
