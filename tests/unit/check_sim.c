/* SPDX-License-Identifier: Apache-2.0
 *
 * check_sim.c - the simulator's own parts: plans as text, profiles, the disk
 * that forgets.
 */
#include "base/bytes.h"
#include "base/status.h"
#include "sim/cluster.h"
#include "sim/disk.h"
#include "sim/scenario.h"
#include "unit/suite.h"

#include <string.h>

static const struct vt_sim_switches as_profile = {
    VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE,
    VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE, VT_SIM_AS_PROFILE};

static void make(const char *profile, uint32_t nodes, uint64_t seed,
                 struct vt_sim_plan *out)
{
    struct vt_err err = VT_ERR_INIT;

    ck_assert_msg(vt_sim_profile_plan(profile, &as_profile, nodes, seed, out,
                                      &err) == VT_OK,
                  "%s", err.text);
}

/* A line as it stands in a file, read: key and value apart. */
static void read_line(const char *line, uint32_t nodes,
                      struct vt_sim_fault *out)
{
    const char *equals = strstr(line, " = ");
    char key[8] = "";
    struct vt_err err = VT_ERR_INIT;

    ck_assert_ptr_nonnull(equals);
    ck_assert_uint_lt((size_t)(equals - line), sizeof key);
    memcpy(key, line, (size_t)(equals - line));
    ck_assert_msg(vt_sim_fault_parse(key, equals + 3, nodes, out, &err) ==
                      VT_OK,
                  "%s: %s", line, err.text);
}

START_TEST(every_fault_reads_back_as_it_was_written)
{
    for (uint64_t seed = 0; seed < 400; seed++) {
        static const uint32_t sizes[] = {1, 4, 7, 64};
        uint32_t nodes = sizes[seed % 4];
        struct vt_sim_plan plan;

        make("storm", nodes, seed, &plan);
        for (size_t i = 0; i < plan.count; i++) {
            struct vt_buf once = VT_BUF_INIT(1024);
            struct vt_buf twice = VT_BUF_INIT(1024);
            struct vt_sim_fault again;

            vt_sim_fault_print(&plan.faults[i], &once);
            ck_assert_uint_lt(once.len, 199); /* a line of an INI file */
            read_line(vt_buf_text(&once), nodes, &again);
            vt_sim_fault_print(&again, &twice);
            ck_assert_str_eq(vt_buf_text(&once), vt_buf_text(&twice));
            ck_assert_int_eq(again.verb, plan.faults[i].verb);
            ck_assert_uint_eq(again.at_ns, plan.faults[i].at_ns);
            ck_assert_uint_eq(again.for_ns, plan.faults[i].for_ns);
            ck_assert_int_eq(again.by, plan.faults[i].by);
            vt_buf_fini(&once);
            vt_buf_fini(&twice);
        }
        vt_sim_plan_fini(&plan);
    }
}
END_TEST

START_TEST(a_fault_waits_for_the_label_it_names)
{
    struct vt_sim_fault f;

    read_line("when = node2 P9 viewchange 3, crash 1-3 for 5ms after-effect 7",
              4, &f);
    ck_assert_str_eq(f.label, "P9 viewchange");
    ck_assert_uint_eq(f.watch, 2);
    ck_assert_uint_eq(f.nth, 3);
    ck_assert_uint_eq(f.set[0], 7);
    ck_assert_uint_eq(f.after_effect, 7);
    ck_assert_uint_eq(f.for_ns, 5000000);
}
END_TEST

START_TEST(a_crash_may_hit_whoever_traced_the_label)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_buf text = VT_BUF_INIT(1024);
    struct vt_sim_fault f;

    read_line("when = all R9 build term=1 index=120 1, crash it for 3s", 4, &f);
    ck_assert_str_eq(f.label, "R9 build term=1 index=120");
    ck_assert_uint_eq(f.is_it, 1);
    vt_sim_fault_print(&f, &text);
    ck_assert_str_eq(vt_buf_text(&text), "when = all R9 build term=1 index=120 "
                                         "1, crash it for 3s");
    vt_buf_fini(&text);
    /* without a label there is nobody */
    ck_assert_int_eq(vt_sim_fault_parse("at", "1s crash it", 4, &f, &err),
                     VT_E_INVALID);
}
END_TEST

