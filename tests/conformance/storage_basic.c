/* SPDX-License-Identifier: Apache-2.0
 *
 * storage_basic.c - transactions, snapshots, cursors and limits, one small
 * situation each.
 */
#include "conformance/storage.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_new_store_is_empty)
{
    struct model nothing = {0};
    struct vt_db_tx *tx;
    const char *wrong;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RO);
    wrong = model_compare(&nothing, st.table, tx);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    ck_assert_str_eq(st_get(tx, 0, "a"), "(none)");
    st.table->abort(tx);
}
END_TEST

START_TEST(a_writer_sees_its_writes_and_others_see_them_after_commit)
{
    struct vt_db_tx *rw;
    struct vt_db_tx *before;
    struct vt_db_tx *after;

    st_use(_i);
    st_open();
    rw = st_begin(VT_TX_RW);
    st_put(rw, 0, "a", "1");
    st_put(rw, 0, "a", "2");
    st_put(rw, 3, "a", "other space");
    st_put(rw, 0, "b", "gone");
    st_del(rw, 0, "b");
    st_del(rw, 0, "never there");
    ck_assert_str_eq(st_get(rw, 0, "a"), "2");
    ck_assert_str_eq(st_get(rw, 0, "b"), "(none)");
    before = st_begin(VT_TX_RO);
    ck_assert_str_eq(st_get(before, 0, "a"), "(none)");
    st_commit(rw, 0);
    ck_assert_str_eq(st_get(before, 0, "a"), "(none)");
    after = st_begin(VT_TX_RO);
    ck_assert_str_eq(st_get(after, 0, "a"), "2");
    ck_assert_str_eq(st_get(after, 3, "a"), "other space");
    ck_assert_str_eq(st_get(after, 0, "b"), "(none)");
    st.table->abort(before);
    st.table->abort(after);
}
END_TEST

START_TEST(an_aborted_transaction_leaves_nothing)
{
    struct vt_db_tx *tx;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    st_put(tx, 0, "kept", "1");
    st_commit(tx, VT_COMMIT_SYNC);
    tx = st_begin(VT_TX_RW);
    st_put(tx, 0, "lost", "1");
    st_put(tx, 0, "kept", "2");
    st.table->abort(tx);
    tx = st_begin(VT_TX_RW);
    ck_assert_str_eq(st_get(tx, 0, "lost"), "(none)");
    ck_assert_str_eq(st_get(tx, 0, "kept"), "1");
    st.table->abort(tx);
}
END_TEST

START_TEST(there_is_one_writer)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *first;
    struct vt_db_tx *second = NULL;

    st_use(_i);
    st_open();
    first = st_begin(VT_TX_RW);
    ck_assert_int_eq(st.table->begin(st.db, VT_TX_RW, &second, &err),
                     VT_E_STATE);
    ck_assert_str_ne(err.text, "");
    st_put(first, 0, "a", "1");
    st_commit(first, 0);
    second = st_begin(VT_TX_RW);
    ck_assert_str_eq(st_get(second, 0, "a"), "1");
    st.table->abort(second);
}
END_TEST

START_TEST(a_reader_cannot_write)
{
    struct vt_db_tx *tx;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RO);
    ck_assert_int_ne(st.table->put(tx, 0, vt_view_str("a"), vt_view_str("1")),
                     VT_OK);
    ck_assert_int_ne(st.table->del(tx, 0, vt_view_str("a")), VT_OK);
    st_commit(tx, VT_COMMIT_SYNC); /* the same as abort */
    tx = st_begin(VT_TX_RO);
    ck_assert_str_eq(st_get(tx, 0, "a"), "(none)");
    st.table->abort(tx);
}
END_TEST

