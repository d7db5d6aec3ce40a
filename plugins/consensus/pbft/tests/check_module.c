/* SPDX-License-Identifier: Apache-2.0
 *
 * check_module.c - the module as it is installed: loaded by stem, under the
 * validating host, with BIP340 signatures.
 */
#include "base/bytes.h"
#include "base/status.h"
#include "config/option.h"
#include "plugin/host.h"
#include "unit/suite.h"

#include <string.h>

/* A host for one member, as small as can be: every request is answered in the
 * order it came, everything is durable at once. */
struct stage {
    const struct vt_module *pbft;
    const struct vt_signature *schnorr;
    const struct vt_host *host;
    struct vt_schemes schemes;
    struct vt_registry *registry;
    struct vt_options *options;
    struct vt_cs_epoch epoch;
    struct vt_member member;
    uint8_t sk[64], pk[64];
    struct vt_cs *cs;
    uint64_t now_ns;
    struct vt_out out;
    struct ask {
        uint32_t type;
        uint64_t token;
        size_t len;
        uint8_t bytes[256]; /* hash to sign, or the block's id */
    } asks[64];
    uint32_t first, count;
    uint64_t height; /* committed */
    uint8_t id[32], proof[4096];
    size_t proof_len;
};

static struct stage s;

static void vote_hash(uint32_t role, struct vt_view msg, uint8_t out[32])
{
    const struct vt_svc_crypto *crypto = s.host->service(
        s.host, VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, verify));
    uint8_t role_bytes[4];
    struct vt_view parts[4] = {
        {s.epoch.chain_id, 32}, {s.epoch.digest, 32}, {role_bytes, 4}, msg};

    vt_put_u32(role_bytes, role);
    ck_assert_int_eq(crypto->hash(s.host, VT_VOTE_TAG, parts, 4, out), VT_OK);
}

static vt_status take(struct vt_out *out, const struct vt_eff *eff)
{
    struct ask *ask = &s.asks[s.count % 64];

    out->room--;
    ask->type = eff->type;
    ask->token = eff->token;
    if (eff->type == VT_EFF_SIGN) {
        const struct vt_eff_sign *e = (const void *)eff;

        vote_hash(e->role, e->msg, ask->bytes);
        s.count++;
    } else if (eff->type == VT_EFF_BUILD) {
        s.count++;
    } else if (eff->type == VT_EFF_COMMIT) {
        const struct vt_eff_commit *e = (const void *)eff;

        ck_assert_uint_eq(e->height, s.height + 1);
        s.height = e->height;
        memcpy(s.id, e->id, 32);
        ck_assert_uint_le(e->proof.len, sizeof s.proof);
        memcpy(s.proof, e->proof.ptr, e->proof.len);
        s.proof_len = e->proof.len;
    }
    return VT_OK;
}

static void step(struct vt_ev *ev)
{
    ev->now_ns = s.now_ns += 1000;
    s.out.room = 64;
    ck_assert_int_eq(s.pbft->consensus->step(s.cs, ev, &s.out), VT_OK);
}

static void answer(const struct ask *ask)
{
    uint8_t sig[64];
    uint32_t len = 0;
    struct vt_ev_done done = {
        .h = {.size = VT_UPTO(struct vt_ev_done, data), .type = VT_EV_SIGNED},
        .token = ask->token};
    struct vt_ev_block block = {
        .h = {.size = VT_UPTO(struct vt_ev_block, payload),
              .type = VT_EV_BUILT},
        .token = ask->token,
        .height = s.height + 1,
        .txs = 1,
        .size_bytes = 300};

    if (ask->type == VT_EFF_SIGN) {
        ck_assert_int_eq(s.schnorr->sign(s.sk, ask->bytes, sig, &len), VT_OK);
        done.data = vt_view_of(sig, len);
        step(&done.h);
    } else {
        memset(block.id, (int)s.height + 1, 32);
        memcpy(block.parent, s.height == 0 ? s.epoch.parent : s.id, 32);
        step(&block.h);
    }
}

static const struct vt_module *load(const char *stem, enum vt_plugin_kind kind)
{
    struct vt_err err = VT_ERR_INIT;
    const struct vt_module *module = NULL;

    ck_assert_msg(vt_registry_load(s.registry, stem, kind, &module, &err) ==
                      VT_OK,
                  "%s", err.text);
    return module;
}

