/* SPDX-License-Identifier: Apache-2.0
 *
 * tx.c - from arguments to signed bytes. Submitting is in tx_submit.c.
 */
#include "cli/tx.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "cli/multisig.h"
#include "ledger/ledger.h"

#include <string.h>

int vt_cli_address(struct vt_cli *cli, const char *text, struct vt_address *out)
{
    struct vt_err err = VT_ERR_INIT;

    return vt_address_parse(text, out, &err) == VT_OK
               ? 0
               : vt_cli_fail_err(cli, &err);
}

/* ISSUER/SYMBOL to the id. */
static int asset_of_issuer(struct vt_cli *cli, const char *name,
                           struct vt_hash *out)
{
    const char *slash = strchr(name, '/');
    char text[96];
    struct vt_address issuer;
    int code;

    (void)snprintf(text, sizeof text, "%.*s", (int)(slash - name), name);
    code = vt_cli_address(cli, text, &issuer);
    if (code != 0) {
        return code;
    }
    if (slash[1] == '\0' || strlen(slash + 1) > VT_SYMBOL_MAX) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "asset '%.80s': a symbol has 1 to %u characters",
                           name, VT_SYMBOL_MAX);
    }
    vt_asset_id(&issuer, vt_view_str(slash + 1), out);
    return 0;
}

int vt_cli_put_asset(struct vt_cli *cli, const char *name,
                     struct vt_json_maker *m)
{
    struct vt_hash id;

    if (strchr(name, '/') != NULL) {
        int code = asset_of_issuer(cli, name, &id);

        if (code == 0) {
            vt_json_put_hash(m, "asset", &id);
        }
        return code;
    }
    vt_json_put_text(m, "asset", name);
    return 0;
}

static int read_asset(struct vt_cli *cli, const struct vt_json *answer,
                      struct vt_cli_asset *out)
{
    struct vt_err err = VT_ERR_INIT;
    const char *symbol = "";
    uint64_t decimals = 0;

    if (vt_json_get_hash(answer, "id", &out->id, &err) != VT_OK ||
        vt_json_get_text(answer, "symbol", &symbol, &err) != VT_OK ||
        vt_json_get_u64(answer, "decimals", &decimals, &err) != VT_OK) {
        return vt_cli_bad_answer(cli, "asset.get", &err);
    }
    if (decimals > 18) {
        (void)vt_err_set(&err, VT_E_INVALID, "'decimals' is above 18");
        return vt_cli_bad_answer(cli, "asset.get", &err);
    }
    out->decimals = (uint32_t)decimals;
    (void)snprintf(out->symbol, sizeof out->symbol, "%s", symbol);
    return 0;
}

int vt_cli_asset_get(struct vt_cli *cli, const char *name,
                     struct vt_cli_asset *out)
{
    struct vt_json_maker m;
    struct vt_json *answer = NULL;
    int code;

    vt_cli_chain_params(cli, &m);
    code = vt_cli_put_asset(cli, name, &m);
    if (code != 0) {
        (void)vt_json_end(&m, &cli->details);
        return code;
    }
    code = vt_cli_call(cli, "asset.get", &m, 0, &answer);
    if (code == 0) {
        code = read_asset(cli, answer, out);
    }
    vt_json_free(answer);
    return code;
}

int vt_cli_amount(struct vt_cli *cli, const char *text,
                  const struct vt_cli_asset *asset, struct vt_amount *out)
{
    struct vt_err err = VT_ERR_INIT;

    if (vt_amount_parse(text, asset->decimals, out, &err) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "amount '%.60s': %s (%s has %u decimal places)",
                           text, err.text, asset->symbol, asset->decimals);
    }
    if (vt_amount_is_zero(*out)) {
        return vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "amount '%.60s': must be above zero", text);
    }
    return 0;
}

/* ---- the envelope -------------------------------------------------------- */

