/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_sim_replay.c - runs a scenario or the replay file of a failing seed and
 * compares what comes out with what the file expects.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/sim_runs.h"
#include "sim/plot.h"

#include <string.h>

static int judge(struct vt_cli *cli, const struct vt_sim_scenario *s,
                 const struct vt_sim_result *result,
                 const struct vt_sim_cover *cover)
{
    struct vt_buf text = VT_BUF_INIT(16384);
    uint32_t wrong = vt_sim_scenario_judge(s, result, cover, &text);
    int code = VT_EXIT_OK;

    if (wrong > 0) {
        const char *lines = vt_buf_text(&text);

        code = vt_cli_fail(cli, VT_EXIT_FAILED, "unexpected", "%.*s",
                           (int)(text.len > 2 ? text.len - 2 : 0),
                           lines == NULL ? "" : lines);
    } else if (s->violation[0] != '\0') {
        vt_cli_note(cli, "as expected: %s", result->violation);
    }
    vt_buf_fini(&text);
    return code;
}

static int replay(struct vt_cli *cli, struct vt_registry *registry,
                  const struct vt_sim_scenario *s)
{
    static struct vt_sim_cover cover; /* too large for a stack */
    struct vt_sim_args args;
    struct vt_sim_result result;
    struct vt_err err = VT_ERR_INIT;
    uint64_t start = vt_sim_cpu_ns();
    vt_status status;
    int code;

    memset(&cover, 0, sizeof cover);
    vt_sim_scenario_args(s, registry, &args);
    args.cover = &cover;
    args.trace = vt_cli_flag(cli, "trace") ? vt_sim_print_line : NULL;
    status = vt_sim_plot_begin(cli, &args, &err);
    if (status == VT_OK) {
        status = vt_sim_run(&args, &result, &err);
    }
    if (status == VT_OK) {
        status = vt_sim_plot_finish(cli, &args, &result, &err);
    }
    if (status != VT_OK) {
        vt_sim_plot_free(args.plot);
        return vt_cli_fail_err(cli, &err);
    }
    code = judge(cli, s, &result, &cover);
    if (code != VT_EXIT_OK && cli->json) {
        return code;
    }
    (void)vt_sim_emit_run(cli, s, &result, vt_sim_cpu_ns() - start);
    return code;
}

static int shrink(struct vt_cli *cli, struct vt_registry *registry,
                  struct vt_sim_scenario *s)
{
    char path[512];
    struct vt_err err = VT_ERR_INIT;

    if (vt_sim_keep(cli, registry, s, path, &err) != VT_OK) {
        return vt_cli_fail_err(cli, &err);
    }
    vt_cli_note(cli, "%s: %u nodes, %zu faults, %u transactions", path,
                s->nodes, s->plan.count, s->txs);
    return replay(cli, registry, s);
}

int vt_cmd_sim_replay(struct vt_cli *cli, struct vt_registry *registry)
{
    struct vt_sim_scenario s;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (vt_sim_scenario_read(vt_cli_text(cli, "replay"), &s, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else if (vt_cli_flag(cli, "shrink")) {
        code = shrink(cli, registry, &s);
    } else {
        code = replay(cli, registry, &s);
    }
    vt_sim_scenario_fini(&s);
    return code;
}
