/* SPDX-License-Identifier: Apache-2.0
 *
 * show.c - transactions, receipts and headers as JSON.
 */
#include "api/show.h"

#include "base/bytes.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

#define EXACT_MAX (UINT64_C(1) << 53)
#define EVENT_TXS_MAX 1000u /* ids listed in one event */

void vt_show_u64(struct vt_json_maker *m, const char *key, uint64_t v)
{
    char text[24];

    if (v <= EXACT_MAX) {
        vt_json_put_u64(m, key, v);
        return;
    }
    (void)snprintf(text, sizeof text, "%" PRIu64, v);
    vt_json_put_text(m, key, text);
}

static void show_time(struct vt_json_maker *m, const char *key, int64_t ms)
{
    int64_t max = (int64_t)EXACT_MAX;

    vt_json_put_i64(m, key, ms > max ? max : ms < -max ? -max : ms);
}

void vt_show_address(struct vt_json_maker *m, const char *key,
                     const struct vt_api_chain *chain,
                     const struct vt_address *address)
{
    char text[91] = "";

    (void)vt_address_format(vt_api_hrp(chain), address, text);
    vt_json_put_text(m, key, text);
}

void vt_show_words(struct vt_json_maker *m, const char *key,
                   const char *hex_key, struct vt_view text)
{
    if (vt_utf8_is_plain(text)) {
        vt_json_put_view(m, key, text);
    } else {
        vt_json_put_hex(m, hex_key, text);
    }
}

void vt_show_receipt(struct vt_json_maker *m, const struct vt_api_chain *chain,
                     const struct vt_receipt *r)
{
    vt_json_open_object(m, "receipt");
    vt_json_put_hash(m, "tx", &r->tx);
    vt_json_put_text(m, "code", vt_tx_code_name(r->code));
    vt_json_put_text(m, "text", vt_tx_code_text(r->code));
    vt_json_put_amount(m, "fee", r->fee,
                       vt_rules_asset_decimals(chain->rules, 1));
    vt_json_put_amount(m, "burned", r->burned,
                       vt_rules_asset_decimals(chain->rules, 0));
    vt_json_close(m);
}

/* ---- transactions -------------------------------------------------------- */

struct showing {
    struct vt_json_maker *m;
    struct vt_api_chain *chain;
    const struct vt_state *state;
};

/* asset and amount; smallest units when nobody knows the decimals. */
static void show_amount(const struct showing *s, const struct vt_hash *id,
                        struct vt_amount amount)
{
    struct vt_asset asset;

    vt_json_put_hash(s->m, "asset", id);
    if (s->state != NULL && vt_api_asset(s->chain, s->state, id, &asset)) {
        vt_json_put_text(s->m, "symbol", asset.symbol);
        vt_json_put_amount(s->m, "amount", amount, asset.decimals);
    } else {
        vt_json_put_amount(s->m, "units", amount, 0);
    }
}

static int show_transfer(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_transfer p;

    if (vt_tx_transfer_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "transfer");
    vt_show_address(s->m, "to", s->chain, &p.to);
    show_amount(s, &p.asset, p.amount);
    vt_show_words(s->m, "memo", "memo_hex", p.memo);
    return 1;
}

static int show_register(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_asset_register p;

    if (vt_tx_asset_register_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "asset_register");
    vt_show_words(s->m, "symbol", "symbol_hex", p.symbol);
    vt_show_words(s->m, "name", "name_hex", p.name);
    vt_json_put_u64(s->m, "decimals", p.decimals);
    vt_json_put_amount(s->m, "supply_max", p.supply_max, p.decimals);
    return 1;
}

static int show_issue(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_asset_issue p;

    if (vt_tx_asset_issue_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "asset_issue");
    vt_show_address(s->m, "to", s->chain, &p.to);
    show_amount(s, &p.asset, p.amount);
    return 1;
}

static int show_switch(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_switch p;

    if (vt_tx_switch_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "switch");
    vt_show_u64(s->m, "at", p.at);
    vt_show_words(s->m, "to", "to_hex", p.engine);
    vt_json_put_hex(s->m, "options_hex", p.options);
    vt_json_open_array(s->m, "members");
    for (uint32_t i = 0; i < p.member_count; i++) {
        struct vt_switch_member member;

        vt_tx_switch_member(&p, i, &member);
        vt_json_open_object(s->m, NULL);
        vt_show_words(s->m, "name", "name_hex", member.name);
        vt_json_put_hex(s->m, "public_key", member.pk);
        vt_show_u64(s->m, "weight", member.weight);
        vt_json_close(s->m);
    }
    vt_json_close(s->m);
    return 1;
}

