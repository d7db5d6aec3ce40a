/* SPDX-License-Identifier: Apache-2.0
 *
 * many.c - a batch becomes tasks, tasks go into lanes, and whatever lanes
 * cannot or need not answer goes to libsecp256k1.
 */
#include "many.h"

#include "challenge.h"
#include "cpu.h"
#include "keys.h"
#include "single.h"
#include "task.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PK_LEN 32u
#define SIG_LEN 64u

/* ---- choosing ------------------------------------------------------------ */

static const struct task_lanes portable = {"portable", 1, SIZE_MAX, NULL, NULL};

static _Atomic(const struct task_lanes *) chosen;
static struct challenge challenge;

static int always(void)
{
    return 1;
}

/* Best first. */
static const struct {
    const struct task_lanes *lanes;
    int (*is_here)(void);
    const char *wants;
} implementations[] = {
#if defined(__x86_64__)
    {&task_lanes_ifma, cpu_has_ifma, "AVX-512 IFMA"},
    {&task_lanes_avx2, cpu_has_avx2, "AVX2 and FMA"},
#endif
    {&portable, always, "nothing"},
};

#define IMPLEMENTATIONS (sizeof implementations / sizeof implementations[0])

static vt_status refuse(struct vt_err *err, const char *name, const char *why)
{
    err->code = VT_E_UNSUPPORTED;
    (void)snprintf(err->text, sizeof err->text,
                   "VT_SCHNORR_IMPL=%.40s: %s; unset it, or say portable", name,
                   why);
    return VT_E_UNSUPPORTED;
}

static int can(size_t i)
{
    const struct task_lanes *lanes = implementations[i].lanes;

    /* an emulator may have the instruction and round as it likes */
    return implementations[i].is_here() &&
           (lanes->works == NULL || lanes->works());
}

static vt_status choose_named(const char *name, struct vt_err *err)
{
    char why[80];

    for (size_t i = 0; i < IMPLEMENTATIONS; i++) {
        if (strcmp(name, implementations[i].lanes->name) != 0) {
            continue;
        }
        if (!can(i)) {
            (void)snprintf(why, sizeof why, "this processor lacks %s",
                           implementations[i].wants);
            return refuse(err, name, why);
        }
        atomic_store(&chosen, implementations[i].lanes);
        return VT_OK;
    }
    return refuse(err, name, "no such thing; portable, avx2 and ifma are");
}

static void prepare(void)
{
    challenge_init(&challenge, cpu_has_sha());
}

vt_status many_choose(struct vt_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const char *name = getenv("VT_SCHNORR_IMPL");
    size_t i = 0;

    (void)pthread_once(&once, prepare);
    if (name != NULL && name[0] != '\0') {
        return choose_named(name, err);
    }
    while (!can(i)) {
        i++; /* the last one always can */
    }
    atomic_store(&chosen, implementations[i].lanes);
    return VT_OK;
}

static const struct task_lanes *lanes_now(void)
{
    const struct task_lanes *lanes = atomic_load(&chosen);
    struct vt_err err;

    if (lanes == NULL) {
        lanes = many_choose(&err) == VT_OK ? atomic_load(&chosen) : &portable;
    }
    return lanes;
}

const char *many_chosen(void)
{
    return lanes_now()->name;
}

/* ---- verifying ----------------------------------------------------------- */

static void ask_library(struct vt_tab items, uint32_t i, uint8_t *verdicts)
{
    const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

    verdicts[i] =
        single_verify(item->pk, item->msg, item->sig) ? VT_GOOD : VT_BAD;
}

/* Some items of a batch on their way through lanes. */
struct chunk {
    struct task task[TASKS_MAX];
    uint32_t index[TASKS_MAX]; /* task[k] is items[index[k]] */
    uint8_t verdict[TASKS_MAX];
    size_t count;
};

/* Takes in items from first on; returns the first that found no room. What is
 * out of range is bad at once. */
static uint32_t fill(struct chunk *c, struct vt_tab items, uint32_t first,
                     uint8_t *verdicts)
{
    uint32_t i = first;

    c->count = 0;
    for (; i < items.count && c->count < TASKS_MAX; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint8_t e[32];

        verdicts[i] = VT_BAD;
        if (item->pk.len != PK_LEN || item->sig.len != SIG_LEN) {
            continue;
        }
        challenge_hash(&challenge, item->sig.ptr, item->pk.ptr, item->msg, e);
        if (task_make(&c->task[c->count], item->pk.ptr, item->sig.ptr, e)) {
            c->index[c->count++] = i;
        }
    }
    return i;
}

static void run(const struct task_lanes *lanes, struct chunk *c)
{
    size_t rest = c->count % lanes->width;
    size_t count = c->count - (rest < lanes->worth ? rest : 0);

    memset(c->verdict, TASK_ASK, c->count);
    if (count > 0) {
        keys_find(c->task, count);
        if (lanes->run(c->task, count, c->verdict)) {
            keys_learn(c->task, c->verdict, count);
        }
    }
}

static void verify_in_lanes(const struct task_lanes *lanes, struct vt_tab items,
                            uint8_t *verdicts)
{
    struct chunk c;

    task_table_make();
    for (uint32_t i = 0; i < items.count;) {
        i = fill(&c, items, i, verdicts);
        run(lanes, &c);
        for (size_t k = 0; k < c.count; k++) {
            if (c.verdict[k] == TASK_ASK) {
                ask_library(items, c.index[k], verdicts);
            } else {
                verdicts[c.index[k]] =
                    c.verdict[k] == TASK_GOOD ? VT_GOOD : VT_BAD;
            }
        }
    }
}

void many_verify(struct vt_tab items, uint8_t *verdicts)
{
    const struct task_lanes *lanes = lanes_now();

    if (lanes != &portable) {
        verify_in_lanes(lanes, items, verdicts);
        return;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        ask_library(items, i, verdicts);
    }
}
