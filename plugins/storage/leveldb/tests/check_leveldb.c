/* SPDX-License-Identifier: Apache-2.0
 *
 * check_leveldb.c - what only this store does: its logs after a power cut,
 * damage told from what was never durable, folders of others.
 *
 * A power cut is a copy of the folder while the store is open, and then some
 * change to the copy that a disk may leave behind.
 */
#include <vt/plugin.h>

#include "../records.h"
#include "bare.h"
#include "base/bytes.h"
#include "support/store.h"
#include "unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct vt_plugin leveldb_LTX_vt_plugin_v1;

#define LOG "000003.log"
#define NEXT_LOG "000004.log"
#define COMMITS_MAX 8

static struct store s;
static char image[168]; /* the folder after the power cut */

static void setup(void)
{
    const struct vt_plugin *plugin = &leveldb_LTX_vt_plugin_v1;

    store_init(&s, "storage.leveldb", plugin->keys,
               VT_AT(struct vt_iface, plugin->ifaces, 0)->table);
    (void)snprintf(image, sizeof image, "%s/image", s.home);
}

static void teardown(void)
{
    store_fini(&s);
}

/* ---- files -------------------------------------------------------------- */

static const char *in_image(const char *name)
{
    static char path[2][200];
    static int turn;

    turn = !turn;
    (void)snprintf(path[turn], sizeof path[turn], "%s/%s", image, name);
    return path[turn];
}

static size_t read_file(const char *name, uint8_t *bytes, size_t cap)
{
    FILE *f = fopen(in_image(name), "rb");
    size_t len;

    ck_assert_msg(f != NULL, "no %s", name);
    len = fread(bytes, 1, cap, f);
    ck_assert_uint_lt(len, cap);
    (void)fclose(f);
    return len;
}

static void write_file(const char *name, const uint8_t *bytes, size_t len)
{
    FILE *f = fopen(in_image(name), "wb");

    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

static off_t size_of(const char *name)
{
    struct stat st;

    return stat(in_image(name), &st) == 0 ? st.st_size : -1;
}

/* ---- a store before and after ------------------------------------------- */

/* Commits 1..count, one key each, "s" for a synced one: what is on disk then
 * becomes the image, and the store goes. */
static void make_image(const char *kinds, size_t val_len)
{
    static uint8_t bytes[100000];

    memset(bytes, 'v', sizeof bytes);
    ck_assert_int_eq(store_open(&s), VT_OK);
    for (int i = 0; kinds[i] != '\0'; i++) {
        char key[] = {(char)('1' + i), '\0'};

        ck_assert_int_eq(store_put(&s, key, vt_view_of(bytes, val_len),
                                   kinds[i] == 's' ? VT_COMMIT_SYNC : 0),
                         VT_OK);
    }
    store_copy(s.dir, image);
    store_close(&s);
}

/* Opens a copy of the image. Returns how many commits are there, -1 when
 * there is a gap, or the status when it is not opened. */
static int opened(void)
{
    char key[] = "1";
    int count = 0;
    int after = 0;
    vt_status status;

    store_copy(image, s.dir);
    status = store_open(&s);
    if (status != VT_OK) {
        return status;
    }
    while (count < COMMITS_MAX && store_len(&s, key) >= 0) {
        count++;
        key[0]++;
    }
    for (; key[0] <= '0' + COMMITS_MAX; key[0]++) {
        after += store_len(&s, key) >= 0;
    }
    store_close(&s);
    return after == 0 ? count : -1;
}

/* Where each record of the image's log begins, and its end. */
static size_t find_records(const char *name, size_t at[COMMITS_MAX + 1])
{
    struct ldb_records r;
    size_t count = 0;
    int fd = open(in_image(name), O_RDONLY);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ldb_records_open(&r, fd, 100), 0);
    at[0] = 0;
    while (ldb_records_next(&r) == LDB_RECORD) {
        ck_assert_uint_lt(count, COMMITS_MAX);
        at[++count] = (size_t)r.off;
    }
    ldb_records_close(&r);
    (void)close(fd);
    return count;
}

