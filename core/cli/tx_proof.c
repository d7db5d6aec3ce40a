/* SPDX-License-Identifier: Apache-2.0
 *
 * tx_proof.c - the document of a proof: made of a node's answers, read and
 * checked.
 */
#include "cli/tx_proof.h"

#include "base/bytes.h"
#include "base/status.h"
#include "cli/node.h"

#include <inttypes.h>
#include <string.h>

#define FORM 1u
#define PATH_MAX_LEN 64u
#define HEADER_MAX (VT_HANDOFF_MAX + VT_HEADER_PAYLOAD_MAX + 1024u)

/* ---- making -------------------------------------------------------------- */

/* Borders up to this epoch, in as many answers as it takes. */
static int put_borders(struct vt_cli *cli, uint64_t epoch,
                       struct vt_json_maker *m)
{
    uint64_t next = 1;
    int code = 0;

    vt_json_open_array(m, "borders");
    while (next <= epoch && code == 0) {
        struct vt_json_maker params;
        struct vt_json *answer = NULL;
        size_t count;

        vt_cli_chain_params(cli, &params);
        vt_json_put_u64(&params, "first", next);
        vt_json_put_u64(&params, "count", epoch - next + 1);
        code = vt_cli_call(cli, "chain.borders", &params, 0, &answer);
        count = vt_json_count(answer);
        for (size_t i = 0; i < count; i++) {
            vt_json_put(m, NULL, vt_json_item(answer, i));
        }
        if (code == 0 && count == 0) {
            code = vt_cli_fail(cli, VT_EXIT_FAILED, "not_found",
                               "the node has no first block of epoch %" PRIu64,
                               next);
        }
        next += count;
        vt_json_free(answer);
    }
    vt_json_close(m);
    return code;
}

static int put_members(struct vt_cli *cli, const struct vt_json *answer,
                       struct vt_json_maker *m)
{
    const char *key = NULL;

    for (size_t i = 0; i < vt_json_count(answer); i++) {
        const struct vt_json *value = vt_json_member(answer, i, &key);

        vt_json_put(m, key, value);
        if (strcmp(key, "epoch") == 0) {
            int code = put_borders(cli, vt_json_u64_or(answer, key, 0), m);

            if (code != 0) {
                return code;
            }
        }
    }
    return 0;
}

int vt_cli_tx_proof_of(struct vt_cli *cli, const struct vt_json *answer,
                       struct vt_json **out)
{
    struct vt_json *status = NULL;
    struct vt_json *made = NULL;
    struct vt_json_maker m;
    int code;

    vt_cli_chain_params(cli, &m);
    code = vt_cli_call(cli, "chain.status", &m, 0, &status);
    if (code != 0) {
        return code;
    }
    vt_json_begin(&m);
    vt_json_put_u64(&m, "vtchain_proof", FORM);
    vt_json_put_text(&m, "chain", vt_cli_chain(cli));
    vt_json_put(&m, "chain_id", vt_json_at(status, "chain_id"));
    code = put_members(cli, answer, &m);
    if (vt_json_end(&m, &made) != VT_OK && code == 0) {
        code = vt_cli_no_memory(cli);
    }
    vt_json_free(status);
    if (code != 0) {
        vt_json_free(made);
        return code;
    }
    *out = made;
    return 0;
}

int vt_cli_tx_proof(struct vt_cli *cli, const struct vt_hash *id,
                    struct vt_json **out)
{
    struct vt_json *answer = NULL;
    struct vt_json_maker m;
    int code;

    vt_cli_chain_params(cli, &m);
    vt_json_put_hash(&m, "id", id);
    code = vt_cli_call(cli, "tx.proof", &m, 0, &answer);
    if (code == 0) {
        code = vt_cli_tx_proof_of(cli, answer, out);
    }
    vt_json_free(answer);
    return code;
}

int vt_cli_tx_proof_emit(struct vt_cli *cli, struct vt_json *given)
{
    int json = cli->json;
    int code;

    cli->json = 1;
    code = vt_cli_emit(cli, given);
    cli->json = json;
    return code;
}