START_TEST(values_stay_where_they_are_until_the_end)
{
    struct vt_db_tx *tx;
    struct vt_view vals[50];

    st_use(_i);
    st_open();
    for (int round = 0; round < 2; round++) {
        tx = st_begin(VT_TX_RW);
        for (uint8_t i = 0; i < 50; i++) {
            uint8_t val[100];

            memset(val, i + round, sizeof val);
            ck_assert_int_eq(st.table->put(tx, 1, vt_view_of(&i, 1),
                                           vt_view_of(val, sizeof val)),
                             VT_OK);
        }
        st_commit(tx, 0);
        tx = st_begin(VT_TX_RO);
        for (uint8_t i = 0; i < 50; i++) {
            ck_assert_int_eq(st.table->get(tx, 1, vt_view_of(&i, 1), &vals[i]),
                             VT_OK);
        }
        for (uint8_t i = 0; i < 50; i++) {
            ck_assert_uint_eq(vals[i].len, 100);
            ck_assert_int_eq(vals[i].ptr[0], i + round);
            ck_assert_int_eq(vals[i].ptr[99], i + round);
        }
        st.table->abort(tx);
    }
}
END_TEST

START_TEST(an_empty_value_is_a_value)
{
    struct vt_db_tx *tx;
    struct vt_view val = {NULL, 7};
    struct vt_db_cursor *cur;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    ck_assert_int_eq(
        st.table->put(tx, 0, vt_view_str("a"), vt_view_of(NULL, 0)), VT_OK);
    ck_assert_int_eq(st.table->get(tx, 0, vt_view_str("a"), &val), VT_OK);
    ck_assert_uint_eq(val.len, 0);
    st_commit(tx, VT_COMMIT_SYNC);
    tx = st_begin(VT_TX_RO);
    val.len = 7;
    ck_assert_int_eq(st.table->get(tx, 0, vt_view_str("a"), &val), VT_OK);
    ck_assert_uint_eq(val.len, 0);
    cur = st_cursor(tx, 0);
    ck_assert_str_eq(st_seek(cur, ""), "a=");
    st.table->cursor_close(cur);
    st.table->abort(tx);
}
END_TEST

START_TEST(keys_are_in_byte_order)
{
    static const char *const order[] = {"\x01", "\x01\x01", "a",    "aa",
                                        "ab",   "b",        "\x7f", "\x80",
                                        "\xff", "\xff\xff"};
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    char want[16];

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    for (size_t i = 10; i > 0; i--) {
        st_put(tx, 5, order[i - 1], "x");
    }
    st_put(tx, 4, "\xff", "below");
    st_put(tx, 6, "\x01", "above");
    st_commit(tx, 0);
    tx = st_begin(VT_TX_RO);
    cur = st_cursor(tx, 5);
    for (size_t i = 0; i < 10; i++) {
        (void)snprintf(want, sizeof want, "%s=x", order[i]);
        ck_assert_str_eq(i == 0 ? st_seek(cur, "") : st_step(cur, 1), want);
    }
    ck_assert_str_eq(st_step(cur, 1), "(end)");
    for (size_t i = 10; i > 0; i--) {
        (void)snprintf(want, sizeof want, "%s=x", order[i - 1]);
        ck_assert_str_eq(st_step(cur, -1), want);
    }
    ck_assert_str_eq(st_step(cur, -1), "(end)");
    st.table->cursor_close(cur);
    st.table->abort(tx);
}
END_TEST

START_TEST(a_cursor_can_turn_and_leave_both_ends)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    st_put(tx, 0, "b", "1");
    st_put(tx, 0, "d", "2");
    st_put(tx, 0, "f", "3");
    st_commit(tx, 0);
    tx = st_begin(VT_TX_RO);
    cur = st_cursor(tx, 0);
    ck_assert_str_eq(st_step(cur, -1), "(end)"); /* stands before the first */
    ck_assert_str_eq(st_step(cur, 1), "b=1");
    ck_assert_str_eq(st_seek(cur, "c"), "d=2");
    ck_assert_str_eq(st_step(cur, -1), "b=1");
    ck_assert_str_eq(st_step(cur, 1), "d=2");
    ck_assert_str_eq(st_step(cur, 1), "f=3");
    ck_assert_str_eq(st_step(cur, 1), "(end)");
    ck_assert_str_eq(st_step(cur, 1), "(end)");
    ck_assert_str_eq(st_step(cur, -1), "f=3");
    ck_assert_str_eq(st_seek(cur, "g"), "(end)");
    ck_assert_str_eq(st_step(cur, -1), "f=3"); /* how to find the last key */
    ck_assert_str_eq(st_seek(cur, "d"), "d=2");
    ck_assert_str_eq(st_seek(cur, ""), "b=1");
    ck_assert_str_eq(st_step(cur, -1), "(end)");
    ck_assert_str_eq(st_step(cur, -1), "(end)");
    ck_assert_str_eq(st_step(cur, 1), "b=1");
    st.table->cursor_close(cur);
    cur = st_cursor(tx, 1);
    ck_assert_str_eq(st_seek(cur, ""), "(end)");
    ck_assert_str_eq(st_step(cur, -1), "(end)");
    st.table->cursor_close(cur);
    st.table->abort(tx);
}
END_TEST

