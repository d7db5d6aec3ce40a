/* SPDX-License-Identifier: Apache-2.0
 *
 * st.c - what the tests of the storage suite share.
 */
#include "conform/st.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct vt_st_context vt_st;

/* ---- around a test ------------------------------------------------------- */

static uint64_t mono_ns(void *ctx)
{
    struct timespec now;

    (void)ctx;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static int64_t wall_ms(void *ctx)
{
    return (int64_t)(mono_ns(ctx) / 1000000);
}

static void make_hosts(struct vt_trial *t)
{
    struct vt_host_args args = {.kind = VT_KIND_STORAGE,
                                .host_name = "vtchain plugin check",
                                .chain_name = "conform",
                                .mono_ns = mono_ns,
                                .wall_ms = wall_ms};

    vt_st.t = t;
    vt_st.validated = *t->module;
    vt_st.validated.storage = vt_validate_storage(t->module->storage, t->stem);
    args.module = t->module;
    vt_st.plain_host = vt_host_new(&args);
    args.module = &vt_st.validated;
    vt_st.validated_host = vt_host_new(&args);
    EXPECT_SOME(vt_st.plain_host);
    EXPECT_SOME(vt_st.validated_host);
}

static void set_up(void)
{
    char home[56];

    (void)snprintf(home, sizeof home, "%.48s/w", vt_st.t->work);
    EXPECT_EQ(mkdir(home, 0755), 0);
    (void)snprintf(vt_st.dir, sizeof vt_st.dir, "%s/store", home);
    EXPECT_EQ(mkdir(vt_st.dir, 0755), 0);
    vt_st.db = NULL;
}

static void tear_down(void)
{
    vt_st_close();
    EXPECT_THAT(vt_validate_violations() == 0,
                "%llu breaches of the contract seen by the validating host",
                (unsigned long long)vt_validate_violations());
    *strrchr(vt_st.dir, '/') = '\0';
    vt_trial_remove(vt_st.dir);
}

void vt_st_renew(void)
{
    tear_down();
    set_up();
}

void vt_st_both(struct vt_trial *t, void (*test)(int way))
{
    make_hosts(t);
    for (int way = 0; way < 2; way++) {
        vt_trial_note(
            t, "%s", way == 0 ? "its own table" : "behind the validating host");
        set_up();
        test(way);
        tear_down();
    }
    vt_host_free(vt_st.plain_host);
    vt_host_free(vt_st.validated_host);
}

void vt_st_text(const char *test, const char *what, const char *have,
                const char *want, int equal)
{
    EXPECT_THAT((strcmp(have, want) == 0) == equal,
                "%s: %.120s is \"%.80s\", %s \"%.80s\"", test, what, have,
                equal ? "not" : "as", want);
}

void vt_st_use(int validated)
{
    vt_st.table =
        validated ? vt_st.validated.storage : vt_st.t->module->storage;
    vt_st.host = validated ? vt_st.validated_host : vt_st.plain_host;
}

/* ---- short forms --------------------------------------------------------- */

const char *vt_st_folder(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%.*s/%s",
                   (int)(strrchr(vt_st.dir, '/') - vt_st.dir), vt_st.dir, name);
    EXPECT_EQ(mkdir(path, 0755), 0);
    return path;
}

struct vt_db *vt_st_open_at(const char *dir)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db *db = NULL;
    vt_status status =
        vt_st.table->open(vt_st.host, &vt_st.t->cfg, dir, &db, &err);

    EXPECT_THAT(status == VT_OK, "open: %s: %s", vt_status_name(status),
                err.text);
    EXPECT_SOME(db);
    return db;
}

void vt_st_open(void)
{
    vt_st.db = vt_st_open_at(vt_st.dir);
}

void vt_st_close(void)
{
    if (vt_st.db != NULL) {
        vt_st.table->close(vt_st.db);
        vt_st.db = NULL;
    }
}

void vt_st_reopen(void)
{
    vt_st_close();
    vt_st_open();
}

struct vt_db_tx *vt_st_begin(uint32_t flags)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *tx = NULL;
    vt_status status = vt_st.table->begin(vt_st.db, flags, &tx, &err);

    EXPECT_THAT(status == VT_OK, "begin: %s: %s", vt_status_name(status),
                err.text);
    return tx;
}

void vt_st_commit(struct vt_db_tx *tx, uint32_t flags)
{
    struct vt_err err = VT_ERR_INIT;
    vt_status status = vt_st.table->commit(tx, flags, &err);

    EXPECT_THAT(status == VT_OK, "commit: %s: %s", vt_status_name(status),
                err.text);
}

void vt_st_put(struct vt_db_tx *tx, uint32_t space, const char *key,
               const char *val)
{
    EXPECT_EQ(vt_st.table->put(tx, space, vt_view_str(key), vt_view_str(val)),
              VT_OK);
}

void vt_st_del(struct vt_db_tx *tx, uint32_t space, const char *key)
{
    EXPECT_EQ(vt_st.table->del(tx, space, vt_view_str(key)), VT_OK);
}

const char *vt_st_get(struct vt_db_tx *tx, uint32_t space, const char *key)
{
    static char text[4][64];
    static int turn;
    struct vt_view val;
    vt_status status = vt_st.table->get(tx, space, vt_view_str(key), &val);

    turn = (turn + 1) % 4;
    if (status == VT_E_NOTFOUND) {
        return "(none)";
    }
    EXPECT_EQ(status, VT_OK);
    (void)snprintf(text[turn], sizeof text[turn], "%.*s", (int)val.len,
                   (const char *)val.ptr);
    return text[turn];
}

struct vt_db_cursor *vt_st_cursor(struct vt_db_tx *tx, uint32_t space)
{
    struct vt_db_cursor *cur = NULL;

    EXPECT_EQ(vt_st.table->cursor(tx, space, &cur), VT_OK);
    return cur;
}

static const char *moved(vt_status status, struct vt_view k, struct vt_view v)
{
    static char text[128];

    if (status == VT_E_NOTFOUND) {
        return "(end)";
    }
    EXPECT_EQ(status, VT_OK);
    (void)snprintf(text, sizeof text, "%.*s=%.*s", (int)k.len,
                   (const char *)k.ptr, (int)v.len, (const char *)v.ptr);
    return text;
}

const char *vt_st_seek(struct vt_db_cursor *cur, const char *key)
{
    struct vt_view k = {NULL, 0};
    struct vt_view v = {NULL, 0};
    vt_status status = vt_st.table->seek(cur, vt_view_str(key), &k, &v);

    return moved(status, k, v);
}

const char *vt_st_step(struct vt_db_cursor *cur, int32_t dir)
{
    struct vt_view k = {NULL, 0};
    struct vt_view v = {NULL, 0};
    vt_status status = vt_st.table->step(cur, dir, &k, &v);

    return moved(status, k, v);
}

int vt_st_is_volatile(void)
{
    return (vt_st.table->flags & VT_SF_VOLATILE) != 0;
}

static vt_status change(void *ctx, uint32_t space, struct vt_view key,
                        struct vt_view val)
{
    return val.ptr == NULL ? vt_st.table->del(ctx, space, key)
                           : vt_st.table->put(ctx, space, key, val);
}

void vt_st_chain_commit(uint64_t seed, uint64_t n)
{
    struct vt_db_tx *tx = vt_st_begin(VT_TX_RW);

    EXPECT_EQ(vt_commit_changes(seed, n, change, tx), VT_OK);
    vt_st_commit(tx, vt_commit_is_synced(seed, n) ? VT_COMMIT_SYNC : 0);
}
