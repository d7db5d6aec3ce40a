/* SPDX-License-Identifier: Apache-2.0
 *
 * solo_node.c - parts put together as the daemon does it.
 */
#include "support/solo_node.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "sim/cheap_sig.h"
#include "sim/disk.h"
#include "support/solo_engine.h"
#include "support/test_certs.h"

#include <check.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define CONFIG_MAX 8192u

struct solo_user {
    uint8_t sk[64], pk[64];
    struct vt_address address;
    char text[91];
};

struct solo_node {
    struct solo_args args;
    struct solo_user users[SOLO_USERS];
    struct solo_user member;
    struct vt_signer signer;
    struct vt_schemes schemes;
    struct vt_module module;
    struct vt_parts parts;
    struct vt_chain_config *config;
    struct vt_rules *rules;
    struct vt_buf canonical;
    struct vt_sim_disk *log, *state;
    struct vt_node_config node_config;
    char roles[16];
    /* of one life */
    struct vt_pool *pool;
    struct vt_loop *loop;
    struct vt_links *links; /* never started: its peers are known, and gone */
    pthread_t loop_thread;
    struct vt_runner *runner;
    struct vt_chain *chain;
    uint64_t replayed; /* blocks of the log executed at its start */
    struct vt_api *api;
};

static void make_user(struct solo_user *user, uint8_t number)
{
    uint8_t seed[64] = {number};

    ck_assert_int_eq(vt_sim_cheap_sig.keypair(seed, user->sk, user->pk), VT_OK);
    vt_address_from_key((uint8_t)vt_sim_cheap_sig.code,
                        vt_view_of(user->pk, vt_sim_cheap_sig.pk_len),
                        &user->address);
    ck_assert_int_eq(vt_address_format("vt", &user->address, user->text),
                     VT_OK);
}

static void config_text(struct solo_node *n, struct vt_buf *out)
{
    char pk[160];

    vt_hex_encode(n->member.pk, vt_sim_cheap_sig.pk_len, pk);
    (void)vt_buf_printf(out,
                        "[chain]\nname = main\nconsensus = solo\n"
                        "storage = memory\nlog_storage = memory\n"
                        "signatures = %s\ngenesis_time = 1767225600000\n"
                        "fee_min = 100000000\n%s\n"
                        "[economy]\ntoken_supply = 1001000\n"
                        "[validators]\nn1 = %s\n"
                        "[genesis]\n%s = 1000000 BVC\n%s = 1000000 BVG\n"
                        "%s = 1000 BVC\n",
                        vt_sim_cheap_sig.scheme,
                        n->args.chain == NULL ? "" : n->args.chain, pk,
                        n->users[0].text, n->users[0].text, n->users[1].text);
}

static void make_config(struct solo_node *n)
{
    struct vt_buf text = VT_BUF_INIT(CONFIG_MAX);
    struct vt_err err = VT_ERR_INIT;

    config_text(n, &text);
    ck_assert_msg(vt_chain_config_load_text("solo", vt_buf_text(&text),
                                            text.len, &n->config,
                                            &err) == VT_OK &&
                      vt_rules_new(n->config, &n->rules, &err) == VT_OK,
                  "%s", err.text);
    vt_buf_init(&n->canonical, CONFIG_MAX * 4);
    ck_assert_int_eq(
        vt_chain_config_canonical(n->config, vt_view_str(""), &n->canonical),
        VT_OK);
    vt_buf_fini(&text);
}

/* ---- errands on other threads -------------------------------------------- */

struct errand {
    void (*fn)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t finished;
    int is_done;
};

static void run_errand(void *arg)
{
    struct errand *e = arg;

    e->fn(e->arg);
    (void)pthread_mutex_lock(&e->lock);
    e->is_done = 1;
    (void)pthread_cond_signal(&e->finished);
    (void)pthread_mutex_unlock(&e->lock);
}

static void run_and_wait(struct solo_node *n, struct errand *e, int on_loop)
{
    (void)pthread_mutex_init(&e->lock, NULL);
    (void)pthread_cond_init(&e->finished, NULL);
    ck_assert_int_eq(on_loop ? vt_loop_post(n->loop, run_errand, e)
                             : vt_runner_post(n->runner, run_errand, e),
                     VT_OK);
    (void)pthread_mutex_lock(&e->lock);
    while (!e->is_done) {
        (void)pthread_cond_wait(&e->finished, &e->lock);
    }
    (void)pthread_mutex_unlock(&e->lock);
    (void)pthread_cond_destroy(&e->finished);
    (void)pthread_mutex_destroy(&e->lock);
}

