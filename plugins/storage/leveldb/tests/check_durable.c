/* SPDX-License-Identifier: Apache-2.0
 *
 * check_durable.c - which files a synced commit syncs. fsync and fdatasync of
 * this program, and so of the plugin and of LevelDB, are the ones below.
 */
#include <vt/plugin.h>

#include "../folder.h"
#include "base/bytes.h"
#include "support/store.h"
#include "unit/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern const struct vt_plugin leveldb_LTX_vt_plugin_v1;

#define SYNCED_MAX 200u

static struct store s;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char synced[SYNCED_MAX][200];
static unsigned synced_count;

static void note(int fd)
{
    char link[40];
    char path[200];
    ssize_t len;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    (void)pthread_mutex_lock(&lock);
    if (len > 0 && synced_count < SYNCED_MAX) {
        path[len] = '\0';
        memcpy(synced[synced_count++], path, (size_t)len + 1);
    }
    (void)pthread_mutex_unlock(&lock);
}

VT_EXPORT int fsync(int fd);
VT_EXPORT int fdatasync(int fd);

int fsync(int fd)
{
    note(fd);
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    note(fd);
    return (int)syscall(SYS_fdatasync, fd);
}

static void forget(void)
{
    (void)pthread_mutex_lock(&lock);
    synced_count = 0;
    (void)pthread_mutex_unlock(&lock);
}

/* name is "" for the folder. */
static int was_synced(const char *name)
{
    char path[240];
    int found = 0;

    (void)snprintf(path, sizeof path, "%s%s%s", s.dir,
                   name[0] == '\0' ? "" : "/", name);
    (void)pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < synced_count; i++) {
        found |= strcmp(synced[i], path) == 0;
    }
    (void)pthread_mutex_unlock(&lock);
    return found;
}

static struct ldb_logs list(void)
{
    struct ldb_logs logs;
    int fd = open(s.dir, O_RDONLY | O_DIRECTORY);

    ck_assert_int_eq(ldb_logs_list(fd, &logs), 0);
    (void)close(fd);
    ck_assert_uint_gt(logs.count, 0);
    return logs;
}

static uint64_t newest_log(void)
{
    struct ldb_logs logs = list();
    uint64_t number = logs.numbers[logs.count - 1];

    ldb_logs_free(&logs);
    return number;
}

static void put(size_t len, uint32_t flags)
{
    static uint8_t bytes[60000];

    ck_assert_int_eq(store_put(&s, "key", vt_view_of(bytes, len), flags),
                     VT_OK);
}

static void setup(void)
{
    const struct vt_plugin *plugin = &leveldb_LTX_vt_plugin_v1;

    store_init(&s, "storage.leveldb", plugin->keys,
               VT_AT(struct vt_iface, plugin->ifaces, 0)->table);
    store_set(&s, "write_buffer", "64KiB");
    ck_assert_int_eq(store_open(&s), VT_OK);
}

static void teardown(void)
{
    store_fini(&s);
}

START_TEST(a_synced_commit_makes_earlier_logs_and_names_durable)
{
    char name[LDB_NAME_LEN];

    for (int round = 0; round < 20; round++) {
        uint64_t before = newest_log();
        struct ldb_logs logs;

        while (newest_log() == before) {
            put(60000, 0);
        }
        forget();
        put(10, VT_COMMIT_SYNC);
        ck_assert(was_synced(""));
        logs = list();
        for (uint32_t i = 0; i < logs.count; i++) {
            ck_assert_msg(was_synced(ldb_log_name(logs.numbers[i], name)),
                          "%s was not synced", name);
        }
        ldb_logs_free(&logs);
    }
}
END_TEST

START_TEST(a_synced_commit_in_the_same_log_syncs_that_alone)
{
    char name[LDB_NAME_LEN];

    put(10, VT_COMMIT_SYNC);
    forget();
    put(10, VT_COMMIT_SYNC);
    ck_assert_uint_eq(synced_count, 1);
    ck_assert(was_synced(ldb_log_name(newest_log(), name)));
    forget();
    put(10, 0);
    ck_assert_uint_eq(synced_count, 0);
}
END_TEST

START_TEST(an_empty_synced_commit_covers_unsynced_ones)
{
    char name[LDB_NAME_LEN];

    put(10, 0);
    forget();
    ck_assert_int_eq(
        store_commit(&s, store_begin(&s, VT_TX_RW), VT_COMMIT_SYNC), VT_OK);
    ck_assert(was_synced(ldb_log_name(newest_log(), name)));
    forget();
    ck_assert_int_eq(
        store_commit(&s, store_begin(&s, VT_TX_RW), VT_COMMIT_SYNC), VT_OK);
    ck_assert_uint_eq(synced_count, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leveldb");
    TCase *tcase = tcase_create("syncs");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_synced_commit_makes_earlier_logs_and_names_durable);
    tcase_add_test(tcase, a_synced_commit_in_the_same_log_syncs_that_alone);
    tcase_add_test(tcase, an_empty_synced_commit_covers_unsynced_ones);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