static int show_ready(const struct showing *s, struct vt_view payload)
{
    struct vt_hash digest;

    if (vt_tx_ready_decode(payload, &digest) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "ready");
    vt_json_put_hash(s->m, "digest", &digest);
    return 1;
}

static int show_stake(const struct showing *s, const struct vt_tx *tx)
{
    struct vt_amount amount;

    if (vt_tx_stake_decode(tx->payload, &amount) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind",
                     tx->kind == VT_TX_STAKE ? "stake" : "unstake");
    show_amount(s, &vt_asset_token, amount);
    return 1;
}

static int show_vote(const struct showing *s, struct vt_view payload)
{
    struct vt_address to;

    if (vt_tx_vote_decode(payload, &to) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "vote");
    if (vt_address_eq(&to, &vt_address_black_hole)) {
        vt_json_put_null(s->m, "candidate");
    } else {
        vt_show_address(s->m, "candidate", s->chain, &to);
    }
    return 1;
}

static int show_candidate(const struct showing *s, struct vt_view payload)
{
    struct vt_view name;

    if (vt_tx_candidate_decode(payload, &name) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "candidate");
    vt_show_words(s->m, "name", "name_hex", name);
    vt_json_put_bool(s->m, "stands", name.len > 0);
    return 1;
}

static int show_evidence(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_evidence p;

    if (vt_tx_evidence_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "evidence");
    vt_show_u64(s->m, "epoch", p.epoch);
    vt_json_put_u64(s->m, "rule", p.kind);
    vt_json_put_hex(s->m, "a", p.a);
    vt_json_put_hex(s->m, "b", p.b);
    return 1;
}

static int show_anchor(const struct showing *s, struct vt_view payload)
{
    struct vt_tx_anchor p;

    if (vt_tx_anchor_decode(payload, &p) != VT_OK) {
        return 0;
    }
    vt_json_put_text(s->m, "kind", "anchor");
    vt_json_put_hash(s->m, "chain", &p.chain);
    vt_show_u64(s->m, "height", p.height);
    vt_json_put_hash(s->m, "block", &p.id);
    vt_show_u64(s->m, "prev_height", p.prev_height);
    vt_json_put_hash(s->m, "prev_block", &p.prev_id);
    return 1;
}

static void show_payload(const struct showing *s, const struct vt_tx *tx)
{
    int shown = 0;

    switch (tx->kind) {
    case VT_TX_TRANSFER:
        shown = show_transfer(s, tx->payload);
        break;
    case VT_TX_ASSET_REGISTER:
        shown = show_register(s, tx->payload);
        break;
    case VT_TX_ASSET_ISSUE:
        shown = show_issue(s, tx->payload);
        break;
    case VT_TX_SWITCH:
        shown = show_switch(s, tx->payload);
        break;
    case VT_TX_READY:
        shown = show_ready(s, tx->payload);
        break;
    case VT_TX_STAKE:
    case VT_TX_UNSTAKE:
        shown = show_stake(s, tx);
        break;
    case VT_TX_VOTE:
        shown = show_vote(s, tx->payload);
        break;
    case VT_TX_CANDIDATE:
        shown = show_candidate(s, tx->payload);
        break;
    case VT_TX_EVIDENCE:
        shown = show_evidence(s, tx->payload);
        break;
    case VT_TX_ANCHOR:
        shown = show_anchor(s, tx->payload);
        break;
    default:
        break;
    }
    if (!shown) {
        vt_json_put_u64(s->m, "kind", tx->kind);
        vt_json_put_hex(s->m, "payload", tx->payload);
    }
}

void vt_show_tx(struct vt_json_maker *m, const char *key,
                struct vt_api_chain *chain, const struct vt_state *state,
                const struct vt_tx *tx)
{
    struct showing s = {m, chain, state};

    vt_json_open_object(m, key);
    vt_json_put_hash(m, "id", &tx->id);
    vt_show_address(m, "sender", chain, &tx->sender);
    vt_show_u64(m, "nonce", tx->nonce);
    vt_show_u64(m, "valid_until", tx->valid_until);
    vt_show_u64(m, "gas_limit", tx->gas_limit);
    vt_json_put_amount(m, "fee", tx->fee,
                       vt_rules_asset_decimals(chain->rules, 1));
    show_payload(&s, tx);
    vt_json_put_u64(m, "scheme", tx->scheme);
    vt_json_put_hex(m, "public_key", tx->pk);
    vt_json_put_hex(m, "signature", tx->sig);
    vt_json_put_u64(m, "size_bytes", tx->raw.len);
    vt_json_close(m);
}

