/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_consensus.c - the table of the suite of engines.
 */
#include "conform/tests_consensus.h"

#define ENGINE VT_FOR(VT_KIND_CONSENSUS), 0, 0

const struct vt_conform_test vt_tests_consensus[] = {
    {"step_gives_the_same_bytes_twice", "R38", 5, ENGINE, vt_cs_same_twice},
    {"step_gives_the_same_bytes_elsewhere", "R38", 5, ENGINE,
     vt_cs_same_elsewhere},
    {"instances_do_not_meet", "R38", 5, ENGINE, vt_cs_same_alone},
    {"step_makes_no_system_call", "R38", 5, ENGINE, vt_cs_no_calls},
    {"step_reads_no_clock", "R38", 5, ENGINE, vt_cs_no_clock},
    {"decides_what_it_is_offered", "R33", 5, ENGINE, vt_cs_finishes},
    {"its_word_is_durable_before_it_is_out", "R36", 5, ENGINE,
     vt_cs_crash_everywhere},
    {"goes_on_from_its_slots_after_any_step", "R40", 5, ENGINE, vt_cs_reborn},
    {"stands_damaged_slots", "R40", 5, ENGINE, vt_cs_bad_slots},
    {"stands_loss_and_repetition", "vt/consensus.h", 5, ENGINE,
     vt_cs_rough_network},
    {"goes_on_with_little_room", "R37", 5, ENGINE, vt_cs_little_room},
    {"ignores_unknown_events", "R13", 5, ENGINE, vt_cs_unknown_events},
    {"stands_garbage", "R26", 5, ENGINE, vt_cs_garbage},
    {"keeps_its_memory_bounded", "R37", 5, ENGINE, vt_cs_bounded},
    {"stands_the_end_of_memory_in_any_step", "R26", 5, ENGINE, vt_cs_no_memory},
    {"a_bent_proof_is_bad", "R40", 5, ENGINE, vt_cs_proofs},
    {"refuses_epochs_it_cannot_run", "vt/consensus.h", 5, ENGINE,
     vt_cs_bad_members},
    {"agrees_in_the_simulator", "R41", 5, ENGINE, vt_cs_sim_usual},
    {"agrees_on_bad_networks", "R41", 8, ENGINE, vt_cs_sim_network},
    {"agrees_on_bad_disks", "R36", 8, ENGINE, vt_cs_sim_disk},
    {"agrees_on_bad_machines", "R41", 8, ENGINE, vt_cs_sim_machine},
    {"agrees_among_liars", "R60", 8, ENGINE, vt_cs_sim_liars},
    {0}};
