/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_life.c - what plugins of every kind owe their host: they live with the
 * services they said they need, take every value their options allow, give
 * back what they take, and stand it when there is no more memory.
 */
#include "conform/hooks.h"

#include "base/status.h"
#include "config/value.h"
#include "conform/life.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIVES 1000u
#define STORE_LIVES 60u /* each syncs a disk */
#define HEAP_NOISE 2048u
#define FAILURES_MAX 20000u

static void expect_life(struct vt_life *life, const char *when)
{
    vt_status status = vt_life_live(life);

    VT_EXPECT(life->t, status == VT_OK, "%s: %s: %s", when,
              vt_status_name(status), life->err.text);
}

/* ---- services ------------------------------------------------------------ */

static void lives_and_asks_for_what_it_listed(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;

    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    vt_trial_note(t, "a short life");
    expect_life(&life, "a short life");
    vt_probe_judge(&probe);
}

static void lives_without_optional_services(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;

    vt_probe_init(&probe, t);
    probe.denies_optional = 1;
    vt_life_begin(&life, t, vt_probe_host(&probe));
    vt_trial_note(t, "no optional service");
    expect_life(&life, "without any optional service");
    for (uint32_t i = 0; i < t->module->desc.needs.count; i++) {
        const struct vt_need *need =
            VT_AT(struct vt_need, t->module->desc.needs, i);

        if (need->optional) {
            vt_probe_init(&probe, t);
            probe.denied = need->id;
            vt_trial_note(t, "without %s", need->id);
            expect_life(&life, need->id);
        }
    }
}

static void refuses_to_live_without_what_it_needs(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;
    uint32_t tried = 0;

    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    for (uint32_t i = 0; i < t->module->desc.needs.count; i++) {
        const struct vt_need *need =
            VT_AT(struct vt_need, t->module->desc.needs, i);
        vt_status status;

        if (need->optional || strncmp(need->id, "vt.eff/", 7) == 0) {
            continue; /* effects are no services */
        }
        vt_probe_init(&probe, t);
        probe.denied = need->id;
        vt_trial_note(t, "without %s", need->id);
        status = vt_life_live(&life);
        VT_EXPECT(t, status != VT_OK,
                  "lives without %s, which it says it needs: mark it optional",
                  need->id);
        VT_EXPECT(t, life.err.text[0] != '\0',
                  "refuses without %s, but does not say why", need->id);
        tried++;
    }
    if (tried == 0) {
        vt_trial_skip(t, "needs no service");
    }
}

static void reads_no_further_than_it_asked(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;

    vt_probe_init(&probe, t);
    probe.is_cut = 1;
    vt_life_begin(&life, t, vt_probe_host(&probe));
    vt_trial_note(t, "service tables that end at min_size");
    expect_life(&life, "with tables cut to min_size");
}

/* ---- options ------------------------------------------------------------- */

static vt_status set_one(struct vt_trial *t, const char *key, const char *value,
                         struct vt_options **out, struct vt_err *err)
{
    vt_status status =
        vt_options_new(t->stem, t->module->desc.keys, "/", out, err);

    if (status == VT_OK) {
        status = vt_options_set(*out, key, value, "conform", err);
    }
    return status;
}

/* A life with one option changed: it may refuse, with words. */
static void live_with(struct vt_life *life, const char *key, const char *value)
{
    struct vt_trial *t = life->t;
    struct vt_options *options = NULL;
    struct vt_err err = VT_ERR_INIT;
    struct vt_cfg cfg;
    vt_status status = set_one(t, key, value, &options, &err);

    vt_trial_note(t, "%s = %s", key, value);
    VT_EXPECT(t, status == VT_OK, "%s = %s, which its range allows: %s", key,
              value, err.text);
    vt_options_cfg(options, &cfg);
    life->cfg = &cfg;
    status = vt_life_live(life);
    VT_EXPECT(t, status == VT_OK || life->err.text[0] != '\0',
              "refuses %s = %s with %s, but does not say why", key, value,
              vt_status_name(status));
    VT_EXPECT(t,
              status == VT_OK || status == VT_E_INVALID ||
                  status == VT_E_LIMIT || status == VT_E_NOMEM,
              "%s = %s: %s is no answer to an option: %s", key, value,
              vt_status_name(status), life->err.text);
    life->cfg = &t->cfg;
    vt_options_free(options);
}

