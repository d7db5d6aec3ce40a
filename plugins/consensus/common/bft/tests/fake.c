/* SPDX-License-Identifier: Apache-2.0
 *
 * fake.c - see fake.h. Nothing here is secure, all of it is fast.
 */
#include "fake.h"

#include <vt/signature.h>

static void mix(uint64_t s[4], uint64_t word)
{
    s[0] = (s[0] ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    s[1] = (s[1] + (s[0] >> 29 ^ word)) * UINT64_C(0xbf58476d1ce4e5b9);
    s[2] = (s[2] ^ (s[1] >> 31) ^ s[0]) * UINT64_C(0x94d049bb133111eb);
    s[3] = (s[3] + (s[2] >> 27) + s[1]) * UINT64_C(0xd6e8feb86659fd93);
}

static void absorb(uint64_t s[4], const uint8_t *at, size_t len)
{
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        mix(s, word);
    }
    if (len > 0) {
        uint64_t word = 0;

        memcpy(&word, at, len);
        mix(s, word);
    }
}

static vt_status hash(const struct vt_host *host, const char *tag,
                      const struct vt_view *parts, uint32_t count,
                      uint8_t out[32])
{
    uint64_t s[4] = {1, 2, 3, 4};
    size_t len = strlen(tag);

    (void)host;
    absorb(s, (const uint8_t *)tag, len);
    for (uint32_t i = 0; i < count; i++) {
        absorb(s, parts[i].ptr, parts[i].len);
        mix(s, parts[i].len);
    }
    mix(s, 5);
    mix(s, s[3]);
    memcpy(out, s, 32);
    return VT_OK;
}

static void sign_hash(const uint8_t key[32], const uint8_t digest[32],
                      uint8_t out[32])
{
    const struct vt_view parts[2] = {{key, 32}, {digest, 32}};

    (void)hash(NULL, "fake/sig", parts, 2, out);
}

static vt_status verify(const struct vt_host *host, const char *scheme,
                        struct vt_view pk, struct vt_view msg,
                        struct vt_view sig, uint32_t *verdict)
{
    uint8_t want[32];

    (void)host;
    if (strcmp(scheme, "fake") != 0 || pk.len != 32 || msg.len != 32) {
        return VT_E_INVALID;
    }
    sign_hash(pk.ptr, msg.ptr, want);
    *verdict =
        sig.len == 24 && memcmp(sig.ptr, want, 24) == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

/* The hash of all signatures, in order. */
static vt_status aggregate(const struct vt_host *host, const char *scheme,
                           struct vt_tab items, uint8_t *out, uint32_t out_max,
                           uint32_t *out_len)
{
    struct vt_view sigs[CS_MEMBERS_MAX];

    (void)host;
    if (strcmp(scheme, "fake") != 0) {
        return VT_E_UNSUPPORTED;
    }
    if (items.count > CS_MEMBERS_MAX || out_max < 32) {
        return VT_E_LIMIT;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        sigs[i] = VT_AT(struct vt_sig_item, items, i)->sig;
    }
    *out_len = 32;
    return hash(NULL, "fake/aggregate", sigs, items.count, out);
}

static vt_status verify_aggregate(const struct vt_host *host,
                                  const char *scheme, struct vt_tab items,
                                  struct vt_view bytes, uint32_t *verdict)
{
    struct vt_view sigs[CS_MEMBERS_MAX];
    uint8_t made[CS_MEMBERS_MAX][32];
    uint8_t want[32];

