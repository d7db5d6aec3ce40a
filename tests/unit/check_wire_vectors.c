/* SPDX-License-Identifier: Apache-2.0
 *
 * check_wire_vectors.c - the bytes are those of core/wire/vectors.json, which
 * another implementation made.
 */
#include "unit/suite.h"

#include "base/hash.h"
#include "support/vectors.h"
#include "wire/frame.h"

static json_t *vectors;

static void load(void)
{
    vectors = vt_vectors_load("core/wire/vectors.json");
}

static void drop(void)
{
    json_decref(vectors);
}

START_TEST(tagged_hashes)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "hashes"), i, v) {
        struct vt_buf message = vt_vector_bytes(v, "message");
        struct vt_hash hash;

        vt_hash_bytes(vt_vector_text(v, "tag"), message.data, message.len,
                      &hash);
        vt_vector_equal(v, "hash", vt_view_of(hash.b, 32));
        vt_buf_fini(&message);
    }
}
END_TEST

START_TEST(addresses)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "addresses"), i, v) {
        struct vt_buf pk = vt_vector_bytes(v, "public_key");
        struct vt_address a;
        struct vt_address parsed;
        char text[91];

        vt_address_from_key((uint8_t)vt_vector_u64(v, "scheme"),
                            vt_buf_view(&pk), &a);
        vt_vector_equal(v, "address", vt_view_of(a.b, sizeof a.b));
        ck_assert_int_eq(vt_address_format("vt", &a, text), VT_OK);
        ck_assert_str_eq(text, vt_vector_text(v, "main"));
        ck_assert_int_eq(vt_address_format("vs", &a, text), VT_OK);
        ck_assert_str_eq(text, vt_vector_text(v, "subchain"));
        for (int k = 0; k < 2; k++) {
            const char *from = vt_vector_text(v, k == 0 ? "main" : "subchain");

            ck_assert_int_eq(vt_address_parse(from, &parsed, NULL), VT_OK);
            ck_assert_mem_eq(parsed.b, a.b, sizeof a.b);
        }
        vt_buf_fini(&pk);
    }
}
END_TEST

START_TEST(wrong_addresses)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "wrong_addresses"), i, v) {
        struct vt_address a;

        ck_assert_msg(vt_address_parse(vt_vector_text(v, "text"), &a, NULL) !=
                          VT_OK,
                      "%s", vt_vector_text(v, "why"));
    }
}
END_TEST

static void encode_transfer(json_t *v, struct vt_buf *out)
{
    struct vt_buf memo = vt_vector_bytes(v, "memo");
    struct vt_tx_transfer p = {.amount = vt_vector_amount(v, "amount"),
                               .memo = vt_buf_view(&memo)};

    vt_vector_fixed(v, "to", p.to.b, sizeof p.to.b);
    vt_vector_fixed(v, "asset", p.asset.b, 32);
    ck_assert_int_eq(vt_tx_transfer_encode(&p, out), VT_OK);
    vt_buf_fini(&memo);
}

static void encode_register(json_t *v, struct vt_buf *out)
{
    struct vt_buf symbol = vt_vector_bytes(v, "symbol");
    struct vt_buf name = vt_vector_bytes(v, "name");
    struct vt_tx_asset_register p = {
        .symbol = vt_buf_view(&symbol),
        .name = vt_buf_view(&name),
        .decimals = (uint8_t)vt_vector_u64(v, "decimals"),
        .supply_max = vt_vector_amount(v, "supply_max")};

    ck_assert_int_eq(vt_tx_asset_register_encode(&p, out), VT_OK);
    vt_buf_fini(&symbol);
    vt_buf_fini(&name);
}

static void encode_issue(json_t *v, struct vt_buf *out)
{
    struct vt_tx_asset_issue p = {.amount = vt_vector_amount(v, "amount")};

    vt_vector_fixed(v, "to", p.to.b, sizeof p.to.b);
    vt_vector_fixed(v, "asset", p.asset.b, 32);
    ck_assert_int_eq(vt_tx_asset_issue_encode(&p, out), VT_OK);
}

static void encode_switch(json_t *v, struct vt_buf *out)
{
    struct vt_buf options = vt_vector_bytes(v, "options");
    struct vt_buf members = VT_BUF_INIT(VT_TX_MAX);
    json_t *list = vt_vector_get(v, "members");
    struct vt_tx_switch p = {.at = vt_vector_u64(v, "at"),
                             .engine = vt_view_str(vt_vector_text(v, "engine")),
                             .options = vt_buf_view(&options),
                             .member_count = (uint32_t)json_array_size(list)};
    json_t *member;
    size_t i;

    json_array_foreach (list, i, member) {
        struct vt_buf pk = vt_vector_bytes(member, "public_key");
        struct vt_switch_member m = {
            .name = vt_view_str(vt_vector_text(member, "name")),
            .pk = vt_buf_view(&pk),
            .weight = vt_vector_u64(member, "weight")};

        ck_assert_int_eq(vt_switch_member_encode(&m, &members), VT_OK);
        vt_buf_fini(&pk);
    }
    p.members = vt_buf_view(&members);
    ck_assert_int_eq(vt_tx_switch_encode(&p, out), VT_OK);
    vt_buf_fini(&members);
    vt_buf_fini(&options);
}