static void expect_refused(struct vt_trial *t, const char *key,
                           const char *value)
{
    struct vt_options *options = NULL;
    struct vt_err err = VT_ERR_INIT;

    VT_EXPECT(t, set_one(t, key, value, &options, &err) != VT_OK,
              "takes %s = %s, which is outside of its range", key, value);
    vt_options_free(options);
}

static int is_number(uint32_t type)
{
    return type == VT_T_INT || type == VT_T_UINT || type == VT_T_BYTES ||
           type == VT_T_DURATION_NS;
}

/* Text of a number in the smallest unit of its type. */
static void number_text(uint32_t type, int64_t v, char out[32])
{
    (void)snprintf(out, 32, "%" PRId64 "%s", v,
                   type == VT_T_DURATION_NS ? "ns" : "");
}

static void try_range(struct vt_life *life, const struct vt_key *key)
{
    const char *dots = strstr(key->range, "..");
    char low[32];
    char high[32];
    char text[32];
    int64_t number;

    VT_EXPECT(life->t, dots != NULL, "option %s: range \"%s\" is none",
              key->name, key->range);
    (void)snprintf(low, sizeof low, "%.*s", (int)(dots - key->range),
                   key->range);
    (void)snprintf(high, sizeof high, "%.31s", dots + 2);
    live_with(life, key->name, low);
    live_with(life, key->name, high);
    if (vt_value_number(key->type, NULL, low, &number, NULL) == VT_OK &&
        number > 0) {
        number_text(key->type, number - 1, text);
        expect_refused(life->t, key->name, text);
    }
    if (vt_value_number(key->type, NULL, high, &number, NULL) == VT_OK &&
        number < INT64_MAX) {
        number_text(key->type, number + 1, text);
        expect_refused(life->t, key->name, text);
    }
}

static void try_words(struct vt_life *life, const struct vt_key *key)
{
    char words[256];
    char *save = NULL;

    (void)snprintf(words, sizeof words, "%s", key->range);
    for (char *word = strtok_r(words, "|", &save); word != NULL;
         word = strtok_r(NULL, "|", &save)) {
        live_with(life, key->name, word);
    }
    expect_refused(life->t, key->name, "certainly-not");
}

static void takes_what_its_options_allow(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;

    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    for (uint32_t i = 0; i < t->module->desc.keys.count; i++) {
        const struct vt_key *key =
            VT_AT(struct vt_key, t->module->desc.keys, i);

        if (key->type == VT_T_BOOL) {
            live_with(&life, key->name, "yes");
            live_with(&life, key->name, "no");
        } else if (key->type == VT_T_ENUM) {
            try_words(&life, key);
        } else if (is_number(key->type) && key->range != NULL) {
            try_range(&life, key);
        }
        if (key->type != VT_T_STRING && key->type != VT_T_PATH) {
            expect_refused(t, key->name, "%$! garbage");
        }
    }
    if (t->module->desc.keys.count == 0) {
        vt_trial_skip(t, "has no options");
    }
}

/* ---- memory -------------------------------------------------------------- */

static uint32_t lives_of(const struct vt_trial *t)
{
    return vt_trial_kind(t) == VT_KIND_STORAGE
               ? STORE_LIVES * vt_trial_rounds(t)
               : LIVES;
}

/* What a library keeps once, whenever a thread of its own comes to it, is no
 * leak: that grows in the third quarter of the lives and in the last. The heap
 * counts blocks that wait for reuse in a thread's list as taken, so a little
 * comes and goes. */
static void expect_heap(struct vt_trial *t, const size_t heap[3],
                        uint32_t lives)
{
    size_t third = heap[1] > heap[0] ? heap[1] - heap[0] : 0;
    size_t last = heap[2] > heap[1] ? heap[2] - heap[1] : 0;
    size_t more = third < last ? third : last;

    VT_EXPECT(t, more < (size_t)lives * 16 + HEAP_NOISE,
              "%zu bytes more after %u lives: one of its libraries keeps them",
              more, lives);
}

