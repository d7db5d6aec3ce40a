/* SPDX-License-Identifier: Apache-2.0
 *
 * st_random.c - long random sequences of operations, each answer compared
 * with a sorted array.
 */
#include "conform/st.h"

#include "base/bytes.h"
#include "base/status.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS 4u
#define STEPS 400
#define HELD_MAX 4
#define VALUE_MAX 60000u

struct held {
    struct vt_db_tx *tx;
    struct vt_model model;
};

struct walk {
    struct vt_rng rng;
    uint64_t seed;
    struct vt_model committed;
    struct held held[HELD_MAX];
    uint64_t height;
};

/* Where it went wrong, for the one who has to repeat it. */
#define CHECK(w, cond, what)                                                   \
    EXPECT_THAT((cond), "seed %llu: %s", (unsigned long long)(w)->seed, what)

static uint32_t pick_space(struct walk *w)
{
    const uint32_t spaces[] = {0, 1, 2, vt_st.table->spaces_max - 1};

    return spaces[vt_rng_below(&w->rng, 4)];
}

/* Heights that grow, short keys that collide, and long ones. */
static struct vt_view pick_key(struct walk *w, uint8_t buf[1024])
{
    static const uint8_t letters[] = {0x00, 0x01, 'a', 0xfe, 0xff};
    size_t len;

    switch (vt_rng_below(&w->rng, 4)) {
    case 0:
        vt_put_u64be(buf, w->height - vt_rng_below(&w->rng, 60));
        return vt_view_of(buf, 8);
    case 1:
        len = vt_st.table->key_max - (size_t)vt_rng_below(&w->rng, 2);
        len = len < 1024 ? len : 1024;
        memset(buf, 'L', len);
        buf[len - 1] = (uint8_t)vt_rng_below(&w->rng, 4);
        return vt_view_of(buf, len);
    default:
        len = 1 + (size_t)vt_rng_below(&w->rng, 3);
        for (size_t i = 0; i < len; i++) {
            buf[i] = letters[vt_rng_below(&w->rng, sizeof letters)];
        }
        return vt_view_of(buf, len);
    }
}

static struct vt_view pick_value(struct walk *w)
{
    static uint8_t bytes[VALUE_MAX];
    size_t max = vt_rng_chance(&w->rng, 1, 20) ? VALUE_MAX : 200;
    size_t len = (size_t)vt_rng_below(&w->rng, max);

    vt_rng_fill(&w->rng, bytes, len);
    return vt_view_of(bytes, len);
}

static void check_get(struct walk *w, struct vt_db_tx *tx,
                      const struct vt_model *m)
{
    uint8_t buf[1024];
    uint32_t space = pick_space(w);
    struct vt_view key = pick_key(w, buf);
    const struct vt_model_row *row = vt_model_get(m, space, key);
    struct vt_view val;
    vt_status status = vt_st.table->get(tx, space, key, &val);

    CHECK(w, status == (row == NULL ? VT_E_NOTFOUND : VT_OK), "get");
    CHECK(w, row == NULL || vt_view_eq(val, row->val), "value of get");
}

/* A cursor that is moved about at random beside an index into the model. The
 * index stands between rows: the row under the cursor is at `at` when on. */
static void check_cursor(struct walk *w, struct vt_db_tx *tx,
                         const struct vt_model *m)
{
    uint8_t buf[1024];
    uint32_t space = pick_space(w);
    size_t first = vt_model_seek(m, space, vt_view_of(NULL, 0));
    size_t end = vt_model_seek(m, space + 1, vt_view_of(NULL, 0));
    struct vt_db_cursor *cur = vt_st_cursor(tx, space);
    int64_t at = (int64_t)first - 1;

    for (int i = 0; i < 25; i++) {
        struct vt_view k;
        struct vt_view v;
        vt_status status;
        int inside;

        if (vt_rng_chance(&w->rng, 1, 5)) {
            struct vt_view key = pick_key(w, buf);

            at = (int64_t)vt_model_seek(m, space, key);
            status = vt_st.table->seek(cur, key, &k, &v);
        } else {
            int32_t dir = vt_rng_chance(&w->rng, 1, 3) ? -1 : 1;

            at += dir;
            at = at < (int64_t)first ? (int64_t)first - 1 : at;
            at = at > (int64_t)end ? (int64_t)end : at;
            status = vt_st.table->step(cur, dir, &k, &v);
        }
        inside = at >= (int64_t)first && at < (int64_t)end;
        CHECK(w, status == (inside ? VT_OK : VT_E_NOTFOUND), "cursor");
        CHECK(w, !inside || vt_view_eq(k, m->rows[at].key), "key of cursor");
        CHECK(w, !inside || vt_view_eq(v, m->rows[at].val), "value of cursor");
    }
    vt_st.table->cursor_close(cur);
}

