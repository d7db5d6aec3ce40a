/* SPDX-License-Identifier: Apache-2.0
 *
 * check_work.c - searches for a nonce: what counts as found, and the threads
 * that look for it.
 */
#include "unit/suite.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "base/work.h"
#include "net/miner.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

static const uint8_t header[80] = {1, 2, 3};
static uint8_t target[32];

/* bits leading zero bits, all others set */
static void set_target(unsigned bits)
{
    memset(target, 0xff, sizeof target);
    for (unsigned i = 0; i < bits; i++) {
        target[i / 8] = (uint8_t)(target[i / 8] & ~(0x80u >> (i % 8)));
    }
}

/* SHA-256 twice, by the other door of the hash. */
static int is_found(uint64_t nonce)
{
    uint8_t bytes[sizeof header + 8];
    struct vt_hash hash;

    memcpy(bytes, header, sizeof header);
    vt_put_u64(bytes + sizeof header, nonce);
    vt_hash_plain(bytes, sizeof bytes, &hash);
    vt_hash_plain(hash.b, sizeof hash.b, &hash);
    return memcmp(hash.b, target, 32) <= 0;
}

START_TEST(a_search_finds_the_first_nonce_there_is)
{
    struct vt_view view = vt_view_of(header, sizeof header);
    uint64_t nonce = 0;

    for (unsigned bits = 0; bits <= 12; bits++) {
        set_target(bits);
        ck_assert(vt_work_search(view, target, 1000, 1u << 20, &nonce));
        for (uint64_t n = 1000; n < nonce; n++) {
            ck_assert(!is_found(n));
        }
        ck_assert(is_found(nonce));
        ck_assert(vt_work_check(view, target, nonce));
        if (nonce > 1000) {
            ck_assert(!vt_work_check(view, target, nonce - 1));
            ck_assert(
                !vt_work_search(view, target, 1000, nonce - 1000, &nonce));
        }
    }
}
END_TEST

START_TEST(the_target_itself_is_low_enough)
{
    struct vt_view view = vt_view_of(header, sizeof header);
    uint8_t bytes[sizeof header + 8] = {0};
    struct vt_hash hash;

    memcpy(bytes, header, sizeof header);
    vt_hash_plain(bytes, sizeof bytes, &hash); /* nonce 0 */
    vt_hash_plain(hash.b, sizeof hash.b, &hash);
    ck_assert(vt_work_check(view, hash.b, 0));
    for (int i = 31; i >= 0 && hash.b[i]-- == 0; i--) {
    }
    ck_assert(!vt_work_check(view, hash.b, 0));
}
END_TEST

static _Atomic uint32_t told;
static _Atomic uint64_t told_token, told_nonce;

static void on_found(void *ctx, uint64_t token, uint64_t nonce)
{
    (void)ctx;
    atomic_store(&told_token, token);
    atomic_store(&told_nonce, nonce);
    atomic_fetch_add(&told, 1);
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

START_TEST(several_threads_tell_one_search_once)
{
    struct vt_miner *miner = vt_miner_new(4, on_found, NULL);

    atomic_store(&told, 0);
    set_target(8);
    ck_assert_int_eq(
        vt_miner_set(miner, 7, vt_view_of(header, sizeof header), target),
        VT_OK);
    for (int i = 0; i < 3000 && atomic_load(&told) == 0; i++) {
        pause_ms(10);
    }
    pause_ms(50);
    ck_assert_uint_eq(atomic_load(&told), 1);
    ck_assert_uint_eq(atomic_load(&told_token), 7);
    ck_assert(is_found(atomic_load(&told_nonce)));
    vt_miner_free(miner);
}
END_TEST

START_TEST(a_search_that_was_replaced_is_never_told)
{
    struct vt_miner *miner = vt_miner_new(2, on_found, NULL);
    static const struct vt_view nothing = {NULL, 0};

    atomic_store(&told, 0);
    set_target(60); /* not in this life */
    ck_assert_int_eq(
        vt_miner_set(miner, 1, vt_view_of(header, sizeof header), target),
        VT_OK);
    pause_ms(20);
    set_target(4);
    ck_assert_int_eq(
        vt_miner_set(miner, 2, vt_view_of(header, sizeof header), target),
        VT_OK);
    for (int i = 0; i < 3000 && atomic_load(&told) == 0; i++) {
        pause_ms(10);
    }
    ck_assert_uint_eq(atomic_load(&told_token), 2);
    set_target(60);
    ck_assert_int_eq(
        vt_miner_set(miner, 3, vt_view_of(header, sizeof header), target),
        VT_OK);
    ck_assert_int_eq(vt_miner_set(miner, 0, nothing, target), VT_OK);
    vt_miner_free(miner); /* comes back at once */
    ck_assert_uint_eq(atomic_load(&told), 1);
}
END_TEST

START_TEST(a_header_that_is_too_long_is_refused)
{
    static uint8_t large[VT_WORK_HEADER_MAX + 1];
    struct vt_miner *miner = vt_miner_new(1, on_found, NULL);

    ck_assert_int_eq(
        vt_miner_set(miner, 1, vt_view_of(large, sizeof large), target),
        VT_E_LIMIT);
    vt_miner_free(miner);
}
END_TEST

int main(void)
{
    const TTest *const work[] = {a_search_finds_the_first_nonce_there_is,
                                 the_target_itself_is_low_enough};
    const TTest *const miners[] = {several_threads_tell_one_search_once,
                                   a_search_that_was_replaced_is_never_told,
                                   a_header_that_is_too_long_is_refused};
    Suite *suite = suite_create("work");

    VT_SUITE_ADD(suite, "work", work);
    VT_SUITE_ADD(suite, "miners", miners);
    return vt_suite_run(suite);
}
