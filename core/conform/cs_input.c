/* SPDX-License-Identifier: Apache-2.0
 *
 * cs_input.c - hostile and unexpected input is normal: garbage, messages bent
 * in one bit, events of a later release, proofs with a byte changed, epochs
 * that cannot be, little room for effects.
 */
#include "conform/tests_consensus.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "conform/hooks.h"

#include <inttypes.h>
#include <string.h>

#define GARBAGE_USUAL 20000u
#define MSG_MAX 4096u
#define FLOOD_EVERY 20000u
#define FLOOD_PHASES 4u
#define UNKNOWN_EVENT 900u

/* ---- networks ------------------------------------------------------------ */

void vt_cs_rough_network(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_rig_args args;

    for (uint32_t i = 0; i < 12 * vt_trial_rounds(t); i++) {
        vt_cs_usual(t, &probe, &args);
        args.seed += i;
        args.loss = 20 * (i % 6);
        args.duplicate = 300;
        vt_cs_run(&args, "a network that loses, repeats and reorders");
    }
}

void vt_cs_little_room(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_rig_args args;

    vt_cs_usual(t, &probe, &args);
    args.room = 16;
    vt_cs_run(&args, "room for 16 effects in a step");
    vt_probe_judge(&probe);
}

/* ---- messages ------------------------------------------------------------ */

static struct vt_cs_player *open_player(struct vt_trial *t,
                                        struct vt_probe *probe)
{
    struct vt_cs_player *p = vt_alloc(sizeof *p);
    union vt_any_event ev = {
        .h = {.size = VT_UPTO(struct vt_ev, wall_ms), .type = VT_EV_START}};

    VT_EXPECT(t, p != NULL, "no memory for the test");
    VT_EXPECT(t,
              vt_cs_player_open(p, t, vt_probe_host(probe), 0, NULL) == VT_OK,
              "create failed");
    ev.h.now_ns = 1;
    VT_EXPECT(t, vt_cs_player_give(p, &ev) == VT_OK, "START failed");
    return p;
}

/* Messages of a real run, to bend. */
struct heard {
    struct vt_view msg[512];
    uint32_t proto[512];
    uint32_t count;
};

static void hear(const struct vt_tape *tape, struct heard *heard)
{
    struct vt_tape_record record;
    union vt_any_event ev;

    memset(heard, 0, sizeof *heard);
    for (size_t at = 0; vt_tape_next(tape, &at, &record);) {
        if (record.kind == VT_TAPE_EVENT && record.type == VT_EV_RECV &&
            heard->count < 512) {
            vt_tape_read(&record, &ev);
            heard->msg[heard->count] = ev.recv.msg;
            heard->proto[heard->count++] = ev.recv.proto;
        }
    }
}

static void garble(struct vt_rng *rng, const struct heard *heard,
                   uint8_t bytes[MSG_MAX], union vt_any_event *ev)
{
    uint64_t which = vt_rng_below(rng, heard->count + 1);
    size_t len = vt_rng_below(rng, vt_rng_chance(rng, 1, 4) ? MSG_MAX : 200);

    memset(ev, 0, sizeof *ev);
    ev->recv.h.size = VT_UPTO(struct vt_ev_recv, msg);
    ev->recv.h.type = VT_EV_RECV;
    ev->recv.from = (uint32_t)vt_rng_below(rng, 4);
    ev->recv.proto = (uint32_t)vt_rng_below(rng, 16);
    if (vt_rng_chance(rng, 1, 10)) {
        ev->recv.from = VT_PEER_NONE;
    }
    vt_rng_fill(rng, bytes, len);
    if (which < heard->count && heard->msg[which].len <= MSG_MAX &&
        heard->msg[which].len > 0 && vt_rng_chance(rng, 2, 3)) {
        len = heard->msg[which].len;
        memcpy(bytes, heard->msg[which].ptr, len);
        ev->recv.proto = heard->proto[which];
        for (uint64_t i = 1 + vt_rng_below(rng, 3); i > 0; i--) {
            bytes[vt_rng_below(rng, len)] = (uint8_t)vt_rng_u64(rng);
        }
        if (vt_rng_chance(rng, 1, 4)) {
            len = vt_rng_below(rng, len + 1);
        }
    }
    if (vt_rng_chance(rng, 1, 8)) {
        ev->recv.has_attach = 1;
        vt_rng_fill(rng, ev->recv.attach, 32);
    }
    ev->recv.msg = vt_view_of(len == 0 ? NULL : bytes, len);
}

