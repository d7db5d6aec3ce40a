/* SPDX-License-Identifier: Apache-2.0
 *
 * check_memory.c - what only this store does: its bound, and the tree whose
 * versions share what is equal.
 */
#include <vt/plugin.h>

#include "../tree.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "support/store.h"
#include "unit/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

extern const struct vt_plugin memory_LTX_vt_plugin_v1;

/* ---- the bound ---------------------------------------------------------- */

#define VALUE 10000u

static struct store s;

static void setup(void)
{
    const struct vt_plugin *plugin = &memory_LTX_vt_plugin_v1;

    store_init(&s, "storage.memory", plugin->keys,
               VT_AT(struct vt_iface, plugin->ifaces, 0)->table);
    store_set(&s, "max_size", "1MiB");
    ck_assert_int_eq(store_open(&s), VT_OK);
}

static void teardown(void)
{
    store_fini(&s);
}

/* Values under "0", "1", ... until one is refused. Returns how many went in. */
static unsigned fill(void)
{
    static const uint8_t bytes[VALUE];
    vt_status status = VT_OK;
    unsigned count = 0;

    while (status == VT_OK) {
        char key[12];

        (void)snprintf(key, sizeof key, "%u", count);
        status = store_put(&s, key, vt_view_of(bytes, sizeof bytes), 0);
        count += status == VT_OK;
        ck_assert_uint_lt(count, 1000);
    }
    ck_assert_int_eq(status, VT_E_LIMIT);
    return count;
}

static void delete_all(unsigned count)
{
    struct vt_db_tx *tx = store_begin(&s, VT_TX_RW);

    for (unsigned i = 0; i < count; i++) {
        char key[12];

        (void)snprintf(key, sizeof key, "%u", i);
        ck_assert_int_eq(s.table->del(tx, 0, vt_view_str(key)), VT_OK);
    }
    ck_assert_int_eq(store_commit(&s, tx, 0), VT_OK);
}

START_TEST(a_full_store_refuses_values_and_takes_deletions)
{
    unsigned count = fill();

    ck_assert_uint_gt(count, 90);
    ck_assert_uint_le(count * VALUE, 1 << 20);
    ck_assert_int_eq(store_len(&s, "0"), VALUE);
    delete_all(count);
    ck_assert_int_eq(store_len(&s, "0"), -1);
    ck_assert_uint_eq(fill(), count); /* nothing got lost */
}
END_TEST

START_TEST(a_reader_keeps_what_it_sees)
{
    unsigned count = fill();
    struct vt_db_tx *reader = store_begin(&s, VT_TX_RO);
    struct vt_view val;

    delete_all(count);
    ck_assert_uint_lt(fill(), 3); /* the reader has the rest */
    ck_assert_int_eq(s.table->get(reader, 0, vt_view_str("0"), &val), VT_OK);
    ck_assert_uint_eq(val.len, VALUE);
    s.table->abort(reader);
    ck_assert_uint_gt(fill(), count - 3);
}
END_TEST

START_TEST(an_aborted_transaction_gives_back_its_memory)
{
    static const uint8_t bytes[VALUE];

    for (int round = 0; round < 300; round++) {
        struct vt_db_tx *tx = store_begin(&s, VT_TX_RW);

        ck_assert_int_eq(s.table->put(tx, 0, vt_view_str("key"),
                                      vt_view_of(bytes, sizeof bytes)),
                         VT_OK);
        s.table->abort(tx);
    }
    ck_assert_uint_gt(fill(), 90);
}
END_TEST

START_TEST(the_folder_stays_empty)
{
    DIR *d;

    ck_assert_int_eq(store_put(&s, "key", vt_view_str("value"), VT_COMMIT_SYNC),
                     VT_OK);
    d = opendir(s.dir);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        ck_assert_int_eq(e->d_name[0], '.');
    }
    (void)closedir(d);
}
END_TEST

/* ---- the tree ----------------------------------------------------------- */

#define KEYS 700u
#define VERSIONS 20u

/* A version and what it should hold: the value of key i, 0 for none. */
struct version {
    struct mem_node *root;
    uint8_t values[KEYS];
};

static struct mem_key key_of(uint32_t i, uint8_t bytes[2])
{
    struct mem_key key = {bytes, 2, i % 3};

    bytes[0] = (uint8_t)(i >> 8);
    bytes[1] = (uint8_t)i;
    return key;
}

static void change(struct mem_tree *tree, uint8_t values[KEYS],
                   struct vt_rng *rng)
{
    uint32_t i = (uint32_t)vt_rng_below(rng, KEYS);
    uint8_t value = (uint8_t)vt_rng_below(rng, 3);
    uint8_t bytes[2];
    struct mem_key key = key_of(i, bytes);