/* Chain id, and the height the transaction is good until. */
static int ask_chain(struct vt_cli *cli, struct vt_tx *tx, uint32_t *gas)
{
    struct vt_json_maker m;
    struct vt_json *status = NULL;
    struct vt_err err = VT_ERR_INIT;
    uint64_t height = 0;
    uint64_t decimals = 0;
    uint64_t valid_for = vt_cli_u64(cli, "valid_for");
    int code;

    vt_cli_chain_params(cli, &m);
    code = vt_cli_call(cli, "chain.status", &m, 0, &status);
    if (code != 0) {
        return code;
    }
    if (vt_json_get_hash(status, "chain_id", &tx->chain_id, &err) != VT_OK ||
        vt_json_get_u64(status, "final_height", &height, &err) != VT_OK ||
        vt_json_get_u64(status, "gas.decimals", &decimals, &err) != VT_OK) {
        code = vt_cli_bad_answer(cli, "chain.status", &err);
    }
    tx->valid_until = valid_for == 0 ? 0 : height + valid_for;
    *gas = decimals > 18 ? 18 : (uint32_t)decimals;
    vt_json_free(status);
    return code;
}

static int ask_nonce(struct vt_cli *cli, const struct vt_address *sender,
                     struct vt_tx *tx)
{
    struct vt_json_maker m;
    struct vt_json *account = NULL;
    struct vt_err err = VT_ERR_INIT;
    char address[91] = "";
    int code;

    if (vt_cli_given(cli, "nonce")) {
        tx->nonce = vt_cli_u64(cli, "nonce");
        return 0;
    }
    (void)vt_address_format("vt", sender, address);
    vt_cli_chain_params(cli, &m);
    vt_json_put_text(&m, "address", address);
    code = vt_cli_call(cli, "account.get", &m, 0, &account);
    if (code == 0 &&
        vt_json_get_u64(account, "next_nonce", &tx->nonce, &err) != VT_OK) {
        code = vt_cli_bad_answer(cli, "account.get", &err);
    }
    vt_json_free(account);
    return code;
}

/* tx has the sender's scheme, key and address. */
static int fill(struct vt_cli *cli, struct vt_tx *tx)
{
    struct vt_cli_asset gas = {.symbol = "gas"};
    const char *fee = vt_cli_text(cli, "fee");
    struct vt_err err = VT_ERR_INIT;
    int code = ask_chain(cli, tx, &gas.decimals);

    if (code == 0) {
        code = ask_nonce(cli, &tx->sender, tx);
    }
    if (code == 0 &&
        vt_amount_parse(fee, gas.decimals, &tx->fee, &err) != VT_OK) {
        code = vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                           "--fee '%.60s': %s", fee, err.text);
    }
    tx->version = VT_TX_VERSION;
    return code;
}

static int encode(struct vt_cli *cli, const struct vt_tx *tx,
                  struct vt_buf *bytes)
{
    return vt_tx_encode_unsigned(tx, bytes) == VT_OK
               ? 0
               : vt_cli_fail(cli, VT_EXIT_BAD_INPUT, "bad_input",
                             "the transaction does not fit into %u bytes",
                             VT_TX_MAX);
}

static int sign(struct vt_cli *cli, const struct vt_cli_key *key,
                struct vt_buf *bytes)
{
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t sig_len = 0;
    struct vt_hash hash;

    vt_tx_sign_hash(vt_buf_view(bytes), &hash);
    if (key->scheme->sig_max > sizeof sig ||
        key->scheme->sign(key->secret->bytes, hash.b, sig, &sig_len) != VT_OK) {
        return vt_cli_fail(cli, VT_EXIT_FAILED, "failed",
                           "the %s plugin cannot sign with this key",
                           key->file->scheme);
    }
    return vt_tx_append_sig(bytes, vt_view_of(sig, sig_len)) == VT_OK
               ? 0
               : vt_cli_no_memory(cli);
}