static void flood(struct vt_cs_player *p, struct vt_rng *rng,
                  const struct heard *heard, uint32_t count, uint64_t *fed)
{
    uint8_t bytes[MSG_MAX];
    union vt_any_event ev;

    for (uint32_t i = 0; i < count; i++) {
        vt_status status;

        garble(rng, heard, bytes, &ev);
        ev.h.now_ns = p->steps * 1000;
        *fed += ev.recv.msg.len;
        vt_trial_note(p->t, "seed %" PRIu64 ", garbled message %" PRIu64,
                      p->t->args->seed, p->steps);
        status = vt_cs_player_give(p, &ev);
        VT_EXPECT(p->t, status == VT_OK,
                  "step returned %d for garbled message %" PRIu64
                  ": hostile bytes are normal input",
                  status, p->steps);
    }
}

void vt_cs_garbage(struct vt_trial *t)
{
    struct vt_tape tape;
    struct vt_probe probe;
    struct vt_rig_args args;
    struct heard heard;
    struct vt_rng rng;
    uint64_t fed = 0;
    int stands = vt_cs_stands_liars(t);

    vt_cs_record(t, &tape);
    hear(&tape, &heard);
    vt_probe_init(&probe, t);
    vt_rng_init(&rng, t->args->seed);
    flood(open_player(t, &probe), &rng, &heard,
          GARBAGE_USUAL * vt_trial_rounds(t), &fed);
    /* in a running group: one member's words are bent on the way */
    for (uint32_t i = 0; stands && i < 4 * vt_trial_rounds(t); i++) {
        struct vt_rig *rig;

        vt_cs_usual(t, &probe, &args);
        args.seed += i;
        args.mutate = 100;
        args.liar = (uint32_t)(args.seed % args.members);
        rig = vt_rig_new(&args);
        (void)vt_rig_run(rig, 5000);
        vt_rig_free(rig);
    }
}

/* What is kept of a flood must stop growing. */
void vt_cs_bounded(struct vt_trial *t)
{
    struct vt_tape tape;
    struct vt_probe probe;
    struct vt_cs_player *p;
    struct heard heard;
    struct vt_rng rng;
    int64_t before = 0;
    int64_t after = 0;
    uint64_t fed = 0;

    vt_cs_record(t, &tape);
    hear(&tape, &heard);
    vt_hooks_install(t);
    vt_probe_init(&probe, t);
    vt_rng_init(&rng, t->args->seed);
    p = open_player(t, &probe);
    for (uint32_t i = 0; i < FLOOD_PHASES; i++) {
        before = vt_hooks_bytes();
        fed = 0;
        flood(p, &rng, &heard, FLOOD_EVERY, &fed);
        after = vt_hooks_bytes();
    }
    VT_EXPECT(t, after - before < (int64_t)(fed / 8),
              "keeps %" PRId64 " of the last %" PRIu64
              " bytes of garbage it was sent, %" PRId64
              " in all: whoever can send has its memory",
              after - before, fed, after);
    VT_EXPECT(t, after - before < (int64_t)FLOOD_EVERY * 16,
              "keeps %" PRId64 " bytes of the last %u messages of garbage",
              after - before, FLOOD_EVERY);
    vt_cs_player_close(p);
    VT_EXPECT(t, vt_hooks_blocks() == 0,
              "destroy leaves %" PRId64 " blocks of memory", vt_hooks_blocks());
}

/* ---- events -------------------------------------------------------------- */

