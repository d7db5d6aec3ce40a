/* SPDX-License-Identifier: Apache-2.0
 *
 * check_methods.c - every method of the API against a real chain, and waiting
 * for final.
 */
#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "support/rpc_probe.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- the rpc_node and its chains ----------------------------------------- */

START_TEST(the_node_tells_about_itself)
{
    int ready = 0;

    rpc_good("node.status", NULL);
    ck_assert_str_eq(rpc_field("name"), "n1");
    ck_assert_str_eq(rpc_field("version"), "0.1.0");
    ck_assert_str_eq(rpc_field("roles[1]"), "data");
    ck_assert_int_eq(vt_json_get_bool(rpc_result, "ready", &ready, NULL),
                     VT_OK);
    ck_assert_int_eq(ready, 1);
    ck_assert(vt_json_is_null(vt_json_at(rpc_result, "reason")));
    ck_assert_uint_lt(rpc_number("uptime_ms"), 60000);
    ck_assert_str_eq(rpc_field("chains[0].name"), "main");
    ck_assert_str_eq(rpc_field("peers[1].name"), "n3");
    ck_assert_str_eq(rpc_field("plugins[0].kind"), "consensus");
    ck_assert_str_eq(rpc_field("plugins[0].stem"), "solo");
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "plugins")), 3);
}
END_TEST

START_TEST(peers_and_chains_are_listed)
{
    rpc_good("peer.list", "{}");
    ck_assert_uint_eq(vt_json_count(rpc_result), 2);
    ck_assert_str_eq(rpc_field("[0].address"), "127.0.0.1:7102");
    ck_assert_str_eq(rpc_field("[0].name"), "n2");
    ck_assert_uint_eq(rpc_number("[0].bytes_in"), 0);
    rpc_good("chain.list", "[]");
    ck_assert_uint_eq(vt_json_count(rpc_result), 1);
    ck_assert_str_eq(rpc_field("[0].engine"), "test.solo");
    ck_assert_uint_eq(rpc_number("[0].height"), 0);
    ck_assert_uint_eq(rpc_number("[0].members"), 1);
}
END_TEST

START_TEST(a_chain_tells_its_status)
{
    struct vt_hash hash;

    rpc_submit_final(rpc_transfer(0, 1));
    rpc_good("chain.status", "{\"chain\":\"main\"}");
    ck_assert_int_eq(vt_json_get_hash(rpc_result, "chain_id", &hash, NULL),
                     VT_OK);
    ck_assert(vt_hash_eq(&hash, vt_chain_id(solo_chain(rpc_node))));
    ck_assert_uint_eq(rpc_number("final_height"), 1);
    ck_assert_uint_eq(rpc_number("executed_height"), 1);
    ck_assert_uint_eq(rpc_number("txs_total"), 1);
    ck_assert_uint_eq(rpc_number("mempool_count"), 0);
    ck_assert_uint_eq(rpc_number("self"), 0);
    ck_assert_str_eq(rpc_field("token.symbol"), "BVC");
    ck_assert_uint_eq(rpc_number("token.decimals"), 8);
    ck_assert_uint_eq(rpc_number("gas.decimals"), 8);
    ck_assert_str_eq(rpc_field("halted_why"), "");
    ck_assert_str_eq(rpc_field("burned"), "0.00001");
}
END_TEST

