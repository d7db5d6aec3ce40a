/* SPDX-License-Identifier: Apache-2.0
 *
 * st_basic.c - transactions, snapshots, cursors and limits, one small
 * situation each.
 */
#include "conform/st.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

STORE_TEST(a_new_store_is_empty)
{
    struct vt_model nothing = {0};
    struct vt_db_tx *tx;
    const char *wrong;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RO);
    wrong = vt_model_compare(&nothing, vt_st.table, tx);
    EXPECT_THAT(wrong == NULL, "%s", wrong);
    EXPECT_TEXT(vt_st_get(tx, 0, "a"), "(none)");
    vt_st.table->abort(tx);
}

STORE_TEST(a_writer_sees_its_writes_and_others_see_them_after_commit)
{
    struct vt_db_tx *rw;
    struct vt_db_tx *before;
    struct vt_db_tx *after;

    vt_st_use(way);
    vt_st_open();
    rw = vt_st_begin(VT_TX_RW);
    vt_st_put(rw, 0, "a", "1");
    vt_st_put(rw, 0, "a", "2");
    vt_st_put(rw, 3, "a", "other space");
    vt_st_put(rw, 0, "b", "gone");
    vt_st_del(rw, 0, "b");
    vt_st_del(rw, 0, "never there");
    EXPECT_TEXT(vt_st_get(rw, 0, "a"), "2");
    EXPECT_TEXT(vt_st_get(rw, 0, "b"), "(none)");
    before = vt_st_begin(VT_TX_RO);
    EXPECT_TEXT(vt_st_get(before, 0, "a"), "(none)");
    vt_st_commit(rw, 0);
    EXPECT_TEXT(vt_st_get(before, 0, "a"), "(none)");
    after = vt_st_begin(VT_TX_RO);
    EXPECT_TEXT(vt_st_get(after, 0, "a"), "2");
    EXPECT_TEXT(vt_st_get(after, 3, "a"), "other space");
    EXPECT_TEXT(vt_st_get(after, 0, "b"), "(none)");
    vt_st.table->abort(before);
    vt_st.table->abort(after);
}

STORE_TEST(an_aborted_transaction_leaves_nothing)
{
    struct vt_db_tx *tx;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    vt_st_put(tx, 0, "kept", "1");
    vt_st_commit(tx, VT_COMMIT_SYNC);
    tx = vt_st_begin(VT_TX_RW);
    vt_st_put(tx, 0, "lost", "1");
    vt_st_put(tx, 0, "kept", "2");
    vt_st.table->abort(tx);
    tx = vt_st_begin(VT_TX_RW);
    EXPECT_TEXT(vt_st_get(tx, 0, "lost"), "(none)");
    EXPECT_TEXT(vt_st_get(tx, 0, "kept"), "1");
    vt_st.table->abort(tx);
}

STORE_TEST(there_is_one_writer)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_db_tx *first;
    struct vt_db_tx *second = NULL;

    vt_st_use(way);
    vt_st_open();
    first = vt_st_begin(VT_TX_RW);
    EXPECT_EQ(vt_st.table->begin(vt_st.db, VT_TX_RW, &second, &err),
              VT_E_STATE);
    EXPECT_OTHER_TEXT(err.text, "");
    vt_st_put(first, 0, "a", "1");
    vt_st_commit(first, 0);
    second = vt_st_begin(VT_TX_RW);
    EXPECT_TEXT(vt_st_get(second, 0, "a"), "1");
    vt_st.table->abort(second);
}

STORE_TEST(a_reader_cannot_write)
{
    struct vt_db_tx *tx;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RO);
    EXPECT_NE(vt_st.table->put(tx, 0, vt_view_str("a"), vt_view_str("1")),
              VT_OK);
    EXPECT_NE(vt_st.table->del(tx, 0, vt_view_str("a")), VT_OK);
    vt_st_commit(tx, VT_COMMIT_SYNC); /* the same as abort */
    tx = vt_st_begin(VT_TX_RO);
    EXPECT_TEXT(vt_st_get(tx, 0, "a"), "(none)");
    vt_st.table->abort(tx);
}

