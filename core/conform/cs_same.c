/* SPDX-License-Identifier: Apache-2.0
 *
 * cs_same.c - the same input gives the same bytes: twice, in another process
 * with other addresses and other rubbish in memory, and without neighbours.
 */
#include "conform/tests_consensus.h"

#include "base/alloc.h"
#include "base/bytes.h"

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

#define PATTERN_A 0x5a
#define PATTERN_B 0xc3

/* ---- shared -------------------------------------------------------------- */

uint32_t vt_cs_members(const struct vt_trial *t)
{
    const struct vt_consensus *table = t->module->consensus;
    uint32_t n = table->members_min > 4 ? table->members_min : 4;

    n = n > table->members_max ? table->members_max : n;
    if (n > VT_RIG_NODES_MAX) {
        vt_trial_skip((struct vt_trial *)(uintptr_t)t,
                      "needs more than %u members", VT_RIG_NODES_MAX);
    }
    return n;
}

void vt_cs_usual(struct vt_trial *t, struct vt_probe *probe,
                 struct vt_rig_args *args)
{
    vt_probe_init(probe, t);
    memset(args, 0, sizeof *args);
    args->trial = t;
    args->host = vt_probe_host(probe);
    args->members = vt_cs_members(t);
    args->seed = t->args->seed;
    args->txs = t->module->consensus->finality == VT_FIN_INSTANT ||
                        t->args->level >= VT_CONFORM_PUBLIC
                    ? VT_CS_TXS
                    : VT_CS_TXS_SLOW;
    args->doomed = VT_RIG_NOBODY;
    args->liar = VT_RIG_NOBODY;
    args->pattern = PATTERN_A;
}

void vt_cs_run(const struct vt_rig_args *args, const char *what)
{
    struct vt_rig *rig = vt_rig_new(args);

    if (!vt_rig_run(rig, VT_CS_LIMIT_MS)) {
        vt_trial_fail(args->trial,
                      "%s: not all transactions are final everywhere after %u s"
                      " of virtual time (heights %llu to go on from)",
                      what, VT_CS_LIMIT_MS / 1000,
                      (unsigned long long)rig->nodes[0].applied);
    }
    vt_rig_free(rig);
}

struct recording {
    struct vt_tape *tape;
    uint8_t pattern;
    int is_moved;
};

/* Other addresses, other rubbish. */
static void move_memory(struct vt_trial *t, uint8_t pattern, int is_moved)
{
    void *hole;

    (void)mallopt(M_PERTURB, pattern);
    if (is_moved) {
        hole = mmap(NULL, (size_t)37 << 20, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        VT_EXPECT(t, hole != MAP_FAILED, "no room for a hole");
        for (size_t i = 1; i < 200; i++) {
            VT_EXPECT(t, vt_alloc(i * 24) != NULL, "no memory for the test");
        }
    }
}

static void record(struct vt_trial *t, void *ctx)
{
    struct recording *r = ctx;
    struct vt_probe probe;
    struct vt_rig_args args;

    move_memory(t, r->pattern, r->is_moved);
    vt_cs_usual(t, &probe, &args);
    args.tape = r->tape;
    args.pattern = r->pattern;
    vt_cs_run(&args, "a quiet run");
    vt_probe_judge(&probe);
}

static struct vt_tape *shared_tape(struct vt_trial *t)
{
    struct vt_tape *tape = vt_trial_shared(t, sizeof *tape + VT_TAPE_MAX);

    vt_tape_init(tape, tape + 1, VT_TAPE_MAX);
    return tape;
}

void vt_cs_record(struct vt_trial *t, struct vt_tape *tape)
{
    struct vt_tape *shared = shared_tape(t);
    struct recording r = {shared, PATTERN_A, 0};

    vt_trial_apart(t, record, &r);
    *tape = *shared;
}

/* ---- replaying ----------------------------------------------------------- */

static vt_status play_emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct vt_cs_player *p = out->ctx;

    if (out->room == 0) {
        return VT_E_LIMIT;
    }
    out->room--;
    vt_tape_effect(p->t, p->tape, p->node, eff);
    return VT_OK;
}

/* A rig without instances: the epoch is made as for the others. */
static struct vt_rig *bare_rig(struct vt_trial *t, const struct vt_host *host)
{
    struct vt_rig_args args = {.trial = t, .host = host};
    struct vt_rig *rig;
    uint32_t n = vt_cs_members(t);

    rig = vt_rig_new(&args);
    rig->args.members = n;
    vt_rig_epoch(rig);
    return rig;
}

