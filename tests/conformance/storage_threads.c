/* SPDX-License-Identifier: Apache-2.0
 *
 * storage_threads.c - readers beside the writer: what they see is always one
 * commit, whole, and never an older one than before.
 */
#include "conformance/storage.h"

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
    struct vt_db_tx *tx = st_begin(VT_TX_RW);
    uint8_t value[3000];

    memset(value, (int)(n & 0x7f), sizeof value);
    vt_put_u64(value, n);
    for (uint8_t i = 0; i < KEYS; i++) {
        uint32_t space = (i & 1) && (n & 1) ? 2 : 1;
        size_t len = 8 + (size_t)i * 70;

        ck_assert_int_eq(st.table->del(tx, 3 - space, vt_view_of(&i, 1)),
                         VT_OK);
        ck_assert_int_eq(
            st.table->put(tx, space, vt_view_of(&i, 1), vt_view_of(value, len)),
            VT_OK);
    }
    st_commit(tx, n % 50 == 0 ? VT_COMMIT_SYNC : 0);
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

        ck_assert_int_eq(st.table->cursor(tx, space, &cur), VT_OK);
        status =
            st.table->seek(cur, vt_view_str(dir > 0 ? "" : "\xff"), &k, &v);
        if (dir < 0) {
            ck_assert_int_eq(status, VT_E_NOTFOUND);
            status = st.table->step(cur, -1, &k, &v);
        }
        for (; status == VT_OK; status = st.table->step(cur, dir, &k, &v)) {
            uint64_t n = vt_get_u64(v.ptr);

            ck_assert_msg(number == 0 || n == number,
                          "one snapshot shows commits %llu and %llu",
                          (unsigned long long)number, (unsigned long long)n);
            ck_assert_uint_eq(v.len, 8 + (size_t)k.ptr[0] * 70);
            ck_assert(v.len == 8 || v.ptr[v.len - 1] == (n & 0x7f));
            number = n;
            seen++;
        }
        ck_assert_int_eq(status, VT_E_NOTFOUND);
        st.table->cursor_close(cur);
    }
    ck_assert_uint_eq(seen, KEYS);
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

        ck_assert_int_eq(st.table->begin(st.db, VT_TX_RO, &tx, &err), VT_OK);
        n = read_generation(tx, turn % 2 == 0 ? 1 : -1);
        ck_assert_uint_ge(n, last);
        ck_assert_int_eq(st.table->get(tx, 1, vt_view_of(&key, 1), &val),
                         VT_OK);
        ck_assert_uint_eq(vt_get_u64(val.ptr), n);
        ck_assert_uint_eq(read_generation(tx, 1), n);
        last = n;
        st.table->abort(tx);
        turn++;
        (void)atomic_fetch_add(&looks, 1);
    }
    return NULL;
}

START_TEST(readers_see_whole_commits_while_the_writer_goes_on)
{
    pthread_t threads[READERS];
    int turns[READERS];

    st_use(_i);
    st_open();
    atomic_store(&stop, 0);
    atomic_store(&looks, 0);
    write_generation(1);
    for (int i = 0; i < READERS; i++) {
        turns[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, reader, &turns[i]),
                         0);
    }
    for (uint64_t n = 2; n <= COMMITS; n++) {
        write_generation(n);
    }
    while (atomic_load(&looks) < 10) {
        write_generation(COMMITS);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    {
        struct vt_db_tx *tx = st_begin(VT_TX_RO);

        ck_assert_uint_eq(read_generation(tx, 1), COMMITS);
        st.table->abort(tx);
    }
}
END_TEST

void st_add_threads(Suite *suite)
{
    const TTest *const all[] = {
        readers_see_whole_commits_while_the_writer_goes_on};

    ST_ADD(suite, "threads", all);
}