static void gives_back_what_it_takes(struct vt_trial *t)
{
    uint32_t lives = lives_of(t);
    struct vt_probe probe;
    struct vt_life life;
    int64_t blocks = 0;
    size_t heap[3] = {0, 0, 0};

    vt_hooks_install(t);
    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    for (uint32_t i = 0; i < lives; i++) {
        vt_trial_note(t, "life %u of %u", i + 1, lives);
        expect_life(&life, "one of many lives");
        if (i == lives / 2) { /* caches are warm by now */
            blocks = vt_hooks_blocks();
            heap[0] = mallinfo2().uordblks;
        } else if (i == lives / 2 + lives / 4) {
            heap[1] = mallinfo2().uordblks;
        }
    }
    blocks = vt_hooks_blocks() - blocks;
    VT_EXPECT(t, blocks <= 0,
              "keeps %" PRId64 " blocks of memory from %u lives", blocks,
              lives / 2);
    if (!vt_trial_is_instrumented()) {
        heap[2] = mallinfo2().uordblks;
        expect_heap(t, heap, lives / 4);
    }
}

/* Every allocation of a life fails once: the life may fail with it, cleanly. */
static void stands_the_end_of_memory(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;
    int64_t blocks;
    uint64_t n = 0;

    vt_hooks_install(t);
    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    expect_life(&life, "the first life");
    blocks = vt_hooks_blocks();
    do {
        vt_status status;

        n++;
        vt_trial_note(t, "its allocation %" PRIu64 " fails", n);
        vt_hooks_fail_at(n);
        status = vt_life_live(&life);
        VT_EXPECT(t, !vt_hooks_has_failed() || status == VT_OK || status < 0,
                  "allocation %" PRIu64 " fails: returned %d", n, status);
        VT_EXPECT(t, status != VT_OK || life.err.code == VT_OK,
                  "allocation %" PRIu64 " fails: VT_OK with an error", n);
        VT_EXPECT(t, vt_hooks_blocks() <= blocks,
                  "allocation %" PRIu64 " fails: %" PRId64
                  " blocks are not given back",
                  n, vt_hooks_blocks() - blocks);
    } while (vt_hooks_has_failed() && n < FAILURES_MAX);
    vt_hooks_fail_at(0);
    vt_trial_note(t, "a life after all that");
    expect_life(&life, "a life after all that");
    if (n == 1) {
        vt_trial_skip(t, "asks for no memory itself");
    }
}

/* ---- output -------------------------------------------------------------- */

static void writes_nothing_to_the_terminal(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_life life;
    char said[80] = "";
    struct stat st;

    vt_probe_init(&probe, t);
    vt_life_begin(&life, t, vt_probe_host(&probe));
    expect_life(&life, "a short life");
    (void)fflush(NULL); /* the C library's buffers are the plugin's, too */
    VT_EXPECT(t, fstat(t->output, &st) == 0, "its output cannot be seen");
    if (st.st_size > 0) {
        ssize_t n = pread(t->output, said, sizeof said - 1, 0);

        said[n > 0 ? n : 0] = '\0';
        said[strcspn(said, "\n")] = '\0';
        vt_trial_fail(t, "writes to standard output or error: \"%s\"", said);
    }
}

const struct vt_conform_test vt_tests_life[] = {
    {"lives_and_asks_for_what_it_listed", "R18", 5, VT_FOR_ALL, 0, 0,
     lives_and_asks_for_what_it_listed},
    {"lives_without_optional_services", "R17", 5, VT_FOR_ALL, 0, 0,
     lives_without_optional_services},
    {"refuses_to_live_without_what_it_needs", "R17", 5, VT_FOR_ALL, 0, 0,
     refuses_to_live_without_what_it_needs},
    {"reads_no_further_than_it_asked", "R11", 5, VT_FOR_ALL, 0, 0,
     reads_no_further_than_it_asked},
    {"takes_what_its_options_allow", "R52", 5, VT_FOR_ALL, 0, 0,
     takes_what_its_options_allow},
    {"gives_back_what_it_takes", "R29", 5, VT_FOR_ALL, 0, 0,
     gives_back_what_it_takes},
    {"stands_the_end_of_memory", "R60", 5, VT_FOR_ALL, 0, 0,
     stands_the_end_of_memory},
    {"writes_nothing_to_the_terminal", "R21", 5, VT_FOR_ALL, 0, 0,
     writes_nothing_to_the_terminal},
    {0}};
