/* SPDX-License-Identifier: Apache-2.0
 *
 * proofs.c - what a proof of finality of the ordering core costs a stranger,
 * with signatures listed and half-aggregated: bytes, time to check, and time to
 * make the one of the other. With the schnorr plugin, as a node runs it.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "common/bft.h"
#include "common/short.h"
#include "messages.h"
#include "plugin/host.h"
#include "plugin/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROLE 100u
#define RUN_NS UINT64_C(400000000) /* per figure */

static const struct vt_signature *scheme;
static const struct vt_host *host;
static uint8_t sk[CS_MEMBERS_MAX][64], pk[CS_MEMBERS_MAX][64];
static struct vt_member members[CS_MEMBERS_MAX];
static struct vt_cs_epoch epoch;

static uint64_t now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "proofs: %s\n", what);
    exit(1);
}

static void load(void)
{
    static struct vt_schemes schemes;
    static struct vt_host_args args = {.kind = VT_KIND_CONSENSUS,
                                       .host_name = "bench",
                                       .chain_name = "bench",
                                       .schemes = &schemes};
    struct vt_registry *registry = NULL;
    const struct vt_module *module = NULL;
    struct vt_registry_policy search = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .trust_any_owner = 1};
    struct vt_err err = {.size = sizeof err};

    if (vt_registry_new(&search, &registry, &err) != VT_OK ||
        vt_registry_load(registry, "schnorr", VT_KIND_SIGNATURE, &module,
                         &err) != VT_OK) {
        die(err.text);
    }
    scheme = module->signature;
    schemes.scheme[0] = scheme;
    schemes.count = 1;
    host = vt_host_new(&args);
    if (host == NULL) {
        die("no memory");
    }
}

static void found(uint32_t n)
{
    memset(&epoch, 0, sizeof epoch);
    epoch.size = sizeof epoch;
    epoch.scheme = "schnorr";
    epoch.start_height = 1;
    epoch.members = (struct vt_tab){members, n, sizeof members[0]};
    for (uint32_t i = 0; i < n; i++) {
        uint8_t seed[64] = {1, (uint8_t)i};

        if (scheme->keypair(seed, sk[i], pk[i]) != VT_OK) {
            die("a seed gives no key");
        }
        members[i].index = i;
        members[i].weight = 1;
        members[i].pk = vt_view_of(pk[i], scheme->pk_len);
    }
}

/* The proof that a block is final, signed by the first q members. */
static void make(uint32_t n, uint32_t q, struct bft_block *block,
                 struct cs_wr *wr)
{
    static struct bft_sig sigs[CS_MEMBERS_MAX];
    struct bft_set set = {
        .host = host,
        .crypto = host->service(host, VT_SVC_CRYPTO,
                                VT_UPTO(struct vt_svc_crypto, verify)),
        .role_base = ROLE};
    struct bft_cert fin = {.kind = BFT_FINALIZE,
                           .view = 9,
                           .signers = cs_everyone(q),
                           .sig = sigs};
    const struct bft_block *path = block;
    struct cs_vote vote = {
        host, set.crypto, &epoch, ROLE + BFT_FINALIZE, {NULL, 0}};
    uint8_t core[BFT_CORE_MAX], hash[32];
    struct cs_wr said;

    memset(block, 0, sizeof *block);
    block->height = 1;
    block->view = fin.view;
    if (!bft_set_init(&set, &epoch)) {
        die("these members cannot run the core");
    }
    bft_link(&set, block);
    cs_wr_init(&said, core, sizeof core);
    bft_core_vote(&said, fin.view, block->link);
    vote.core = cs_wr_view(&said);
    (void)cs_vote_hash(&vote, hash);
    for (uint32_t i = 0; i < q; i++) {
        (void)scheme->sign(sk[i], hash, sigs[i].bytes, &sigs[i].len);
    }
    bft_put_proof(wr, &path, 1, &fin, n);
}

enum job { LISTED, SHORT, SHORTEN };

static double time_us(enum job job, struct bft_claim *claim)
{
    struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
    const uint64_t start = now_ns();
    uint64_t rounds = 0;
    uint64_t took = 0;
    struct vt_sink sink;

    vt_buf_sink(&out, &sink);
    for (; took < RUN_NS; rounds++, took = now_ns() - start) {
        uint32_t verdict = VT_GOOD;
        vt_status status;

        if (job == LISTED) {
            status =
                bft_check_proof(host, &epoch, ROLE, claim->height, claim->value,
                                claim->proof, &verdict, NULL);
        } else if (job == SHORT) {
            status = bft_check_short(claim, &verdict, NULL);
        } else {
            vt_buf_clear(&out);
            status = bft_shorten(claim, &sink, NULL);
        }
        if (status != VT_OK || verdict != VT_GOOD) {
            die("a good proof is not");
        }
    }
    vt_buf_fini(&out);
    return (double)took / (double)rounds / 1000;
}

int main(void)
{
    static const uint32_t sizes[3] = {4, 16, 64};

    load();
    (void)printf("members signers  listed  short   check listed  check short  "
                 "shorten\n"
                 "                 bytes   bytes   us            us           "
                 "us\n");
    for (size_t i = 0; i < 3; i++) {
        const uint32_t n = sizes[i];
        const uint32_t q = 2 * n / 3 + 1;
        struct vt_buf out = VT_BUF_INIT(BFT_MESSAGE_MAX);
        static uint8_t bytes[BFT_MESSAGE_MAX];
        struct bft_claim claim = {host, &epoch, ROLE, 1, {0}, {NULL, 0}};
        struct bft_block block;
        struct vt_sink sink;
        struct cs_wr wr;
        double listed, shorten;

        found(n);
        cs_wr_init(&wr, bytes, sizeof bytes);
        make(n, q, &block, &wr);
        claim.proof = cs_wr_view(&wr);
        listed = time_us(LISTED, &claim);
        shorten = time_us(SHORTEN, &claim);
        vt_buf_sink(&out, &sink);
        if (bft_shorten(&claim, &sink, NULL) != VT_OK) {
            die("it cannot be shortened");
        }
        claim.proof = vt_buf_view(&out);
        (void)printf("%7u %7u %7zu %6zu %14.1f %12.1f %8.1f\n", n, q, wr.len,
                     out.len, listed, time_us(SHORT, &claim), shorten);
        vt_buf_fini(&out);
    }
    vt_host_free(host);
    return 0;
}