static void open_stage(void)
{
    struct vt_registry_policy policy = {.path = getenv("VT_TEST_PLUGIN_DIR"),
                                        .validate = 1,
                                        .trust_any_owner = 1};
    struct vt_host_args args = {.kind = VT_KIND_CONSENSUS,
                                .host_name = "check_module",
                                .chain_name = "c",
                                .schemes = &s.schemes};
    struct vt_cs_start start = {.size = VT_UPTO(struct vt_cs_start, handoff),
                                .epoch = &s.epoch};
    struct vt_err err = VT_ERR_INIT;
    static const uint8_t seed[64] = {[31] = 7};
    struct vt_cfg cfg;

    memset(&s, 0, sizeof s);
    ck_assert_int_eq(vt_registry_new(&policy, &s.registry, &err), VT_OK);
    s.schnorr = load("schnorr", VT_KIND_SIGNATURE)->signature;
    s.pbft = load("pbft", VT_KIND_CONSENSUS);
    s.schemes.scheme[0] = s.schnorr;
    s.schemes.count = 1;
    args.module = s.pbft;
    s.host = vt_host_new(&args);
    ck_assert_int_eq(s.schnorr->keypair(seed, s.sk, s.pk), VT_OK);
    s.member.weight = 1;
    s.member.pk = vt_view_of(s.pk, s.schnorr->pk_len);
    s.epoch.size = VT_UPTO(struct vt_cs_epoch, members);
    s.epoch.start_height = 1;
    s.epoch.scheme = "schnorr";
    s.epoch.members.ptr = &s.member;
    s.epoch.members.count = 1;
    s.epoch.members.stride = (uint32_t)sizeof s.member;
    memset(s.epoch.parent, 0xee, 32);
    memcpy(start.final_id, s.epoch.parent, 32);
    s.out.size = VT_UPTO(struct vt_out, emit);
    s.out.emit = take;
    ck_assert_int_eq(vt_options_new("consensus.pbft", s.pbft->desc.keys, "/",
                                    &s.options, &err),
                     VT_OK);
    vt_options_cfg(s.options, &cfg);
    ck_assert_msg(
        s.pbft->consensus->create(s.host, &cfg, &start, &s.cs, &err) == VT_OK,
        "%s", err.text);
}

static void close_stage(void)
{
    s.pbft->consensus->destroy(s.cs);
    vt_options_free(s.options);
    vt_host_free(s.host);
    vt_registry_free(s.registry);
}

static void make_blocks(uint64_t count)
{
    struct vt_ev start = {.size = VT_UPTO(struct vt_ev, wall_ms),
                          .type = VT_EV_START};
    struct vt_ev_txs txs = {
        .h = {.size = VT_UPTO(struct vt_ev_txs, size_bytes), .type = VT_EV_TXS},
        .count = 5,
        .size_bytes = 1000};

    step(&start);
    while (s.height < count) {
        step(&txs.h);
        while (s.first < s.count && s.height < count) {
            struct ask ask = s.asks[s.first++ % 64];

            answer(&ask);
        }
    }
}

START_TEST(the_module_decides_under_the_validating_host)
{
    uint64_t before = vt_validate_violations();
    uint32_t verdict = VT_BAD;
    struct vt_err err = VT_ERR_INIT;

    open_stage();
    make_blocks(6);
    ck_assert_uint_eq(vt_validate_violations(), before);
    ck_assert_int_eq(s.pbft->consensus->check_proof(
                         s.host, &s.epoch, s.height, s.id,
                         vt_view_of(s.proof, s.proof_len), &verdict, &err),
                     VT_OK);
    ck_assert_uint_eq(verdict, VT_GOOD);
    for (size_t bit = 0; bit < 8 * s.proof_len; bit++) {
        s.proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(s.pbft->consensus->check_proof(
                             s.host, &s.epoch, s.height, s.id,
                             vt_view_of(s.proof, s.proof_len), &verdict, &err),
                         VT_OK);
        ck_assert_uint_eq(verdict, VT_BAD);
        s.proof[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    close_stage();
}
END_TEST

START_TEST(a_scheme_that_is_not_loaded_is_an_error_and_no_verdict)
{
    uint32_t verdict = 77;
    struct vt_err err = VT_ERR_INIT;

    open_stage();
    make_blocks(2);
    s.epoch.scheme = "unheard_of";
    ck_assert_int_lt(s.pbft->consensus->check_proof(
                         s.host, &s.epoch, s.height, s.id,
                         vt_view_of(s.proof, s.proof_len), &verdict, &err),
                     0);
    ck_assert_ptr_nonnull(strstr(err.text, "scheme"));
    s.epoch.scheme = "schnorr";
    close_stage();
}
END_TEST

START_TEST(its_descriptor_says_what_it_is)
{
    open_stage();
    ck_assert_str_eq(s.pbft->desc.id, "org.vtchain.pbft");
    ck_assert_uint_eq(s.pbft->desc.flags, VT_PF_DETERMINISTIC);
    ck_assert_uint_eq(s.pbft->consensus->finality, VT_FIN_INSTANT);
    ck_assert_uint_eq(s.pbft->consensus->members_max, 64);
    ck_assert(s.pbft->consensus->compare == NULL);
    close_stage();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_module_decides_under_the_validating_host,
        a_scheme_that_is_not_loaded_is_an_error_and_no_verdict,
        its_descriptor_says_what_it_is};
    Suite *suite = suite_create("pbft module");

    VT_SUITE_ADD(suite, "module", tests);
    return vt_suite_run(suite);
}
