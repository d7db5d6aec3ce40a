/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_tx.c - transfers, finished bytes, and what became of a transaction.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/tx.h"
#include "cli/tx_proof.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define POLL_FIRST_MS 50u
#define POLL_MAX_MS 500u

/* ---- send ---------------------------------------------------------------- */

/* TO AMOUNT [ASSET]; the token when no asset is named. */
static int make_transfer(struct vt_cli *cli, struct vt_buf *payload)
{
    struct vt_tx_transfer transfer;
    struct vt_cli_asset asset;
    const char *memo = vt_cli_text(cli, "memo");
    const char *name = vt_cli_arg(cli, 2);
    char zero[2 * VT_HASH_LEN + 1];
    int code = vt_cli_address(cli, vt_cli_arg(cli, 0), &transfer.to);

    if (code != 0) {
        return code;
    }
    if (strlen(memo) > VT_MEMO_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--memo has %zu bytes, at most %u", strlen(memo),
                           VT_MEMO_MAX);
    }
    vt_hex_encode(vt_asset_token.b, VT_HASH_LEN, zero);
    code = vt_cli_asset_get(cli, name == NULL ? zero : name, &asset);
    if (code == 0) {
        code = vt_cli_amount(cli, vt_cli_arg(cli, 1), &asset, &transfer.amount);
    }
    if (code != 0) {
        return code;
    }
    transfer.asset = asset.id;
    transfer.memo = vt_view_str(memo);
    return vt_tx_transfer_encode(&transfer, payload) == VT_OK
               ? 0
               : vt_cli_no_memory(cli);
}

int vt_cmd_tx_send(struct vt_cli *cli)
{
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);
    int code = make_transfer(cli, &payload);

    if (code == 0) {
        code = vt_cli_tx_send(cli, VT_TX_TRANSFER, vt_buf_view(&payload));
    }
    vt_buf_fini(&payload);
    return code;
}

/* ---- submit -------------------------------------------------------------- */

int vt_cmd_tx_submit(struct vt_cli *cli)
{
    const char *hex = vt_cli_arg(cli, 0);
    size_t len = strlen(hex) / 2;
    uint8_t *raw = len > VT_TX_MAX ? NULL : vt_alloc(len + 1);
    struct vt_tx tx;
    struct vt_err err = VT_ERR_INIT;
    int code;

    if (raw == NULL) {
        return len > VT_TX_MAX
                   ? vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                                 "a transaction has at most %u bytes",
                                 VT_TX_MAX)
                   : vt_cli_no_memory(cli);
    }
    if (len == 0 || strlen(hex) % 2 != 0 ||
        vt_hex_decode(hex, 2 * len, raw, len) != 0) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "RAW is the transaction in hexadecimal, as `vtchain "
                           "tx send --dry-run` prints it");
    } else if (vt_tx_decode(vt_view_of(raw, len), &tx, &err) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "these bytes are no transaction: %s", err.text);
    } else {
        code = vt_cli_tx_submit(cli, vt_view_of(raw, len));
    }
    vt_free(raw);
    return code;
}

/* ---- show, wait ---------------------------------------------------------- */

static void print_tx(const struct vt_json *tx)
{
    static const struct vt_column fields[] = {
        {"transaction", "id", 0},       {"where", "where", 0},
        {"height", "height", 0},        {"index", "index", 0},
        {"receipt", "receipt.code", 0}, {"text", "receipt.text", 0},
        {"fee", "receipt.fee", 0},      {"burned", "receipt.burned", 0},
        {"took (ms)", "took_ms", 0}};
    const struct vt_json *decoded = vt_json_at(tx, "tx");
    const char *key = NULL;
    char text[512];

    (void)vt_table_fields(tx, fields, sizeof fields / sizeof fields[0], stdout);
    for (size_t i = 0; i < vt_json_count(decoded); i++) {
        const struct vt_json *value = vt_json_member(decoded, i, &key);

        if (key != NULL) {
            (void)printf("  %s: %s\n", key,
                         vt_json_shown(value, text, sizeof text));
        }
    }
}

