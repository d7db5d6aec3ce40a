/* SPDX-License-Identifier: Apache-2.0
 *
 * check_journal.c - the order rule in small: nothing that must wait runs before
 * what it waits for is on disk, whatever the disk does; and the double-sign
 * guard that writes through the journal.
 */
#include "unit/suite.h"

#include "base/bytes.h"
#include "base/status.h"
#include "chain/guard.h"
#include "chain/logstore.h"
#include "sim/cheap_sig.h"
#include "sim/disk.h"

#include <string.h>

struct fixture {
    struct vt_world world;
    struct vt_job *job; /* the one STORE job that may be under way */
    struct vt_sim_disk *disk;
    struct vt_store log;
    struct vt_signer signer;
    uint8_t sk[32], pk[32];
    struct vt_journal *journal;
    int failures, done;
    uint64_t ran[64];
    size_t ran_count, dropped;
    uint8_t sig[64];
    size_t sig_len;
};

static struct fixture f;

static vt_status run(struct vt_world *world, enum vt_lane lane,
                     struct vt_job *job)
{
    (void)world;
    ck_assert_int_eq(lane, VT_LANE_STORE);
    ck_assert_ptr_null(f.job);
    f.job = job;
    return VT_OK;
}

static const struct vt_world_ops ops = {.run = run};

static void on_failure(void *ctx, const struct vt_err *err)
{
    (void)ctx;
    ck_assert_int_eq(err->code, VT_E_IO);
    f.failures++;
}

static void on_done(void *ctx)
{
    (void)ctx;
    f.done++;
}

static void setup(void)
{
    struct vt_journal_args args = {.world = &f.world,
                                   .log = &f.log,
                                   .signer = &f.signer,
                                   .on_failure = on_failure,
                                   .on_done = on_done};
    uint8_t key_seed[32] = {5};

    memset(&f, 0, sizeof f);
    f.world.ops = &ops;
    f.disk = vt_sim_disk_new(NULL);
    f.log.table = &vt_sim_disk_table;
    f.log.db = vt_sim_disk_db(f.disk);
    ck_assert_int_eq(vt_sim_cheap_sig.keypair(key_seed, f.sk, f.pk), VT_OK);
    f.signer.scheme = &vt_sim_cheap_sig;
    f.signer.sk = f.sk;
    f.signer.pk = vt_view_of(f.pk, 32);
    f.journal = vt_journal_new(&args);
    ck_assert_ptr_nonnull(f.journal);
}

static void teardown(void)
{
    vt_journal_free(f.journal);
    vt_sim_disk_free(f.disk);
}

/* The job that is under way comes to its end. */
static void finish(void)
{
    struct vt_job *job = f.job;

    ck_assert_ptr_nonnull(job);
    job->fn(job);
    f.job = NULL;
    job->done(job);
}

static void put(uint64_t slot)
{
    struct vt_log_key key;

    vt_log_key_slot(0, slot, &key);
    ck_assert_int_eq(vt_journal_put(f.journal, VT_LOG_SLOT,
                                    vt_log_key_view(&key),
                                    vt_view_of(&slot, sizeof slot)),
                     VT_OK);
}

static int is_on_disk(uint64_t slot)
{
    struct vt_buf out = VT_BUF_INIT(64);
    struct vt_log_key key;
    vt_status status;

    vt_log_key_slot(0, slot, &key);
    status = vt_log_read(&f.log, VT_LOG_SLOT, vt_log_key_view(&key), &out);
    vt_buf_fini(&out);
    return status == VT_OK;
}

/* arg is the slot that must be durable before this runs. */
static void note(void *ctx, uint64_t arg)
{
    (void)ctx;
    ck_assert(arg == 0 || is_on_disk(arg));
    f.ran[f.ran_count++] = arg;
}

static void drop(void *ctx, uint64_t arg)
{
    (void)ctx;
    (void)arg;
    f.dropped++;
}

static void then(uint64_t arg)
{
    ck_assert_int_eq(vt_journal_then(f.journal, note, drop, NULL, arg), VT_OK);
}

