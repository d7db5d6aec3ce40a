/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_node.c - a node's API over one chain in memory: the real ledger and the
 * real state tree behind it, every transaction a block of its own, no
 * consensus, no disk. For tests of the command line.
 *
 *   fake_node ENDPOINT-FILE ADDRESS    ADDRESS owns all tokens; runs until
 *                                      killed
 *
 * Chains with other names misbehave: "liar" shows balances it does not prove,
 * "slow" never gets final, "poor" has no funds, "halted" is halted, all others
 * are not there.
 */
#include "api/json.h"
#include "base/bytes.h"
#include "ledger/ledger.h"
#include "system/fake_chain.h"
#include "unit/fake_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 4194304u

/* ---- answers ------------------------------------------------------------- */

static void put_receipt(const struct fake_chain *n, struct vt_json_maker *m,
                        const struct vt_receipt *r)
{
    vt_json_open_object(m, "receipt");
    vt_json_put_hash(m, "tx", &r->tx);
    vt_json_put_text(m, "code", vt_tx_code_name(r->code));
    vt_json_put_text(m, "text", vt_tx_code_text(r->code));
    vt_json_put_amount(m, "fee", r->fee, vt_rules_asset_decimals(n->rules, 1));
    vt_json_put_amount(m, "burned", r->burned,
                       vt_rules_asset_decimals(n->rules, 0));
    vt_json_close(m);
}

static void put_error(struct vt_json_maker *m, int64_t code,
                      const char *message, const char *name)
{
    vt_json_open_object(m, "error");
    vt_json_put_i64(m, "code", code);
    vt_json_put_text(m, "message", message);
    vt_json_open_object(m, "data");
    if (name != NULL) {
        vt_json_put_text(m, code == -32003 ? "stage" : "code", name);
    }
    if (name != NULL && strcmp(name, "no_funds") == 0) {
        vt_json_put_text(m, "have", "1");
        vt_json_put_text(m, "need", "5.5");
        vt_json_put_text(m, "asset", "BVC");
    }
    vt_json_close(m);
    vt_json_close(m);
}

static void put_state(const struct fake_chain *n, struct vt_json_maker *m,
                      const struct vt_hash *key)
{
    struct vt_hash root;
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_buf header = VT_BUF_INIT(8192);

    vt_state_root(n->state, &root);
    vt_json_put_u64(m, "height", n->height);
    vt_json_put_hash(m, "state_root", &root);
    if (key != NULL) {
        if (vt_state_prove(n->state, VT_LEDGER_ASSET, key, &proof) != VT_OK) {
            fake_die("proof");
        }
        fake_chain_header(n, &header);
        vt_json_put_hash(m, "key", key);
        vt_json_put_hex(m, "proof", vt_buf_view(&proof));
        vt_json_put_hex(m, "header", vt_buf_view(&header));
    }
    vt_buf_fini(&proof);
    vt_buf_fini(&header);
}

/* ---- methods ------------------------------------------------------------- */

static void node_status(struct fake_chain *n, struct vt_json_maker *m)
{
    vt_json_put_text(m, "name", "fake \x1b[31mnode");
    vt_json_put_text(m, "version", "0.1.0");
    vt_json_put_bool(m, "ready", 1);
    vt_json_put_null(m, "reason");
    vt_json_put_u64(m, "uptime_ms", 93784000);
    vt_json_open_array(m, "chains");
    vt_json_open_object(m, NULL);
    vt_json_put_text(m, "name", "main");
    vt_json_put_text(m, "engine", "none");
    vt_json_put_u64(m, "height", n->height);
    vt_json_close(m);
    vt_json_close(m);
    vt_json_open_array(m, "peers");
    vt_json_close(m);
}

static void chain_status(struct fake_chain *n, struct vt_json_maker *m)
{
    vt_json_put_text(m, "name", "main");
    vt_json_put_text(m, "engine", "none");
    vt_json_put_hash(m, "chain_id", &n->chain_id);
    vt_json_put_u64(m, "final_height", n->height);
    vt_json_put_bool(m, "halted", 0);
    for (int gas = 0; gas < 2; gas++) {
        vt_json_open_object(m, gas ? "gas" : "token");
        vt_json_put_text(m, "symbol", vt_rules_asset_name(n->rules, gas));
        vt_json_put_u64(m, "decimals", vt_rules_asset_decimals(n->rules, gas));
        vt_json_close(m);
    }
}