static void encode_ready(json_t *v, struct vt_buf *out)
{
    struct vt_hash digest;

    vt_vector_fixed(v, "ready", digest.b, 32);
    ck_assert_int_eq(vt_tx_ready_encode(&digest, out), VT_OK);
}

static void encode_vote(json_t *v, struct vt_buf *out)
{
    struct vt_address to;
    struct vt_address back;

    vt_vector_fixed(v, "candidate", to.b, sizeof to.b);
    ck_assert_int_eq(vt_tx_vote_encode(&to, out), VT_OK);
    ck_assert_int_eq(vt_tx_vote_decode(vt_buf_view(out), &back), VT_OK);
    ck_assert_mem_eq(&to, &back, sizeof to);
}

static void encode_candidate(json_t *v, struct vt_buf *out)
{
    struct vt_buf name = vt_vector_bytes(v, "stands_as");
    struct vt_view back;

    ck_assert_int_eq(vt_tx_candidate_encode(vt_buf_view(&name), out), VT_OK);
    ck_assert_int_eq(vt_tx_candidate_decode(vt_buf_view(out), &back), VT_OK);
    ck_assert(vt_view_eq(back, vt_buf_view(&name)));
    vt_buf_fini(&name);
}

static void encode_anchor(json_t *v, struct vt_buf *out)
{
    struct vt_tx_anchor p = {.height = vt_vector_u64(v, "height"),
                             .prev_height = vt_vector_u64(v, "prev_height")};
    struct vt_tx_anchor back;

    vt_vector_fixed(v, "chain", p.chain.b, 32);
    vt_vector_fixed(v, "id", p.id.b, 32);
    vt_vector_fixed(v, "prev_id", p.prev_id.b, 32);
    ck_assert_int_eq(vt_tx_anchor_encode(&p, out), VT_OK);
    ck_assert_int_eq(vt_tx_anchor_decode(vt_buf_view(out), &back), VT_OK);
    ck_assert_mem_eq(&p, &back, sizeof p);
}

static void encode_evidence(json_t *v, struct vt_buf *out)
{
    struct vt_buf a = vt_vector_bytes(v, "a");
    struct vt_buf b = vt_vector_bytes(v, "b");
    struct vt_tx_evidence p = {.epoch = vt_vector_u64(v, "epoch"),
                               .kind = (uint32_t)vt_vector_u64(v, "kind"),
                               .a = vt_buf_view(&a),
                               .b = vt_buf_view(&b)};
    struct vt_tx_evidence back;

    ck_assert_int_eq(vt_tx_evidence_encode(&p, out), VT_OK);
    ck_assert_int_eq(vt_tx_evidence_decode(vt_buf_view(out), &back), VT_OK);
    ck_assert_uint_eq(back.epoch, p.epoch);
    ck_assert_uint_eq(back.kind, p.kind);
    ck_assert(vt_view_eq(back.a, p.a) && vt_view_eq(back.b, p.b));
    vt_buf_fini(&a);
    vt_buf_fini(&b);
}

static void encode_payload(json_t *v, struct vt_buf *out)
{
    switch (vt_vector_u64(v, "kind")) {
    case VT_TX_TRANSFER:
        encode_transfer(vt_vector_get(v, "transfer"), out);
        break;
    case VT_TX_ASSET_REGISTER:
        encode_register(vt_vector_get(v, "register"), out);
        break;
    case VT_TX_ASSET_ISSUE:
        encode_issue(vt_vector_get(v, "issue"), out);
        break;
    case VT_TX_SWITCH:
        encode_switch(vt_vector_get(v, "switch"), out);
        break;
    case VT_TX_READY:
        encode_ready(v, out);
        break;
    case VT_TX_STAKE:
    case VT_TX_UNSTAKE:
        ck_assert_int_eq(vt_tx_stake_encode(vt_vector_amount(v, "amount"), out),
                         VT_OK);
        break;
    case VT_TX_VOTE:
        encode_vote(v, out);
        break;
    case VT_TX_CANDIDATE:
        encode_candidate(v, out);
        break;
    case VT_TX_ANCHOR:
        encode_anchor(vt_vector_get(v, "anchor"), out);
        break;
    case VT_TX_EVIDENCE:
        encode_evidence(vt_vector_get(v, "evidence"), out);
        break;
    default:
        ck_abort_msg("a vector of a kind this test does not know");
    }
}