/* ---- headers ------------------------------------------------------------- */

void vt_show_header(struct vt_json_maker *m, const struct vt_api_chain *chain,
                    const struct vt_block *block)
{
    static const char *const ledgers[VT_LEDGER_COUNT] = {"asset", "contract",
                                                         "application", "log"};
    const struct vt_header *h = &block->header;

    vt_json_put_u64(m, "version", h->version);
    vt_show_u64(m, "height", h->height);
    vt_json_put_hash(m, "id", &block->id);
    vt_json_put_hash(m, "parent", &h->parent);
    vt_json_put_hash(m, "chain_id", &h->chain_id);
    vt_show_u64(m, "epoch", h->epoch);
    show_time(m, "time_ms", h->time_ms);
    vt_show_address(m, "proposer", chain, &h->proposer);
    vt_json_put_u64(m, "proposer_index", h->proposer_index);
    vt_json_put_u64(m, "tx_count", h->tx_count);
    vt_json_put_u64(m, "size_bytes", block->raw.len);
    vt_json_put_hash(m, "body_root", &h->body_root);
    vt_show_u64(m, "exec_height", h->exec_height);
    vt_json_put_hash(m, "state_root", &h->state_root);
    vt_json_put_hash(m, "receipts_root", &h->receipts_root);
    vt_json_open_object(m, "ledger_roots");
    for (uint32_t i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_json_put_hash(m, ledgers[i], &h->ledger_root[i]);
    }
    vt_json_close(m);
    vt_json_put_hash(m, "params", &h->params);
    vt_json_put_hex(m, "payload", h->payload);
    vt_json_put_hex(m, "handoff", h->handoff);
}

void vt_show_proof_head(struct vt_json_maker *m, int stage,
                        const struct vt_placed *placed)
{
    const struct vt_tx *tx = &placed->block->txs[placed->index];

    vt_json_put_text(m, "stage", vt_api_stage_names[stage]);
    vt_json_put_hash(m, "id", &tx->id);
    vt_json_put_hex(m, "tx", tx->raw);
}

void vt_show_placed(struct vt_json_maker *m, const char *key,
                    const struct vt_placed *placed)
{
    struct vt_hash path[64];
    size_t count = 0;

    if (vt_block_tx_path(placed->block, placed->index, path, &count) != VT_OK) {
        m->failed = VT_E_NOMEM;
        return;
    }
    vt_json_open_object(m, key);
    vt_json_put_hex(m, "header", placed->block->raw_header);
    vt_json_put_hex(m, "seal", placed->seal);
    vt_json_put_u64(m, "index", placed->index);
    vt_json_open_array(m, "path");
    for (size_t i = 0; i < count; i++) {
        vt_json_put_hash(m, NULL, &path[i]);
    }
    vt_json_close(m);
    vt_json_close(m);
}

/* ---- events as text ------------------------------------------------------ */

static void finish_text(struct vt_json_maker *m, struct vt_buf *out)
{
    struct vt_json *json = NULL;
    vt_status status = vt_json_end(m, &json);

    if (status == VT_OK) {
        (void)vt_json_print(json, 0, out);
        (void)vt_buf_put(out, "\n\n", 2);
    } else {
        out->failed = status;
    }
    vt_json_free(json);
}

void vt_show_final(const struct vt_api_chain *chain,
                   const struct vt_block *block, struct vt_buf *out)
{
    const struct vt_header *h = &block->header;
    struct vt_json_maker m;

    (void)vt_buf_printf(out,
                        "event: final\nid: %" PRIu64 "\ndata: ", h->height);
    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", chain->name);
    vt_show_u64(&m, "height", h->height);
    vt_json_put_hash(&m, "id", &block->id);
    vt_json_put_i64(&m, "time_ms", h->time_ms);
    vt_json_put_u64(&m, "tx_count", h->tx_count);
    vt_json_open_array(&m, "txs");
    for (uint32_t i = 0; i < h->tx_count && i < EVENT_TXS_MAX; i++) {
        vt_json_put_hash(&m, NULL, &block->txs[i].id);
    }
    vt_json_close(&m);
    finish_text(&m, out);
}

void vt_show_halted(const struct vt_api_chain *chain, uint64_t height,
                    const char *why, struct vt_buf *out)
{
    struct vt_json_maker m;

    (void)vt_buf_printf(out, "event: halted\nid: %" PRIu64 "\ndata: ", height);
    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", chain->name);
    vt_show_u64(&m, "height", height);
    vt_show_words(&m, "text", "text_hex", vt_view_str(why));
    finish_text(&m, out);
}