/* The image's log becomes two: records up to `first`, and from `second`. */
static void split_log(size_t first, size_t second)
{
    uint8_t bytes[4096];
    size_t at[COMMITS_MAX + 1];
    size_t len = read_file(LOG, bytes, sizeof bytes);

    ck_assert_uint_ge(find_records(LOG, at), second);
    write_file(NEXT_LOG, bytes + at[second], len - at[second]);
    write_file(LOG, bytes, at[first]);
}

static void flip(const char *name, size_t at)
{
    uint8_t bytes[4096];
    size_t len = read_file(name, bytes, sizeof bytes);

    ck_assert_uint_lt(at, len);
    bytes[at] ^= 0x10;
    write_file(name, bytes, len);
}

/* ---- what was never durable --------------------------------------------- */

START_TEST(leveldb_alone_shows_a_commit_without_the_one_before)
{
    struct bare *bare;

    make_image("...", 10);
    split_log(1, 2); /* the second log was on disk, the first one's end not */
    store_copy(image, s.dir);
    bare = bare_open(s.dir, 4 << 20, 0);
    ck_assert_int_eq(bare_get(bare, "\0011", 2), 10);
    ck_assert_int_eq(bare_get(bare, "\0012", 2), -1);
    ck_assert_int_eq(bare_get(bare, "\0013", 2), 10);
    bare_close(bare);
    ck_assert_int_eq(opened(), 1);
    ck_assert_int_eq(opened(), 1);
}
END_TEST

START_TEST(a_log_that_ends_anywhere_gives_a_prefix)
{
    size_t at[COMMITS_MAX + 1];
    uint8_t bytes[4096];
    size_t len;
    size_t whole = 0;

    make_image("...", 10);
    (void)find_records(LOG, at);
    len = read_file(LOG, bytes, sizeof bytes);
    for (size_t end = 0; end <= len; end += 4) {
        whole += whole < 3 && end >= at[whole + 1];
        write_file(LOG, bytes, end);
        ck_assert_int_eq(opened(), (int)whole);
    }
}
END_TEST

START_TEST(an_end_of_zeros_or_noise_gives_a_prefix)
{
    size_t at[COMMITS_MAX + 1];
    uint8_t good[4096];
    uint8_t bad[4096];
    size_t len;

    make_image("...", 10);
    (void)find_records(LOG, at);
    len = read_file(LOG, good, sizeof good);
    for (size_t from = at[1] + 1; from < at[2]; from += 7) {
        memcpy(bad, good, len);
        memset(bad + from, 0, len - from);
        write_file(LOG, bad, len);
        ck_assert_int_eq(opened(), 1);
        for (size_t i = from; i < len; i++) {
            bad[i] = (uint8_t)(i * 167 + 13);
        }
        write_file(LOG, bad, len);
        ck_assert_int_eq(opened(), 1);
    }
}
END_TEST

START_TEST(a_hole_between_whole_commits_gives_what_is_before)
{
    static uint8_t bytes[400000];
    size_t at[COMMITS_MAX + 1];
    size_t len;

    make_image("...", 80000); /* three blocks each */
    (void)find_records(LOG, at);
    len = read_file(LOG, bytes, sizeof bytes);
    memset(bytes + LDB_BLOCK * 4, 0, LDB_BLOCK); /* inside the second */
    write_file(LOG, bytes, len);
    ck_assert_int_eq(opened(), 1);
    memset(bytes, 0, LDB_BLOCK); /* and the first */
    write_file(LOG, bytes, len);
    ck_assert_int_eq(opened(), 0);
}
END_TEST

START_TEST(logs_behind_the_missing_commit_go_and_writing_goes_on)
{
    make_image(".....", 10);
    split_log(2, 3);
    store_copy(image, s.dir);
    ck_assert_int_eq(store_open(&s), VT_OK);
    for (char key[] = "3"; key[0] <= '5'; key[0]++) {
        ck_assert_int_eq(store_len(&s, key), -1);
        ck_assert_int_eq(
            store_put(&s, key, vt_view_str("again"), VT_COMMIT_SYNC), VT_OK);
    }
    store_copy(s.dir, image);
    store_close(&s);
    ck_assert_int_eq(opened(), 5);
}
END_TEST

/* ---- what was durable --------------------------------------------------- */

