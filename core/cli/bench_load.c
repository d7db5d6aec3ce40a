/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_load.c - accounts with something to spend, and their transfers, signed
 * before the clock starts.
 */
#include "cli/bench.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/map.h"
#include "base/status.h"
#include "cli/keys.h"
#include "ledger/ledger.h"

#include <string.h>

#define TX_MAX 512u
#define GRANT "1000"
#define READY_MS 30000u

/* ---- one transfer -------------------------------------------------------- */

struct from {
    const struct vt_signature *scheme;
    const uint8_t *sk;
    struct vt_view pk;
    uint64_t nonce;
};

static vt_status make_transfer(const struct vt_hash *chain_id,
                               const struct from *from,
                               const struct vt_address *to,
                               struct vt_amount amount, struct vt_buf *out)
{
    struct vt_buf body = VT_BUF_INIT(TX_MAX);
    struct vt_tx_transfer transfer = {.to = *to, .amount = amount};
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .chain_id = *chain_id,
                       .scheme = (uint8_t)from->scheme->code,
                       .pk = from->pk,
                       .nonce = from->nonce,
                       .kind = VT_TX_TRANSFER};
    uint8_t sig[256];
    uint32_t sig_len = 0;
    struct vt_hash digest;
    vt_status status = vt_tx_transfer_encode(&transfer, &body);

    tx.payload = vt_buf_view(&body);
    if (status == VT_OK) {
        status = vt_tx_encode_unsigned(&tx, out);
    }
    if (status == VT_OK) {
        vt_tx_sign_hash(vt_buf_view(out), &digest);
        status = from->scheme->sign(from->sk, digest.b, sig, &sig_len);
    }
    if (status == VT_OK) {
        status = vt_tx_append_sig(out, vt_view_of(sig, sig_len));
    }
    vt_buf_fini(&body);
    return status;
}

/* ---- funding ------------------------------------------------------------- */

static vt_status submit_one(struct vt_client *client, const char *chain,
                            struct vt_view raw, const char *wait,
                            struct vt_err *err)
{
    struct vt_json_maker m;
    struct vt_json *params = NULL;
    struct vt_json *answer = NULL;
    vt_status status;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", chain);
    vt_json_put_hex(&m, "raw", raw);
    vt_json_put_text(&m, "wait", wait);
    vt_json_put_u64(&m, "timeout_ms", READY_MS);
    status = vt_json_end(&m, &params);
    if (status == VT_OK) {
        status =
            vt_client_call(client, "tx.submit", params, READY_MS, &answer, err);
    }
    vt_json_free(params);
    vt_json_free(answer);
    return status;
}

static vt_status ask_chain(struct vt_bench *bench, struct vt_client *client,
                           uint32_t *decimals, struct vt_err *err)
{
    struct vt_json_maker m;
    struct vt_json *params = NULL;
    struct vt_json *answer = NULL;
    vt_status status;

    vt_json_begin(&m);
    vt_json_put_text(&m, "chain", bench->chain);
    status = vt_json_end(&m, &params);
    if (status == VT_OK) {
        status =
            vt_client_call(client, "chain.status", params, 0, &answer, err);
    }
    if (status == VT_OK) {
        status = vt_json_get_hash(answer, "chain_id", &bench->chain_id, err);
        *decimals = (uint32_t)vt_json_u64_or(answer, "token.decimals", 0);
    }
    vt_json_free(params);
    vt_json_free(answer);
    return status;
}

static vt_status make_senders(struct vt_bench *bench, struct vt_err *err)
{
    for (uint32_t i = 0; i < VT_BENCH_SENDERS; i++) {
        struct vt_bench_account *a = &bench->senders[i];
        uint8_t seed[64];

        if (vt_random(seed, sizeof seed) != VT_OK ||
            bench->scheme->keypair(seed, a->sk, a->pk) != VT_OK) {
            return vt_err_set(err, VT_E_IO, "no random numbers for keys");
        }
        vt_address_from_key((uint8_t)bench->scheme->code,
                            vt_view_of(a->pk, bench->scheme->pk_len),
                            &a->address);
    }
    return VT_OK;
}

static vt_status send_grants(struct vt_bench *bench, struct vt_client *client,
                             struct from *from, uint32_t decimals,
                             struct vt_err *err)
{
    struct vt_amount grant;
    vt_status status = vt_amount_parse(GRANT, decimals, &grant, err);

    for (uint32_t i = 0; i < VT_BENCH_SENDERS && status == VT_OK; i++) {
        struct vt_buf raw = VT_BUF_INIT(TX_MAX);
        int last = i + 1 == VT_BENCH_SENDERS;

        status = make_transfer(&bench->chain_id, from,
                               &bench->senders[i].address, grant, &raw);
        if (status == VT_OK) {
            status = submit_one(client, bench->chain, vt_buf_view(&raw),
                                last ? "final" : "received", err);
        }
        from->nonce++;
        vt_buf_fini(&raw);
    }
    return status;
}