static int account_get(struct fake_chain *n, const struct vt_json *params,
                       struct vt_json_maker *m)
{
    int liar = strcmp(vt_json_text_or(params, "chain", ""), "liar") == 0;
    struct vt_address address;
    struct vt_account account;
    struct vt_hash key;
    int proof = 0;

    if (vt_address_parse(vt_json_text_or(params, "address", ""), &address,
                         NULL) != VT_OK ||
        vt_account_get(n->state, &address, &account) != VT_OK) {
        return 0;
    }
    (void)vt_json_get_bool(params, "proof", &proof, NULL);
    vt_account_key(&address, &key);
    vt_json_put_text(m, "address", vt_json_text_or(params, "address", ""));
    vt_json_put_u64(m, "nonce", account.nonce);
    vt_json_put_u64(m, "next_nonce", account.nonce);
    vt_json_open_array(m, "balances");
    for (size_t i = 0; i < n->asset_count; i++) {
        struct vt_amount amount;
        struct vt_asset asset;

        if (vt_balance_get(n->state, &address, &n->assets[i], &amount) ==
                VT_OK &&
            vt_asset_get(n->rules, n->state, &n->assets[i], &asset) == VT_OK &&
            (!vt_amount_is_zero(amount) || liar)) {
            amount.lo += (uint64_t)liar;
            vt_json_open_object(m, NULL);
            vt_json_put_hash(m, "asset", &n->assets[i]);
            vt_json_put_text(m, "symbol", asset.symbol);
            vt_json_put_amount(m, "amount", amount, asset.decimals);
            vt_json_close(m);
        }
    }
    vt_json_close(m);
    put_state(n, m, proof ? &key : NULL);
    return 1;
}

static int balance_get(struct fake_chain *n, const struct vt_json *params,
                       struct vt_json_maker *m)
{
    struct vt_address address;
    struct vt_hash id;
    struct vt_hash key;
    struct vt_asset asset;
    struct vt_amount amount;

    if (vt_address_parse(vt_json_text_or(params, "address", ""), &address,
                         NULL) != VT_OK ||
        !fake_chain_asset(n, vt_json_text_or(params, "asset", ""), &id,
                          &asset) ||
        vt_balance_get(n->state, &address, &id, &amount) != VT_OK) {
        return 0;
    }
    vt_balance_key(&address, &id, &key);
    vt_json_put_amount(m, "amount", amount, asset.decimals);
    put_state(n, m, &key);
    return 1;
}

static int asset_get(struct fake_chain *n, const struct vt_json *params,
                     struct vt_json_maker *m)
{
    struct vt_hash id;
    struct vt_asset asset;
    char issuer[91] = "";

    if (!fake_chain_asset(n, vt_json_text_or(params, "asset", ""), &id,
                          &asset)) {
        return 0;
    }
    (void)vt_address_format("vt", &asset.issuer, issuer);
    vt_json_put_hash(m, "id", &id);
    vt_json_put_text(m, "symbol", asset.symbol);
    vt_json_put_text(m, "name", asset.name);
    vt_json_put_u64(m, "decimals", asset.decimals);
    vt_json_put_text(m, "issuer", issuer);
    vt_json_put_amount(m, "supply", asset.supply, asset.decimals);
    vt_json_put_amount(m, "supply_max", asset.supply_max, asset.decimals);
    return 1;
}

static int tx_get(struct fake_chain *n, const struct vt_json *params,
                  struct vt_json_maker *m)
{
    struct vt_hash id;

    if (vt_json_get_hash(params, "id", &id, NULL) != VT_OK) {
        return 0;
    }
    for (uint64_t i = 0; i < n->height && i < FAKE_TXS_MAX; i++) {
        if (vt_hash_eq(&n->receipts[i].tx, &id)) {
            vt_json_put_text(m, "where", "final");
            vt_json_put_u64(m, "height", i + 1);
            vt_json_put_u64(m, "index", 0);
            put_receipt(n, m, &n->receipts[i]);
            return 1;
        }
    }
    vt_json_put_text(m, "where", id.b[0] == 0xff ? "waiting" : "unknown");
    return 1;
}

static int block_get(struct fake_chain *n, const struct vt_json *params,
                     struct vt_json_maker *m)
{
    uint64_t height = vt_json_u64_or(params, "height", n->height);

    if (height > n->height) {
        return 0;
    }
    vt_json_put_u64(m, "height", height);
    vt_json_put_hash(m, "id", &n->chain_id);
    vt_json_put_i64(m, "time_ms", 1700000000000);
    vt_json_put_u64(m, "tx_count", height > 0);
    vt_json_open_array(m, "txs");
    if (height > 0 && height <= FAKE_TXS_MAX) {
        vt_json_put_hash(m, NULL, &n->receipts[height - 1].tx);
    }
    vt_json_close(m);
    return 1;
}