static void write_some(struct walk *w)
{
    struct vt_db_tx *tx = vt_st_begin(VT_TX_RW);
    uint64_t count =
        vt_rng_below(&w->rng, vt_rng_chance(&w->rng, 1, 30) ? 800 : 25);
    struct vt_model m;
    uint8_t buf[1024];

    vt_model_copy(&m, &w->committed);
    for (uint64_t i = 0; i < count; i++) {
        uint32_t space = pick_space(w);
        struct vt_view key;

        w->height += vt_rng_below(&w->rng, 2);
        key = pick_key(w, buf);
        if (vt_rng_chance(&w->rng, 1, 3)) {
            CHECK(w, vt_st.table->del(tx, space, key) == VT_OK, "del");
            vt_model_del(&m, space, key);
        } else {
            struct vt_view val = pick_value(w);

            CHECK(w, vt_st.table->put(tx, space, key, val) == VT_OK, "put");
            vt_model_put(&m, space, key, val);
        }
        if (vt_rng_chance(&w->rng, 1, 4)) {
            check_get(w, tx, &m);
        }
    }
    if (vt_rng_chance(&w->rng, 1, 6)) {
        check_cursor(w, tx, &w->committed);
        vt_st.table->abort(tx);
        vt_model_clear(&m);
        return;
    }
    vt_st_commit(tx, vt_rng_chance(&w->rng, 1, 4) ? VT_COMMIT_SYNC : 0);
    vt_model_clear(&w->committed);
    w->committed = m;
}

static void drop(struct held *h)
{
    if (h->tx != NULL) {
        vt_st.table->abort(h->tx);
        h->tx = NULL;
        vt_model_clear(&h->model);
    }
}

static void hold_or_look(struct walk *w)
{
    struct held *h = &w->held[vt_rng_below(&w->rng, HELD_MAX)];

    if (h->tx == NULL) {
        h->tx = vt_st_begin(VT_TX_RO);
        vt_model_copy(&h->model, &w->committed);
    } else if (vt_rng_chance(&w->rng, 1, 5)) {
        drop(h);
    } else {
        check_get(w, h->tx, &h->model);
        check_cursor(w, h->tx, &h->model);
    }
}

static void compare_all(struct walk *w)
{
    struct vt_db_tx *tx = vt_st_begin(VT_TX_RO);
    const char *wrong = vt_model_compare(&w->committed, vt_st.table, tx);

    CHECK(w, wrong == NULL, wrong);
    vt_st.table->abort(tx);
}

static void reopen(struct walk *w)
{
    for (size_t i = 0; i < HELD_MAX; i++) {
        drop(&w->held[i]);
    }
    vt_st_reopen();
    if (vt_st_is_volatile()) {
        vt_model_clear(&w->committed);
    }
    compare_all(w);
}

static void run(uint64_t seed)
{
    struct walk w = {.seed = seed, .height = 100};

    vt_rng_init(&w.rng, seed);
    for (int step = 0; step < STEPS; step++) {
        if (vt_rng_chance(&w.rng, 1, 150)) {
            reopen(&w);
        } else if (vt_rng_chance(&w.rng, 1, 2)) {
            write_some(&w);
        } else {
            hold_or_look(&w);
        }
    }
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (w.held[i].tx != NULL) {
            const char *wrong =
                vt_model_compare(&w.held[i].model, vt_st.table, w.held[i].tx);

            CHECK(&w, wrong == NULL, wrong);
        }
    }
    reopen(&w);
    vt_model_clear(&w.committed);
}

STORE_TEST(random_operations_give_what_a_sorted_array_gives)
{
    for (uint32_t i = 0; i < SEEDS * vt_trial_rounds(vt_st.t); i++) {
        vt_st_renew();
        vt_st_use(way);
        vt_st_open();
        run(vt_st.t->args->seed + i);
    }
}

const struct vt_conform_test vt_tests_store_random[] = {
    {"random_operations_give_what_a_sorted_array_gives", "R42", 5, STORE,
     run_random_operations_give_what_a_sorted_array_gives},
    {0}};
