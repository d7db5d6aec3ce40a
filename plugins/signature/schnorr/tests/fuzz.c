/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz.c - libFuzzer's target: any bytes become a batch of signatures, and
 * every implementation says of it what the library says.
 *
 * A batch is a list of items: one byte picks a case, one says how many of its
 * bytes are changed (0..7), then two bytes for each: where and by which bits.
 */
#include "../challenge.h"
#include "../keys.h"
#include "../many.h"
#include "cases.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

#define POOL 126u
#define ITEMS_MAX 24u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct schnorr_case pool[POOL];

static void make_pool(void)
{
    struct vt_rng rng;

    vt_rng_init(&rng, 8);
    for (unsigned i = 0; i < POOL; i++) {
        schnorr_case_make(&rng, i % CASE_KINDS, &pool[i]);
    }
    task_table_make();
}

/* Reads one item; returns how many bytes it took, 0 at the end. */
static size_t read_case(const uint8_t *data, size_t size,
                        struct schnorr_case *out)
{
    size_t changes;

    if (size < 2) {
        return 0;
    }
    *out = pool[data[0] % POOL];
    changes = data[1] % 8;
    if (size < 2 + 2 * changes) {
        return 0;
    }
    for (size_t i = 0; i < changes; i++) {
        uint8_t at = data[2 + 2 * i];
        uint8_t bits = data[3 + 2 * i];

        if (at < 32) {
            out->pk[at] ^= bits;
        } else if (at < 64) {
            out->msg[at - 32] ^= bits;
        } else {
            out->sig[at % 64] ^= bits;
        }
    }
    return 2 + 2 * changes;
}

static void must(int good)
{
    if (!good) {
        abort();
    }
}

static void try_model(const struct schnorr_case *cases, const uint8_t *want,
                      uint32_t count)
{
    struct challenge c;
    struct task tasks[ITEMS_MAX];
    uint32_t index[ITEMS_MAX];
    uint8_t got[ITEMS_MAX];
    size_t n = 0;

    challenge_init(&c, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t e[32];

        challenge_hash(&c, cases[i].sig, cases[i].pk, cases[i].msg, e);
        if (cases[i].pk_len == 32 && cases[i].sig_len == 64 &&
            task_make(&tasks[n], cases[i].pk, cases[i].sig, e)) {
            tasks[n].has_y = 0;
            index[n++] = i;
        } else {
            must(want[i] == VT_BAD);
        }
    }
    must(n == 0 || task_lanes_model.run(tasks, n, got));
    for (size_t k = 0; k < n; k++) {
        must(got[k] == TASK_ASK || got[k] == want[index[k]]);
    }
}

static void try_named(const char *name, struct vt_tab items,
                      const uint8_t *want)
{
    uint8_t got[ITEMS_MAX];
    struct vt_err err;

    must(setenv("VT_SCHNORR_IMPL", name, 1) == 0);
    if (many_choose(&err) != VT_OK) {
        return; /* not on this processor */
    }
    keys_forget();
    for (int round = 0; round < 2; round++) { /* then with known keys */
        many_verify(items, got);
        must(memcmp(got, want, items.count) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct schnorr_case cases[ITEMS_MAX];
    struct vt_sig_item items[ITEMS_MAX];
    uint8_t want[ITEMS_MAX];
    uint32_t count = 0;
    size_t at = 0;

    if (pool[0].pk_len == 0) {
        make_pool();
    }
    while (count < ITEMS_MAX) {
        size_t took = read_case(data + at, size - at, &cases[count]);

        if (took == 0) {
            break;
        }
        items[count] = schnorr_case_item(&cases[count]);
        want[count] = schnorr_case_verdict(&cases[count]);
        at += took;
        count++;
    }
    if (count > 0) {
        struct vt_tab tab = {items, count, sizeof items[0]};

        try_named("portable", tab, want);
        try_named("avx2", tab, want);
        try_named("ifma", tab, want);
        try_model(cases, want, count);
    }
    return 0;
}