/* 1: m has a result; 0: m has an error. */
static int tx_submit(struct fake_chain *n, const struct vt_json *params,
                     struct vt_json_maker *m, struct vt_json_maker *error)
{
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx;
    uint32_t code = VT_TX_BAD_ENCODING;

    if (vt_json_get_hex(params, "raw", &raw, NULL) == VT_OK) {
        code = fake_chain_submit(n, vt_buf_view(&raw), &tx);
    }
    if (code != VT_TX_DONE) {
        put_error(error, -32000, vt_tx_code_text(code), vt_tx_code_name(code));
    } else {
        int final = strcmp(vt_json_text_or(params, "wait", ""), "final") == 0;

        vt_json_put_hash(m, "id", &tx.id);
        vt_json_put_text(m, "stage", final ? "final" : "received");
        if (final) {
            vt_json_put_u64(m, "height", n->height);
            vt_json_put_u64(m, "index", 0);
            put_receipt(n, m, &n->receipts[n->height - 1]);
        }
    }
    vt_buf_fini(&raw);
    return code == VT_TX_DONE;
}

static int stake_get(struct fake_chain *n, const struct vt_json *params,
                     struct vt_json_maker *m)
{
    struct vt_address address;
    struct vt_stake stake;

    if (vt_address_parse(vt_json_text_or(params, "address", ""), &address,
                         NULL) != VT_OK ||
        vt_stake_get(n->state, &address, &stake) != VT_OK) {
        return 0;
    }
    vt_json_put_amount(m, "staked", stake.staked, 8);
    vt_json_open_array(m, "leaving");
    vt_json_close(m);
    return 1;
}

/* ---- dispatch ------------------------------------------------------------ */

static void list(const struct fake_chain *n, const char *method,
                 struct vt_json_maker *m)
{
    vt_json_open_object(m, NULL);
    if (strcmp(method, "chain.epochs") == 0) {
        vt_json_put_u64(m, "epoch", 0);
        vt_json_put_u64(m, "start_height", 1);
        vt_json_put_text(m, "engine", "none");
    } else if (strcmp(method, "chain.evidence") == 0) {
        vt_json_put_u64(m, "epoch", 0);
        vt_json_put_text(m, "engine", "none");
        vt_json_put_text(m, "name", "node4");
        vt_json_put_u64(m, "kind", 1);
        vt_json_put_bool(m, "verified", 1);
    } else if (strcmp(method, "chain.offences") == 0) {
        vt_json_put_u64(m, "height", 7);
        vt_json_put_u64(m, "member", 3);
        vt_json_put_u64(m, "rule", 1);
    } else if (strcmp(method, "stake.candidates") == 0) {
        vt_json_put_text(m, "name", "node5");
        vt_json_put_u64(m, "votes", 1000);
    } else if (strcmp(method, "peer.list") == 0) {
        vt_json_put_text(m, "name", "n\xc3\xb6rd");
        vt_json_put_text(m, "address", "127.0.0.1:7102");
        vt_json_put_bool(m, "connected", 1);
        vt_json_put_u64(m, "bytes_in", 1234);
    } else {
        vt_json_put_text(m, "name", "main");
        vt_json_put_hash(m, "id", &n->chain_id);
        vt_json_put_text(m, "parent", "");
        vt_json_put_text(m, "engine", "none");
        vt_json_put_u64(m, "height", n->height);
        vt_json_put_u64(m, "members", 4);
    }
    vt_json_close(m);
}

/* 1 when m got members of the result, 0 for "not found". */
static int ask(struct fake_chain *n, const char *method,
               const struct vt_json *params, struct vt_json_maker *m)
{
    static const struct {
        const char *name;
        int (*fn)(struct fake_chain *n, const struct vt_json *params,
                  struct vt_json_maker *m);
    } methods[] = {{"account.get", account_get}, {"balance.get", balance_get},
                   {"asset.get", asset_get},     {"tx.get", tx_get},
                   {"block.get", block_get},     {"stake.get", stake_get}};

    if (strcmp(method, "node.status") == 0) {
        node_status(n, m);
        return 1;
    }
    if (strcmp(method, "chain.status") == 0) {
        chain_status(n, m);
        return 1;
    }
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, method) == 0) {
            return methods[i].fn(n, params, m);
        }
    }
    return 0;
}

/* Chains that misbehave. 1 when m has the error. */
static int misbehave(const char *chain, const char *method,
                     struct vt_json_maker *m)
{
    int submits = strcmp(method, "tx.submit") == 0;