/* ---- reading ------------------------------------------------------------- */

/* A word nobody checks could say anything. */
static vt_status only(const struct vt_json *object, const char *what,
                      const char *const *names, struct vt_err *err)
{
    for (size_t i = 0; i < vt_json_count(object); i++) {
        const char *key = NULL;
        size_t k = 0;

        (void)vt_json_member(object, i, &key);
        while (names[k] != NULL && key != NULL && strcmp(names[k], key) != 0) {
            k++;
        }
        if (names[k] == NULL) {
            return vt_err_set(err, VT_E_CORRUPT, "'%.60s' does not belong %s",
                              key == NULL ? "" : key, what);
        }
    }
    return VT_OK;
}

static vt_status same_u64(const struct vt_json *json, const char *path,
                          uint64_t want, struct vt_err *err)
{
    uint64_t have = 0;
    vt_status status = vt_json_get_u64(json, path, &have, err);

    return status == VT_OK && have != want
               ? vt_err_set(err, VT_E_CORRUPT,
                            "'%s' is %" PRIu64 ", it should be %" PRIu64, path,
                            have, want)
               : status;
}

static vt_status same_text(const struct vt_json *json, const char *path,
                           const char *want, struct vt_err *err)
{
    const char *have = NULL;
    vt_status status = vt_json_get_text(json, path, &have, err);

    return status == VT_OK && strcmp(have, want) != 0
               ? vt_err_set(err, VT_E_CORRUPT,
                            "'%s' is '%.60s', it should be '%.60s'", path, have,
                            want)
               : status;
}

static vt_status same_hash(const struct vt_json *json, const char *path,
                           const struct vt_hash *want, struct vt_err *err)
{
    struct vt_hash have;
    vt_status status = vt_json_get_hash(json, path, &have, err);

    return status == VT_OK && !vt_hash_eq(&have, want)
               ? vt_err_set(err, VT_E_CORRUPT, "'%s' is of something else",
                            path)
               : status;
}

struct path {
    struct vt_hash hash[PATH_MAX_LEN];
    size_t count;
};

static vt_status read_path(const struct vt_json *json, struct path *out,
                           struct vt_err *err)
{
    const struct vt_json *list = NULL;
    vt_status status = vt_json_get_array(json, "path", &list, err);

    out->count = vt_json_count(list);
    if (out->count > PATH_MAX_LEN) {
        return vt_err_set(err, VT_E_CORRUPT, "'path' is too long");
    }
    for (size_t i = 0; i < out->count && status == VT_OK; i++) {
        status =
            vt_json_get_hash(vt_json_item(list, i), "", &out->hash[i], err);
    }
    return status;
}

/* A header with its seal, and the bytes it borrows from. */
struct sealed {
    struct vt_buf bytes, seal;
    struct vt_header header;
    struct vt_hash id;
};

static void sealed_init(struct sealed *s)
{
    vt_buf_init(&s->bytes, HEADER_MAX);
    vt_buf_init(&s->seal, VT_SEAL_MAX);
}

static void sealed_fini(struct sealed *s)
{
    vt_buf_fini(&s->bytes);
    vt_buf_fini(&s->seal);
}

/* stage: enum vt_cs_stage, 0 for final. */
static vt_status read_sealed(const struct vt_json *json, uint32_t stage,
                             const struct vt_follow *follow, struct sealed *s,
                             struct vt_err *err)
{
    vt_status status = vt_json_get_hex(json, "header", &s->bytes, err);

    if (status == VT_OK) {
        status = vt_json_get_hex(json, "seal", &s->seal, err);
    }
    if (status == VT_OK && stage > 0) {
        return vt_follow_stage(follow, stage, vt_buf_view(&s->bytes),
                               vt_buf_view(&s->seal), &s->header, &s->id, err);
    }
    return status == VT_OK ? vt_follow_header(follow, vt_buf_view(&s->bytes),
                                              vt_buf_view(&s->seal), &s->header,
                                              &s->id, err)
                           : status;
}

/* ---- epochs -------------------------------------------------------------- */