void solo_on_chain(struct solo_node *n, void (*fn)(void *arg), void *arg)
{
    struct errand e = {.fn = fn, .arg = arg};

    run_and_wait(n, &e, 0);
}

static void nothing(void *arg)
{
    (void)arg;
}

/* The API has looked at the chain once. */
static void wait_until_ready(struct solo_node *n)
{
    struct errand there = {.fn = nothing};
    struct errand back = {.fn = nothing};

    run_and_wait(n, &there, 0);
    run_and_wait(n, &back, 1);
}

/* ---- a life -------------------------------------------------------------- */

static void on_event(void *ctx, const struct vt_chain_event *event)
{
    struct solo_node *n = ctx;

    vt_api_on_event(n->api, event);
}

static void on_replayed(void *ctx, uint64_t done, uint64_t total)
{
    struct solo_node *n = ctx;

    (void)done;
    (void)total;
    n->replayed++;
}

static void make_chain(struct solo_node *n)
{
    struct vt_chain_args args = {
        .world = vt_runner_world(n->runner),
        .config = n->config,
        .rules = n->rules,
        .parts = &n->parts,
        .schemes = &n->schemes,
        .signer = &n->signer,
        .log = {&vt_sim_disk_table, vt_sim_disk_db(n->log)},
        .canonical = vt_buf_view(&n->canonical),
        .seed = {7}};
    struct vt_err err = VT_ERR_INIT;

    for (int i = 0; i < VT_LEDGER_COUNT; i++) {
        args.ledger[i].table = &vt_sim_disk_table;
        args.ledger[i].db = vt_sim_disk_db(n->state);
    }
    n->replayed = 0;
    ck_assert_msg(vt_chain_new(&args, &n->chain, &err) == VT_OK &&
                      vt_chain_open(n->chain, on_replayed, n, &err) == VT_OK,
                  "%s", err.text);
}

static void *run_loop(void *arg)
{
    vt_loop_run(arg);
    return NULL;
}

static void bring_up(struct solo_node *n)
{
    struct vt_links_args links = {.config = &n->node_config};
    struct vt_runner_args runner = {.name = "main",
                                    .inbox_max = n->args.inbox_max,
                                    .on_event = on_event,
                                    .ctx = n};
    struct vt_api_args api = {.config = &n->node_config};
    struct vt_err err = VT_ERR_INIT;

    n->pool = vt_pool_new(1, 1024);
    ck_assert_int_eq(vt_loop_new(&n->loop, &err), VT_OK);
    links.loop = n->loop;
    ck_assert_msg(vt_links_new(&links, &n->links, &err) == VT_OK, "%s",
                  err.text);
    runner.pool = n->pool;
    api.loop = n->loop;
    api.links = n->links;
    ck_assert_int_eq(vt_api_new(&api, &n->api, &err), VT_OK);
    ck_assert_int_eq(vt_runner_new(&runner, &n->runner, &err), VT_OK);
    make_chain(n);
    ck_assert_int_eq(vt_api_add_chain(n->api, "main", n->runner, n->chain),
                     VT_OK);
    ck_assert_int_eq(vt_runner_start(n->runner, n->chain, &err), VT_OK);
    ck_assert_msg(vt_api_start(n->api, &err) == VT_OK, "%s", err.text);
    ck_assert_int_eq(pthread_create(&n->loop_thread, NULL, run_loop, n->loop),
                     0);
    wait_until_ready(n);
}

static void stop_api(void *arg)
{
    struct solo_node *n = arg;

    vt_api_stop(n->api);
    vt_loop_stop(n->loop);
}

static void bring_down(struct solo_node *n)
{
    ck_assert_int_eq(vt_loop_post(n->loop, stop_api, n), VT_OK);
    (void)pthread_join(n->loop_thread, NULL);
    vt_runner_stop(n->runner);
    vt_api_free(n->api);
    vt_links_free(n->links);
    vt_pool_free(n->pool);
    vt_chain_free(n->chain);
    vt_runner_free(n->runner);
    vt_loop_free(n->loop);
}