vt_status vt_bench_fund(struct vt_bench *bench, const char *key_path,
                        struct vt_registry *registry, struct vt_err *err)
{
    struct vt_client_args args = {.endpoint = bench->net->nodes[0].api};
    const struct vt_module *module = NULL;
    struct vt_client *client = NULL;
    const struct vt_signature *scheme = NULL; /* of who gives */
    struct vt_keyfile *file = NULL;
    struct vt_secret *secret = NULL;
    uint32_t decimals = 0;
    vt_status status = vt_client_new(&args, &client, err);

    if (status == VT_OK) {
        status = vt_registry_load(registry, "schnorr", VT_KIND_SIGNATURE,
                                  &module, err);
    }
    if (status == VT_OK) {
        scheme = module->signature;
        status = vt_registry_load(registry, bench->stem, VT_KIND_SIGNATURE,
                                  &module, err);
    }
    if (status == VT_OK) {
        bench->scheme = module->signature;
        status = make_senders(bench, err);
    }
    if (status == VT_OK) {
        status = ask_chain(bench, client, &decimals, err);
    }
    if (status == VT_OK) {
        status = vt_keyfile_read(key_path, &file, err);
    }
    if (status == VT_OK) {
        status =
            vt_keyfile_unlock(file, vt_view_of(NULL, 0), scheme, &secret, err);
    }
    if (status == VT_OK) {
        struct from from = {.scheme = scheme,
                            .sk = vt_secret_view(secret).ptr,
                            .pk = vt_view_of(file->pk, file->pk_len)};

        status = send_grants(bench, client, &from, decimals, err);
    }
    vt_secret_free(secret);
    vt_keyfile_free(file);
    vt_client_free(client);
    return status;
}

/* ---- signing ------------------------------------------------------------- */

struct part {
    pthread_t thread;
    struct vt_bench *bench;
    struct vt_progress *progress; /* of the first part only */
    size_t first, step;
    vt_status status;
};

static vt_status sign_one(struct vt_bench *bench, size_t i)
{
    const struct vt_bench_account *a = &bench->senders[i % VT_BENCH_SENDERS];
    const struct vt_bench_account *to =
        &bench->senders[(i + 7) % VT_BENCH_SENDERS];
    struct from from = {.scheme = bench->scheme,
                        .sk = a->sk,
                        .pk = vt_view_of(a->pk, bench->scheme->pk_len),
                        .nonce = i / VT_BENCH_SENDERS};
    struct vt_buf raw = VT_BUF_INIT(TX_MAX);
    struct vt_bench_tx *tx = &bench->txs[i];
    struct vt_tx decoded;
    uint8_t *at = bench->bytes + i * TX_MAX;
    vt_status status = make_transfer(&bench->chain_id, &from, &to->address,
                                     vt_amount_u64(1 + i % 1000), &raw);

    if (status == VT_OK) {
        memcpy(at, raw.data, raw.len);
        tx->raw = at;
        tx->len = (uint32_t)raw.len;
        status = vt_tx_decode(vt_view_of(at, raw.len), &decoded, NULL);
        tx->id = decoded.id;
    }
    vt_buf_fini(&raw);
    return status;
}

static void *sign_part(void *arg)
{
    struct part *p = arg;

    for (size_t i = p->first; i < p->bench->count && p->status == VT_OK;
         i += p->step) {
        p->status = sign_one(p->bench, i);
        if (p->progress != NULL) {
            vt_progress_update(p->progress, i);
        }
    }
    return NULL;
}

static vt_status sign_all(struct vt_bench *bench, struct vt_progress *progress)
{
    struct part parts[2] = {{.bench = bench, .step = 2, .progress = progress},
                            {.bench = bench, .first = 1, .step = 2}};
    int threads =
        pthread_create(&parts[1].thread, NULL, sign_part, &parts[1]) == 0;

    (void)sign_part(&parts[0]);
    if (threads) {
        (void)pthread_join(parts[1].thread, NULL);
    } else {
        (void)sign_part(&parts[1]);
    }
    return parts[0].status == VT_OK ? parts[1].status : parts[0].status;
}

vt_status vt_bench_sign(struct vt_bench *bench, struct vt_progress *progress,
                        struct vt_err *err)
{
    static const uint8_t seed[16] = "bench";
    uint32_t rate = bench->rate == 0 ? VT_BENCH_RATE_MAX : bench->rate;
    vt_status status;

    bench->count = (size_t)rate * bench->seconds;
    bench->txs = vt_alloc_array(bench->count + 1, sizeof *bench->txs);
    bench->bytes = vt_alloc_array(bench->count + 1, TX_MAX);
    bench->by_id = vt_map_new(32, bench->count + 1, seed);
    if (bench->txs == NULL || bench->bytes == NULL || bench->by_id == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for %zu transactions",
                          bench->count);
    }
    status = sign_all(bench, progress);
    for (size_t i = 0; i < bench->count && status == VT_OK; i++) {
        status =
            vt_map_put(bench->by_id, bench->txs[i].id.b, &bench->txs[i], NULL);
    }
    return status == VT_OK
               ? VT_OK
               : vt_err_set(err, status, "transactions cannot be signed: %s",
                            vt_status_text(status));
}

void vt_bench_free(struct vt_bench *bench)
{
    vt_map_free(bench->by_id);
    vt_free(bench->txs);
    vt_free(bench->bytes);
    vt_wipe(bench->senders, sizeof bench->senders);
}
