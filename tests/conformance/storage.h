/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.h - helpers of the storage suite: a folder of its own for each test,
 * the table with and without the validating host, short forms of calls that
 * must succeed.
 */
#ifndef VT_TESTS_CONFORMANCE_STORAGE_H
#define VT_TESTS_CONFORMANCE_STORAGE_H

#include "conformance/conform.h"
#include "conformance/storage_model.h"

/* Of the test that runs. */
struct st_context {
    const struct vt_storage *table;
    const struct vt_host *host;
    struct vt_db *db;
    char dir[64];
};
extern struct st_context st;

/* Fixture: a new folder; and all of it away. */
void st_setup(void);
void st_teardown(void);
/* Which way in: 0 the plugin's own table, 1 through the validating host. Every
 * test is run with both. */
void st_use(int validated);
/* Opens st.dir, or another folder. */
void st_open(void);
struct vt_db *st_open_at(const char *dir);
void st_close(void);
void st_reopen(void);
/* A new folder below st.dir's parent; Returns a static text. */
const char *st_folder(const char *name);

struct vt_db_tx *st_begin(uint32_t flags);
void st_commit(struct vt_db_tx *tx, uint32_t flags);
void st_put(struct vt_db_tx *tx, uint32_t space, const char *key,
            const char *val);
void st_del(struct vt_db_tx *tx, uint32_t space, const char *key);
/* The value as text, "(none)" when absent. */
const char *st_get(struct vt_db_tx *tx, uint32_t space, const char *key);
struct vt_db_cursor *st_cursor(struct vt_db_tx *tx, uint32_t space);
/* "key=value" of a move, "(end)" past an end. */
const char *st_seek(struct vt_db_cursor *cur, const char *key);
const char *st_step(struct vt_db_cursor *cur, int32_t dir);

int st_is_volatile(void);
/* How many times more than in `make check`: VT_TEST_ROUNDS, or 1. */
int st_rounds(void);
/* Do the changes of commit n. */
void st_chain_commit(uint64_t seed, uint64_t n);

/* The cases. */
void st_add_basic(Suite *suite);
void st_add_random(Suite *suite);
void st_add_files(Suite *suite);
void st_add_threads(Suite *suite);
void st_add_case(Suite *suite, const char *name, const TTest *const *tests,
                 size_t count);
#define ST_ADD(suite, name, tests)                                             \
    st_add_case(suite, name, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