void vt_cs_unknown_events(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_cs_player *p;
    vt_status status;

    vt_probe_init(&probe, t);
    p = open_player(t, &probe);
    for (uint32_t i = 0; i < 40; i++) {
        union vt_any_event ev = {.bytes = {.h = {.size = sizeof ev.bytes,
                                                 .type = UNKNOWN_EVENT + i,
                                                 .now_ns = 1000 + i}}};

        vt_trial_note(t, "event %u, which there is not", ev.h.type);
        status = vt_cs_player_give(p, &ev);
        VT_EXPECT(t, status == VT_OK,
                  "event %u, which it cannot know: returned %d, not VT_OK",
                  ev.h.type, status);
        ev.h.type |= VT_EV_CRITICAL;
        status = vt_cs_player_give(p, &ev);
        VT_EXPECT(t, status == VT_E_UNSUPPORTED,
                  "critical event %#x, which it cannot know: returned %d, not "
                  "VT_E_UNSUPPORTED",
                  ev.h.type, status);
    }
    for (uint32_t type = VT_EV_PERSISTED; type <= VT_EV_FETCHED; type++) {
        union vt_any_event ev = {
            .block = {
                .h = {.size = sizeof ev.block, .type = type, .now_ns = 3000},
                .token = 0xdeadbeef,
                .status = VT_E_NOTFOUND}};

        vt_trial_note(t, "%s with a token nobody gave out",
                      vt_event_name(type));
        status = vt_cs_player_give(p, &ev);
        VT_EXPECT(t, status == VT_OK,
                  "%s with a token it never gave out: returned %d",
                  vt_event_name(type), status);
    }
    vt_cs_player_close(p);
}

/* ---- proofs -------------------------------------------------------------- */

/* A proof in one of its forms. */
struct claim {
    struct vt_rig *rig;
    int is_short;
    uint64_t height;
    const uint8_t *id;
    struct vt_view proof;
};

static uint32_t judge(struct vt_trial *t, const struct claim *c,
                      uint64_t height, const uint8_t id[32],
                      struct vt_view proof)
{
    const struct vt_consensus *table = t->module->consensus;
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 77;
    vt_status status = (c->is_short ? table->check_short : table->check_proof)(
        c->rig->args.host, &c->rig->epoch, height, id, proof, &verdict, &err);

    VT_EXPECT(t, status == VT_OK, "%s returned %d, not a verdict",
              c->is_short ? "check_short" : "check_proof", status);
    VT_EXPECT(t, verdict == VT_GOOD || verdict == VT_BAD, "%s: verdict %u",
              c->is_short ? "check_short" : "check_proof", verdict);
    return verdict;
}

static void bend_proof(struct vt_trial *t, const struct claim *c)
{
    const struct vt_view proof = c->proof;
    const uint64_t height = c->height;
    const uint8_t *id = c->id;
    uint8_t *bent = vt_alloc(proof.len + 1);
    uint8_t other[32];

    VT_EXPECT(t, bent != NULL, "no memory for the test");
    for (size_t i = 0; i < proof.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bent, proof.ptr, proof.len);
            bent[i] ^= (uint8_t)(1u << bit);
            vt_trial_note(t, "a proof with bit %u of byte %zu turned", bit, i);
            VT_EXPECT(t,
                      judge(t, c, height, id, vt_view_of(bent, proof.len)) ==
                          VT_BAD,
                      "a proof of height %" PRIu64
                      " with bit %u of byte %zu turned is GOOD",
                      height, bit, i);
        }
        VT_EXPECT(t,
                  judge(t, c, height, id, vt_view_of(proof.ptr, i)) == VT_BAD,
                  "a proof cut to %zu of %zu bytes is GOOD", i, proof.len);
    }
    memcpy(bent, proof.ptr, proof.len);
    bent[proof.len] = 0;
    VT_EXPECT(
        t, judge(t, c, height, id, vt_view_of(bent, proof.len + 1)) == VT_BAD,
        "a proof with a byte more is GOOD");
    VT_EXPECT(t, judge(t, c, height + 1, id, proof) == VT_BAD,
              "a proof is GOOD for another height");
    memcpy(other, id, 32);
    other[31] ^= 1;
    VT_EXPECT(t, judge(t, c, height, other, proof) == VT_BAD,
              "a proof is GOOD for another block");
    c->rig->epoch.digest[0] ^= 1;
    VT_EXPECT(t, judge(t, c, height, id, proof) == VT_BAD,
              "a proof is GOOD in another epoch");
    c->rig->epoch.digest[0] ^= 1;
    vt_free(bent);
}

