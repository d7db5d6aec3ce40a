/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_tx_verify.c - tx verify: a proof against the parameters a chain began
 * with, without a node.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/setup.h"
#include "cli/commands.h"
#include "cli/plugins.h"
#include "cli/table.h"
#include "cli/tx_proof.h"
#include "net/loop.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define CHUNK 65536u

/* ---- the file ------------------------------------------------------------ */

static int read_all(struct vt_cli *cli, FILE *f, const char *path,
                    struct vt_buf *out)
{
    uint8_t chunk[CHUNK];
    size_t len;

    while ((len = fread(chunk, 1, sizeof chunk, f)) > 0 &&
           vt_buf_put(out, chunk, len) == VT_OK) {
    }
    if (ferror(f) != 0) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: cannot be read: %s", path, strerror(errno));
    }
    return out->failed == VT_OK
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "%s: a proof has at most %u bytes", path,
                             VT_TX_PROOF_MAX);
}

static int read_proof(struct vt_cli *cli, struct vt_json **out)
{
    const char *path = vt_cli_arg(cli, 0);
    int is_stdin = strcmp(path, "-") == 0;
    FILE *f = is_stdin ? stdin : fopen(path, "re");
    struct vt_buf text = VT_BUF_INIT(VT_TX_PROOF_MAX);
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (f == NULL) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "%s: cannot be read: %s", path, strerror(errno));
    }
    code = read_all(cli, f, path, &text);
    if (!is_stdin) {
        (void)fclose(f);
    }
    if (code == 0 && vt_json_parse(vt_buf_view(&text), VT_TX_PROOF_MAX, out,
                                   &err) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input", "%s: %s", path,
                           err.text);
    }
    vt_buf_fini(&text);
    return code;
}

/* ---- the parameters ------------------------------------------------------ */

static uint64_t mono_ns(void *ctx)
{
    (void)ctx;
    return vt_clock_mono_ns();
}

static int64_t wall_ms(void *ctx)
{
    (void)ctx;
    return vt_clock_wall_ms();
}

static vt_status open_setup(struct vt_cli *cli, struct vt_registry *registry,
                            struct vt_setup **setup, struct vt_follow **follow,
                            struct vt_err *err)
{
    struct vt_setup_args args = {.config_path = vt_cli_text(cli, "genesis"),
                                 .host_name = "vtchain",
                                 .registry = registry,
                                 .mono_ns = mono_ns,
                                 .wall_ms = wall_ms};
    struct vt_chain_args chain = {0};
    vt_status status = vt_setup_new(&args, setup, err);

    if (status == VT_OK) {
        chain.config = (*setup)->config;
        chain.rules = (*setup)->rules;
        chain.parts = (*setup)->parts;
        chain.maker = &(*setup)->maker;
        chain.schemes = &(*setup)->schemes;
        chain.canonical = vt_buf_view(&(*setup)->canonical);
        status = vt_follow_new(&chain, follow, err);
    }
    return status;
}

/* ---- the answer ---------------------------------------------------------- */

static void put_receipt(struct vt_json_maker *m,
                        const struct vt_tx_proven *proven,
                        const struct vt_rules *rules)
{
    uint32_t decimals = vt_rules_asset_decimals(rules, 1);

    if (proven->is_executed) {
        vt_json_open_object(m, "receipt");
        vt_json_put_text(m, "code", vt_tx_code_name(proven->receipt.code));
        vt_json_put_text(m, "text", vt_tx_code_text(proven->receipt.code));
        vt_json_put_amount(m, "fee", proven->receipt.fee, decimals);
        vt_json_put_amount(m, "burned", proven->receipt.burned, decimals);
        vt_json_close(m);
    }
}

static int answer(struct vt_cli *cli, const struct vt_setup *setup,
                  const struct vt_follow *follow,
                  const struct vt_tx_proven *proven)
{
    static const struct vt_column fields[] = {
        {"transaction", "id", 0},       {"stage", "stage", 0},
        {"height", "height", 0},        {"block", "block", 0},
        {"chain", "chain", 0},          {"chain id", "chain_id", 0},
        {"epochs", "epochs", 0},        {"engine", "engine", 0},
        {"receipt", "receipt.code", 0}, {"text", "receipt.text", 0},
        {"fee", "receipt.fee", 0},      {"burned", "receipt.burned", 0}};
    struct vt_json_maker m;
    struct vt_json *made = NULL;

    vt_json_begin(&m);
    vt_json_put_hash(&m, "id", &proven->tx.id);
    vt_json_put_text(&m, "stage", proven->stage_name);
    vt_json_put_u64(&m, "height", proven->height);
    vt_json_put_hash(&m, "block", &proven->block_id);
    vt_json_put_i64(&m, "time_ms", proven->time_ms);
    vt_json_put_text(&m, "chain", setup->config->name);
    vt_json_put_hash(&m, "chain_id", vt_follow_chain_id(follow));
    vt_json_put_u64(&m, "epochs", vt_follow_epoch(follow) + 1);
    vt_json_put_text(&m, "engine", proven->engine);
    put_receipt(&m, proven, setup->rules);
    if (cli->json) {
        return vt_cli_emit_made(cli, &m);
    }
    if (vt_json_end(&m, &made) != VT_OK) {
        return vt_cli_no_memory(cli);
    }
    (void)vt_table_fields(made, fields, sizeof fields / sizeof fields[0],
                          stdout);
    vt_json_free(made);
    return VT_EXIT_OK;
}

static int verify(struct vt_cli *cli, const struct vt_json *proof,
                  struct vt_registry *registry)
{
    struct vt_setup *setup = NULL;
    struct vt_follow *follow = NULL;
    struct vt_tx_proven proven;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (open_setup(cli, registry, &setup, &follow, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else if (vt_tx_proof_check(proof, setup->config->name, follow, &proven,
                                 &err) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_FAILED, "bad_proof",
                           "%s: the proof does not hold: %s",
                           vt_cli_arg(cli, 0), err.text);
        vt_tx_proven_fini(&proven);
    } else {
        code = answer(cli, setup, follow, &proven);
        vt_tx_proven_fini(&proven);
    }
    vt_follow_free(follow);
    vt_setup_free(setup);
    return code;
}

int vt_cmd_tx_verify(struct vt_cli *cli)
{
    struct vt_registry *registry = NULL;
    struct vt_json *proof = NULL;
    int code = read_proof(cli, &proof);

    if (code == 0) {
        code = vt_cli_registry(cli, &registry);
    }
    if (code == 0) {
        code = verify(cli, proof, registry);
    }
    vt_registry_free(registry);
    vt_json_free(proof);
    return code;
}
