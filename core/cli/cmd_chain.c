/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_chain.c - what a node says about itself, its peers, its chains and their
 * blocks.
 */
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/node.h"
#include "cli/table.h"
#include "cli/term.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct vt_column chain_columns[] = {{"CHAIN", "name", 0},
                                                 {"ENGINE", "engine", 0},
                                                 {"PARENT", "parent", 0},
                                                 {"HEIGHT", "height", 1},
                                                 {"MEMBERS", "members", 1},
                                                 {"ROLE", "role", 0}};

static const struct vt_column peer_columns[] = {
    {"PEER", "name", 0},
    {"ADDRESS", "address", 0},
    {"UP", "connected", 0},
    {"BYTES IN", "bytes_in", 1},
    {"BYTES OUT", "bytes_out", 1},
    {"SCORE", "score", 1},
    {"LAST ERROR", "last_error", 0}};

/* ---- status, peers, chain list ------------------------------------------- */

static void print_uptime(uint64_t ms)
{
    uint64_t s = ms / 1000;

    if (s >= 86400) {
        (void)printf("%" PRIu64 "d ", s / 86400);
    }
    (void)printf("%" PRIu64 "h %02" PRIu64 "m %02" PRIu64 "s", s / 3600 % 24,
                 s / 60 % 60, s % 60);
}

static void print_status(const struct vt_json *status)
{
    int ready = 0;
    char name[128];
    char text[256];

    (void)vt_json_get_bool(status, "ready", &ready, NULL);
    (void)printf(
        "%snode %s%s  vtchain %s  ", vt_term_style(stdout, VT_TERM_BOLD),
        vt_json_shown(vt_json_at(status, "name"), name, sizeof name),
        vt_term_plain(stdout),
        vt_json_shown(vt_json_at(status, "version"), text, sizeof text));
    (void)printf("%s%s%s  up ",
                 vt_term_style(stdout, ready ? VT_TERM_GREEN : VT_TERM_RED),
                 ready ? "ready" : "not ready", vt_term_plain(stdout));
    print_uptime(vt_json_u64_or(status, "uptime_ms", 0));
    (void)printf("\n");
    if (!ready && !vt_json_is_null(vt_json_at(status, "reason"))) {
        (void)printf("reason: %s\n", vt_json_shown(vt_json_at(status, "reason"),
                                                   text, sizeof text));
    }
    (void)printf("\n");
    (void)vt_table_array(vt_json_at(status, "chains"), chain_columns,
                         COUNT(chain_columns), "no chains", stdout);
    (void)printf("\n");
    (void)vt_table_array(vt_json_at(status, "peers"), peer_columns,
                         COUNT(peer_columns), "no peers", stdout);
}

int vt_cmd_status(struct vt_cli *cli)
{
    struct vt_json *status = NULL;
    int code = vt_cli_call(cli, "node.status", NULL, 0, &status);

    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, status);
    }
    print_status(status);
    vt_json_free(status);
    return VT_EXIT_OK;
}

int vt_cmd_peers(struct vt_cli *cli)
{
    return vt_cli_show_list(cli, "peer.list", NULL, peer_columns,
                            COUNT(peer_columns), "no peers");
}

int vt_cmd_chain_list(struct vt_cli *cli)
{
    return vt_cli_show_list(cli, "chain.list", NULL, chain_columns,
                            COUNT(chain_columns), "no chains");
}

/* ---- chain status -------------------------------------------------------- */

/* What the engine counts on this node, by the names it gave. */
static void print_engine(const struct vt_json *status)
{
    const struct vt_json *values = vt_json_at(status, "engine_values");
    const char *key = NULL;
    char text[64];

    if (vt_json_count(values) > 0) {
        (void)printf("\nits engine here:\n");
    }
    for (size_t i = 0; i < vt_json_count(values); i++) {
        const struct vt_json *value = vt_json_member(values, i, &key);

        (void)printf("  %-24s %s\n", key,
                     vt_json_shown(value, text, sizeof text));
    }
}

int vt_cmd_chain_status(struct vt_cli *cli)
{
    static const struct vt_column fields[] = {
        {"chain", "name", 0},
        {"engine", "engine", 0},
        {"id", "chain_id", 0},
        {"final height", "final_height", 0},
        {"final block", "final_id", 0},
        {"executed height", "executed_height", 0},
        {"state root", "state_root", 0},
        {"epoch", "epoch", 0},
        {"epoch began at", "epoch_start", 0},
        {"switch to", "switch.to", 0},
        {"switch at", "switch.at", 0},
        {"switch is", "switch.phase", 0},
        {"ready", "switch.ready", 0},
        {"transactions", "txs_total", 0},
        {"evidence", "evidence_count", 0},
        {"waiting", "mempool_count", 0},
        {"members", "member_count", 0},
        {"peers up", "peers_up", 0},
        {"catching up", "syncing", 0},
        {"token", "token.symbol", 0},
        {"gas", "gas.symbol", 0},
        {"gas minted", "emitted", 0},
        {"token burnt", "burned", 0},
        {"halted", "halted", 0},
        {"why", "halted_why", 0}};
    struct vt_json_maker m;
    struct vt_json *status = NULL;
    int code;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", vt_cli_arg(cli, 0));
    code = vt_cli_call(cli, "chain.status", &m, 0, &status);
    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, status);
    }
    (void)vt_table_fields(status, fields, COUNT(fields), stdout);
    print_engine(status);
    vt_json_free(status);
    return VT_EXIT_OK;
}