static int read_id(struct vt_cli *cli, struct vt_hash *id)
{
    const char *text = vt_cli_arg(cli, 0);

    return vt_hex_decode(text, strlen(text), id->b, sizeof id->b) == 0
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "transaction '%.70s': an id has 64 hexadecimal "
                             "digits, this has %zu characters",
                             text, strlen(text));
}

/* tx.get with the id added: the method's answer has none. */
static int ask_tx(struct vt_cli *cli, const struct vt_hash *id,
                  uint64_t took_ms, struct vt_json **out)
{
    struct vt_json_maker m;
    struct vt_json *answer = NULL;
    const char *key = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    vt_json_put_hash(&m, "id", id);
    code = vt_cli_call(cli, "tx.get", &m, 0, &answer);
    if (code != 0) {
        return code;
    }
    vt_json_begin(&m);
    vt_json_put_hash(&m, "id", id);
    for (size_t i = 0; i < vt_json_count(answer); i++) {
        const struct vt_json *value = vt_json_member(answer, i, &key);

        vt_json_put(&m, key, value);
    }
    if (took_ms != UINT64_MAX) {
        vt_json_put_u64(&m, "took_ms", took_ms);
    }
    vt_json_free(answer);
    return vt_json_end(&m, out) == VT_OK ? 0 : vt_cli_no_memory(cli);
}

/* Prints it; a transaction nobody knows is a failure. */
static int show(struct vt_cli *cli, struct vt_json *tx)
{
    if (strcmp(vt_json_text_or(tx, "where", "unknown"), "unknown") == 0) {
        char id[80];

        (void)snprintf(id, sizeof id, "%s", vt_json_text_or(tx, "id", "?"));
        vt_json_free(tx);
        return vt_cli_fail(cli, VT_EXIT_FAILED, "not_found",
                           "transaction %s is neither waiting nor final on "
                           "chain %s of this node",
                           id, vt_cli_text(cli, "chain"));
    }
    if (cli->json) {
        return vt_cli_emit(cli, tx);
    }
    print_tx(tx);
    vt_json_free(tx);
    return VT_EXIT_OK;
}

int vt_cmd_tx_show(struct vt_cli *cli)
{
    struct vt_json *tx = NULL;
    struct vt_hash id;
    int code = read_id(cli, &id);

    if (code == 0 && vt_cli_flag(cli, "proof")) {
        code = vt_cli_tx_proof(cli, &id, &tx);
        return code != 0 ? code : vt_cli_tx_proof_emit(cli, tx);
    }
    if (code == 0) {
        code = ask_tx(cli, &id, UINT64_MAX, &tx);
    }
    return code != 0 ? code : show(cli, tx);
}

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sleep_ms(uint64_t ms)
{
    struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    while (nanosleep(&t, &t) != 0 && errno == EINTR) {
    }
}

int vt_cmd_tx_wait(struct vt_cli *cli)
{
    uint64_t limit_ms = vt_cli_u64(cli, "timeout") / 1000000;
    uint64_t start = now_ms();
    uint64_t pause_ms = POLL_FIRST_MS;
    struct vt_hash id;
    int code = read_id(cli, &id);

    while (code == 0) {
        struct vt_json *tx = NULL;
        uint64_t took_ms = now_ms() - start;

        code = ask_tx(cli, &id, took_ms, &tx);
        if (code == 0 &&
            strcmp(vt_json_text_or(tx, "where", ""), "final") == 0) {
            return show(cli, tx);
        }
        if (code == 0 && took_ms >= limit_ms) {
            code =
                vt_cli_fail(cli, VT_EXIT_FAILED, "time_over",
                            "not final after %" PRIu64 " ms, it is %s; wait "
                            "longer with --timeout",
                            took_ms, vt_json_text_or(tx, "where", "unknown"));
        }
        vt_json_free(tx);
        if (code == 0) {
            sleep_ms(pause_ms);
            pause_ms = pause_ms * 2 < POLL_MAX_MS ? pause_ms * 2 : POLL_MAX_MS;
        }
    }
    return code;
}
