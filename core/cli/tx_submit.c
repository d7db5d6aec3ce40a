/* SPDX-License-Identifier: Apache-2.0
 *
 * tx_submit.c - hand bytes to a node and tell what became of them.
 */
#include "base/bytes.h"
#include "cli/table.h"
#include "cli/tx.h"
#include "cli/tx_proof.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The answer with the time it took and the bytes that were sent. */
static vt_status outcome(const struct vt_json *answer, struct vt_view raw,
                         const char *chain, uint64_t took_ms,
                         struct vt_json **out)
{
    struct vt_json_maker m;
    const char *key = NULL;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", chain);
    for (size_t i = 0; i < vt_json_count(answer); i++) {
        const struct vt_json *value = vt_json_member(answer, i, &key);

        vt_json_put(&m, key, value);
    }
    vt_json_put_u64(&m, "took_ms", took_ms);
    vt_json_put_hex(&m, "raw", raw);
    return vt_json_end(&m, out);
}

static void print_outcome(const struct vt_json *result)
{
    static const struct vt_column fields[] = {
        {"transaction", "id", 0},   {"chain", "chain", 0},
        {"stage", "stage", 0},      {"height", "height", 0},
        {"index", "index", 0},      {"receipt", "receipt.code", 0},
        {"fee", "receipt.fee", 0},  {"burned", "receipt.burned", 0},
        {"took (ms)", "took_ms", 0}};

    (void)vt_table_fields(result, fields, sizeof fields / sizeof fields[0],
                          stdout);
}

/* In a block, but without effect: not what the caller wanted. */
static int without_effect(struct vt_cli *cli, struct vt_json *result)
{
    const char *code = vt_json_text_or(result, "receipt.code", "");
    const char *text = vt_json_text_or(result, "receipt.text", "");

    vt_json_free(cli->details);
    cli->details = result;
    return vt_cli_fail(cli, VT_EXIT_FAILED, code,
                       "refused: %s (%s); transaction %s is in block %" PRIu64
                       " without effect, its fee is spent",
                       text, code, vt_json_text_or(result, "id", "?"),
                       vt_json_u64_or(result, "height", 0));
}

static int judge(struct vt_cli *cli, struct vt_json *result)
{
    const char *code = vt_json_text_or(result, "receipt.code", "done");

    if (strcmp(code, "done") != 0) {
        return without_effect(cli, result);
    }
    if (cli->json) {
        return vt_cli_emit(cli, result);
    }
    print_outcome(result);
    vt_json_free(result);
    return VT_EXIT_OK;
}

/* Not final in time is no refusal: say how to go on. */
static int explain_time_over(struct vt_cli *cli, struct vt_view raw, int code)
{
    struct vt_tx tx;
    struct vt_err err = VT_ERR_INIT;
    char id[65];

    if (strcmp(cli->code, "time_over") != 0 ||
        vt_tx_decode(raw, &tx, &err) != VT_OK) {
        return code;
    }
    vt_hex_encode(tx.id.b, sizeof tx.id.b, id);
    return vt_cli_fail(
        cli, VT_EXIT_FAILED, "time_over",
        "not %s after %" PRIu64 " ms, the node has it (%s); "
        "`vtchain tx wait --chain %s %s` goes on waiting",
        vt_cli_text(cli, "wait"), vt_cli_u64(cli, "timeout") / 1000000,
        vt_json_text_or(cli->details, "node.data.stage", "stage unknown"),
        vt_cli_chain(cli), id);
}

/* The proof in place of the outcome: the one that came along, or from final on
 * the one the node makes any time. */
static int prove(struct vt_cli *cli, const struct vt_json *answer)
{
    const struct vt_json *early = vt_json_at(answer, "proof");
    struct vt_json *proof = NULL;
    struct vt_err err = VT_ERR_INIT;
    struct vt_hash id;
    int code;

    if (strcmp(vt_json_text_or(answer, "stage", ""), "received") == 0) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "of a transaction that was only received there is "
                           "no proof: wait for a later stage");
    }
    if (early != NULL) {
        code = vt_cli_tx_proof_of(cli, early, &proof);
    } else if (vt_json_get_hash(answer, "id", &id, &err) != VT_OK) {
        code = vt_cli_fail_err(cli, &err);
    } else {
        code = vt_cli_tx_proof(cli, &id, &proof);
    }
    return code != 0 ? code : vt_cli_tx_proof_emit(cli, proof);
}

int vt_cli_tx_submit(struct vt_cli *cli, struct vt_view raw)
{
    uint64_t timeout_ms = vt_cli_u64(cli, "timeout") / 1000000;
    struct vt_json_maker m;
    struct vt_json *answer = NULL;
    struct vt_json *result = NULL;
    uint64_t start = now_ms();
    int code;

    vt_cli_chain_params(cli, &m);
    vt_json_put_hex(&m, "raw", raw);
    vt_json_put_text(&m, "wait", vt_cli_text(cli, "wait"));
    vt_json_put_u64(&m, "timeout_ms", timeout_ms);
    vt_json_put_bool(&m, "proof", vt_cli_flag(cli, "proof"));
    code = vt_cli_call(cli, "tx.submit", &m, (uint32_t)timeout_ms, &answer);
    if (code != 0) {
        return explain_time_over(cli, raw, code);
    }
    if (vt_cli_flag(cli, "proof") &&
        strcmp(vt_json_text_or(answer, "receipt.code", "done"), "done") == 0) {
        code = prove(cli, answer);
        vt_json_free(answer);
        return code;
    }
    if (outcome(answer, raw, vt_cli_chain(cli), now_ms() - start, &result) !=
        VT_OK) {
        vt_json_free(answer);
        return vt_cli_no_memory(cli);
    }
    vt_json_free(answer);
    return judge(cli, result);
}