    if (value == 0) {
        ck_assert_int_eq(mem_tree_del(tree, key), 0);
    } else {
        ck_assert_int_eq(mem_tree_put(tree, key, &value, 1), 0);
    }
    values[i] = value;
}

static void check_version(const struct version *v)
{
    uint64_t count;
    uint64_t want = 0;

    ck_assert_int_eq(mem_check(v->root, &count), 1);
    for (uint32_t i = 0; i < KEYS; i++) {
        uint8_t bytes[2];
        const struct mem_entry *entry = mem_get(v->root, key_of(i, bytes));

        ck_assert_int_eq(entry != NULL, v->values[i] != 0);
        ck_assert(entry == NULL || entry->bytes[2] == v->values[i]);
        want += v->values[i] != 0;
    }
    ck_assert_uint_eq(count, want);
}

START_TEST(old_versions_stay_and_all_are_level)
{
    struct mem_budget budget = {.max = UINT64_MAX};
    struct mem_tree tree = {.budget = &budget};
    struct version versions[VERSIONS] = {{NULL, {0}}};
    struct version now = {NULL, {0}};
    struct vt_rng rng;

    vt_rng_init(&rng, 5);
    for (uint32_t n = 0; n < VERSIONS; n++) {
        for (int i = 0; i < 300; i++) {
            change(&tree, now.values, &rng);
        }
        versions[n] = now;
        versions[n].root = mem_node_ref(tree.root);
    }
    for (uint32_t n = 0; n < VERSIONS; n++) {
        check_version(&versions[n]);
        mem_node_unref(&budget, versions[n].root);
    }
    mem_tree_fini(&tree);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(a_change_that_finds_no_memory_changes_nothing)
{
    struct mem_budget budget = {.max = UINT64_MAX};
    struct mem_tree tree = {.budget = &budget};
    struct version now = {NULL, {0}};
    struct vt_rng rng;
    unsigned refused = 0;

    vt_rng_init(&rng, 6);
    for (int i = 0; i < 400; i++) {
        change(&tree, now.values, &rng);
    }
    for (uint64_t more = 0; more < 4000; more += 8) {
        uint32_t i = (uint32_t)vt_rng_below(&rng, KEYS);
        struct mem_node *held = mem_node_ref(tree.root); /* all is copied */
        uint8_t bytes[2];

        budget.max = budget.used + more;
        if (mem_tree_put(&tree, key_of(i, bytes), "\7", 1) == 0) {
            now.values[i] = 7;
        } else {
            refused++;
        }
        now.root = tree.root;
        check_version(&now);
        mem_node_unref(&budget, held);
    }
    ck_assert_uint_gt(refused, 2);
    ck_assert_uint_lt(refused, 500);
    mem_tree_fini(&tree);
    ck_assert_uint_eq(budget.used, 0);
}
END_TEST

START_TEST(disorder_is_noticed)
{
    struct mem_budget budget = {.max = UINT64_MAX};
    struct mem_tree tree = {.budget = &budget};
    struct version now = {NULL, {0}};
    struct mem_entry *entry;
    struct vt_rng rng;
    uint64_t count;

    vt_rng_init(&rng, 7);
    for (int i = 0; i < 100; i++) {
        change(&tree, now.values, &rng);
    }
    entry = tree.root->entry;
    tree.root->entry = tree.root->left->entry;
    tree.root->left->entry = entry;
    ck_assert_int_eq(mem_check(tree.root, &count), 0);
    tree.root->left->entry = tree.root->entry;
    tree.root->entry = entry;
    ck_assert_int_eq(mem_check(tree.root, &count), 1);
    tree.root->height++;
    ck_assert_int_eq(mem_check(tree.root, &count), 0);
    mem_tree_fini(&tree);
}
END_TEST

int main(void)
{
    const TTest *const bound[] = {
        a_full_store_refuses_values_and_takes_deletions,
        a_reader_keeps_what_it_sees,
        an_aborted_transaction_gives_back_its_memory,
        the_folder_stays_empty,
    };
    const TTest *const trees[] = {
        old_versions_stay_and_all_are_level,
        a_change_that_finds_no_memory_changes_nothing,
        disorder_is_noticed,
    };
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("bound");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++) {
        tcase_add_test(tcase, bound[i]);
    }
    suite_add_tcase(suite, tcase);
    VT_SUITE_ADD(suite, "tree", trees);
    return vt_suite_run(suite);
}
