/* SPDX-License-Identifier: Apache-2.0
 *
 * check_fuzz.c - every fuzz target over its committed corpus, and over
 * twenty thousand small changes of it, always the same ones.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/rng.h"
#include "fuzz/targets.h"
#include "unit/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define SEEDS_MAX 256u
#define SEED_BYTES_MAX 1048576u
#define CHANGES 20000u

static struct vt_buf seeds[SEEDS_MAX];
static size_t seed_count;

static void read_seed(const char *path)
{
    struct vt_buf *seed = &seeds[seed_count];
    FILE *file = fopen(path, "re");
    uint8_t *room;

    ck_assert_uint_lt(seed_count, SEEDS_MAX);
    ck_assert_msg(file != NULL, "%s", path);
    vt_buf_init(seed, SEED_BYTES_MAX);
    room = vt_buf_grow(seed, SEED_BYTES_MAX);
    ck_assert_ptr_nonnull(room);
    seed->len = fread(room, 1, SEED_BYTES_MAX, file);
    (void)fclose(file);
    seed_count++;
}

static int by_bytes(const void *a, const void *b)
{
    const struct vt_buf *x = a;
    const struct vt_buf *y = b;

    return vt_view_cmp(vt_buf_view(x), vt_buf_view(y));
}

static void read_corpus(const char *target)
{
    char path[1024];
    struct dirent *entry;
    DIR *dir;

    (void)snprintf(path, sizeof path, "%s/fuzz/corpus/%s", VT_TEST_DATA,
                   target);
    dir = opendir(path);
    ck_assert_msg(dir != NULL, "%s", path);
    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/fuzz/corpus/%s/%s",
                           VT_TEST_DATA, target, entry->d_name);
            read_seed(path);
        }
    }
    (void)closedir(dir);
    ck_assert_msg(seed_count > 0, "%s has no seeds", target);
    /* folders have no order of their own, the changes must not depend on it */
    qsort(seeds, seed_count, sizeof seeds[0], by_bytes);
}

/* An allocation of the exact size, so that a read behind it shows. */
static void run(const struct vt_fuzz_target *target, struct vt_view bytes)
{
    uint8_t *copy = vt_memdup(bytes.ptr, bytes.len);

    target->run(target, vt_view_of(copy, bytes.len));
    vt_free(copy);
}

/* One small change: a byte, a cut, a piece of another seed. */
static void change(struct vt_rng *rng, struct vt_buf *bytes)
{
    const struct vt_buf *other = &seeds[vt_rng_below(rng, seed_count)];
    size_t at = bytes->len == 0 ? 0 : (size_t)vt_rng_below(rng, bytes->len);
    size_t len;

    switch (vt_rng_below(rng, 4)) {
    case 0:
        if (bytes->len > 0) {
            bytes->data[at] = (uint8_t)vt_rng_u64(rng);
        }
        break;
    case 1:
        if (bytes->len > 0) {
            bytes->data[at] ^= (uint8_t)(1u << vt_rng_below(rng, 8));
        }
        break;
    case 2:
        bytes->len = at;
        break;
    default:
        len = other->len == 0 ? 0 : (size_t)vt_rng_below(rng, other->len);
        bytes->len = at;
        (void)vt_buf_put(bytes, other->data + other->len - len, len);
        break;
    }
}

START_TEST(laws_hold_on_the_corpus)
{
    const struct vt_fuzz_target *target = &vt_fuzz_targets[_i];
    struct vt_buf bytes = VT_BUF_INIT(2 * SEED_BYTES_MAX);
    struct vt_rng rng;

    read_corpus(target->name);
    for (size_t i = 0; i < seed_count; i++) {
        run(target, vt_buf_view(&seeds[i]));
    }
    vt_rng_init(&rng, 4711);
    for (unsigned i = 0; i < CHANGES; i++) {
        const struct vt_buf *seed = &seeds[i % seed_count];

        vt_buf_clear(&bytes);
        (void)vt_buf_put(&bytes, seed->data, seed->len);
        for (uint64_t n = vt_rng_below(&rng, 3); n != UINT64_MAX; n--) {
            change(&rng, &bytes);
        }
        run(target, vt_buf_view(&bytes));
    }
    vt_buf_fini(&bytes);
    for (size_t i = 0; i < seed_count; i++) {
        vt_buf_fini(&seeds[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fuzz");
    TCase *corpus = tcase_create("corpus");

    tcase_set_timeout(corpus, 120);
    tcase_add_loop_test(corpus, laws_hold_on_the_corpus, 0,
                        (int)vt_fuzz_target_count);
    suite_add_tcase(suite, corpus);
    return vt_suite_run(suite);
}