START_TEST(no_more_lie_than_may)
{
    for (uint32_t nodes = 1; nodes <= 16; nodes++) {
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct vt_sim_plan plan;
            uint64_t liars;
            uint32_t count = 0;

            make("byzantine", nodes, seed, &plan);
            liars = vt_sim_plan_liars(&plan);
            for (uint32_t i = 0; i < 64; i++) {
                count += (uint32_t)(liars >> i & 1);
            }
            ck_assert_uint_eq(count, (nodes - 1) / 3);
            ck_assert_uint_eq(liars >> nodes, 0);
            vt_sim_plan_fini(&plan);
        }
    }
}
END_TEST

START_TEST(a_seed_means_one_plan_and_the_calm_none)
{
    struct vt_sim_plan one;
    struct vt_sim_plan two;

    make("storm", 4, 11, &one);
    make("storm", 4, 11, &two);
    ck_assert_uint_eq(one.count, two.count);
    ck_assert_mem_eq(one.faults, two.faults, one.count * sizeof one.faults[0]);
    vt_sim_plan_fini(&one);
    vt_sim_plan_fini(&two);
    make("calm", 4, 11, &one);
    ck_assert_uint_eq(one.count, 0);
    vt_sim_plan_fini(&one);
}
END_TEST

/* ---- the disk ------------------------------------------------------------ */

static vt_status put(struct vt_sim_disk *disk, uint8_t key, uint32_t flags)
{
    const struct vt_storage *t = &vt_sim_disk_table;
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *tx;

    ck_assert_int_eq(t->begin(vt_sim_disk_db(disk), VT_TX_RW, &tx, &err),
                     VT_OK);
    ck_assert_int_eq(t->put(tx, 1, vt_view_of(&key, 1), vt_view_of(&key, 1)),
                     VT_OK);
    return t->commit(tx, flags, &err);
}

static int has(struct vt_sim_disk *disk, uint8_t key)
{
    const struct vt_storage *t = &vt_sim_disk_table;
    struct vt_db_tx *tx;
    struct vt_view val;
    int found;

    ck_assert_int_eq(t->begin(vt_sim_disk_db(disk), VT_TX_RO, &tx, NULL),
                     VT_OK);
    found = t->get(tx, 1, vt_view_of(&key, 1), &val) == VT_OK;
    t->abort(tx);
    return found;
}

START_TEST(a_cut_leaves_what_was_synced_and_a_prefix_of_the_rest)
{
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct vt_sim_disk *disk = vt_sim_disk_new(NULL);
        struct vt_rng rng;
        int gone = 0;

        vt_rng_init(&rng, seed);
        ck_assert_int_eq(put(disk, 1, VT_COMMIT_SYNC), VT_OK);
        for (uint8_t key = 2; key < 6; key++) {
            ck_assert_int_eq(put(disk, key, 0), VT_OK);
        }
        vt_sim_disk_cut(disk, &rng);
        ck_assert(has(disk, 1));
        for (uint8_t key = 2; key < 6; key++) {
            ck_assert(!gone || !has(disk, key));
            gone = !has(disk, key);
        }
        vt_sim_disk_free(disk);
    }
}
END_TEST