START_TEST(blocks_are_found_by_height_and_id)
{
    char params[160];
    char id[65];

    rpc_submit_final(rpc_transfer(0, 1));
    rpc_submit_final(rpc_transfer(1, 1));
    rpc_good("block.get", "{\"chain\":\"main\"}");
    ck_assert_uint_eq(rpc_number("height"), 2);
    rpc_good("block.get", "{\"chain\":\"main\",\"height\":0}");
    ck_assert_uint_eq(rpc_number("tx_count"), 0);
    ck_assert_str_eq(rpc_field("seal"), "");
    rpc_good("block.get", "{\"chain\":\"main\",\"height\":1}");
    ck_assert_str_eq(rpc_field("seal"), "736f6c6f");
    ck_assert_uint_eq(rpc_number("exec_height"), 0);
    ck_assert_uint_eq(strlen(rpc_field("txs[0]")), 64);
    ck_assert_uint_eq(strlen(rpc_field("ledger_roots.asset")), 64);
    (void)snprintf(id, sizeof id, "%s", rpc_field("id"));
    (void)snprintf(params, sizeof params,
                   "{\"chain\":\"main\",\"id\":\"%s\",\"txs\":true}", id);
    rpc_good("block.get", params);
    ck_assert_uint_eq(rpc_number("height"), 1);
    ck_assert_str_eq(rpc_field("txs[0].kind"), "transfer");
    ck_assert_str_eq(rpc_field("txs[0].sender"), solo_address(rpc_node, 0));
    ck_assert_str_eq(rpc_field("txs[0].amount"), "1");
    rpc_bad("block.get", "{\"chain\":\"main\",\"height\":3}", -32001);
    memset(id, '0', 64);
    (void)snprintf(params, sizeof params, "{\"chain\":\"main\",\"id\":\"%s\"}",
                   id);
    rpc_bad("block.get", params, -32001);
    (void)snprintf(params, sizeof params,
                   "{\"chain\":\"main\",\"id\":\"%s\",\"height\":1}", id);
    rpc_bad("block.get", params, -32602);
    ck_assert_str_eq(rpc_error("data.path"), "params.id");
}
END_TEST

START_TEST(a_long_block_is_read_in_parts)
{
    solo_tell(rpc_node, "hold");
    for (uint64_t i = 0; i < 30; i++) {
        ck_assert_int_eq(rpc_submit(rpc_transfer(i, 1), ""), VT_OK);
    }
    solo_tell(rpc_node, "go");
    for (int i = 0; i < 100 && rpc_number("height") != 1; i++) {
        rpc_good("block.get", "{\"chain\":\"main\"}");
        (void)usleep(10000);
    }
    ck_assert_uint_eq(rpc_number("tx_count"), 30);
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "txs")), 30);
    (void)snprintf(rpc_text, sizeof rpc_text, "%s", rpc_field("txs[25]"));
    rpc_good("block.get", "{\"chain\":\"main\",\"first\":25,\"count\":3}");
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "txs")), 3);
    ck_assert_str_eq(rpc_field("txs[0]"), rpc_text);
    rpc_good("block.get", "{\"chain\":\"main\",\"first\":28,\"txs\":true}");
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "txs")), 2);
    ck_assert_uint_eq(rpc_number("txs[1].nonce"), 29);
    rpc_good("block.get", "{\"chain\":\"main\",\"first\":99}");
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "txs")), 0);
}
END_TEST

/* ---- submitting ---------------------------------------------------------- */

START_TEST(a_transaction_is_received_or_final)
{
    ck_assert_int_eq(rpc_submit(rpc_transfer(0, 5), ""), VT_OK);
    ck_assert_str_eq(rpc_field("stage"), "received");
    ck_assert_uint_eq(strlen(rpc_field("id")), 64);
    ck_assert_ptr_null(vt_json_at(rpc_result, "height"));
    rpc_submit_final(rpc_transfer(1, 7));
    ck_assert_uint_ge(rpc_number("height"), 1);
    ck_assert_str_eq(rpc_field("receipt.code"), "done");
    ck_assert_str_eq(rpc_field("receipt.fee"), "1");
    ck_assert_str_eq(rpc_field("receipt.burned"), "0.00007");
    ck_assert_str_eq(rpc_field("receipt.tx"), rpc_field("id"));
}
END_TEST