START_TEST(a_missing_commit_that_a_later_one_knows_is_damage)
{
    size_t at[COMMITS_MAX + 1];
    off_t size;

    make_image("s..", 10);
    (void)find_records(LOG, at);
    flip(LOG, at[2] - 1); /* the second: nobody knows it */
    ck_assert_int_eq(opened(), 1);
    flip(LOG, at[2] - 1);
    flip(LOG, at[1] - 1);
    size = size_of(LOG);
    store_copy(image, s.dir);
    ck_assert_int_eq(store_open(&s), VT_E_CORRUPT);
    ck_assert_msg(strstr(s.err.text, LOG ": damaged at offset 0") != NULL, "%s",
                  s.err.text);
    store_copy(s.dir, image);
    ck_assert_int_eq(size_of(LOG), size); /* nothing was changed */
}
END_TEST

START_TEST(a_first_commit_whose_length_is_damaged_is_still_known)
{
    size_t at[COMMITS_MAX + 1];
    uint8_t bytes[4096];
    size_t len;

    make_image("s..", 10);
    (void)find_records(LOG, at);
    len = read_file(LOG, bytes, sizeof bytes);
    memset(bytes + at[1], 0, at[2] - at[1]); /* and the next one is lost */
    bytes[4] = (uint8_t)(at[2] - 7);
    write_file(LOG, bytes, len);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
}
END_TEST

START_TEST(closing_in_order_vouches_for_the_last_commit)
{
    size_t at[COMMITS_MAX + 1];
    char closed[168];

    (void)snprintf(closed, sizeof closed, "%s/closed", s.home);
    make_image("ss", 10);
    store_copy(s.dir, closed);
    (void)find_records(LOG, at);
    flip(LOG, at[2] - 1);
    ck_assert_int_eq(opened(), 1); /* cannot be told from a torn one */
    store_copy(closed, image);
    flip(LOG, at[2] - 1);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
}
END_TEST

START_TEST(a_log_that_the_manifest_needs_is_missed)
{
    make_image("s", 10);
    ck_assert_int_eq(unlink(in_image(LOG)), 0);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
    ck_assert_msg(strstr(s.err.text, LOG) != NULL, "%s", s.err.text);
}
END_TEST

/* ---- the MANIFEST ------------------------------------------------------- */

START_TEST(a_torn_record_of_the_manifest_is_cut)
{
    static const uint8_t torn[] = {1, 2, 3, 4, 9, 0, 1, 5, 6, 7, 8};
    uint8_t bytes[4096];
    size_t len;

    make_image("ss", 10);
    len = read_file("MANIFEST-000002", bytes, sizeof bytes);
    memcpy(bytes + len, torn, sizeof torn);
    for (size_t i = 0; i <= sizeof torn; i++) {
        write_file("MANIFEST-000002", bytes, len + i);
        ck_assert_int_eq(opened(), 2);
    }
    memset(bytes + len, 0, 500);
    write_file("MANIFEST-000002", bytes, len + 500);
    ck_assert_int_eq(opened(), 2);
}
END_TEST

START_TEST(what_must_have_been_whole_in_the_manifest_is_damage)
{
    size_t at[COMMITS_MAX + 1];

    make_image("ss", 10);
    ck_assert_uint_eq(find_records("MANIFEST-000002", at), 2);
    for (int i = 0; i < 2; i++) {
        flip("MANIFEST-000002", at[i] + 9);
        ck_assert_int_eq(opened(), VT_E_CORRUPT);
        flip("MANIFEST-000002", at[i] + 9);
    }
    ck_assert_int_eq(opened(), 2);
}
END_TEST

START_TEST(a_manifest_that_lost_its_end_is_damage)
{
    static const uint8_t bytes[60000];
    size_t at[COMMITS_MAX + 1];
    size_t count;

    store_set(&s, "write_buffer", "64KiB");
    ck_assert_int_eq(store_open(&s), VT_OK);
    for (char key[] = "1"; key[0] < '5'; key[0]++) { /* logs come and go */
        ck_assert_int_eq(
            store_put(&s, key, vt_view_of(bytes, sizeof bytes), VT_COMMIT_SYNC),
            VT_OK);
    }
    store_close(&s);
    store_copy(s.dir, image);
    ck_assert_int_eq(opened(), 4);
    count = find_records("MANIFEST-000002", at);
    ck_assert_uint_gt(count, 2);
    flip("MANIFEST-000002", at[count - 1] + 9);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
}
END_TEST