/* ---- block show ---------------------------------------------------------- */

/* A height, an id, or the last final block. Returns 0 or an exit code. */
static int put_block(struct vt_cli *cli, const char *which,
                     struct vt_json_maker *m)
{
    struct vt_json_maker ask;
    struct vt_json *status = NULL;
    struct vt_hash id;
    uint64_t height;
    char *end = NULL;
    int code;

    if (which == NULL) {
        vt_cli_chain_params(cli, &ask);
        code = vt_cli_call(cli, "chain.status", &ask, 0, &status);
        height = vt_json_u64_or(status, "final_height", 0);
        vt_json_free(status);
        vt_json_put_u64(m, "height", height);
        return code;
    }
    if (vt_hex_decode(which, strlen(which), id.b, sizeof id.b) == 0) {
        vt_json_put_hash(m, "id", &id);
        return 0;
    }
    height = strtoull(which, &end, 10);
    if (strspn(which, "0123456789") != strlen(which) || strlen(which) > 15) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "block '%.70s': give a height or the 64 hexadecimal "
                           "digits of its id",
                           which);
    }
    vt_json_put_u64(m, "height", height);
    return 0;
}

static void print_block(const struct vt_json *block)
{
    static const struct vt_column fields[] = {
        {"height", "height", 0},         {"id", "id", 0},
        {"parent", "parent", 0},         {"time (Unix ms)", "time_ms", 0},
        {"epoch", "epoch", 0},           {"proposer", "proposer", 0},
        {"transactions", "tx_count", 0}, {"state root", "state_root", 0},
        {"body root", "body_root", 0}};
    const struct vt_json *txs = vt_json_at(block, "txs");
    char line[512];

    (void)vt_table_fields(block, fields, COUNT(fields), stdout);
    for (size_t i = 0; i < vt_json_count(txs); i++) {
        (void)printf("  %s\n",
                     vt_json_shown(vt_json_item(txs, i), line, sizeof line));
    }
}

int vt_cmd_block_show(struct vt_cli *cli)
{
    struct vt_json_maker m;
    struct vt_json *block = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    vt_json_put_bool(&m, "txs", vt_cli_flag(cli, "txs"));
    code = put_block(cli, vt_cli_arg(cli, 0), &m);
    if (code != 0) {
        (void)vt_json_end(&m, &cli->details);
        return code;
    }
    code = vt_cli_call(cli, "block.get", &m, 0, &block);
    if (code != 0) {
        return code;
    }
    if (cli->json) {
        return vt_cli_emit(cli, block);
    }
    print_block(block);
    vt_json_free(block);
    return VT_EXIT_OK;
}

/* ---- events -------------------------------------------------------------- */

static _Atomic int interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

struct following {
    struct vt_cli *cli;
    uint64_t count, wanted;
    int code;
};

static int on_event(void *ctx, const char *name, const char *id,
                    const struct vt_json *data)
{
    struct following *f = ctx;
    struct vt_json_maker m;
    char text[256];

    if (f->cli->json) {
        vt_json_begin(&m);
        vt_json_put_text(&m, "event", name);
        vt_json_put_text(&m, "id", id);
        vt_json_put(&m, "data", data);
        f->code = vt_cli_emit_made(f->cli, &m);
    } else {
        (void)printf("%s %s  %" PRIu64 " transactions  %s\n", name, id,
                     vt_json_u64_or(data, "tx_count", 0),
                     vt_json_shown(vt_json_at(data, "id"), text, sizeof text));
    }
    (void)fflush(stdout);
    f->count++;
    return f->code != 0 || f->count == f->wanted || ferror(stdout) != 0;
}

int vt_cmd_events(struct vt_cli *cli)
{
    struct following f = {.cli = cli, .wanted = vt_cli_u64(cli, "count")};
    struct sigaction stop = {.sa_handler = on_signal};
    struct vt_client *client = NULL;
    struct vt_err err = VT_ERR_INIT;
    vt_status status;
    int code = vt_cli_client(cli, &client);

    if (code != 0) {
        return code;
    }
    (void)sigaction(SIGINT, &stop, NULL);
    (void)sigaction(SIGTERM, &stop, NULL);
    status = vt_client_events(client, vt_cli_text(cli, "chain"),
                              vt_cli_text(cli, "types"), on_event, &f,
                              &interrupted, &err);
    if (status == VT_OK || f.code != 0) {
        return f.code;
    }
    if (status == VT_E_NOTFOUND) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "not_found", "%s", err.text);
    }
    return vt_cli_fail(cli, VT_EXIT_UNREACHABLE, "unreachable", "%s", err.text);
}
