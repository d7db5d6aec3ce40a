/* SPDX-License-Identifier: Apache-2.0
 *
 * storage.c - what each storage plugin costs, beside LevelDB's own calls and
 * beside write and fdatasync on a bare file, in the same run.
 *
 *   storage [--json] [ROUNDS]
 *
 * All take turns in every round, so that a busy machine is busy for all; shown
 * is the median over the rounds.
 */
#include "../../plugins/storage/leveldb/tests/bare.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/status.h"
#include "net/loop.h"
#include "plugin/registry.h"
#include "support/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDES_MAX 12u
#define ROUNDS_MAX 100u
#define KEY_LEN 32u
#define VAL_LEN 100u
#define BATCH 100u
/* Of one round. */
#define SYNCED_BATCHES 40u
#define UNSYNCED_BATCHES 200u
#define GETS 20000u

enum { SYNCED, UNSYNCED, GET, WALK, WHAT_COUNT };

static const struct {
    const char *name;
    uint32_t ops; /* a round */
} whats[WHAT_COUNT] = {
    [SYNCED] = {"synced commit of 100 puts", SYNCED_BATCHES},
    [UNSYNCED] = {"put, unsynced commits", UNSYNCED_BATCHES *BATCH},
    [GET] = {"get", GETS},
    [WALK] = {"step of a cursor", 0}, /* all there are */
};

struct side {
    const char *name;
    struct store store; /* its folder is used by the bare ones too */
    struct bare *bare;
    int fd;
    uint64_t keys; /* written so far */
    uint64_t off;
    double us[WHAT_COUNT][ROUNDS_MAX];
};

static struct side sides[SIDES_MAX];
static uint32_t side_count;
static uint32_t rounds = 5;
static struct side *bare_file, *bare_leveldb;