START_TEST(a_cursor_does_not_see_its_transactions_writes)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    struct vt_view k = {NULL, 0};
    struct vt_view v;
    vt_status status;
    int seen = 0;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    for (char c = 'a'; c <= 'z'; c++) {
        char key[2] = {c, '\0'};

        st_put(tx, 0, key, "x");
    }
    st_commit(tx, 0);
    tx = st_begin(VT_TX_RW);
    cur = st_cursor(tx, 0);
    status = st.table->seek(cur, k, &k, &v);
    while (status == VT_OK) { /* deleting under the cursor */
        ck_assert_int_eq(st.table->del(tx, 0, k), VT_OK);
        st_put(tx, 0, "zz", "new");
        ck_assert_uint_eq(k.len, 1);
        ck_assert_int_eq(k.ptr[0], 'a' + seen);
        seen++;
        status = st.table->step(cur, 1, &k, &v);
    }
    ck_assert_int_eq(status, VT_E_NOTFOUND);
    ck_assert_int_eq(seen, 26);
    st.table->cursor_close(cur);
    ck_assert_str_eq(st_get(tx, 0, "m"), "(none)");
    st_commit(tx, 0);
    tx = st_begin(VT_TX_RO);
    cur = st_cursor(tx, 0);
    ck_assert_str_eq(st_seek(cur, ""), "zz=new");
    ck_assert_str_eq(st_step(cur, 1), "(end)");
    st.table->cursor_close(cur);
    st.table->abort(tx);
}
END_TEST

START_TEST(a_snapshot_stays_as_it_was)
{
    struct vt_db_tx *old;
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    struct model then = {0};
    const char *wrong;

    st_use(_i);
    st_open();
    for (uint64_t n = 1; n <= 40; n++) {
        st_chain_commit(11, n);
        model_commit(&then, 11, n);
    }
    old = st_begin(VT_TX_RO);
    cur = st_cursor(old, 1);
    for (uint64_t n = 41; n <= 200; n++) {
        st_chain_commit(11, n);
    }
    wrong = model_compare(&then, st.table, old);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    st.table->cursor_close(cur);
    st.table->abort(old);
    for (uint64_t n = 41; n <= 200; n++) {
        model_commit(&then, 11, n);
    }
    tx = st_begin(VT_TX_RO);
    wrong = model_compare(&then, st.table, tx);
    ck_assert_msg(wrong == NULL, "%s", wrong);
    st.table->abort(tx);
    model_clear(&then);
}
END_TEST

/* ---- limits ------------------------------------------------------------- */

START_TEST(keys_and_spaces_have_the_declared_limits)
{
    const struct vt_view one = vt_view_str("1");
    uint8_t *key = calloc(1, (size_t)conform.module->storage->key_max + 1);
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur = NULL;
    struct vt_view val;

    st_use(_i);
    st_open();
    memset(key, 'k', (size_t)st.table->key_max + 1);
    tx = st_begin(VT_TX_RW);
    ck_assert_int_eq(st.table->put(tx, 0, vt_view_of(key, 0), one), VT_E_LIMIT);
    ck_assert_int_eq(
        st.table->put(tx, 0, vt_view_of(key, st.table->key_max + 1), one),
        VT_E_LIMIT);
    ck_assert_int_eq(
        st.table->put(tx, st.table->spaces_max, vt_view_of(key, 1), one),
        VT_E_LIMIT);
    ck_assert_int_eq(st.table->del(tx, 0, vt_view_of(key, 0)), VT_E_LIMIT);
    ck_assert_int_eq(
        st.table->del(tx, st.table->spaces_max, vt_view_of(key, 1)),
        VT_E_LIMIT);
    ck_assert_int_eq(st.table->cursor(tx, st.table->spaces_max, &cur),
                     VT_E_LIMIT);
    ck_assert_int_eq(st.table->put(tx, st.table->spaces_max - 1,
                                   vt_view_of(key, st.table->key_max), one),
                     VT_OK);
    st_commit(tx, VT_COMMIT_SYNC);
    tx = st_begin(VT_TX_RO);
    ck_assert_int_eq(st.table->get(tx, st.table->spaces_max - 1,
                                   vt_view_of(key, st.table->key_max), &val),
                     VT_OK);
    ck_assert_int_eq(st.table->get(tx, 0, vt_view_of(key, 0), &val),
                     VT_E_NOTFOUND);
    ck_assert_int_eq(
        st.table->get(tx, st.table->spaces_max, vt_view_of(key, 1), &val),
        VT_E_NOTFOUND);
    st.table->abort(tx);
    free(key);
}
END_TEST