/* ---- folders ------------------------------------------------------------ */

START_TEST(the_leveldb_of_another_program_is_left_alone)
{
    struct bare *bare = bare_open(s.dir, 4 << 20, 0);

    bare_put(bare, "key", 3, "value", 5);
    bare_write(bare, 1);
    bare_close(bare);
    ck_assert_int_eq(store_open(&s), VT_E_INVALID);
    bare = bare_open(s.dir, 4 << 20, 0); /* now it is in a table */
    ck_assert_int_eq(bare_get(bare, "key", 3), 5);
    bare_close(bare);
    ck_assert_int_eq(store_open(&s), VT_E_INVALID);
    ck_assert_msg(strstr(s.err.text, "other program") != NULL, "%s",
                  s.err.text);
}
END_TEST

START_TEST(a_checkpoint_that_was_not_finished_is_refused)
{
    /* number 1, synced 0, flags 1 */
    static const uint8_t mark[20] = {1, [16] = 1};
    struct bare *bare = bare_open(s.dir, 4 << 20, 0);

    bare_put(bare, "\0commit", 7, mark, sizeof mark);
    bare_write(bare, 1);
    bare_close(bare);
    ck_assert_int_eq(store_open(&s), VT_E_INVALID);
    ck_assert_msg(strstr(s.err.text, "not finished") != NULL, "%s", s.err.text);
}
END_TEST

START_TEST(data_without_current_is_damage)
{
    make_image("s", 10);
    ck_assert_int_eq(unlink(in_image("CURRENT")), 0);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
    write_file("CURRENT", (const uint8_t *)"MANIFEST-000009\n", 16);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
    write_file("CURRENT", (const uint8_t *)"../elsewhere\n", 13);
    ck_assert_int_eq(opened(), VT_E_CORRUPT);
}
END_TEST

START_TEST(a_store_that_was_only_begun_is_begun_again)
{
    make_image("", 0);
    ck_assert_int_eq(unlink(in_image("CURRENT")), 0);
    ck_assert_int_eq(opened(), 0);
    write_file("000001.dbtmp", (const uint8_t *)"MANIFEST", 8);
    ck_assert_int_eq(opened(), 0);
}
END_TEST

START_TEST(the_log_of_a_store_in_use_is_not_cut)
{
    struct vt_db *second = NULL;
    off_t size;
    int fd;

    ck_assert_int_eq(store_open(&s), VT_OK);
    ck_assert_int_eq(store_put(&s, "1", vt_view_str("1"), 0), VT_OK);
    (void)snprintf(image, sizeof image, "%s", s.dir);
    fd = open(in_image(LOG), O_WRONLY | O_APPEND);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq((int)write(fd, "half a record", 13), 13);
    (void)close(fd);
    size = size_of(LOG);
    ck_assert_int_eq(s.table->open(&s.host, &s.cfg, s.dir, &second, &s.err),
                     VT_E_IO);
    ck_assert_msg(strstr(s.err.text, "in use") != NULL, "%s", s.err.text);
    ck_assert_int_eq(size_of(LOG), size);
}
END_TEST

int main(void)
{
    const TTest *const all[] = {
        leveldb_alone_shows_a_commit_without_the_one_before,
        a_log_that_ends_anywhere_gives_a_prefix,
        an_end_of_zeros_or_noise_gives_a_prefix,
        a_hole_between_whole_commits_gives_what_is_before,
        logs_behind_the_missing_commit_go_and_writing_goes_on,
        a_missing_commit_that_a_later_one_knows_is_damage,
        a_first_commit_whose_length_is_damaged_is_still_known,
        closing_in_order_vouches_for_the_last_commit,
        a_log_that_the_manifest_needs_is_missed,
        a_torn_record_of_the_manifest_is_cut,
        what_must_have_been_whole_in_the_manifest_is_damage,
        a_manifest_that_lost_its_end_is_damage,
        the_leveldb_of_another_program_is_left_alone,
        a_checkpoint_that_was_not_finished_is_refused,
        data_without_current_is_damage,
        a_store_that_was_only_begun_is_begun_again,
        the_log_of_a_store_in_use_is_not_cut,
    };
    Suite *suite = suite_create("leveldb");
    TCase *tcase = tcase_create("power cuts");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        tcase_add_test(tcase, all[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