STORE_TEST(values_stay_where_they_are_until_the_end)
{
    struct vt_db_tx *tx;
    struct vt_view vals[50];

    vt_st_use(way);
    vt_st_open();
    for (int round = 0; round < 2; round++) {
        tx = vt_st_begin(VT_TX_RW);
        for (uint8_t i = 0; i < 50; i++) {
            uint8_t val[100];

            memset(val, i + round, sizeof val);
            EXPECT_EQ(vt_st.table->put(tx, 1, vt_view_of(&i, 1),
                                       vt_view_of(val, sizeof val)),
                      VT_OK);
        }
        vt_st_commit(tx, 0);
        tx = vt_st_begin(VT_TX_RO);
        for (uint8_t i = 0; i < 50; i++) {
            EXPECT_EQ(vt_st.table->get(tx, 1, vt_view_of(&i, 1), &vals[i]),
                      VT_OK);
        }
        for (uint8_t i = 0; i < 50; i++) {
            EXPECT_EQ(vals[i].len, 100);
            EXPECT_EQ(vals[i].ptr[0], i + round);
            EXPECT_EQ(vals[i].ptr[99], i + round);
        }
        vt_st.table->abort(tx);
    }
}

STORE_TEST(an_empty_value_is_a_value)
{
    struct vt_db_tx *tx;
    struct vt_view val = {NULL, 7};
    struct vt_db_cursor *cur;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    EXPECT_EQ(vt_st.table->put(tx, 0, vt_view_str("a"), vt_view_of(NULL, 0)),
              VT_OK);
    EXPECT_EQ(vt_st.table->get(tx, 0, vt_view_str("a"), &val), VT_OK);
    EXPECT_EQ(val.len, 0);
    vt_st_commit(tx, VT_COMMIT_SYNC);
    tx = vt_st_begin(VT_TX_RO);
    val.len = 7;
    EXPECT_EQ(vt_st.table->get(tx, 0, vt_view_str("a"), &val), VT_OK);
    EXPECT_EQ(val.len, 0);
    cur = vt_st_cursor(tx, 0);
    EXPECT_TEXT(vt_st_seek(cur, ""), "a=");
    vt_st.table->cursor_close(cur);
    vt_st.table->abort(tx);
}

STORE_TEST(keys_are_in_byte_order)
{
    static const char *const order[] = {"\x01", "\x01\x01", "a",    "aa",
                                        "ab",   "b",        "\x7f", "\x80",
                                        "\xff", "\xff\xff"};
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    char want[16];

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    for (size_t i = 10; i > 0; i--) {
        vt_st_put(tx, 5, order[i - 1], "x");
    }
    vt_st_put(tx, 4, "\xff", "below");
    vt_st_put(tx, 6, "\x01", "above");
    vt_st_commit(tx, 0);
    tx = vt_st_begin(VT_TX_RO);
    cur = vt_st_cursor(tx, 5);
    for (size_t i = 0; i < 10; i++) {
        (void)snprintf(want, sizeof want, "%s=x", order[i]);
        EXPECT_TEXT(i == 0 ? vt_st_seek(cur, "") : vt_st_step(cur, 1), want);
    }
    EXPECT_TEXT(vt_st_step(cur, 1), "(end)");
    for (size_t i = 10; i > 0; i--) {
        (void)snprintf(want, sizeof want, "%s=x", order[i - 1]);
        EXPECT_TEXT(vt_st_step(cur, -1), want);
    }
    EXPECT_TEXT(vt_st_step(cur, -1), "(end)");
    vt_st.table->cursor_close(cur);
    vt_st.table->abort(tx);
}