static vt_status cross(const struct vt_json *border, struct vt_follow *follow,
                       struct vt_err *err)
{
    static const char *const names[] = {"epoch", "last", "handoff", NULL};
    struct vt_buf last = VT_BUF_INIT(HEADER_MAX);
    struct vt_buf handoff = VT_BUF_INIT(VT_HANDOFF_MAX);
    vt_status status = only(border, "in a border", names, err);

    if (status == VT_OK) {
        status = same_u64(border, "epoch", vt_follow_epoch(follow) + 1, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hex(border, "last", &last, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hex(border, "handoff", &handoff, err);
    }
    if (status == VT_OK) {
        status = vt_follow_next(follow, vt_buf_view(&last),
                                vt_buf_view(&handoff), err);
    }
    vt_buf_fini(&last);
    vt_buf_fini(&handoff);
    return status;
}

static vt_status cross_all(const struct vt_json *proof,
                           struct vt_follow *follow, struct vt_err *err)
{
    const struct vt_json *list = NULL;
    vt_status status = vt_json_get_array(proof, "borders", &list, err);

    for (size_t i = 0; i < vt_json_count(list) && status == VT_OK; i++) {
        status = cross(vt_json_item(list, i), follow, err);
    }
    return status == VT_OK
               ? same_u64(proof, "epoch", vt_follow_epoch(follow), err)
               : vt_err_wrap(err, "borders");
}

/* ---- the transaction and its receipt ------------------------------------- */

static vt_status check_block(const struct vt_json *block,
                             const struct vt_follow *follow, struct sealed *s,
                             struct vt_tx_proven *out, struct vt_err *err)
{
    static const char *const names[] = {"header", "seal", "index", "path",
                                        NULL};
    struct vt_hash leaf;
    struct path path;
    uint64_t index = 0;
    vt_status status = only(block, "beside the header", names, err);

    if (status == VT_OK) {
        status = read_sealed(block, out->stage, follow, s, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_u64(block, "index", &index, err);
    }
    if (status == VT_OK) {
        status = read_path(block, &path, err);
    }
    if (status != VT_OK) {
        return status;
    }
    vt_block_tx_leaf(&out->tx, &leaf);
    if (!vt_merkle_check(&leaf, index, s->header.tx_count, path.hash,
                         path.count, &s->header.body_root)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "the path does not lead from the transaction to the "
                          "header");
    }
    out->height = out->stage > 0 ? 0 : s->header.height;
    out->time_ms = s->header.time_ms;
    out->block_id = s->id;
    out->engine = vt_follow_engine(follow, s->header.epoch);
    return VT_OK;
}

static vt_status read_receipt(const struct vt_json *json,
                              struct vt_receipt *out, struct vt_err *err)
{
    uint64_t code = 0;
    vt_status status = vt_json_get_u64(json, "code", &code, err);

    if (status == VT_OK) {
        status = vt_json_get_amount(json, "fee_units", 0, &out->fee, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_amount(json, "burned_units", 0, &out->burned, err);
    }
    if (status == VT_OK && code > UINT32_MAX) {
        status = vt_err_set(err, VT_E_CORRUPT, "'code' is out of range");
    }
    out->code = (uint32_t)code;
    return status;
}

/* The block above says what this one led to. */
static vt_status check_executed(const struct vt_json *json,
                                const struct vt_follow *follow,
                                const struct sealed *below, uint64_t index,
                                struct vt_tx_proven *out, struct vt_err *err)
{
    static const char *const names[] = {
        "header", "seal", "code", "fee_units", "burned_units", "path", NULL};
    struct sealed s;
    struct vt_hash leaf;
    struct path path;
    vt_status status = only(json, "in executed", names, err);

    sealed_init(&s);
    if (status == VT_OK) {
        status = read_sealed(json, 0, follow, &s, err);
    }
    if (status == VT_OK) {
        status = read_receipt(json, &out->receipt, err);
    }
    if (status == VT_OK) {
        status = read_path(json, &path, err);
    }
    if (status == VT_OK) {
        out->receipt.tx = out->tx.id;
        vt_receipt_leaf(&out->receipt, &leaf);
        if (!vt_hash_eq(&s.header.parent, &below->id) ||
            s.header.exec_height != below->header.height ||
            !vt_merkle_check(&leaf, index, below->header.tx_count, path.hash,
                             path.count, &s.header.receipts_root)) {
            status = vt_err_set(err, VT_E_CORRUPT,
                                "the path does not lead from the receipt to "
                                "the header above the block");
        }
    }
    sealed_fini(&s);
    return status;
}

/* The word for it, and the parts that go with it. */
static vt_status check_stage(const struct vt_json *proof,
                             struct vt_tx_proven *out, struct vt_err *err)
{
    int is_early = vt_json_at(proof, "early") != NULL;

    out->is_executed = vt_json_at(proof, "executed") != NULL;
    if (!is_early) {
        out->stage_name = out->is_executed ? "executed" : "final";
        return same_text(proof, "stage", out->stage_name, err);
    }
    if (out->is_executed || vt_json_at(proof, "block") != NULL) {
        return vt_err_set(err, VT_E_CORRUPT, "'early' goes with no other part");
    }
    out->stage_name = "witnessed";
    out->stage = VT_CS_WITNESSED;
    if (strcmp(vt_json_text_or(proof, "stage", ""), "notarized") == 0) {
        out->stage_name = "notarized";
        out->stage = VT_CS_NOTARIZED;
    }
    return same_text(proof, "stage", out->stage_name, err);
}

static vt_status check_labels(const struct vt_json *proof, const char *name,
                              const struct vt_follow *follow,
                              struct vt_tx_proven *out, struct vt_err *err)
{
    static const char *const names[] = {
        "vtchain_proof", "chain",    "chain_id", "id", "stage",
        "height",        "epoch",    "borders",  "tx", "block",
        "early",         "executed", NULL};
    vt_status status = only(proof, "in a proof", names, err);

    if (status == VT_OK) {
        status = same_u64(proof, "vtchain_proof", FORM, err);
    }
    if (status == VT_OK) {
        status = same_text(proof, "chain", name, err);
    }
    if (status == VT_OK) {
        status = same_hash(proof, "chain_id", vt_follow_chain_id(follow), err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hex(proof, "tx", &out->raw, err);
    }
    if (status == VT_OK) {
        status = vt_tx_decode(vt_buf_view(&out->raw), &out->tx, err);
    }
    if (status == VT_OK) {
        status = same_hash(proof, "id", &out->tx.id, err);
    }
    return status == VT_OK ? check_stage(proof, out, err) : status;
}

static vt_status check_inside(const struct vt_json *proof,
                              const struct vt_follow *follow, struct sealed *s,
                              struct vt_tx_proven *out, struct vt_err *err)
{
    const struct vt_json *block = NULL;
    const char *part = out->stage > 0 ? "early" : "block";
    vt_status status = vt_json_get_object(proof, part, &block, err);

    if (status == VT_OK && check_block(block, follow, s, out, err) != VT_OK) {
        return vt_err_wrap(err, "%s", part);
    }
    if (status == VT_OK) {
        status = same_u64(proof, "height", out->height, err);
    }
    if (status == VT_OK && out->is_executed &&
        check_executed(vt_json_at(proof, "executed"), follow, s,
                       vt_json_u64_or(block, "index", 0), out, err) != VT_OK) {
        return vt_err_wrap(err, "executed");
    }
    return status;
}

vt_status vt_tx_proof_check(const struct vt_json *proof, const char *name,
                            struct vt_follow *follow, struct vt_tx_proven *out,
                            struct vt_err *err)
{
    struct sealed s;
    vt_status status;

    memset(out, 0, sizeof *out);
    vt_buf_init(&out->raw, VT_TX_MAX);
    sealed_init(&s);
    status = check_labels(proof, name, follow, out, err);
    if (status == VT_OK) {
        status = cross_all(proof, follow, err);
    }
    if (status == VT_OK) {
        status = check_inside(proof, follow, &s, out, err);
    }
    sealed_fini(&s);
    return status;
}

void vt_tx_proven_fini(struct vt_tx_proven *proven)
{
    vt_buf_fini(&proven->raw);
}