START_TEST(nothing_to_wait_for_runs_at_once)
{
    then(0);
    ck_assert_uint_eq(f.ran_count, 1);
}
END_TEST

START_TEST(waits_for_what_was_put_before)
{
    put(1);
    then(1);
    ck_assert_uint_eq(f.ran_count, 0);
    vt_journal_flush(f.journal);
    put(2);
    then(2);
    ck_assert_uint_eq(f.ran_count, 0);
    finish();
    ck_assert_uint_eq(f.ran_count, 1);
    ck_assert(!is_on_disk(2));
    finish(); /* the second batch followed by itself */
    ck_assert_uint_eq(f.ran_count, 2);
    ck_assert_uint_eq(f.ran[1], 2);
}
END_TEST

START_TEST(waits_for_a_commit_that_is_under_way)
{
    put(1);
    vt_journal_flush(f.journal);
    then(1);
    ck_assert_uint_eq(f.ran_count, 0);
    finish();
    ck_assert_uint_eq(f.ran_count, 1);
}
END_TEST

START_TEST(many_records_share_one_commit)
{
    for (uint64_t i = 1; i <= 20; i++) {
        put(i);
        then(i);
    }
    vt_journal_flush(f.journal);
    finish();
    ck_assert_int_eq(f.done, 1);
    ck_assert_uint_eq(f.ran_count, 20);
    for (uint64_t i = 0; i < 20; i++) {
        ck_assert_uint_eq(f.ran[i], i + 1);
    }
    ck_assert(!vt_journal_busy(f.journal));
}
END_TEST

/* What the engine answers to being told. */
static void note_and_ask(void *ctx, uint64_t arg)
{
    note(ctx, arg);
    ck_assert(vt_journal_busy(f.journal));
    then(arg + 10);
}

START_TEST(who_is_told_first_comes_behind_those_who_wait)
{
    put(1);
    put(2);
    put(11);
    ck_assert_int_eq(vt_journal_then(f.journal, note_and_ask, drop, NULL, 1),
                     VT_OK);
    then(2);
    vt_journal_flush(f.journal);
    finish();
    ck_assert(!vt_journal_busy(f.journal));
    ck_assert_uint_eq(f.ran_count, 3);
    ck_assert_uint_eq(f.ran[0], 1);
    ck_assert_uint_eq(f.ran[1], 2);
    ck_assert_uint_eq(f.ran[2], 11);
}
END_TEST

START_TEST(after_a_failure_nothing_that_waited_ever_runs)
{
    put(1);
    then(1);
    vt_journal_flush(f.journal);
    put(2);
    then(2);
    vt_sim_disk_set_full(f.disk, 1);
    finish();
    ck_assert_int_eq(f.failures, 1);
    ck_assert_uint_eq(f.ran_count, 0);
    ck_assert_ptr_null(f.job);
    ck_assert_int_eq(vt_journal_then(f.journal, note, drop, NULL, 0),
                     VT_E_STATE);
    vt_journal_free(f.journal);
    f.journal = NULL;
    ck_assert_uint_eq(f.dropped, 2);
}
END_TEST

static void on_signed(void *ctx, uint64_t arg, struct vt_view signature)
{
    (void)ctx;
    ck_assert(arg == 0 || is_on_disk(arg));
    f.sig_len = signature.len;
    memcpy(f.sig, signature.ptr, signature.len);
}

START_TEST(signs_only_after_the_commit)
{
    static const uint8_t digest[32] = {9};
    uint32_t verdict;

    put(1);
    ck_assert_int_eq(vt_journal_sign(f.journal, digest, on_signed, NULL, 1),
                     VT_OK);
    ck_assert_uint_eq(f.sig_len, 0);
    vt_journal_flush(f.journal);
    finish();
    ck_assert_uint_gt(f.sig_len, 0);
    (void)vt_sim_cheap_sig.verify(f.signer.pk, digest,
                                  vt_view_of(f.sig, f.sig_len), &verdict);
    ck_assert_uint_eq(verdict, VT_GOOD);
}
END_TEST

