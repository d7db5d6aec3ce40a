/* SPDX-License-Identifier: Apache-2.0
 *
 * st.h - helpers of the storage suite: a folder of its own for each test,
 * the table with and without the validating host, short forms of calls that
 * must succeed. Private to core/conform.
 */
#ifndef VT_CONFORM_ST_H
#define VT_CONFORM_ST_H

#include "conform/st_model.h"
#include "conform/trial.h"
#include "plugin/host.h"

#include <string.h>

/* Of the test that runs. */
struct vt_st_context {
    const struct vt_storage *table;
    const struct vt_host *host;
    struct vt_db *db;
    char dir[64];
    struct vt_trial *t;
    struct vt_module validated; /* the module behind the validating host */
    const struct vt_host *plain_host, *validated_host;
};
extern struct vt_st_context vt_st;

/* Fixture: a new folder; and all of it away. */
void vt_st_setup(void);
void vt_st_teardown(void);
/* Which way in: 0 the plugin's own table, 1 through the validating host. Every
 * test is run with both. */
void vt_st_use(int validated);
/* Opens vt_st.dir, or another folder. */
void vt_st_open(void);
struct vt_db *vt_st_open_at(const char *dir);
void vt_st_close(void);
void vt_st_reopen(void);
/* A new folder below st.dir's parent; Returns a static text. */
const char *vt_st_folder(const char *name);

struct vt_db_tx *vt_st_begin(uint32_t flags);
void vt_st_commit(struct vt_db_tx *tx, uint32_t flags);
void vt_st_put(struct vt_db_tx *tx, uint32_t space, const char *key,
               const char *val);
void vt_st_del(struct vt_db_tx *tx, uint32_t space, const char *key);
/* The value as text, "(none)" when absent. */
const char *vt_st_get(struct vt_db_tx *tx, uint32_t space, const char *key);
struct vt_db_cursor *vt_st_cursor(struct vt_db_tx *tx, uint32_t space);
/* "key=value" of a move, "(end)" past an end. */
const char *vt_st_seek(struct vt_db_cursor *cur, const char *key);
const char *vt_st_step(struct vt_db_cursor *cur, int32_t dir);

int vt_st_is_volatile(void);
/* Do the changes of commit n. */
void vt_st_chain_commit(uint64_t seed, uint64_t n);

/* Closes and begins again with an empty folder. */
void vt_st_renew(void);
/* The test both ways. */
void vt_st_both(struct vt_trial *t, void (*test)(int way));

/* A test of the suite, run as run_<name>. */
#define STORE_TEST(name)                                                       \
    static void name(int way);                                                 \
    static void run_##name(struct vt_trial *t)                                 \
    {                                                                          \
        vt_st_both(t, name);                                                   \
    }                                                                          \
    static void name(int way)
#define STORE VT_FOR(VT_KIND_STORAGE), 0, 300

#define EXPECT_THAT(cond, ...) VT_EXPECT(vt_st.t, cond, __VA_ARGS__)
#define EXPECT_TRUE(cond) EXPECT_THAT(cond, "%s: not so: %s", __func__, #cond)
#define EXPECT_OP(a, op, b)                                                    \
    do {                                                                       \
        int64_t expect_a = (int64_t)(a);                                       \
        int64_t expect_b = (int64_t)(b);                                       \
                                                                               \
        EXPECT_THAT(expect_a op expect_b, "%s: %s %s %s: %lld, %lld",          \
                    __func__, #a, #op, #b, (long long)expect_a,                \
                    (long long)expect_b);                                      \
    } while (0)
#define EXPECT_EQ(a, b) EXPECT_OP(a, ==, b)
#define EXPECT_NE(a, b) EXPECT_OP(a, !=, b)
#define EXPECT_GE(a, b) EXPECT_OP(a, >=, b)
#define EXPECT_LE(a, b) EXPECT_OP(a, <=, b)
#define EXPECT_SOME(p) EXPECT_THAT((p) != NULL, "%s: no %s", __func__, #p)
#define EXPECT_NONE(p) EXPECT_THAT((p) == NULL, "%s: %s", __func__, #p)
#define EXPECT_TEXT(a, b) vt_st_text(__func__, #a, a, b, 1)
#define EXPECT_OTHER_TEXT(a, b) vt_st_text(__func__, #a, a, b, 0)
void vt_st_text(const char *test, const char *what, const char *have,
                const char *want, int equal);

#endif