static void check_transaction(json_t *v)
{
    struct vt_buf pk = vt_vector_bytes(v, "public_key");
    struct vt_buf sig = vt_vector_bytes(v, "signature");
    struct vt_buf payload = VT_BUF_INIT(VT_VECTOR_MAX);
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .scheme = (uint8_t)vt_vector_u64(v, "scheme"),
                       .pk = vt_buf_view(&pk),
                       .nonce = vt_vector_u64(v, "nonce"),
                       .valid_until = vt_vector_u64(v, "valid_until"),
                       .gas_limit = vt_vector_u64(v, "gas_limit"),
                       .fee = vt_vector_amount(v, "fee"),
                       .kind = (uint16_t)vt_vector_u64(v, "kind")};
    struct vt_hash id;

    encode_payload(v, &payload);
    vt_vector_equal(v, "payload", vt_buf_view(&payload));
    vt_vector_fixed(v, "chain_id", tx.chain_id.b, 32);
    tx.payload = vt_buf_view(&payload);
    ck_assert_int_eq(vt_tx_encode_unsigned(&tx, &raw), VT_OK);
    vt_tx_sign_hash(vt_buf_view(&raw), &id);
    vt_vector_equal(v, "id", vt_view_of(id.b, 32));
    ck_assert_int_eq(vt_tx_append_sig(&raw, vt_buf_view(&sig)), VT_OK);
    vt_vector_equal(v, "encoded", vt_buf_view(&raw));
    ck_assert_int_eq(vt_tx_decode(vt_buf_view(&raw), &tx, NULL), VT_OK);
    vt_vector_equal(v, "id", vt_view_of(tx.id.b, 32));
    vt_vector_equal(v, "sender", vt_view_of(tx.sender.b, sizeof tx.sender.b));
    vt_buf_fini(&pk);
    vt_buf_fini(&sig);
    vt_buf_fini(&payload);
    vt_buf_fini(&raw);
}

START_TEST(transactions)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "transactions"), i, v) {
        check_transaction(v);
    }
}
END_TEST

static void read_header(json_t *v, struct vt_header *h, struct vt_buf *payload,
                        struct vt_buf *handoff)
{
    json_t *roots = vt_vector_get(v, "ledger_root");

    memset(h, 0, sizeof *h);
    h->version = VT_HEADER_VERSION;
    h->height = vt_vector_u64(v, "height");
    h->epoch = vt_vector_u64(v, "epoch");
    h->time_ms = json_integer_value(vt_vector_get(v, "time_ms"));
    h->proposer_index = (uint32_t)vt_vector_u64(v, "proposer_index");
    h->exec_height = vt_vector_u64(v, "exec_height");
    vt_vector_fixed(v, "chain_id", h->chain_id.b, 32);
    vt_vector_fixed(v, "parent", h->parent.b, 32);
    vt_vector_fixed(v, "proposer", h->proposer.b, sizeof h->proposer.b);
    vt_vector_fixed(v, "state_root", h->state_root.b, 32);
    vt_vector_fixed(v, "receipts_root", h->receipts_root.b, 32);
    vt_vector_fixed(v, "params", h->params.b, 32);
    for (size_t i = 0; i < 4; i++) {
        const char *root = json_string_value(json_array_get(roots, i));

        ck_assert_ptr_nonnull(root);
        ck_assert_int_eq(vt_hex_decode(root, 64, h->ledger_root[i].b, 32), 0);
    }
    *payload = vt_vector_bytes(v, "payload");
    h->payload = vt_buf_view(payload);
    *handoff = vt_vector_bytes(v, "handoff");
    h->handoff = vt_buf_view(handoff);
}

static void check_paths(json_t *v, const struct vt_block *block)
{
    for (uint32_t i = 0; i < block->header.tx_count; i++) {
        json_t *want = json_array_get(vt_vector_get(v, "paths"), i);
        struct vt_hash path[64];
        struct vt_hash leaf;
        char hex[65];
        size_t count;

        ck_assert_int_eq(vt_block_tx_path(block, i, path, &count), VT_OK);
        ck_assert_uint_eq(count, json_array_size(want));
        for (size_t k = 0; k < count; k++) {
            vt_hex_encode(path[k].b, 32, hex);
            ck_assert_str_eq(hex, json_string_value(json_array_get(want, k)));
        }
        vt_block_tx_leaf(&block->txs[i], &leaf);
        vt_hex_encode(leaf.b, 32, hex);
        ck_assert_str_eq(hex, json_string_value(json_array_get(
                                  vt_vector_get(v, "leaves"), i)));
        ck_assert(vt_merkle_check(&leaf, i, block->header.tx_count, path, count,
                                  &block->header.body_root));
        ck_assert(!vt_merkle_check(&leaf, i + 1, block->header.tx_count, path,
                                   count, &block->header.body_root));
    }
}