static void must(int good, const char *what)
{
    if (!good) {
        (void)fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

static void make_pair(uint64_t index, uint8_t key[KEY_LEN],
                      uint8_t val[VAL_LEN])
{
    struct vt_rng rng;

    vt_rng_init(&rng, index);
    vt_rng_fill(&rng, key, KEY_LEN);
    vt_rng_fill(&rng, val, VAL_LEN);
}

/* ---- the three kinds of sides ------------------------------------------- */

static void store_batch(struct side *s, int sync)
{
    struct vt_db_tx *tx = store_begin(&s->store, VT_TX_RW);
    uint8_t key[KEY_LEN];
    uint8_t val[VAL_LEN];

    for (uint32_t i = 0; i < BATCH; i++) {
        make_pair(s->keys + i, key, val);
        must(s->store.table->put(tx, 0, vt_view_of(key, KEY_LEN),
                                 vt_view_of(val, VAL_LEN)) == VT_OK,
             "put");
    }
    must(store_commit(&s->store, tx, sync ? VT_COMMIT_SYNC : 0) == VT_OK,
         "commit");
}

static void bare_batch(struct side *s, int sync)
{
    uint8_t key[1 + KEY_LEN] = {1}; /* as long as the plugin's */
    uint8_t val[VAL_LEN];

    for (uint32_t i = 0; i < BATCH; i++) {
        make_pair(s->keys + i, key + 1, val);
        bare_put(s->bare, key, sizeof key, val, VAL_LEN);
    }
    bare_write(s->bare, sync);
}

static void file_batch(struct side *s, int sync)
{
    uint8_t bytes[BATCH * (KEY_LEN + VAL_LEN)];

    for (uint32_t i = 0; i < BATCH; i++) {
        uint8_t *at = bytes + (size_t)i * (KEY_LEN + VAL_LEN);

        make_pair(s->keys + i, at, at + KEY_LEN);
    }
    must(pwrite(s->fd, bytes, sizeof bytes, (off_t)s->off) ==
             (ssize_t)sizeof bytes,
         "write");
    s->off += sizeof bytes;
    must(!sync || fdatasync(s->fd) == 0, "fdatasync");
}

static void batch(struct side *s, int sync)
{
    if (s->fd >= 0) {
        file_batch(s, sync);
    } else if (s->bare != NULL) {
        bare_batch(s, sync);
    } else {
        store_batch(s, sync);
    }
    s->keys += BATCH;
}

static void get_some(struct side *s, struct vt_rng *rng)
{
    struct vt_db_tx *tx =
        s->bare == NULL ? store_begin(&s->store, VT_TX_RO) : NULL;
    uint8_t key[1 + KEY_LEN] = {1};
    uint8_t val[VAL_LEN];

    for (uint32_t i = 0; i < GETS / 10; i++) {
        struct vt_view got = {NULL, 0};

        make_pair(vt_rng_below(rng, s->keys), key + 1, val);
        if (tx == NULL) {
            must(bare_get(s->bare, key, sizeof key) == VAL_LEN, "get");
        } else {
            must(s->store.table->get(tx, 0, vt_view_of(key + 1, KEY_LEN),
                                     &got) == VT_OK &&
                     memcmp(got.ptr, val, VAL_LEN) == 0,
                 "get");
        }
    }
    if (tx != NULL) {
        s->store.table->abort(tx);
    }
}

static uint64_t store_walk(struct side *s)
{
    struct vt_db_tx *tx = store_begin(&s->store, VT_TX_RO);
    struct vt_db_cursor *cur = NULL;
    struct vt_view k = {NULL, 0};
    struct vt_view v = {NULL, 0};
    uint64_t bytes = 0;
    vt_status status;

    must(s->store.table->cursor(tx, 0, &cur) == VT_OK, "cursor");
    status = s->store.table->seek(cur, k, &k, &v);
    while (status == VT_OK) {
        bytes += k.len + v.len;
        status = s->store.table->step(cur, 1, &k, &v);
    }
    must(status == VT_E_NOTFOUND, "step");
    s->store.table->cursor_close(cur);
    s->store.table->abort(tx);
    return bytes;
}

static void walk(struct side *s)
{
    const uint64_t key_len = s->bare == NULL ? KEY_LEN : KEY_LEN + 1;

    must((s->bare == NULL ? store_walk(s) : bare_walk(s->bare)) ==
             s->keys * (key_len + VAL_LEN),
         "walk");
}

/* ---- measuring ---------------------------------------------------------- */

static void run(struct side *s, int what, struct vt_rng *rng)
{
    switch (what) {
    case SYNCED:
        for (uint32_t i = 0; i < SYNCED_BATCHES; i++) {
            batch(s, 1);
        }
        break;
    case UNSYNCED:
        for (uint32_t i = 0; i < UNSYNCED_BATCHES; i++) {
            batch(s, 0);
        }
        break;
    case GET:
        for (int i = 0; i < 10; i++) { /* a transaction each */
            get_some(s, rng);
        }
        break;
    default:
        walk(s);
    }
}

static void measure(struct side *s, int what, uint32_t round)
{
    struct vt_rng rng;
    uint64_t from_ns;
    uint64_t took_ns;

    if (s == bare_file && (what == GET || what == WALK)) {
        return; /* it has no order to look things up in */
    }
    vt_rng_init(&rng, round);
    from_ns = vt_clock_mono_ns();
    run(s, what, &rng);
    took_ns = vt_clock_mono_ns() - from_ns;
    s->us[what][round] =
        (double)took_ns / 1e3 /
        (double)(what == WALK ? s->keys : (uint64_t)whats[what].ops);
}

/* Each begins once in a while, and finds a disk that has nothing to do. */
static void measure_all(int what, uint32_t round)
{
    for (uint32_t i = 0; i < side_count; i++) {
        sync();
        measure(&sides[(i + round) % side_count], what, round);
    }
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(const struct side *s, int what)
{
    double sorted[ROUNDS_MAX];

    memcpy(sorted, s->us[what], rounds * sizeof sorted[0]);
    qsort(sorted, rounds, sizeof sorted[0], by_size);
    return sorted[rounds / 2];
}

/* ---- the sides ---------------------------------------------------------- */

static struct side *add_side(const char *name)
{
    struct side *s = &sides[side_count];

    must(side_count < SIDES_MAX, "too many plugins");
    side_count++;
    s->name = name;
    s->fd = -1;
    return s;
}

static int add_plugin(void *ctx, const char *file,
                      const struct vt_module *module, const struct vt_err *why)
{
    char section[80];
    struct side *s;

    (void)ctx;
    (void)file;
    (void)why;
    if (module == NULL || module->storage == NULL) {
        return 0;
    }
    s = add_side(module->stem);
    (void)snprintf(section, sizeof section, "storage.%s", module->stem);
    store_init(&s->store, section, module->desc.keys, module->storage);
    must(store_open(&s->store) == VT_OK, s->store.err.text);
    return 0;
}

static void add_plugins(void)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_err err = VT_ERR_INIT;
    struct vt_registry *registry;

    must(policy.path != NULL, "VT_TEST_PLUGIN_DIR: run by `make`, which");
    must(vt_registry_new(&policy, &registry, &err) == VT_OK, err.text);
    must(vt_registry_list(registry, add_plugin, NULL, &err) == VT_OK, err.text);
    vt_registry_free(registry);
    must(side_count > 0, "finding a storage plugin");
}

/* Folders beside those of the plugins, on the same disk. */
static void add_bare(void)
{
    static char path[200];

    bare_leveldb = add_side("bare LevelDB");
    (void)snprintf(path, sizeof path, "%s/bare", sides[0].store.home);
    bare_leveldb->bare = bare_open(path, 4u << 20, 8u << 20);
    bare_file = add_side("bare file");
    (void)snprintf(path, sizeof path, "%s/file", sides[0].store.home);
    bare_file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    must(bare_file->fd >= 0, path);
}

static void remove_sides(void)
{
    bare_close(bare_leveldb->bare);
    (void)close(bare_file->fd);
    for (uint32_t i = 0; i < side_count - 2; i++) {
        store_fini(&sides[i].store);
    }
}

/* ---- printing ----------------------------------------------------------- */

static void print_ratio(double us, double than)
{
    if (than > 0) {
        (void)printf(" %13.2f", us / than);
    } else {
        (void)printf(" %13s", "-");
    }
}

static void print_table(void)
{
    (void)printf("%-26s %-14s %10s %13s %13s\n", "", "", "us", "/ LevelDB",
                 "/ file");
    for (int what = 0; what < WHAT_COUNT; what++) {
        for (uint32_t i = 0; i < side_count; i++) {
            const double us = median(&sides[i], what);

            if (us > 0) {
                (void)printf("%-26s %-14s %10.2f", whats[what].name,
                             sides[i].name, us);
                print_ratio(us, median(bare_leveldb, what));
                print_ratio(us, median(bare_file, what));
                (void)printf("\n");
            }
        }
    }
}

static void print_json(void)
{
    const char *comma = "";

    (void)printf("{\"bench\": \"storage\", \"rounds\": %u, \"rows\": [",
                 rounds);
    for (int what = 0; what < WHAT_COUNT; what++) {
        for (uint32_t i = 0; i < side_count; i++) {
            const double us = median(&sides[i], what);
            const double file_us = median(bare_file, what);

            if (us <= 0) {
                continue;
            }
            (void)printf("%s\n  {\"what\": \"%s\", \"store\": \"%s\", "
                         "\"us\": %.3f, \"to_leveldb\": %.3f",
                         comma, whats[what].name, sides[i].name, us,
                         us / median(bare_leveldb, what));
            if (file_us > 0) {
                (void)printf(", \"to_file\": %.3f", us / file_us);
            }
            (void)printf("}");
            comma = ",";
        }
    }
    (void)printf("\n]}\n");
}

int main(int argc, char **argv)
{
    struct vt_err err = VT_ERR_INIT;
    int json = argc > 1 && strcmp(argv[1], "--json") == 0;

    if (argc > 1 + json) {
        rounds = (uint32_t)strtoul(argv[1 + json], NULL, 10);
    }
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: storage [--json] [ROUNDS of 1..%u]\n",
                      ROUNDS_MAX);
        return 2;
    }
    (void)vt_log_set_levels("error", &err);
    add_plugins();
    add_bare();
    for (uint32_t round = 0; round < rounds; round++) {
        for (int what = 0; what < WHAT_COUNT; what++) {
            measure_all(what, round);
        }
    }
    remove_sides();
    if (json) {
        print_json();
    } else {
        print_table();
    }
    return 0;
}