/* The same, for headers and strangers, where the engine has it. */
static void bend_short(struct vt_trial *t, const struct claim *listed)
{
    const struct vt_consensus *table = t->module->consensus;
    struct vt_buf bytes = VT_BUF_INIT(65536);
    struct claim c = *listed;
    struct vt_err err = {.size = sizeof err};
    struct vt_sink sink;
    vt_status status;

    if (table->shorten_proof == NULL) {
        return;
    }
    vt_buf_sink(&bytes, &sink);
    status = table->shorten_proof(c.rig->args.host, &c.rig->epoch, c.height,
                                  c.id, c.proof, &sink, &err);
    VT_EXPECT(t, status == VT_OK || status == VT_E_UNSUPPORTED,
              "shorten_proof of its own proof returned %d", status);
    if (status == VT_OK) {
        c.is_short = 1;
        c.proof = vt_buf_view(&bytes);
        VT_EXPECT(t, judge(t, &c, c.height, c.id, c.proof) == VT_GOOD,
                  "check_short refuses what shorten_proof made");
        VT_EXPECT(t, judge(t, listed, c.height, c.id, c.proof) == VT_BAD,
                  "check_proof takes a short proof");
        bend_proof(t, &c);
    }
    vt_buf_fini(&bytes);
}

void vt_cs_proofs(struct vt_trial *t)
{
    struct vt_probe probe;
    struct vt_rig_args args;
    struct vt_rig *rig;
    uint32_t heights = 2 * vt_trial_rounds(t);
    struct claim c = {.is_short = 0};

    vt_cs_usual(t, &probe, &args);
    rig = vt_rig_new(&args);
    c.rig = rig;
    VT_EXPECT(t, vt_rig_run(rig, VT_CS_LIMIT_MS), "a quiet run does not end");
    for (uint64_t i = 0; i < heights && rig->truth[i] != 0; i++) {
        VT_EXPECT(t, rig->proofs[i].len > 0,
                  "the proof of height %" PRIu64 " is empty",
                  rig->epoch.start_height + i);
        c.height = rig->epoch.start_height + i;
        c.id = rig->blocks[rig->truth[i] - 1].id;
        c.proof = vt_view_of(rig->proofs[i].bytes, rig->proofs[i].len);
        bend_proof(t, &c);
        bend_short(t, &c);
    }
    vt_rig_free(rig);
}

/* ---- members ------------------------------------------------------------- */

static void expect_no_instance(struct vt_trial *t, struct vt_rig *rig,
                               uint32_t count)
{
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_start start;
    struct vt_cs *cs = NULL;
    vt_status status;

    rig->epoch.members.count = count;
    vt_rig_start_of(rig, 0, &start);
    vt_trial_note(t, "an epoch of %u members", count);
    status = t->module->consensus->create(rig->args.host, &t->cfg, &start, &cs,
                                          &err);
    VT_EXPECT(t, status == VT_E_INVALID && cs == NULL,
              "create with %u members, its table says at least %u: returned %d",
              count, t->module->consensus->members_min, status);
    VT_EXPECT(t, err.text[0] != '\0', "refuses %u members, but says not why",
              count);
}

void vt_cs_bad_members(struct vt_trial *t)
{
    const struct vt_consensus *table = t->module->consensus;
    struct vt_err err = {.size = sizeof err};
    struct vt_cs_start start;
    struct vt_cs *cs = NULL;
    struct vt_rig_args args;
    struct vt_probe probe;
    struct vt_rig *rig;
    vt_status status;

    vt_cs_usual(t, &probe, &args);
    rig = vt_rig_new(&args);
    vt_rig_start_of(rig, VT_PEER_NONE, &start);
    memset(start.seed, 9, sizeof start.seed);
    vt_trial_note(t, "an observer");
    status = table->create(rig->args.host, &t->cfg, &start, &cs, &err);
    VT_EXPECT(t, status == VT_OK && cs != NULL,
              "create of an observer returned %d: %s", status, err.text);
    table->destroy(cs);
    vt_trial_note(t, "destroy(NULL)");
    table->destroy(NULL);
    expect_no_instance(t, rig, 0);
    if (table->members_min > 1) {
        expect_no_instance(t, rig, table->members_min - 1);
    }
}