START_TEST(nothing_written_behind_the_freeze_survives)
{
    struct vt_sim_disk *disk = vt_sim_disk_new(NULL);
    struct vt_rng rng;

    vt_rng_init(&rng, 1);
    ck_assert_int_eq(put(disk, 1, VT_COMMIT_SYNC), VT_OK);
    vt_sim_disk_freeze(disk);
    ck_assert_int_eq(put(disk, 2, VT_COMMIT_SYNC), VT_OK);
    ck_assert_int_eq(put(disk, 3, 0), VT_OK);
    ck_assert(has(disk, 2)); /* whoever died does not notice */
    vt_sim_disk_cut(disk, &rng);
    ck_assert(has(disk, 1));
    ck_assert(!has(disk, 2));
    ck_assert(!has(disk, 3));
    ck_assert_int_eq(put(disk, 4, VT_COMMIT_SYNC), VT_OK);
    vt_sim_disk_cut(disk, &rng);
    ck_assert(has(disk, 4));
    vt_sim_disk_free(disk);
}
END_TEST

START_TEST(a_full_disk_refuses_and_changes_nothing)
{
    struct vt_sim_disk *disk = vt_sim_disk_new(NULL);
    uint64_t bytes;

    ck_assert_int_eq(put(disk, 1, VT_COMMIT_SYNC), VT_OK);
    bytes = vt_sim_disk_bytes(disk, 1);
    vt_sim_disk_set_full(disk, 1);
    ck_assert_int_eq(put(disk, 2, VT_COMMIT_SYNC), VT_E_IO);
    ck_assert(!has(disk, 2));
    ck_assert_uint_eq(vt_sim_disk_bytes(disk, 1), bytes);
    vt_sim_disk_set_full(disk, 0);
    ck_assert_int_eq(put(disk, 2, VT_COMMIT_SYNC), VT_OK);
    ck_assert_uint_gt(vt_sim_disk_bytes(disk, 1), bytes);
    vt_sim_disk_free(disk);
}
END_TEST

/* ---- checks that no broken rule reaches before another one does -----------
 */

START_TEST(two_entries_at_one_place_of_raft_logs_are_seen)
{
    static struct sim_cluster c; /* too large for a stack */
    const struct vt_sim_args args = {.engine = "raft", .nodes = 3};
    struct vt_sim_result result = {0};
    uint8_t at[32];
    uint8_t hash[2][32] = {{1}, {2}};

    c.args = &args;
    c.result = &result;
    for (uint32_t i = 0; i < 3; i++) {
        c.nodes[i].cluster = &c;
        c.nodes[i].member = i;
    }
    vt_put_u64be(at, 0);      /* epoch */
    vt_put_u64be(at + 8, 1);  /* an acknowledgement */
    vt_put_u64be(at + 16, 4); /* term */
    vt_put_u64be(at + 24, 9); /* index */
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(result.violations, 0);
        vt_sim_check_kept(&c.nodes[i], vt_view_of(at, 32),
                          vt_view_of(hash[i / 2], 32));
    }
    ck_assert_uint_eq(result.violations, 1);
    ck_assert_int_eq(strncmp(result.violation, "I16 log", 7), 0);
    vt_put_u64be(at + 16, 5); /* another term may have another entry */
    vt_sim_check_kept(&c.nodes[0], vt_view_of(at, 32), vt_view_of(hash[1], 32));
    ck_assert_uint_eq(result.violations, 1);
    vt_sim_raft_free(&c);
}
END_TEST

int main(void)
{
    const TTest *const plans[] = {every_fault_reads_back_as_it_was_written,
                                  a_fault_waits_for_the_label_it_names,
                                  a_crash_may_hit_whoever_traced_the_label,
                                  no_more_lie_than_may,
                                  a_seed_means_one_plan_and_the_calm_none};
    const TTest *const disks[] = {
        a_cut_leaves_what_was_synced_and_a_prefix_of_the_rest,
        nothing_written_behind_the_freeze_survives,
        a_full_disk_refuses_and_changes_nothing};
    const TTest *const checks[] = {
        two_entries_at_one_place_of_raft_logs_are_seen};
    Suite *suite = suite_create("sim");

    VT_SUITE_ADD(suite, "plans", plans);
    VT_SUITE_ADD(suite, "disks", disks);
    VT_SUITE_ADD(suite, "checks", checks);
    return vt_suite_run(suite);
}
