/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_consensus.h - what the suite of engines shares. Private to
 * core/conform.
 */
#ifndef VT_CONFORM_TESTS_CONSENSUS_H
#define VT_CONFORM_TESTS_CONSENSUS_H

#include "conform/rig.h"

#define VT_CS_TXS 24u
#define VT_CS_TXS_SLOW 8u /* at level 5, of engines that take their time */
#define VT_CS_LIMIT_MS 600000u

/* A quiet run with this seed: few members, no faults. */
void vt_cs_usual(struct vt_trial *t, struct vt_probe *probe,
                 struct vt_rig_args *args);
/* How many members the engine can have, about four. */
uint32_t vt_cs_members(const struct vt_trial *t);
/* Does it claim to stand liars? One that does has proofs signed by more than
 * two thirds of seven members, one that stands crashes only by four of them. */
int vt_cs_stands_liars(struct vt_trial *t);
/* Runs until all is final; fails the test when it does not get there. */
void vt_cs_run(const struct vt_rig_args *args, const char *what);
/* Records a quiet run in a process of its own, so that this one has not used
 * the plugin yet. */
void vt_cs_record(struct vt_trial *t, struct vt_tape *tape);
/* Plays the events of one node again. out (may be NULL) gets everything anew.
 * Returns the first status that was not VT_OK. */
vt_status vt_cs_replay(struct vt_trial *t, const struct vt_host *host,
                       const struct vt_tape *tape, uint32_t node,
                       struct vt_tape *out);
/* The same start as the node of the tape had; the instance, or fails. */
struct vt_cs_player {
    struct vt_rig *rig; /* epoch and keys, no instances */
    struct vt_cs *cs;
    struct vt_out out;
    struct vt_trial *t;
    struct vt_tape *tape;
    uint32_t node;
    uint64_t steps;
};
vt_status vt_cs_player_open(struct vt_cs_player *p, struct vt_trial *t,
                            const struct vt_host *host, uint32_t node,
                            struct vt_tape *tape);
vt_status vt_cs_player_give(struct vt_cs_player *p, union vt_any_event *ev);
void vt_cs_player_close(struct vt_cs_player *p);

/* The tests (cs_*.c). */
void vt_cs_same_twice(struct vt_trial *t);
void vt_cs_same_elsewhere(struct vt_trial *t);
void vt_cs_same_alone(struct vt_trial *t);
void vt_cs_finishes(struct vt_trial *t);
void vt_cs_crash_everywhere(struct vt_trial *t);
void vt_cs_reborn(struct vt_trial *t);
void vt_cs_bad_slots(struct vt_trial *t);
void vt_cs_rough_network(struct vt_trial *t);
void vt_cs_little_room(struct vt_trial *t);
void vt_cs_unknown_events(struct vt_trial *t);
void vt_cs_garbage(struct vt_trial *t);
void vt_cs_bounded(struct vt_trial *t);
void vt_cs_no_memory(struct vt_trial *t);
void vt_cs_no_calls(struct vt_trial *t);
void vt_cs_no_clock(struct vt_trial *t);
void vt_cs_proofs(struct vt_trial *t);
void vt_cs_bad_members(struct vt_trial *t);
void vt_cs_sim_usual(struct vt_trial *t);
void vt_cs_sim_network(struct vt_trial *t);
void vt_cs_sim_disk(struct vt_trial *t);
void vt_cs_sim_machine(struct vt_trial *t);
void vt_cs_sim_liars(struct vt_trial *t);

#endif
