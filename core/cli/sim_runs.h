/* SPDX-License-Identifier: Apache-2.0
 *
 * sim_runs.h - what the ways to use `vtchain sim` share: one seed, many, a soak
 * by the clock, a replay.
 */
#ifndef VT_CLI_SIM_RUNS_H
#define VT_CLI_SIM_RUNS_H

#include "cli/cli.h"
#include "cli/progress.h"
#include "sim/scenario.h"

/* Nanoseconds of processor time of this process. */
uint64_t vt_sim_cpu_ns(void);
uint64_t vt_sim_per_second(uint64_t count, uint64_t ns);

/* Rows of the engine's section: --options, or without it those the plugin is
 * checked with, if it ships any (vt_conform_options): usual ones may mean hours
 * to it. Returns what loading the engine and reading the rows return. */
#define VT_SIM_ROWS_MAX sizeof(((struct vt_sim_scenario *)NULL)->options)
vt_status vt_sim_engine_rows(const struct vt_cli *cli,
                             struct vt_registry *registry,
                             char out[VT_SIM_ROWS_MAX], struct vt_err *err);
/* The scenario one seed means with the options given and these rows. Returns
 * what the profile returns. */
vt_status vt_sim_scenario_of(const struct vt_cli *cli, const char *rows,
                             uint64_t seed, struct vt_sim_scenario *out,
                             struct vt_err *err);
/* Prints the outcome of one run, cpu_ns for its speed. Returns the exit code,
 * violations not counted. */
int vt_sim_emit_run(struct vt_cli *cli, const struct vt_sim_scenario *s,
                    const struct vt_sim_result *r, uint64_t cpu_ns);
/* Makes the failing run as small as it gets (s changes) and writes it into the
 * folder --keep. path has 512 bytes. */
vt_status vt_sim_keep(struct vt_cli *cli, struct vt_registry *registry,
                      struct vt_sim_scenario *s, char path[512],
                      struct vt_err *err);
/* With --plot: what args is to draw into, else NULL. finish writes the file and
 * frees it. */
vt_status vt_sim_plot_begin(const struct vt_cli *cli, struct vt_sim_args *args,
                            struct vt_err *err);
vt_status vt_sim_plot_finish(const struct vt_cli *cli, struct vt_sim_args *args,
                             const struct vt_sim_result *result,
                             struct vt_err *err);
/* --trace: the story on stdout. */
void vt_sim_print_line(void *ctx, const char *line);
/* Writes s as a file. */
vt_status vt_sim_write(const struct vt_sim_scenario *s, const char *path,
                       struct vt_err *err);

/* What all runs of a campaign add up to. */
#define VT_SIM_SHOWN_MAX 20u /* failing seeds listed by number */
#define VT_SIM_KEPT_MAX 3u   /* replay files written */
struct vt_sim_totals {
    uint64_t runs, events, virtual_ms, frames, crashes, txs_final, heights;
    uint64_t failed, cpu_ns;
    uint64_t failed_seed[VT_SIM_SHOWN_MAX];
    char first[300];   /* first violation */
    char kept[3][512]; /* replay files */
    char label[80];    /* of the progress bar */
    uint32_t kept_count;
};
/* Adds a run; a failing one is shrunk and kept, the first few of them. */
void vt_sim_add_run(struct vt_cli *cli, struct vt_registry *registry,
                    struct vt_sim_totals *t, struct vt_sim_scenario *s,
                    const struct vt_sim_result *r);
/* "simulating, 512 k events/s, no violation" for the progress bar. */
void vt_sim_label(struct vt_sim_totals *t, struct vt_progress *progress);
/* The first failure and the seeds, as the command's error. */
int vt_sim_tell_failed(struct vt_cli *cli, const struct vt_sim_totals *t);

/* cmd_sim_replay.c, cmd_sim_soak.c */
int vt_cmd_sim_replay(struct vt_cli *cli, struct vt_registry *registry);
int vt_cmd_sim_soak(struct vt_cli *cli, struct vt_registry *registry,
                    const char *rows);

#endif
