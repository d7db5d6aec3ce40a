/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.c - the suite of storage plugins: its cases and what they share.
 */
#include "conformance/storage.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct st_context st;

void st_setup(void)
{
    const char *where = getenv("TMPDIR");
    char home[56];

    (void)snprintf(home, sizeof home, "%.30s/vt-store-XXXXXX",
                   where == NULL ? "/tmp" : where);
    ck_assert_ptr_nonnull(mkdtemp(home));
    (void)snprintf(st.dir, sizeof st.dir, "%s/store", home);
    ck_assert_int_eq(mkdir(st.dir, 0755), 0);
    st.db = NULL;
}

void st_teardown(void)
{
    char command[160];

    st_close();
    ck_assert_uint_eq(vt_validate_violations(), 0);
    (void)snprintf(command, sizeof command, "rm -rf '%.*s'",
                   (int)(strrchr(st.dir, '/') - st.dir), st.dir);
    ck_assert_int_eq(system(command), 0);
}

void st_use(int validated)
{
    st.table = validated ? conform.validated.storage : conform.module->storage;
    st.host = validated ? conform.validated_host : conform.host;
}

const char *st_folder(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%.*s/%s",
                   (int)(strrchr(st.dir, '/') - st.dir), st.dir, name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    return path;
}

struct vt_db *st_open_at(const char *dir)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *db = NULL;
    vt_status status = st.table->open(st.host, &conform.cfg, dir, &db, &err);

    ck_assert_msg(status == VT_OK, "open: %s: %s", vt_status_name(status),
                  err.text);
    ck_assert_ptr_nonnull(db);
    return db;
}

void st_open(void)
{
    st.db = st_open_at(st.dir);
}

void st_close(void)
{
    if (st.db != NULL) {
        st.table->close(st.db);
        st.db = NULL;
    }
}

void st_reopen(void)
{
    st_close();
    st_open();
}

struct vt_db_tx *st_begin(uint32_t flags)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *tx = NULL;
    vt_status status = st.table->begin(st.db, flags, &tx, &err);

    ck_assert_msg(status == VT_OK, "begin: %s: %s", vt_status_name(status),
                  err.text);
    return tx;
}

void st_commit(struct vt_db_tx *tx, uint32_t flags)
{
    struct vt_err err = VT_ERR_INIT;
    vt_status status = st.table->commit(tx, flags, &err);

    ck_assert_msg(status == VT_OK, "commit: %s: %s", vt_status_name(status),
                  err.text);
}

void st_put(struct vt_db_tx *tx, uint32_t space, const char *key,
            const char *val)
{
    ck_assert_int_eq(
        st.table->put(tx, space, vt_view_str(key), vt_view_str(val)), VT_OK);
}

void st_del(struct vt_db_tx *tx, uint32_t space, const char *key)
{
    ck_assert_int_eq(st.table->del(tx, space, vt_view_str(key)), VT_OK);
}

const char *st_get(struct vt_db_tx *tx, uint32_t space, const char *key)
{
    static char text[4][64];
    static int turn;
    struct vt_view val;
    vt_status status = st.table->get(tx, space, vt_view_str(key), &val);

    turn = (turn + 1) % 4;
    if (status == VT_E_NOTFOUND) {
        return "(none)";
    }
    ck_assert_int_eq(status, VT_OK);
    (void)snprintf(text[turn], sizeof text[turn], "%.*s", (int)val.len,
                   (const char *)val.ptr);
    return text[turn];
}

struct vt_db_cursor *st_cursor(struct vt_db_tx *tx, uint32_t space)
{
    struct vt_db_cursor *cur = NULL;

    ck_assert_int_eq(st.table->cursor(tx, space, &cur), VT_OK);
    return cur;
}

static const char *moved(vt_status status, struct vt_view k, struct vt_view v)
{
    static char text[128];

    if (status == VT_E_NOTFOUND) {
        return "(end)";
    }
    ck_assert_int_eq(status, VT_OK);
    (void)snprintf(text, sizeof text, "%.*s=%.*s", (int)k.len,
                   (const char *)k.ptr, (int)v.len, (const char *)v.ptr);
    return text;
}

const char *st_seek(struct vt_db_cursor *cur, const char *key)
{
    struct vt_view k = {NULL, 0};
    struct vt_view v = {NULL, 0};
    vt_status status = st.table->seek(cur, vt_view_str(key), &k, &v);

    return moved(status, k, v);
}

const char *st_step(struct vt_db_cursor *cur, int32_t dir)
{
    struct vt_view k = {NULL, 0};
    struct vt_view v = {NULL, 0};
    vt_status status = st.table->step(cur, dir, &k, &v);

    return moved(status, k, v);
}

int st_rounds(void)
{
    const char *rounds = getenv("VT_TEST_ROUNDS");

    return rounds == NULL ? 1 : (int)strtol(rounds, NULL, 10);
}

int st_is_volatile(void)
{
    return (st.table->flags & VT_SF_VOLATILE) != 0;
}

static vt_status change(void *ctx, uint32_t space, struct vt_view key,
                        struct vt_view val)
{
    return val.ptr == NULL ? st.table->del(ctx, space, key)
                           : st.table->put(ctx, space, key, val);
}

void st_chain_commit(uint64_t seed, uint64_t n)
{
    struct vt_db_tx *tx = st_begin(VT_TX_RW);

    ck_assert_int_eq(commit_changes(seed, n, change, tx), VT_OK);
    st_commit(tx, commit_is_synced(seed, n) ? VT_COMMIT_SYNC : 0);
}

void st_add_case(Suite *suite, const char *name, const TTest *const *tests,
                 size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, st_setup, st_teardown);
    for (size_t i = 0; i < count; i++) {
        tcase_add_loop_test(tcase, tests[i], 0, 2);
    }
    suite_add_tcase(suite, tcase);
}

Suite *conform_storage_suite(void)
{
    Suite *suite = suite_create(conform.section);

    st_add_basic(suite);
    st_add_random(suite);
    st_add_files(suite);
    st_add_threads(suite);
    return suite;
}
