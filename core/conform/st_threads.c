/* SPDX-License-Identifier: Apache-2.0
 *
 * st_threads.c - readers beside the writer: what they see is always one
 * commit, whole, and never an older one than before.
 */
#include "conform/st.h"

#include "base/bytes.h"
#include "base/status.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define KEYS 40u
#define READERS 3
#define COMMITS 150u

static _Atomic int stop;
static _Atomic uint64_t looks;

/* Every commit gives all keys its number; odd ones move half of them to
 * another space, so that keys come and go. */
static void write_generation(uint64_t n)
{
    struct vt_db_tx *tx = vt_st_begin(VT_TX_RW);
    uint8_t value[3000];

    memset(value, (int)(n & 0x7f), sizeof value);
    vt_put_u64(value, n);
    for (uint8_t i = 0; i < KEYS; i++) {
        uint32_t space = (i & 1) && (n & 1) ? 2 : 1;
        size_t len = 8 + (size_t)i * 70;

        EXPECT_EQ(vt_st.table->del(tx, 3 - space, vt_view_of(&i, 1)), VT_OK);
        EXPECT_EQ(vt_st.table->put(tx, space, vt_view_of(&i, 1),
                                   vt_view_of(value, len)),
                  VT_OK);
    }
    vt_st_commit(tx, n % 50 == 0 ? VT_COMMIT_SYNC : 0);
}

/* Number of the commit this transaction shows; all keys must agree. */
static uint64_t read_generation(struct vt_db_tx *tx, int dir)
{
    uint64_t number = 0;
    uint32_t seen = 0;

    for (uint32_t space = 1; space < 3; space++) {
        struct vt_db_cursor *cur = NULL;
        struct vt_view k;
        struct vt_view v;
        vt_status status;

        EXPECT_EQ(vt_st.table->cursor(tx, space, &cur), VT_OK);
        status =
            vt_st.table->seek(cur, vt_view_str(dir > 0 ? "" : "\xff"), &k, &v);
        if (dir < 0) {
            EXPECT_EQ(status, VT_E_NOTFOUND);
            status = vt_st.table->step(cur, -1, &k, &v);
        }
        for (; status == VT_OK; status = vt_st.table->step(cur, dir, &k, &v)) {
            uint64_t n = vt_get_u64(v.ptr);

            EXPECT_THAT(number == 0 || n == number,
                        "one snapshot shows commits %llu and %llu",
                        (unsigned long long)number, (unsigned long long)n);
            EXPECT_EQ(v.len, 8 + (size_t)k.ptr[0] * 70);
            EXPECT_TRUE(v.len == 8 || v.ptr[v.len - 1] == (n & 0x7f));
            number = n;
            seen++;
        }
        EXPECT_EQ(status, VT_E_NOTFOUND);
        vt_st.table->cursor_close(cur);
    }
    EXPECT_EQ(seen, KEYS);
    return number;
}

static void *reader(void *arg)
{
    uint64_t last = 0;
    int turn = *(int *)arg;

    while (!atomic_load(&stop)) {
        struct vt_err err = VT_ERR_INIT;
        struct vt_db_tx *tx = NULL;
        struct vt_view val;
        uint8_t key = (uint8_t)(turn % (int)KEYS) & 0xfe;
        uint64_t n;

        EXPECT_EQ(vt_st.table->begin(vt_st.db, VT_TX_RO, &tx, &err), VT_OK);
        n = read_generation(tx, turn % 2 == 0 ? 1 : -1);
        EXPECT_GE(n, last);
        EXPECT_EQ(vt_st.table->get(tx, 1, vt_view_of(&key, 1), &val), VT_OK);
        EXPECT_EQ(vt_get_u64(val.ptr), n);
        EXPECT_EQ(read_generation(tx, 1), n);
        last = n;
        vt_st.table->abort(tx);
        turn++;
        (void)atomic_fetch_add(&looks, 1);
    }
    return NULL;
}

STORE_TEST(readers_see_whole_commits_while_the_writer_goes_on)
{
    pthread_t threads[READERS];
    int turns[READERS];

    vt_st_use(way);
    vt_st_open();
    atomic_store(&stop, 0);
    atomic_store(&looks, 0);
    write_generation(1);
    for (int i = 0; i < READERS; i++) {
        turns[i] = i;
        EXPECT_EQ(pthread_create(&threads[i], NULL, reader, &turns[i]), 0);
    }
    for (uint64_t n = 2; n <= COMMITS; n++) {
        write_generation(n);
    }
    while (atomic_load(&looks) < 10) {
        write_generation(COMMITS);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < READERS; i++) {
        EXPECT_EQ(pthread_join(threads[i], NULL), 0);
    }
    {
        struct vt_db_tx *tx = vt_st_begin(VT_TX_RO);

        EXPECT_EQ(read_generation(tx, 1), COMMITS);
        vt_st.table->abort(tx);
    }
}

const struct vt_conform_test vt_tests_store_threads[] = {
    {"readers_see_whole_commits_while_the_writer_goes_on", "R42", 5, STORE,
     run_readers_see_whole_commits_while_the_writer_goes_on},
    {0}};