STORE_TEST(a_cursor_can_turn_and_leave_both_ends)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    vt_st_put(tx, 0, "b", "1");
    vt_st_put(tx, 0, "d", "2");
    vt_st_put(tx, 0, "f", "3");
    vt_st_commit(tx, 0);
    tx = vt_st_begin(VT_TX_RO);
    cur = vt_st_cursor(tx, 0);
    EXPECT_TEXT(vt_st_step(cur, -1), "(end)"); /* stands before the first */
    EXPECT_TEXT(vt_st_step(cur, 1), "b=1");
    EXPECT_TEXT(vt_st_seek(cur, "c"), "d=2");
    EXPECT_TEXT(vt_st_step(cur, -1), "b=1");
    EXPECT_TEXT(vt_st_step(cur, 1), "d=2");
    EXPECT_TEXT(vt_st_step(cur, 1), "f=3");
    EXPECT_TEXT(vt_st_step(cur, 1), "(end)");
    EXPECT_TEXT(vt_st_step(cur, 1), "(end)");
    EXPECT_TEXT(vt_st_step(cur, -1), "f=3");
    EXPECT_TEXT(vt_st_seek(cur, "g"), "(end)");
    EXPECT_TEXT(vt_st_step(cur, -1), "f=3"); /* how to find the last key */
    EXPECT_TEXT(vt_st_seek(cur, "d"), "d=2");
    EXPECT_TEXT(vt_st_seek(cur, ""), "b=1");
    EXPECT_TEXT(vt_st_step(cur, -1), "(end)");
    EXPECT_TEXT(vt_st_step(cur, -1), "(end)");
    EXPECT_TEXT(vt_st_step(cur, 1), "b=1");
    vt_st.table->cursor_close(cur);
    cur = vt_st_cursor(tx, 1);
    EXPECT_TEXT(vt_st_seek(cur, ""), "(end)");
    EXPECT_TEXT(vt_st_step(cur, -1), "(end)");
    vt_st.table->cursor_close(cur);
    vt_st.table->abort(tx);
}

STORE_TEST(a_cursor_does_not_see_its_transactions_writes)
{
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    struct vt_view k = {NULL, 0};
    struct vt_view v;
    vt_status status;
    int seen = 0;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    for (char c = 'a'; c <= 'z'; c++) {
        char key[2] = {c, '\0'};

        vt_st_put(tx, 0, key, "x");
    }
    vt_st_commit(tx, 0);
    tx = vt_st_begin(VT_TX_RW);
    cur = vt_st_cursor(tx, 0);
    status = vt_st.table->seek(cur, k, &k, &v);
    while (status == VT_OK) { /* deleting under the cursor */
        EXPECT_EQ(vt_st.table->del(tx, 0, k), VT_OK);
        vt_st_put(tx, 0, "zz", "new");
        EXPECT_EQ(k.len, 1);
        EXPECT_EQ(k.ptr[0], 'a' + seen);
        seen++;
        status = vt_st.table->step(cur, 1, &k, &v);
    }
    EXPECT_EQ(status, VT_E_NOTFOUND);
    EXPECT_EQ(seen, 26);
    vt_st.table->cursor_close(cur);
    EXPECT_TEXT(vt_st_get(tx, 0, "m"), "(none)");
    vt_st_commit(tx, 0);
    tx = vt_st_begin(VT_TX_RO);
    cur = vt_st_cursor(tx, 0);
    EXPECT_TEXT(vt_st_seek(cur, ""), "zz=new");
    EXPECT_TEXT(vt_st_step(cur, 1), "(end)");
    vt_st.table->cursor_close(cur);
    vt_st.table->abort(tx);
}