static void make_certificate(struct vt_node_config *c)
{
    static const struct test_cert authority = {.common = "ca", .is_ca = 1};
    static const struct test_cert own = {.common = "n1"};

    test_cert_make(test_dir(), NULL, "ca", &authority);
    test_cert_make(test_dir(), "ca", "n1", &own);
    c->ca_file = vt_strdup(test_path("ca.crt"));
    c->cert_file = vt_strdup(test_path("n1.crt"));
    c->key_tls_file = vt_strdup(test_path("n1.key"));
}

static void make_node_config(struct solo_node *n)
{
    struct vt_node_config *c = &n->node_config;
    static char listen[128];
    static char none[] = "";
    static char name[] = "n1";
    static char chain[] = "main";
    static char peers[2][2][16] = {{"n2", "127.0.0.1:7102"},
                                   {"n3", "127.0.0.1:7103"}};

    (void)snprintf(listen, sizeof listen, "%s",
                   n->args.listen == NULL ? "127.0.0.1:0" : n->args.listen);
    (void)snprintf(n->roles, sizeof n->roles, "consensus, data");
    c->name = name;
    c->roles = n->roles;
    c->api_listen = listen;
    c->api_body_max_bytes = 4u << 20;
    c->api_deadline_ns = 5000000000u;
    c->api_clients_max = n->args.clients_max == 0 ? 64 : n->args.clients_max;
    c->chains[0].name = chain;
    c->chain_count = 1;
    c->listen = none;
    c->reconnect_max_ns = 1000000000u;
    c->frame_max_bytes = 33u << 20;
    for (; c->peer_count < 2; c->peer_count++) {
        c->peers[c->peer_count].name = peers[c->peer_count][0];
        c->peers[c->peer_count].address = peers[c->peer_count][1];
    }
    make_certificate(c);
}

struct solo_node *solo_start(const struct solo_args *args)
{
    struct solo_node *n = vt_alloc(sizeof *n);

    n->args = *args;
    (void)vt_log_set_levels("fatal", NULL);
    for (uint32_t i = 0; i < SOLO_USERS; i++) {
        make_user(&n->users[i], (uint8_t)(i + 1));
    }
    make_user(&n->member, 99);
    n->signer.scheme = &vt_sim_cheap_sig;
    n->signer.sk = n->member.sk;
    n->signer.pk = vt_view_of(n->member.pk, vt_sim_cheap_sig.pk_len);
    n->schemes.scheme[0] = &vt_sim_cheap_sig;
    n->schemes.count = 1;
    n->module.desc.id = "test.solo";
    n->module.desc.version = "1";
    n->module.desc.name = "solo";
    n->parts.module = &n->module;
    n->parts.consensus = &solo_engine;
    n->log = vt_sim_disk_new(NULL);
    n->state = vt_sim_disk_new(NULL);
    make_config(n);
    make_node_config(n);
    bring_up(n);
    return n;
}

void solo_restart(struct solo_node *n)
{
    bring_down(n);
    bring_up(n);
}

uint64_t solo_replayed(const struct solo_node *n)
{
    return n->replayed;
}

void solo_stop(struct solo_node *n)
{
    bring_down(n);
    vt_sim_disk_free(n->log);
    vt_sim_disk_free(n->state);
    vt_rules_free(n->rules);
    vt_chain_config_free(n->config);
    vt_buf_fini(&n->canonical);
    vt_free(n->node_config.ca_file);
    vt_free(n->node_config.cert_file);
    vt_free(n->node_config.key_tls_file);
    vt_free(n);
}

const char *solo_endpoint(const struct solo_node *n)
{
    return vt_api_endpoint(n->api);
}

struct vt_loop *solo_loop(struct solo_node *n)
{
    return n->loop;
}

struct vt_chain *solo_chain(struct solo_node *n)
{
    return n->chain;
}

/* ---- the operator -------------------------------------------------------- */

struct word {
    struct solo_node *node;
    const char *text;
};

static void tell(void *arg)
{
    struct word *w = arg;

    vt_chain_admin(w->node->chain, vt_view_str(w->text));
}