vt_status vt_cs_player_open(struct vt_cs_player *p, struct vt_trial *t,
                            const struct vt_host *host, uint32_t node,
                            struct vt_tape *tape)
{
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_start start;
    vt_status status;

    memset(p, 0, sizeof *p);
    p->t = t;
    p->node = node;
    p->tape = tape;
    p->rig = bare_rig(t, host);
    p->out.size = VT_UPTO(struct vt_out, emit);
    p->out.ctx = p;
    p->out.emit = play_emit;
    vt_rig_start_of(p->rig, node, &start);
    status = t->module->consensus->create(host, &t->cfg, &start, &p->cs, &err);
    VT_EXPECT(t, (status == VT_OK) == (p->cs != NULL),
              "create returned %d and %s instance", status,
              p->cs == NULL ? "no" : "an");
    return status;
}

vt_status vt_cs_player_give(struct vt_cs_player *p, union vt_any_event *ev)
{
    const struct vt_consensus *table = p->t->module->consensus;
    uint8_t digest[32];
    vt_status status;

    p->steps++;
    vt_tape_event(p->t, p->tape, p->node, &ev->h);
    p->out.room = 256;
    vt_rig_scribble(PATTERN_B);
    status = table->step(p->cs, &ev->h, &p->out);
    vt_tape_put(p->t, p->tape, VT_TAPE_STATUS, p->node, &status, sizeof status);
    if (p->tape != NULL && table->digest(p->cs, digest) == VT_OK) {
        vt_tape_put(p->t, p->tape, VT_TAPE_DIGEST, p->node, digest,
                    sizeof digest);
    }
    return status;
}

void vt_cs_player_close(struct vt_cs_player *p)
{
    p->t->module->consensus->destroy(p->cs);
    p->rig->args.members = 0; /* it has no instances */
    vt_rig_free(p->rig);
}

vt_status vt_cs_replay(struct vt_trial *t, const struct vt_host *host,
                       const struct vt_tape *tape, uint32_t node,
                       struct vt_tape *out)
{
    struct vt_tape_record record;
    struct vt_cs_player p;
    union vt_any_event ev;
    vt_status status = vt_cs_player_open(&p, t, host, node, out);

    if (status != VT_OK) {
        vt_cs_player_close(&p);
        return status;
    }
    for (size_t at = 0; status == VT_OK && vt_tape_next(tape, &at, &record);) {
        if (record.kind == VT_TAPE_EVENT && record.node == node) {
            vt_tape_read(&record, &ev);
            status = vt_cs_player_give(&p, &ev);
        }
    }
    vt_cs_player_close(&p);
    return status;
}

/* ---- the tests ----------------------------------------------------------- */

static void compare(struct vt_trial *t, const struct vt_tape *a,
                    const struct vt_tape *b, uint32_t node, const char *what)
{
    char why[300];

    if (!vt_tape_equal(a, b, node, why, sizeof why)) {
        vt_trial_fail(t, "%s: %s", what, why);
    }
}

void vt_cs_same_twice(struct vt_trial *t)
{
    struct vt_tape *a = shared_tape(t);
    struct vt_tape *b = shared_tape(t);
    struct recording first = {a, PATTERN_A, 0};
    struct recording second = {b, PATTERN_A, 0};

    vt_trial_note(t, "the first run");
    record(t, &first);
    vt_trial_note(t, "the second run");
    record(t, &second);
    compare(t, a, b, UINT32_MAX, "the same run twice in one process");
}

void vt_cs_same_elsewhere(struct vt_trial *t)
{
    struct vt_tape *a = shared_tape(t);
    struct vt_tape *b = shared_tape(t);
    struct recording first = {a, PATTERN_A, 0};
    struct recording second = {b, PATTERN_B, 1};

    vt_trial_apart(t, record, &first);
    vt_trial_apart(t, record, &second);
    compare(t, a, b, UINT32_MAX,
            "two processes, other addresses and other rubbish in memory");
}

void vt_cs_same_alone(struct vt_trial *t)
{
    struct vt_tape tape;
    struct vt_tape *alone = shared_tape(t);
    struct vt_probe probe;

    vt_cs_record(t, &tape);
    vt_probe_init(&probe, t);
    vt_trial_note(t, "one instance without the others");
    (void)vt_cs_replay(t, vt_probe_host(&probe), &tape, 0, alone);
    compare(t, &tape, alone, 0,
            "an instance among others and the same one alone");
}

void vt_cs_finishes(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_rig_args args;

    for (uint32_t i = 0; i < 4 * vt_trial_rounds(t); i++) {
        vt_cs_usual(t, &probe, &args);
        args.seed += i;
        vt_cs_run(&args, "a quiet run");
        vt_probe_judge(&probe);
    }
}