START_TEST(deletions_alone_start_no_commit)
{
    struct vt_log_key key;

    vt_log_key_slot(0, 7, &key);
    ck_assert_int_eq(
        vt_journal_del(f.journal, VT_LOG_SLOT, vt_log_key_view(&key)), VT_OK);
    vt_journal_flush(f.journal);
    ck_assert_ptr_null(f.job);
    put(8);
    vt_journal_flush(f.journal);
    finish();
    ck_assert(is_on_disk(8));
}
END_TEST

/* ---- the guard ----------------------------------------------------------- */

static struct vt_hash message(uint8_t number)
{
    struct vt_hash h = {{number}};

    return h;
}

static vt_status allow(struct vt_guard *guard, uint32_t role, uint64_t major,
                       uint64_t minor, uint8_t number)
{
    struct vt_guard_position at = {role, major, minor};
    struct vt_hash m = message(number);

    return vt_guard_allow(guard, f.journal, &at, &m);
}

static struct vt_guard *guard_new(void)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_guard *guard;

    ck_assert_int_eq(vt_guard_new(&f.log, 0, &guard, &err), VT_OK);
    return guard;
}

START_TEST(one_position_one_message)
{
    struct vt_guard *guard = guard_new();

    ck_assert_int_eq(allow(guard, 2, 0, 5, 1), VT_OK);
    ck_assert_int_eq(allow(guard, 2, 0, 5, 1), VT_OK);
    ck_assert_int_eq(allow(guard, 2, 0, 5, 2), VT_E_DENIED);
    ck_assert_int_eq(allow(guard, 2, 0, 4, 3), VT_E_DENIED);
    ck_assert_int_eq(allow(guard, 3, 0, 4, 3), VT_OK);
    ck_assert_int_eq(allow(guard, 2, 1, 0, 4), VT_OK);
    ck_assert_int_eq(allow(guard, 2, 0, 6, 4), VT_E_DENIED);
    ck_assert_int_eq(allow(guard, VT_GUARD_ROLES_MAX, 0, 0, 4), VT_E_INVALID);
    vt_guard_free(guard);
}
END_TEST

START_TEST(a_restart_forgets_nothing)
{
    struct vt_guard *guard = guard_new();

    for (uint64_t i = 0; i < VT_GUARD_KEEP + 40; i++) {
        ck_assert_int_eq(allow(guard, 1, i / 100, i % 100, (uint8_t)i), VT_OK);
    }
    vt_guard_free(guard);
    vt_journal_flush(f.journal);
    finish();
    guard = guard_new();
    for (uint64_t i = 0; i < VT_GUARD_KEEP + 40; i++) {
        ck_assert_int_eq(allow(guard, 1, i / 100, i % 100, (uint8_t)(i + 1)),
                         VT_E_DENIED);
        ck_assert_int_eq(allow(guard, 1, i / 100, i % 100, (uint8_t)i),
                         i < 40 ? VT_E_DENIED : VT_OK);
    }
    ck_assert_int_eq(allow(guard, 1, 90, 0, 1), VT_OK);
    vt_guard_free(guard);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const journal[] = {
        nothing_to_wait_for_runs_at_once,
        waits_for_what_was_put_before,
        waits_for_a_commit_that_is_under_way,
        many_records_share_one_commit,
        who_is_told_first_comes_behind_those_who_wait,
        after_a_failure_nothing_that_waited_ever_runs,
        signs_only_after_the_commit,
        deletions_alone_start_no_commit,
        one_position_one_message,
        a_restart_forgets_nothing,
    };
    Suite *s = suite_create("core/chain/journal");
    TCase *tcase = tcase_create("journal and guard");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof journal / sizeof journal[0]; i++) {
        tcase_add_test(tcase, journal[i]);
    }
    suite_add_tcase(s, tcase);
    return s;
}

int main(void)
{
    return vt_suite_run(suite());
}