STORE_TEST(a_snapshot_stays_as_it_was)
{
    struct vt_db_tx *old;
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur;
    struct vt_model then = {0};
    const char *wrong;

    vt_st_use(way);
    vt_st_open();
    for (uint64_t n = 1; n <= 40; n++) {
        vt_st_chain_commit(11, n);
        vt_model_commit(&then, 11, n);
    }
    old = vt_st_begin(VT_TX_RO);
    cur = vt_st_cursor(old, 1);
    for (uint64_t n = 41; n <= 200; n++) {
        vt_st_chain_commit(11, n);
    }
    wrong = vt_model_compare(&then, vt_st.table, old);
    EXPECT_THAT(wrong == NULL, "%s", wrong);
    vt_st.table->cursor_close(cur);
    vt_st.table->abort(old);
    for (uint64_t n = 41; n <= 200; n++) {
        vt_model_commit(&then, 11, n);
    }
    tx = vt_st_begin(VT_TX_RO);
    wrong = vt_model_compare(&then, vt_st.table, tx);
    EXPECT_THAT(wrong == NULL, "%s", wrong);
    vt_st.table->abort(tx);
    vt_model_clear(&then);
}

/* ---- limits ------------------------------------------------------------- */

STORE_TEST(keys_and_spaces_have_the_declared_limits)
{
    const struct vt_view one = vt_view_str("1");
    uint8_t *key = vt_alloc((size_t)vt_st.t->module->storage->key_max + 1);
    struct vt_db_tx *tx;
    struct vt_db_cursor *cur = NULL;
    struct vt_view val;

    vt_st_use(way);
    vt_st_open();
    memset(key, 'k', (size_t)vt_st.table->key_max + 1);
    tx = vt_st_begin(VT_TX_RW);
    EXPECT_EQ(vt_st.table->put(tx, 0, vt_view_of(key, 0), one), VT_E_LIMIT);
    EXPECT_EQ(
        vt_st.table->put(tx, 0, vt_view_of(key, vt_st.table->key_max + 1), one),
        VT_E_LIMIT);
    EXPECT_EQ(
        vt_st.table->put(tx, vt_st.table->spaces_max, vt_view_of(key, 1), one),
        VT_E_LIMIT);
    EXPECT_EQ(vt_st.table->del(tx, 0, vt_view_of(key, 0)), VT_E_LIMIT);
    EXPECT_EQ(vt_st.table->del(tx, vt_st.table->spaces_max, vt_view_of(key, 1)),
              VT_E_LIMIT);
    EXPECT_EQ(vt_st.table->cursor(tx, vt_st.table->spaces_max, &cur),
              VT_E_LIMIT);
    EXPECT_EQ(vt_st.table->put(tx, vt_st.table->spaces_max - 1,
                               vt_view_of(key, vt_st.table->key_max), one),
              VT_OK);
    vt_st_commit(tx, VT_COMMIT_SYNC);
    tx = vt_st_begin(VT_TX_RO);
    EXPECT_EQ(vt_st.table->get(tx, vt_st.table->spaces_max - 1,
                               vt_view_of(key, vt_st.table->key_max), &val),
              VT_OK);
    EXPECT_EQ(vt_st.table->get(tx, 0, vt_view_of(key, 0), &val), VT_E_NOTFOUND);
    EXPECT_EQ(
        vt_st.table->get(tx, vt_st.table->spaces_max, vt_view_of(key, 1), &val),
        VT_E_NOTFOUND);
    vt_st.table->abort(tx);
    vt_free(key);
}

STORE_TEST(values_have_the_declared_limit)
{
    size_t max = (size_t)vt_st.t->module->storage->value_max;
    uint8_t *val = vt_alloc(max + 1);
    struct vt_db_tx *tx;
    struct vt_view got;

    vt_st_use(way);
    vt_st_open();
    for (size_t i = 0; i <= max; i++) {
        val[i] = (uint8_t)(i * 7 >> 3);
    }
    tx = vt_st_begin(VT_TX_RW);
    EXPECT_EQ(
        vt_st.table->put(tx, 0, vt_view_str("a"), vt_view_of(val, max + 1)),
        VT_E_LIMIT);
    EXPECT_EQ(vt_st.table->put(tx, 0, vt_view_str("a"), vt_view_of(val, max)),
              VT_OK);
    vt_st_commit(tx, VT_COMMIT_SYNC);
    tx = vt_st_begin(VT_TX_RO);
    EXPECT_EQ(vt_st.table->get(tx, 0, vt_view_str("a"), &got), VT_OK);
    EXPECT_EQ(got.len, max);
    EXPECT_TRUE(memcmp(got.ptr, val, max) == 0);
    vt_st.table->abort(tx);
    vt_free(val);
}