void solo_tell(struct solo_node *n, const char *text)
{
    struct word w = {n, text};

    solo_on_chain(n, tell, &w);
}

struct sight {
    struct solo_node *node;
    uint64_t height;
};

static void see_height(void *arg)
{
    struct sight *sight = arg;

    vt_state_unref(vt_chain_state(sight->node->chain, &sight->height));
}

void solo_blocks(struct solo_node *n, unsigned count)
{
    struct sight sight = {.node = n};

    solo_on_chain(n, see_height, &sight);
    for (unsigned i = 0; i < count; i++) {
        uint64_t wanted = sight.height + 1;

        solo_tell(n, "block");
        while (sight.height < wanted) {
            solo_on_chain(n, see_height, &sight);
        }
    }
}

/* ---- transactions -------------------------------------------------------- */

const char *solo_address(const struct solo_node *n, uint32_t user)
{
    return n->users[user].text;
}

/* Signs, ends the payload's life, gives hexadecimal. */
static char *finish(struct solo_node *n, uint32_t from, struct vt_tx *tx,
                    struct vt_buf *payload)
{
    const struct solo_user *user = &n->users[from];
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_hash hash;
    uint8_t sig[64];
    uint32_t sig_len = 0;
    char *hex;

    tx->version = VT_TX_VERSION;
    tx->chain_id = *vt_chain_id(n->chain);
    tx->scheme = (uint8_t)vt_sim_cheap_sig.code;
    tx->pk = vt_view_of(user->pk, vt_sim_cheap_sig.pk_len);
    tx->payload = vt_buf_view(payload);
    ck_assert_int_eq(vt_tx_encode_unsigned(tx, &raw), VT_OK);
    vt_tx_sign_hash(vt_buf_view(&raw), &hash);
    ck_assert_int_eq(vt_sim_cheap_sig.sign(user->sk, hash.b, sig, &sig_len),
                     VT_OK);
    ck_assert_int_eq(vt_tx_append_sig(&raw, vt_view_of(sig, sig_len)), VT_OK);
    hex = vt_alloc(raw.len * 2 + 1);
    vt_hex_encode(raw.data, raw.len, hex);
    vt_buf_fini(&raw);
    vt_buf_fini(payload);
    return hex;
}

static struct vt_amount whole(uint64_t n)
{
    return vt_amount_u64(n * 100000000u);
}

char *solo_make(struct solo_node *n, const struct solo_transfer *t)
{
    struct vt_tx_transfer p = {.to = n->users[t->to].address,
                               .asset = vt_asset_token,
                               .amount = whole(t->amount),
                               .memo =
                                   vt_view_str(t->memo == NULL ? "" : t->memo)};
    struct vt_tx tx = {
        .nonce = t->nonce, .fee = whole(t->fee), .kind = VT_TX_TRANSFER};
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);

    ck_assert_int_eq(vt_tx_transfer_encode(&p, &payload), VT_OK);
    return finish(n, t->from, &tx, &payload);
}

void solo_asset_id(const struct solo_node *n, uint32_t issuer,
                   struct vt_hash *out)
{
    vt_asset_id(&n->users[issuer].address, vt_view_str("GOLD"), out);
}

char *solo_make_asset(struct solo_node *n, uint32_t issuer, uint64_t nonce,
                      int issue)
{
    struct vt_tx_asset_register reg = {.symbol = vt_view_str("GOLD"),
                                       .name = vt_view_str("Gold, fine"),
                                       .decimals = 2,
                                       .supply_max = vt_amount_u64(100000)};
    struct vt_tx_asset_issue p = {.to = n->users[issuer].address,
                                  .amount = vt_amount_u64(50000)};
    struct vt_tx tx = {.nonce = nonce,
                       .fee = whole(1),
                       .kind =
                           issue ? VT_TX_ASSET_ISSUE : VT_TX_ASSET_REGISTER};
    struct vt_buf payload = VT_BUF_INIT(VT_TX_MAX);

    solo_asset_id(n, issuer, &p.asset);
    ck_assert_int_eq(issue ? vt_tx_asset_issue_encode(&p, &payload)
                           : vt_tx_asset_register_encode(&reg, &payload),
                     VT_OK);
    return finish(n, issuer, &tx, &payload);
}
