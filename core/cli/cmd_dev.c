/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_dev.c - a whole development network with one command: make it, start it,
 * say what it is and what to try, wait for Ctrl-C, clean up.
 */
#include "base/bech32.h"
#include "cli/commands.h"
#include "cli/contexts.h"
#include "cli/devnet.h"
#include "cli/plugins.h"
#include "cli/table.h"
#include "net/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READY_MS 30000u
#define CONTEXT "dev"

static volatile sig_atomic_t stopping;

static void on_signal(int signum)
{
    (void)signum;
    stopping = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

/* ---- what to try --------------------------------------------------------- */

static void address_of(const struct vt_devnet *net, uint32_t account,
                       const char *hrp, char out[VT_BECH32_TEXT_MAX])
{
    (void)vt_address_format(hrp, &net->accounts[account].address, out);
}

/* How this program was called, so that what is printed can be typed. */
static void program_name(char out[PATH_MAX])
{
    FILE *f = fopen("/proc/self/cmdline", "re");
    size_t len = f == NULL ? 0 : fread(out, 1, PATH_MAX - 1, f);

    out[len] = '\0'; /* the first argument ends at its own NUL */
    if (f != NULL) {
        (void)fclose(f);
    }
    if (out[0] == '\0') {
        (void)snprintf(out, PATH_MAX, "vtchain");
    }
}

/* Options the examples need when there is no place for a context. */
static void example_options(const struct vt_devnet *net, int has_context,
                            int with_keys, char *out, size_t len)
{
    out[0] = '\0';
    if (!has_context && with_keys) {
        (void)snprintf(out, len, " --node %s --keys %s/keys", net->nodes[0].api,
                       net->dir);
    } else if (!has_context) {
        (void)snprintf(out, len, " --node %s", net->nodes[0].api);
    }
}

static void print_examples(const struct vt_devnet *net, int has_context)
{
    char name[PATH_MAX];
    char bob[VT_BECH32_TEXT_MAX];
    char bob_sub[VT_BECH32_TEXT_MAX];
    char ask[PATH_MAX];
    char sign[PATH_MAX + 64];

    program_name(name);
    address_of(net, 1, "vt", bob);
    address_of(net, 1, "vs", bob_sub);
    example_options(net, has_context, 0, ask, sizeof ask);
    example_options(net, has_context, 1, sign, sizeof sign);
    (void)printf(
        "\nTry, in another terminal:\n"
        "  %s status%s\n"
        "  %s tx send %s 12.5 --key alice%s\n"
        "  %s account show %s --proof%s\n"
        "  %s tx send %s 3 --chain trade --key erin --fee 0.001%s\n"
        "  %s tx send %s 1 --chain scratch --key alice%s\n"
        "  %s chain switch trade --to raft --at +120 --key alice --fee "
        "0.001%s\n"
        "  %s chain list%s\n",
        name, ask, name, bob, sign, name, bob, ask, name, bob_sub, sign, name,
        bob_sub, sign, name, sign, name, ask);
}

static void print_network(const struct vt_devnet *net)
{
    static const struct vt_column nodes[] = {{"NODE", NULL, 0},
                                             {"CLIENTS AT", NULL, 0},
                                             {"NODES AT", NULL, 0},
                                             {"PID", NULL, 1}};
    static const struct vt_column accounts[] = {
        {"KEY", NULL, 0}, {"SCHEME", NULL, 0}, {"ADDRESS", NULL, 0}};
    struct vt_table table;
    char text[VT_BECH32_TEXT_MAX];

    (void)printf("%u chains (", net->chain_count);
    for (uint32_t i = 0; i < net->chain_count; i++) {
        (void)printf("%s%s", i == 0 ? "" : ", ", net->chains[i].name);
    }
    (void)printf(") on %u nodes, files in %s\n\n", net->node_count, net->dir);
    vt_table_init(&table, nodes, 4);
    for (uint32_t i = 0; i < net->node_count; i++) {
        const struct vt_devnet_node *node = &net->nodes[i];

        vt_table_cell(&table, node->name);
        vt_table_cell(&table, node->api);
        (void)snprintf(text, sizeof text, "127.0.0.1:%u", node->port);
        vt_table_cell(&table, text);
        (void)snprintf(text, sizeof text, "%d", (int)node->pid);
        vt_table_cell(&table, text);
    }
    (void)vt_table_print(&table, 1, stdout);
    vt_table_fini(&table);
    (void)printf("\nFunded accounts; their keys are plain files, for "
                 "development only\n\n");
    vt_table_init(&table, accounts, 3);
    for (uint32_t i = 0; i < VT_DEVNET_ACCOUNTS; i++) {
        address_of(net, i, "vt", text);
        vt_table_cell(&table, net->accounts[i].name);
        vt_table_cell(&table, net->accounts[i].stem);
        vt_table_cell(&table, text);
    }
    (void)vt_table_print(&table, 1, stdout);
    vt_table_fini(&table);
}

static int emit_network(struct vt_cli *cli, const struct vt_devnet *net)
{
    struct vt_json_maker m;
    char text[VT_BECH32_TEXT_MAX];

    vt_json_begin(&m);
    vt_json_put_text(&m, "dir", net->dir);
    vt_json_open_array(&m, "chains");
    for (uint32_t i = 0; i < net->chain_count; i++) {
        vt_json_put_text(&m, NULL, net->chains[i].name);
    }
    vt_json_close(&m);
    vt_json_open_array(&m, "nodes");
    for (uint32_t i = 0; i < net->node_count; i++) {
        vt_json_open_object(&m, NULL);
        vt_json_put_text(&m, "name", net->nodes[i].name);
        vt_json_put_text(&m, "api", net->nodes[i].api);
        vt_json_put_u64(&m, "port", net->nodes[i].port);
        vt_json_put_u64(&m, "pid", (uint64_t)net->nodes[i].pid);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    vt_json_open_array(&m, "accounts");
    for (uint32_t i = 0; i < VT_DEVNET_ACCOUNTS; i++) {
        address_of(net, i, "vt", text);
        vt_json_open_object(&m, NULL);
        vt_json_put_text(&m, "name", net->accounts[i].name);
        vt_json_put_text(&m, "scheme", net->accounts[i].stem);
        vt_json_put_text(&m, "address", text);
        vt_json_close(&m);
    }
    vt_json_close(&m);
    return vt_cli_emit_made(cli, &m);
}

/* ---- running ------------------------------------------------------------- */

static int save_context(const struct vt_cli *cli, const struct vt_devnet *net)
{
    struct vt_context context = {.name = CONTEXT};
    struct vt_err err = VT_ERR_INIT;

    (void)snprintf(context.node, sizeof context.node, "%s", net->nodes[0].api);
    (void)snprintf(context.keys, sizeof context.keys, "%s/keys", net->dir);
    if (vt_context_save(&context, &err) != VT_OK) {
        vt_cli_trace(cli, "no context: %s", err.text);
        return 0;
    }
    return 1;
}

static void watch(struct vt_cli *cli, struct vt_devnet *net)
{
    uint64_t wait_ns = vt_cli_u64(cli, "for");
    uint64_t end = wait_ns == 0 ? UINT64_MAX : vt_clock_mono_ns() + wait_ns;
    struct timespec tick = {.tv_nsec = 200000000};

    while (!stopping && vt_clock_mono_ns() < end) {
        int dead = vt_devnet_reap(net);

        if (dead >= 0) {
            vt_cli_note(cli, "%s has ended, its log is %s/%s/node.log",
                        net->nodes[dead].name, net->dir, net->nodes[dead].name);
        }
        (void)fflush(stdout);
        (void)nanosleep(&tick, NULL);
    }
}

static int run(struct vt_cli *cli, struct vt_devnet *net)
{
    struct vt_err err = VT_ERR_INIT;
    int has_context;
    int code = 0;

    if (vt_devnet_start(net, VT_DEVNET_NODES_MAX, &err) != VT_OK ||
        vt_devnet_wait_ready(net, READY_MS, &stopping, &err) != VT_OK) {
        code = stopping ? 0 : vt_cli_fail_err(cli, &err);
        vt_devnet_stop(net, VT_DEVNET_NODES_MAX);
        return code;
    }
    has_context = save_context(cli, net);
    if (cli->json) {
        code = emit_network(cli, net);
    } else {
        print_network(net);
        print_examples(net, has_context);
        (void)printf("\nCtrl-C stops all.\n");
    }
    (void)fflush(stdout);
    watch(cli, net);
    vt_cli_note(cli, "stopping");
    vt_devnet_stop(net, VT_DEVNET_NODES_MAX);
    if (has_context) {
        (void)vt_context_remove(CONTEXT, &err);
    }
    return code;
}

int vt_cmd_dev(struct vt_cli *cli)
{
    char dir[PATH_MAX];
    char plugins[PATH_MAX];
    struct vt_devnet_args args = {.dir = dir,
                                  .plugins = plugins,
                                  .chains = vt_cli_text(cli, "chain"),
                                  .rows = vt_cli_text(cli, "set"),
                                  .nodes = (uint32_t)vt_cli_u64(cli, "nodes"),
                                  .port = (uint16_t)vt_cli_u64(cli, "port"),
                                  .now_ms = vt_clock_wall_ms()};
    struct vt_devnet net;
    struct vt_err err = VT_ERR_INIT;
    int code = vt_cli_plugin_path(cli, plugins);

    if (code == 0) {
        code = vt_cli_registry(cli, &args.registry);
    }
    if (code == 0) {
        code = vt_cli_devnet_dir(cli, "vtchain-dev", dir);
    }
    if (code != 0) {
        vt_registry_free(args.registry);
        return code;
    }
    catch_signals();
    if (vt_devnet_make(&args, &net, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else {
        code = run(cli, &net);
    }
    if (vt_cli_text(cli, "keep")[0] == '\0') {
        vt_devnet_remove(&net);
    }
    vt_registry_free(args.registry);
    return code;
}