int vt_cli_tx_print(struct vt_cli *cli, struct vt_view raw)
{
    char *hex = vt_alloc_array(raw.len + 1, 2);
    struct vt_json_maker m;
    struct vt_tx tx;
    struct vt_err err = VT_ERR_INIT;

    if (hex == NULL || vt_tx_decode(raw, &tx, &err) != VT_OK) {
        vt_free(hex);
        return hex == NULL ? vt_cli_no_memory(cli) : vt_cli_fail_err(cli, &err);
    }
    vt_hex_encode(raw.ptr, raw.len, hex);
    if (!cli->json) {
        (void)printf("%s\n", hex);
        vt_free(hex);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_hash(&m, "id", &tx.id);
    vt_json_put_text(&m, "raw", hex);
    vt_free(hex);
    return vt_cli_emit_made(cli, &m);
}

static int print_request(struct vt_cli *cli, struct vt_view tx_bytes,
                         const char *path)
{
    struct vt_json_maker m;
    struct vt_hash id;

    vt_tx_sign_hash(tx_bytes, &id);
    if (!cli->json) {
        vt_cli_note(cli,
                    "%s waits for its signers: each runs `vtchain tx sign "
                    "%s --key NAME --out FILE`",
                    path, path);
        return VT_EXIT_OK;
    }
    vt_json_begin(&m);
    vt_json_put_hash(&m, "id", &id);
    vt_json_put_text(&m, "file", path);
    return vt_cli_emit_made(cli, &m);
}

/* Nobody signs for several keys alone. */
static int send_by_account(struct vt_cli *cli, struct vt_tx *tx,
                           struct vt_buf *bytes)
{
    const char *path = vt_cli_text(cli, "unsigned");
    struct vt_cli_account account;
    int code;

    if (path[0] == '\0') {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "'%.60s' is an account of several keys: "
                           "--unsigned FILE writes what they sign",
                           vt_cli_text(cli, "key"));
    }
    code = vt_cli_account_read(cli, vt_cli_text(cli, "key"), &account);
    if (code == 0) {
        tx->scheme = account.code;
        tx->pk = vt_view_of(account.pk, account.pk_len);
        tx->sender = account.address;
        code = fill(cli, tx);
    }
    if (code == 0) {
        code = encode(cli, tx, bytes);
    }
    if (code == 0) {
        code = vt_cli_request_write(cli, path, &account, vt_buf_view(bytes));
    }
    return code != 0 ? code : print_request(cli, vt_buf_view(bytes), path);
}

static int send_by_key(struct vt_cli *cli, struct vt_tx *tx,
                       struct vt_buf *bytes)
{
    struct vt_cli_key key;
    int code;

    if (vt_cli_given(cli, "unsigned")) {
        return vt_cli_fail(cli, VT_EXIT_USAGE, "usage",
                           "--unsigned is for accounts of several keys, "
                           "'%.60s' is none",
                           vt_cli_text(cli, "key"));
    }
    code = vt_cli_key_open(cli, vt_cli_text(cli, "key"), 0, &key);
    if (code == 0) {
        tx->scheme = key.file->address.b[0];
        tx->pk = vt_view_of(key.file->pk, key.file->pk_len);
        tx->sender = key.file->address;
        code = fill(cli, tx);
    }
    if (code == 0) {
        code = encode(cli, tx, bytes);
    }
    if (code == 0) {
        code = sign(cli, &key, bytes);
    }
    vt_cli_key_free(&key);
    if (code == 0) {
        code = vt_cli_flag(cli, "dry_run")
                   ? vt_cli_tx_print(cli, vt_buf_view(bytes))
                   : vt_cli_tx_submit(cli, vt_buf_view(bytes));
    }
    return code;
}

int vt_cli_tx_send(struct vt_cli *cli, enum vt_tx_kind kind,
                   struct vt_view payload)
{
    struct vt_tx tx = {.kind = (uint16_t)kind, .payload = payload};
    struct vt_buf bytes = VT_BUF_INIT(VT_TX_MAX);
    int code = vt_cli_account_exists(cli, vt_cli_text(cli, "key"))
                   ? send_by_account(cli, &tx, &bytes)
                   : send_by_key(cli, &tx, &bytes);

    vt_buf_fini(&bytes);
    return code;
}