    if (strcmp(chain, "slow") == 0 && submits) {
        put_error(m, -32003, "time over", "received");
    } else if (strcmp(chain, "poor") == 0 && submits) {
        put_error(m, -32000, "not enough funds", "no_funds");
    } else if (strcmp(chain, "halted") == 0) {
        put_error(m, -32004, "chain halted is halted", NULL);
    } else if (strcmp(chain, "main") != 0 && strcmp(chain, "liar") != 0 &&
               strcmp(chain, "slow") != 0 && strcmp(chain, "poor") != 0) {
        put_error(m, -32001, "no chain of that name", NULL);
    } else {
        return 0;
    }
    return 1;
}

static void answer(struct fake_chain *n, const struct vt_json *request,
                   struct vt_json_maker *m)
{
    const char *method = vt_json_text_or(request, "method", "");
    const struct vt_json *params = vt_json_at(request, "params");
    const char *chain = vt_json_text_or(params, "chain", "main");
    struct vt_json_maker result;
    struct vt_json *made = NULL;
    int good;

    if (strcmp(method, "peer.list") == 0 || strcmp(method, "chain.list") == 0 ||
        strcmp(method, "chain.epochs") == 0 ||
        strcmp(method, "chain.evidence") == 0 ||
        strcmp(method, "chain.offences") == 0 ||
        strcmp(method, "stake.candidates") == 0) {
        vt_json_open_array(m, "result");
        list(n, method, m);
        vt_json_close(m);
        return;
    }
    if (misbehave(chain, method, m)) {
        return;
    }
    vt_json_begin(&result);
    if (strcmp(method, "tx.submit") == 0) {
        good = tx_submit(n, params, &result, m);
    } else {
        good = ask(n, method, params, &result);
        if (!good) {
            put_error(m, -32001, "no such thing here", NULL);
        }
    }
    if (vt_json_end(&result, &made) != VT_OK) {
        fake_die("answer");
    }
    if (good) {
        vt_json_put(m, "result", made);
    }
    vt_json_free(made);
}

static void on_events(const char *line, struct vt_buf *out)
{
    if (strstr(line, "chain=main") == NULL) {
        fake_http_answer(out, 404, "text/plain", "no chain of that name");
        return;
    }
    (void)vt_buf_printf(out,
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                        "Connection: close\r\n\r\n"
                        "event: final\nid: 1\ndata: {\"chain\":\"main\","
                        "\"height\":1,\"tx_count\":2}\n\n"
                        "event: final\nid: 2\ndata: {\"chain\":\"main\","
                        "\"height\":2,\"tx_count\":0}\n\n");
}

static void on_request(void *ctx, const char *line, const char *body,
                       struct vt_buf *out)
{
    struct fake_chain *n = ctx;
    struct vt_json *request = NULL;
    struct vt_json *reply = NULL;
    struct vt_json_maker m;
    struct vt_buf text = VT_BUF_INIT(TEXT_MAX);

    if (strncmp(line, "GET /events", 11) == 0) {
        on_events(line, out);
        return;
    }
    if (vt_json_parse(vt_view_str(body), TEXT_MAX, &request, NULL) != VT_OK) {
        fake_http_answer(out, 400, "text/plain", "no JSON");
        return;
    }
    vt_json_begin(&m);
    vt_json_put_text(&m, "jsonrpc", "2.0");
    vt_json_put_u64(&m, "id", vt_json_u64_or(request, "id", 0));
    answer(n, request, &m);
    if (vt_json_end(&m, &reply) != VT_OK ||
        vt_json_print(reply, 0, &text) != VT_OK) {
        fake_die("reply");
    }
    fake_http_answer(out, 200, "application/json", vt_buf_text(&text));
    vt_buf_fini(&text);
    vt_json_free(request);
    vt_json_free(reply);
}

/* ---- start --------------------------------------------------------------- */

int main(int argc, char **argv)
{
    static struct fake_chain node;
    struct fake_http *server;
    FILE *f;

    if (argc != 3) {
        fake_die("usage: fake_node ENDPOINT-FILE ADDRESS");
    }
    fake_chain_start(&node, argv[2]);
    server = fake_http_start(NULL, on_request, &node);
    f = server == NULL ? NULL : fopen(argv[1], "we");
    if (f == NULL) {
        fake_die("cannot start");
    }
    (void)fprintf(f, "%s\n", fake_http_endpoint(server));
    (void)fclose(f);
    (void)pause();
    return 0;
}