STORE_TEST(a_batch_has_the_declared_limit)
{
    size_t len = 1024 * 1024;
    uint8_t *val = vt_alloc(len);
    struct vt_db_tx *tx;
    uint64_t total = 0;
    uint32_t count = 0;
    vt_status status = VT_OK;

    vt_st_use(way);
    vt_st_open();
    tx = vt_st_begin(VT_TX_RW);
    while (status == VT_OK) {
        uint8_t key[4];

        vt_put_u32(key, count);
        EXPECT_LE(total, vt_st.table->batch_max);
        status =
            vt_st.table->put(tx, 0, vt_view_of(key, 4), vt_view_of(val, len));
        if (status == VT_OK) {
            total += len + 4;
            count++;
        }
    }
    EXPECT_EQ(status, VT_E_LIMIT);
    EXPECT_GE(total + total / 50 + 2 * len, vt_st.table->batch_max);
    vt_st_put(tx, 1, "still", "usable");
    EXPECT_TEXT(vt_st_get(tx, 1, "still"), "usable");
    vt_st.table->abort(tx);
    vt_free(val);
}

STORE_TEST(ending_nothing_is_fine)
{
    vt_st_use(way);
    vt_st.table->close(NULL);
    vt_st.table->abort(NULL);
    vt_st.table->cursor_close(NULL);
    EXPECT_GE(vt_st.table->key_max, 64);
    EXPECT_GE(vt_st.table->spaces_max, 16);
    EXPECT_GE(vt_st.table->batch_max, vt_st.table->value_max);
}

const struct vt_conform_test vt_tests_store_basic[] = {
    {"a_new_store_is_empty", "R42", 5, STORE, run_a_new_store_is_empty},
    {"a_writer_sees_its_writes_and_others_see_them_after_commit", "R42", 5,
     STORE, run_a_writer_sees_its_writes_and_others_see_them_after_commit},
    {"an_aborted_transaction_leaves_nothing", "R42", 5, STORE,
     run_an_aborted_transaction_leaves_nothing},
    {"there_is_one_writer", "R42", 5, STORE, run_there_is_one_writer},
    {"a_reader_cannot_write", "R42", 5, STORE, run_a_reader_cannot_write},
    {"values_stay_where_they_are_until_the_end", "R42", 5, STORE,
     run_values_stay_where_they_are_until_the_end},
    {"an_empty_value_is_a_value", "R42", 5, STORE,
     run_an_empty_value_is_a_value},
    {"keys_are_in_byte_order", "R42", 5, STORE, run_keys_are_in_byte_order},
    {"a_cursor_can_turn_and_leave_both_ends", "R42", 5, STORE,
     run_a_cursor_can_turn_and_leave_both_ends},
    {"a_cursor_does_not_see_its_transactions_writes", "R42", 5, STORE,
     run_a_cursor_does_not_see_its_transactions_writes},
    {"a_snapshot_stays_as_it_was", "R42", 5, STORE,
     run_a_snapshot_stays_as_it_was},
    {"keys_and_spaces_have_the_declared_limits", "R42", 5, STORE,
     run_keys_and_spaces_have_the_declared_limits},
    {"values_have_the_declared_limit", "R42", 5, STORE,
     run_values_have_the_declared_limit},
    {"a_batch_has_the_declared_limit", "R42", 5, STORE,
     run_a_batch_has_the_declared_limit},
    {"ending_nothing_is_fine", "R42", 5, STORE, run_ending_nothing_is_fine},
    {0}};