START_TEST(final_means_that_the_next_answer_has_it)
{
    char params[200];

    (void)snprintf(params, sizeof params,
                   "{\"chain\":\"main\",\"address\":\"%s\"}",
                   solo_address(rpc_node, 2));
    for (uint64_t i = 0; i < 20; i++) {
        uint64_t height;

        rpc_submit_final(rpc_transfer(i, 1));
        height = rpc_number("height");
        rpc_good("account.get", params);
        ck_assert_uint_ge(rpc_number("height"), height);
        rpc_good("chain.list", NULL);
        ck_assert_uint_ge(rpc_number("[0].height"), height);
    }
}
END_TEST

START_TEST(refusals_have_a_stable_name_and_numbers)
{
    struct solo_transfer poor = {
        .from = 1, .to = 2, .nonce = 0, .amount = 1, .fee = 1};
    struct solo_transfer cheap = {
        .from = 0, .to = 2, .nonce = 1, .amount = 1, .fee = 0};

    rpc_submit_final(rpc_transfer(0, 1));
    ck_assert_int_eq(rpc_submit(rpc_transfer(0, 1), ""), VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.code"), "replay");
    ck_assert_ptr_nonnull(strstr(rpc_error("message"), "next one is 1"));
    ck_assert_int_eq(rpc_submit(rpc_transfer(1, 2000000), ""), VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.code"), "no_funds");
    ck_assert_str_eq(rpc_error("data.have"), "999999");
    ck_assert_str_eq(rpc_error("data.need"), "2000000");
    ck_assert_str_eq(rpc_error("data.asset"), "BVC");
    ck_assert_str_eq(rpc_error("message"), "not enough funds");
    ck_assert_int_eq(rpc_submit(solo_make(rpc_node, &poor), ""), VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.code"), "no_fee_funds");
    ck_assert_str_eq(rpc_error("data.have"), "0");
    ck_assert_str_eq(rpc_error("data.need"), "1");
    ck_assert_str_eq(rpc_error("data.asset"), "BVG");
    ck_assert_int_eq(rpc_submit(solo_make(rpc_node, &cheap), ""), VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.code"), "fee_too_low");
    ck_assert_str_eq(rpc_error("data.have"), "0");
    ck_assert_str_eq(rpc_error("data.need"), "1");
    rpc_bad("tx.submit", "{\"chain\":\"main\",\"raw\":\"00ff\"}", -32000);
    ck_assert_str_eq(rpc_error("data.code"), "bad_encoding");
}
END_TEST

START_TEST(a_forged_signature_is_refused)
{
    char *hex = rpc_transfer(0, 1);
    size_t len = strlen(hex);

    hex[len - 1] = hex[len - 1] == '0' ? '1' : '0';
    ck_assert_int_eq(rpc_submit(hex, ",\"wait\":\"final\""), VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.code"), "bad_signature");
}
END_TEST

START_TEST(time_over_says_how_far_it_came)
{
    char params[200];
    char id[65];

    solo_tell(rpc_node, "hold");
    ck_assert_int_eq(
        rpc_submit(rpc_transfer(0, 1), ",\"wait\":\"final\",\"timeout_ms\":80"),
        VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.stage"), "received");
    ck_assert_int_eq(rpc_submit(rpc_transfer(1, 1), ""), VT_OK);
    (void)snprintf(id, sizeof id, "%s", rpc_field("id"));
    (void)snprintf(params, sizeof params, "{\"chain\":\"main\",\"id\":\"%s\"}",
                   id);
    rpc_good("tx.get", params);
    ck_assert_str_eq(rpc_field("where"), "waiting");
    solo_tell(rpc_node, "go");
    for (int i = 0; i < 200 && strcmp(rpc_field("where"), "final") != 0; i++) {
        rpc_good("tx.get", params);
    }
    ck_assert_str_eq(rpc_field("where"), "final");
    ck_assert_str_eq(rpc_field("receipt.code"), "done");
    ck_assert_str_eq(rpc_field("tx.id"), id);
    ck_assert_str_eq(rpc_field("tx.to"), solo_address(rpc_node, 2));
    ck_assert_uint_eq(rpc_number("tx.nonce"), 1);
    rpc_good("tx.proof", params);
    ck_assert_str_eq(rpc_field("id"), id);
    ck_assert_uint_gt(strlen(rpc_field("block.header")), 600);
    ck_assert(vt_json_is_array(vt_json_at(rpc_result, "block.path")));
    memset(id, 'a', 64);
    (void)snprintf(params, sizeof params, "{\"chain\":\"main\",\"id\":\"%s\"}",
                   id);
    rpc_good("tx.get", params);
    ck_assert_str_eq(rpc_field("where"), "unknown");
    ck_assert_ptr_null(vt_json_at(rpc_result, "tx"));
    rpc_bad("tx.proof", params, -32001);
    rpc_good("chain.borders", "{\"chain\":\"main\"}");
    ck_assert_uint_eq(vt_json_count(rpc_result), 0);
}
END_TEST

START_TEST(a_chain_that_hangs_costs_its_callers_no_more_than_their_time)
{
    pthread_t thread;
    uint64_t start;

    ck_assert_int_eq(pthread_create(&thread, NULL, rpc_hang_chain, NULL), 0);
    (void)usleep(50000);
    start = probe_now_ms();
    ck_assert_int_eq(rpc_submit(rpc_transfer(0, 1), ",\"timeout_ms\":50"),
                     VT_E_DENIED);
    ck_assert_str_eq(rpc_error("data.stage"), "sent");
    ck_assert_uint_lt(probe_now_ms() - start, 200);
    rpc_good("node.status", NULL); /* which asks no chain */
    ck_assert_uint_lt(probe_now_ms() - start, 220);
    (void)pthread_join(thread, NULL);
}
END_TEST

START_TEST(a_halted_chain_takes_nothing_and_says_why)
{
    char *hex = rpc_transfer(1, 1);
    char answer[2048];
    int fd;

    solo_tell(rpc_node, "hold");
    fd = rpc_wait_for_final(rpc_transfer(0, 1));
    for (int i = 0; i < 200 && rpc_number("mempool_count") != 1; i++) {
        rpc_good("chain.status", "{\"chain\":\"main\"}");
    }
    solo_tell(rpc_node, "halt");
    ck_assert_int_eq(probe_answer(fd, answer, sizeof answer, 3000), 200);
    ck_assert_ptr_nonnull(strstr(answer, "\"code\":-32004"));
    ck_assert_ptr_nonnull(strstr(answer, "\"stage\":\"received\""));
    ck_assert_int_eq(rpc_submit(hex, ""), VT_E_DENIED);
    ck_assert_ptr_nonnull(
        strstr(rpc_error("message"), "the operator wants it"));
    rpc_good("chain.status", "{\"chain\":\"main\"}");
    ck_assert_ptr_nonnull(strstr(rpc_field("halted_why"), "operator"));
    rpc_good("node.status", NULL);
    ck_assert_ptr_nonnull(strstr(rpc_field("reason"), "chain main is halted"));
    (void)close(fd);
}
END_TEST

START_TEST(sixty_four_wait_for_final_together)
{
    struct vt_buf body = VT_BUF_INIT(1u << 20);
    struct vt_buf request = VT_BUF_INIT(1u << 20);
    int fd = probe_connect(solo_endpoint(rpc_node));
    size_t count = 0;

    solo_tell(rpc_node, "hold");
    for (uint64_t i = 0; i < 64; i++) {
        char *hex = rpc_transfer(i, 1);

        (void)vt_buf_printf(
            &body,
            "%s{\"jsonrpc\":\"2.0\",\"id\":\"n%d\",\"method\":\"tx.submit\","
            "\"params\":{\"chain\":\"main\",\"wait\":\"final\",\"raw\":"
            "\"%s\"}}",
            i == 0 ? "[" : ",", (int)i, hex);
        vt_free(hex);
    }
    (void)vt_buf_printf(&request,
                        "POST /rpc HTTP/1.1\r\nHost: localhost\r\n"
                        "Content-Length: %zu\r\n\r\n%s]",
                        body.len + 1, vt_buf_text(&body));
    probe_send(fd, request.data, request.len);
    (void)usleep(50000);
    solo_tell(rpc_node, "go");
    ck_assert_int_eq(probe_answer(fd, rpc_text, sizeof rpc_text, 5000), 200);
    for (const char *at = rpc_text;
         (at = strstr(at, "\"stage\":\"final\"")) != NULL; at++) {
        count++;
    }
    ck_assert_uint_eq(count, 64);
    ck_assert_ptr_nonnull(strstr(rpc_text, "\"id\":\"n63\""));
    (void)close(fd);
    vt_buf_fini(&body);
    vt_buf_fini(&request);
}
END_TEST

/* ---- accounts ------------------------------------------------------------ */

static void ask_account(uint32_t user, const char *more)
{
    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"address\":\"%s\"%s}",
                   solo_address(rpc_node, user), more);
    rpc_good("account.get", rpc_text);
}

START_TEST(an_account_shows_what_it_has)
{
    struct vt_hash gold;
    struct vt_hash shown;

    ask_account(3, "");
    ck_assert_uint_eq(vt_json_count(vt_json_at(rpc_result, "balances")), 0);
    ck_assert_uint_eq(rpc_number("nonce"), 0);
    rpc_submit_final(solo_make_asset(rpc_node, 0, 0, 0));
    rpc_submit_final(solo_make_asset(rpc_node, 0, 1, 1));
    ask_account(0, "");
    ck_assert_str_eq(rpc_field("address"), solo_address(rpc_node, 0));
    ck_assert_uint_eq(rpc_number("nonce"), 2);
    ck_assert_uint_eq(rpc_number("next_nonce"), 2);
    ck_assert_str_eq(rpc_field("balances[0].symbol"), "BVC");
    ck_assert_str_eq(rpc_field("balances[0].amount"), "1000000");
    ck_assert_str_eq(rpc_field("balances[1].symbol"), "BVG");
    ck_assert_str_eq(rpc_field("balances[1].amount"), "999998");
    ck_assert_str_eq(rpc_field("balances[2].symbol"), "GOLD");
    ck_assert_str_eq(rpc_field("balances[2].amount"), "500");
    solo_asset_id(rpc_node, 0, &gold);
    ck_assert_int_eq(
        vt_json_get_hash(rpc_result, "balances[2].asset", &shown, NULL), VT_OK);
    ck_assert(vt_hash_eq(&gold, &shown));
}
END_TEST

START_TEST(the_next_nonce_counts_what_waits)
{
    solo_tell(rpc_node, "hold");
    ck_assert_int_eq(rpc_submit(rpc_transfer(0, 1), ""), VT_OK);
    ck_assert_int_eq(rpc_submit(rpc_transfer(1, 1), ""), VT_OK);
    ask_account(0, "");
    ck_assert_uint_eq(rpc_number("nonce"), 0);
    ck_assert_uint_eq(rpc_number("next_nonce"), 2);
}
END_TEST

START_TEST(assets_held_before_a_restart_are_found_after_it)
{
    rpc_submit_final(solo_make_asset(rpc_node, 0, 0, 0));
    rpc_submit_final(solo_make_asset(rpc_node, 0, 1, 1));
    vt_client_free(rpc_client);
    solo_restart(rpc_node);
    rpc_connect();
    ask_account(0, "");
    ck_assert_str_eq(rpc_field("balances[2].symbol"), "GOLD");
    ck_assert_uint_eq(rpc_number("height"), 2);
}
END_TEST

START_TEST(after_a_clean_stop_no_block_is_executed_again)
{
    for (uint64_t nonce = 0; nonce < 5; nonce++) {
        rpc_submit_final(rpc_transfer(nonce, 1));
    }
    vt_client_free(rpc_client);
    solo_restart(rpc_node);
    rpc_connect();
    ck_assert_uint_eq(solo_replayed(rpc_node), 0);
    ask_account(0, "");
    ck_assert_uint_eq(rpc_number("height"), 5);
    ck_assert_uint_eq(rpc_number("nonce"), 5);
}
END_TEST

/* The answer's proof leads from the entry to the header's state root. */
static void check_proof(const struct vt_hash *key, uint64_t height,
                        struct vt_view *value, struct vt_buf *proof)
{
    struct vt_buf raw = VT_BUF_INIT(70000);
    struct vt_header header;
    struct vt_hash shown;
    struct vt_hash root;
    int present = 0;

    ck_assert_int_eq(vt_json_get_hash(rpc_result, "key", &shown, NULL), VT_OK);
    ck_assert(vt_hash_eq(&shown, key));
    ck_assert_int_eq(vt_json_get_hash(rpc_result, "state_root", &root, NULL),
                     VT_OK);
    ck_assert_int_eq(vt_json_get_hex(rpc_result, "header", &raw, NULL), VT_OK);
    ck_assert_int_eq(vt_json_get_hex(rpc_result, "proof", proof, NULL), VT_OK);
    ck_assert_int_eq(vt_header_decode(vt_buf_view(&raw), &header, NULL), VT_OK);
    ck_assert(vt_hash_eq(&header.state_root, &root));
    ck_assert_uint_eq(header.exec_height, height);
    ck_assert_uint_eq(rpc_number("height"), height);
    ck_assert_int_eq(vt_state_check_proof(&root, VT_LEDGER_ASSET, key,
                                          vt_buf_view(proof), &present, value),
                     VT_OK);
    ck_assert_int_eq(present, 1);
    vt_buf_fini(&raw);
}

START_TEST(a_proof_leads_to_a_header)
{
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_address address;
    struct vt_account account;
    struct vt_hash key;
    struct vt_view value;

    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"address\":\"%s\",\"proof\":true}",
                   solo_address(rpc_node, 0));
    rpc_bad("account.get", rpc_text, -32002);
    ck_assert_ptr_nonnull(strstr(rpc_error("message"), "no proof yet"));
    rpc_submit_final(rpc_transfer(0, 5));
    rpc_submit_final(rpc_transfer(1, 5));
    ck_assert_int_eq(
        vt_address_parse(solo_address(rpc_node, 0), &address, NULL), VT_OK);
    vt_account_key(&address, &key);
    ask_account(0, ",\"proof\":true");
    check_proof(&key, 1, &value, &proof);
    ck_assert_int_eq(vt_account_decode(value, &account), VT_OK);
    ck_assert_uint_eq(account.nonce, 1);
    ck_assert_uint_eq(rpc_number("nonce"), 1);
    ck_assert_str_eq(rpc_field("balances[0].amount"), "999995");
    vt_buf_fini(&proof);
}
END_TEST

START_TEST(a_balance_is_proven_like_an_account)
{
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_address address;
    struct vt_hash gold;
    struct vt_hash key;
    struct vt_hash named;
    struct vt_amount amount;
    struct vt_view value;
    char hex[65];

    rpc_submit_final(solo_make_asset(rpc_node, 0, 0, 0));
    rpc_submit_final(solo_make_asset(rpc_node, 0, 1, 1));
    solo_blocks(rpc_node, 1);
    solo_asset_id(rpc_node, 0, &gold);
    vt_hex_encode(gold.b, 32, hex);
    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"address\":\"%s\",\"asset\":\"%s\","
                   "\"proof\":true}",
                   solo_address(rpc_node, 0), hex);
    rpc_good("balance.get", rpc_text);
    ck_assert_str_eq(rpc_field("amount"), "500");
    (void)vt_address_parse(solo_address(rpc_node, 0), &address, NULL);
    vt_balance_key(&address, &gold, &key);
    check_proof(&key, 2, &value, &proof);
    ck_assert_int_eq(vt_balance_decode(value, &named, &amount), VT_OK);
    ck_assert_uint_eq(amount.lo, 50000);
    vt_buf_fini(&proof);
    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"address\":\"%s\",\"asset\":\"BVG\"}",
                   solo_address(rpc_node, 0));
    rpc_good("balance.get", rpc_text);
    ck_assert_str_eq(rpc_field("amount"), "999998");
    ck_assert_ptr_null(vt_json_at(rpc_result, "proof"));
}
END_TEST

struct sum {
    struct vt_amount gas;
};

static void count_gas(void *arg)
{
    struct sum *sum = arg;
    uint64_t height = 0;
    struct vt_state *state = vt_chain_state(solo_chain(rpc_node), &height);

    ck_assert_int_eq(vt_ledger_total(state, &vt_asset_gas, &sum->gas), VT_OK);
    vt_state_unref(state);
}

START_TEST(assets_are_known_by_symbol_or_id)
{
    struct vt_hash gold;
    struct sum sum;
    char hex[65];
    char amount[64];

    rpc_good("asset.get", "{\"chain\":\"main\",\"asset\":\"BVC\"}");
    ck_assert_str_eq(rpc_field("supply"), "1001000");
    ck_assert(vt_json_is_null(vt_json_at(rpc_result, "issuer")));
    rpc_submit_final(solo_make_asset(rpc_node, 0, 0, 0));
    rpc_submit_final(solo_make_asset(rpc_node, 0, 1, 1));
    rpc_good("asset.get", "{\"chain\":\"main\",\"asset\":\"BVG\"}");
    solo_on_chain(rpc_node, count_gas, &sum);
    vt_amount_format(sum.gas, 8, amount);
    ck_assert_str_eq(rpc_field("supply"), amount);
    ck_assert_str_eq(rpc_field("supply_max"), "1000000000");
    solo_asset_id(rpc_node, 0, &gold);
    vt_hex_encode(gold.b, 32, hex);
    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"asset\":\"%s\"}", hex);
    rpc_good("asset.get", rpc_text);
    ck_assert_str_eq(rpc_field("symbol"), "GOLD");
    ck_assert_str_eq(rpc_field("name"), "Gold, fine");
    ck_assert_str_eq(rpc_field("issuer"), solo_address(rpc_node, 0));
    ck_assert_str_eq(rpc_field("supply"), "500");
    ck_assert_str_eq(rpc_field("supply_max"), "1000");
    rpc_bad("asset.get", "{\"chain\":\"main\",\"asset\":\"GOLD\"}", -32001);
    hex[5] = hex[5] == '0' ? '1' : '0';
    (void)snprintf(rpc_text, sizeof rpc_text,
                   "{\"chain\":\"main\",\"asset\":\"%s\"}", hex);
    rpc_bad("asset.get", rpc_text, -32001);
}
END_TEST

int main(void)
{
    const TTest *const queries[] = {
        the_node_tells_about_itself,   peers_and_chains_are_listed,
        a_chain_tells_its_status,      blocks_are_found_by_height_and_id,
        a_long_block_is_read_in_parts,
    };
    const TTest *const submitting[] = {
        a_transaction_is_received_or_final,
        final_means_that_the_next_answer_has_it,
        refusals_have_a_stable_name_and_numbers,
        a_forged_signature_is_refused,
        time_over_says_how_far_it_came,
        a_chain_that_hangs_costs_its_callers_no_more_than_their_time,
        a_halted_chain_takes_nothing_and_says_why,
        sixty_four_wait_for_final_together,
    };
    const TTest *const accounts[] = {
        an_account_shows_what_it_has,
        the_next_nonce_counts_what_waits,
        assets_held_before_a_restart_are_found_after_it,
        after_a_clean_stop_no_block_is_executed_again,
        a_proof_leads_to_a_header,
        a_balance_is_proven_like_an_account,
        assets_are_known_by_symbol_or_id,
    };
    Suite *suite = suite_create("core/api/methods");

    RPC_SUITE_ADD(suite, "queries", queries);
    RPC_SUITE_ADD(suite, "submitting", submitting);
    RPC_SUITE_ADD(suite, "accounts", accounts);
    return vt_suite_run(suite);
}