static void check_block(json_t *v)
{
    json_t *list = vt_vector_get(v, "transactions");
    struct vt_buf txs[32];
    struct vt_view raw[32];
    uint32_t count = (uint32_t)json_array_size(list);
    struct vt_header header;
    struct vt_buf payload;
    struct vt_buf handoff;
    struct vt_block *block;

    ck_assert_uint_le(count, 32);
    for (uint32_t i = 0; i < count; i++) {
        txs[i] = vt_vector_bytes_of(json_string_value(json_array_get(list, i)));
        raw[i] = vt_buf_view(&txs[i]);
    }
    read_header(vt_vector_get(v, "header"), &header, &payload, &handoff);
    ck_assert_int_eq(vt_block_make(&header, raw, count, &block, NULL), VT_OK);
    vt_vector_equal(vt_vector_get(v, "header"), "body_root",
                    vt_view_of(block->header.body_root.b, 32));
    vt_vector_equal(v, "encoded_header", block->raw_header);
    vt_vector_equal(v, "encoded", block->raw);
    vt_vector_equal(v, "id", vt_view_of(block->id.b, 32));
    check_paths(v, block);
    vt_block_unref(block);
    vt_buf_fini(&payload);
    vt_buf_fini(&handoff);
    for (uint32_t i = 0; i < count; i++) {
        vt_buf_fini(&txs[i]);
    }
}

START_TEST(blocks_with_ids_and_paths)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "blocks"), i, v) {
        check_block(v);
    }
}
END_TEST

START_TEST(frames_of_every_kind)
{
    unsigned seen[64] = {0};
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "frames"), i, v) {
        struct vt_buf payload = vt_vector_bytes(v, "payload");
        struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);
        struct vt_frame frame = {.kind = (uint8_t)vt_vector_u64(v, "kind"),
                                 .epoch = vt_vector_u64(v, "epoch"),
                                 .payload = vt_buf_view(&payload)};
        size_t total;

        vt_vector_fixed(v, "chain_id", frame.chain_id.b, 32);
        ck_assert_int_eq(vt_frame_encode(&frame, &out), VT_OK);
        vt_vector_equal(v, "encoded", vt_buf_view(&out));
        ck_assert_int_eq(vt_frame_length(out.data, &total), VT_OK);
        ck_assert_uint_eq(total, out.len);
        seen[frame.kind & 63]++;
        vt_buf_fini(&payload);
        vt_buf_fini(&out);
    }
    for (uint8_t kind = 0; kind < 64; kind++) {
        ck_assert_msg((vt_frame_max(kind) > 0) == (seen[kind] > 0),
                      "frame kind %u", (unsigned)kind);
    }
}
END_TEST

START_TEST(greetings)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "hellos"), i, v) {
        struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);
        struct vt_hello hello = {.version = 1};
        json_t *chain;
        size_t k;

        (void)snprintf(hello.node, sizeof hello.node, "%s",
                       vt_vector_text(v, "node"));
        json_array_foreach (vt_vector_get(v, "chains"), k, chain) {
            struct vt_hello_chain *c = &hello.chains[hello.chain_count++];

            vt_vector_fixed(chain, "chain_id", c->chain_id.b, 32);
            vt_vector_fixed(chain, "params", c->params.b, 32);
            (void)snprintf(c->name, sizeof c->name, "%s",
                           vt_vector_text(chain, "name"));
        }
        ck_assert_int_eq(vt_hello_encode(&hello, &out), VT_OK);
        vt_vector_equal(v, "encoded", vt_buf_view(&out));
        vt_buf_fini(&out);
    }
}
END_TEST

START_TEST(consensus_messages)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "consensus_messages"), i, v) {
        struct vt_buf out = VT_BUF_INIT(VT_VECTOR_MAX);
        struct vt_buf message = vt_vector_bytes(v, "message");
        struct vt_buf block = vt_vector_bytes(v, "block");
        struct vt_consensus_msg m = {.proto =
                                         (uint32_t)vt_vector_u64(v, "proto"),
                                     .msg = vt_buf_view(&message),
                                     .attach = vt_buf_view(&block)};

        ck_assert_int_eq(vt_consensus_msg_encode(&m, &out), VT_OK);
        vt_vector_equal(v, "encoded", vt_buf_view(&out));
        vt_buf_fini(&out);
        vt_buf_fini(&message);
        vt_buf_fini(&block);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {tagged_hashes,
                                  addresses,
                                  wrong_addresses,
                                  transactions,
                                  blocks_with_ids_and_paths,
                                  frames_of_every_kind,
                                  greetings,
                                  consensus_messages};
    Suite *suite = suite_create("core/wire vectors");
    TCase *tcase = tcase_create("vectors");

    tcase_add_checked_fixture(tcase, load, drop);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