START_TEST(values_have_the_declared_limit)
{
    size_t max = (size_t)conform.module->storage->value_max;
    uint8_t *val = malloc(max + 1);
    struct vt_db_tx *tx;
    struct vt_view got;

    st_use(_i);
    st_open();
    for (size_t i = 0; i <= max; i++) {
        val[i] = (uint8_t)(i * 7 >> 3);
    }
    tx = st_begin(VT_TX_RW);
    ck_assert_int_eq(
        st.table->put(tx, 0, vt_view_str("a"), vt_view_of(val, max + 1)),
        VT_E_LIMIT);
    ck_assert_int_eq(
        st.table->put(tx, 0, vt_view_str("a"), vt_view_of(val, max)), VT_OK);
    st_commit(tx, VT_COMMIT_SYNC);
    tx = st_begin(VT_TX_RO);
    ck_assert_int_eq(st.table->get(tx, 0, vt_view_str("a"), &got), VT_OK);
    ck_assert_uint_eq(got.len, max);
    ck_assert(memcmp(got.ptr, val, max) == 0);
    st.table->abort(tx);
    free(val);
}
END_TEST

START_TEST(a_batch_has_the_declared_limit)
{
    size_t len = 1024 * 1024;
    uint8_t *val = calloc(1, len);
    struct vt_db_tx *tx;
    uint64_t total = 0;
    uint32_t count = 0;
    vt_status status = VT_OK;

    st_use(_i);
    st_open();
    tx = st_begin(VT_TX_RW);
    while (status == VT_OK) {
        uint8_t key[4];

        vt_put_u32(key, count);
        ck_assert_uint_le(total, st.table->batch_max);
        status = st.table->put(tx, 0, vt_view_of(key, 4), vt_view_of(val, len));
        if (status == VT_OK) {
            total += len + 4;
            count++;
        }
    }
    ck_assert_int_eq(status, VT_E_LIMIT);
    ck_assert_uint_ge(total + total / 50 + 2 * len, st.table->batch_max);
    st_put(tx, 1, "still", "usable");
    ck_assert_str_eq(st_get(tx, 1, "still"), "usable");
    st.table->abort(tx);
    free(val);
}
END_TEST

START_TEST(ending_nothing_is_fine)
{
    st_use(_i);
    st.table->close(NULL);
    st.table->abort(NULL);
    st.table->cursor_close(NULL);
    ck_assert_uint_ge(st.table->key_max, 64);
    ck_assert_uint_ge(st.table->spaces_max, 16);
    ck_assert_uint_ge(st.table->batch_max, st.table->value_max);
}
END_TEST

void st_add_basic(Suite *suite)
{
    const TTest *const all[] = {
        a_new_store_is_empty,
        a_writer_sees_its_writes_and_others_see_them_after_commit,
        an_aborted_transaction_leaves_nothing,
        there_is_one_writer,
        a_reader_cannot_write,
        values_stay_where_they_are_until_the_end,
        an_empty_value_is_a_value,
        keys_are_in_byte_order,
        a_cursor_can_turn_and_leave_both_ends,
        a_cursor_does_not_see_its_transactions_writes,
        a_snapshot_stays_as_it_was,
        keys_and_spaces_have_the_declared_limits,
        values_have_the_declared_limit,
        a_batch_has_the_declared_limit,
        ending_nothing_is_fine,
    };

    ST_ADD(suite, "transactions", all);
}