    (void)host;
    if (strcmp(scheme, "fake") != 0) {
        return VT_E_UNSUPPORTED;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

        sign_hash(item->pk.ptr, item->msg, made[i]);
        sigs[i] = cs_view(made[i], 24);
    }
    (void)hash(NULL, "fake/aggregate", sigs, items.count, want);
    *verdict =
        bytes.len == 32 && memcmp(bytes.ptr, want, 32) == 0 ? VT_GOOD : VT_BAD;
    return VT_OK;
}

static const struct vt_svc_crypto crypto = {.size = sizeof crypto,
                                            .hash = hash,
                                            .verify = verify,
                                            .aggregate = aggregate,
                                            .verify_aggregate =
                                                verify_aggregate};

static const void *service(const struct vt_host *host, const char *id,
                           uint32_t size_min)
{
    (void)host;
    return strcmp(id, VT_SVC_CRYPTO) == 0 && size_min <= sizeof crypto ? &crypto
                                                                       : NULL;
}

static const struct vt_host the_host = {.size = sizeof the_host,
                                        .service = service};

const struct vt_host *fake_host(void)
{
    return &the_host;
}

const struct vt_svc_crypto *fake_crypto(void)
{
    return &crypto;
}

void fake_init(struct fake *fake, uint32_t n, const uint64_t *weights)
{
    memset(fake, 0, sizeof *fake);
    for (uint32_t i = 0; i < n; i++) {
        fake->keys[i][0] = (uint8_t)(i + 1);
        fake->keys[i][9] = 0xa5;
        fake->members[i].index = i;
        fake->members[i].weight = weights != NULL ? weights[i] : 1;
        fake->members[i].pk = cs_view(fake->keys[i], 32);
    }
    fake->epoch.size = sizeof fake->epoch;
    fake->epoch.epoch = 7;
    fake->epoch.start_height = 1;
    memset(fake->epoch.chain_id, 0xc1, 32);
    memset(fake->epoch.digest, 0xed, 32);
    fake->epoch.scheme = "fake";
    fake->epoch.members.ptr = fake->members;
    fake->epoch.members.count = n;
    fake->epoch.members.stride = sizeof fake->members[0];
    fake->set.host = &the_host;
    fake->set.crypto = &crypto;
    fake->set.role_base = FAKE_ROLE;
    (void)bft_set_init(&fake->set, &fake->epoch);
}

static void vote_hash(const struct fake *fake, uint32_t role,
                      struct vt_view msg, uint8_t out[32])
{
    uint8_t le[4];
    struct cs_wr wr;
    struct vt_view parts[4];

    cs_wr_init(&wr, le, sizeof le);
    cs_put_u32(&wr, role);
    parts[0] = cs_view(fake->epoch.chain_id, 32);
    parts[1] = cs_view(fake->epoch.digest, 32);
    parts[2] = cs_view(le, 4);
    parts[3] = msg;
    (void)hash(NULL, VT_VOTE_TAG, parts, 4, out);
}

void fake_sign(const struct fake *fake, uint32_t member, uint32_t role,
               struct vt_view msg, struct bft_sig *out)
{
    uint8_t digest[32];
    uint8_t full[32];

    vote_hash(fake, role, msg, digest);
    sign_hash(fake->keys[member], digest, full);
    memset(out, 0, sizeof *out);
    out->len = 24;
    memcpy(out->bytes, full, 24);
}

uint32_t fake_verify(const struct fake *fake, const struct vt_verify_item *item)
{
    uint8_t digest[32];
    uint32_t verdict = VT_BAD;

    vote_hash(fake, item->role, item->msg, digest);
    (void)verify(NULL, "fake", fake->members[item->member].pk,
                 cs_view(digest, 32), item->sig, &verdict);
    return verdict;
}

void fake_proposal(const struct fake *fake, uint32_t member,
                   struct bft_proposal *m)
{
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    bft_link(&fake->set, &m->block);
    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_proposal(&wr, m);
    fake_sign(fake, member, FAKE_ROLE + BFT_PROPOSAL, cs_wr_view(&wr), &m->sig);
}

void fake_vote(const struct fake *fake, uint32_t member, struct bft_vote_msg *m)
{
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    bft_core_vote(&wr, m->view, m->link);
    fake_sign(fake, member, FAKE_ROLE + m->kind, cs_wr_view(&wr), &m->sig);
}

void fake_cert(const struct fake *fake, uint32_t kind, uint64_t view,
               const struct bft_block *block, uint64_t signers,
               struct bft_cert *out)
{
    struct bft_vote_msg vote = {.kind = kind, .view = view};
    uint32_t count = 0;

    out->kind = kind;
    out->view = view;
    out->signers = signers;
    memset(&out->block, 0, sizeof out->block);
    if (block != NULL) {
        out->block = *block;
        out->block.view = view;
        memcpy(vote.link, block->link, 32);
    }
    for (uint32_t m = 0; m < fake->set.n; m++) {
        if (cs_has(signers, m)) {
            fake_vote(fake, m, &vote);
            out->sig[count++] = vote.sig;
        }
    }
}
