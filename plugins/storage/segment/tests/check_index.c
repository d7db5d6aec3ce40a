/* SPDX-License-Identifier: Apache-2.0
 *
 * check_index.c - an index that shows a block of another one, as a file that
 * was not synced may after a power cut, is made again.
 */
#include <vt/plugin.h>

#include "../index.h"
#include "base/bytes.h"
#include "support/store.h"
#include "unit/suite.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

extern const struct vt_plugin segment_LTX_vt_plugin_v1;

#define KEYS 200u
#define VALUE_BYTES 1000u /* so that three segments and more are sealed */

static struct store s;

static const char *key_of(unsigned i)
{
    static char key[16];

    (void)snprintf(key, sizeof key, "key %u", i);
    return key;
}

static const char *index_path(unsigned id)
{
    static char path[200];

    (void)snprintf(path, sizeof path, "%s/%016x.idx", s.dir, id);
    return path;
}

static void setup(void)
{
    static const uint8_t value[VALUE_BYTES];
    const struct vt_plugin *plugin = &segment_LTX_vt_plugin_v1;

    store_init(&s, "storage.segment", plugin->keys,
               VT_AT(struct vt_iface, plugin->ifaces, 0)->table);
    store_set(&s, "segment_size", "64KiB");
    ck_assert_int_eq(store_open(&s), VT_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        ck_assert_int_eq(
            store_put(&s, key_of(i), vt_view_of(value, sizeof value), 0),
            VT_OK);
    }
    store_close(&s);
}

static void teardown(void)
{
    store_fini(&s);
}

/* The first block of one index over that of another. */
static void copy_block(unsigned from_id, unsigned to_id)
{
    uint8_t block[SEG_BLOCK];
    int from = open(index_path(from_id), O_RDONLY | O_CLOEXEC);
    int to = open(index_path(to_id), O_WRONLY | O_CLOEXEC);

    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 0);
    ck_assert_int_eq(pread(from, block, sizeof block, 0), sizeof block);
    ck_assert_int_eq(pwrite(to, block, sizeof block, 0), sizeof block);
    (void)close(from);
    (void)close(to);
}

START_TEST(a_block_of_another_index_is_found_out)
{
    copy_block(1, 2);
    ck_assert_int_eq(store_open(&s), VT_OK);
    ck_assert_int_eq(s.table->verify(s.db, 1, &s.err), VT_OK);
    for (unsigned i = 0; i < KEYS; i++) {
        ck_assert_int_eq(store_len(&s, key_of(i)), VALUE_BYTES);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("segment");
    TCase *tcase = tcase_create("index");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_block_of_another_index_is_found_out);
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
