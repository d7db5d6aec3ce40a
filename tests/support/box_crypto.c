/* SPDX-License-Identifier: Apache-2.0
 *
 * box_crypto.c - fake signatures and fast hashes.
 *
 * A signature is a keyed hash of the message: any flipped bit breaks it, and
 * only box_sign() makes it. The "public key" is the key; engines under test do
 * not look inside.
 */
#include "support/box_inside.h"

#include <vt/signature.h>

#include "base/hash.h"

static const struct box *box_of(const struct vt_host *host)
{
    return host->ctx;
}

static uint64_t fold_number(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* Good against accidents, and quick: a run hashes a hundred thousand times. */
uint64_t box_fold(uint64_t h, const void *ptr, size_t len)
{
    const uint8_t *at = ptr;

    h = fold_number(h, len);
    for (; len >= 8; len -= 8, at += 8) {
        uint64_t v;

        memcpy(&v, at, 8);
        h = fold_number(h, v);
    }
    for (; len > 0; len--, at++) {
        h = fold_number(h, *at);
    }
    return h;
}

static void fast_hash(const char *tag, const struct vt_view *parts,
                      uint32_t count, uint8_t out[32])
{
    uint64_t a = box_fold(1, tag, strlen(tag));

    for (uint32_t i = 0; i < count; i++) {
        a = box_fold(a, parts[i].ptr, parts[i].len);
    }
    for (size_t i = 0; i < 4; i++) {
        a = fold_number(a, i);
        vt_put_u64(out + 8 * i, a);
    }
}

void box_hash(const struct box *box, const char *tag,
              const struct vt_view *parts, uint32_t count, uint8_t out[32])
{
    if (box->opt.is_strong) {
        struct vt_hash hash;

        vt_hash_tagged(tag, parts, count, &hash);
        memcpy(out, hash.b, 32);
    } else {
        fast_hash(tag, parts, count, out);
    }
}

static vt_status svc_hash(const struct vt_host *host, const char *tag,
                          const struct vt_view *parts, uint32_t count,
                          uint8_t out[32])
{
    box_hash(box_of(host), tag, parts, count, out);
    return VT_OK;
}

static void fake_signature(const uint8_t key[32], const uint8_t hash[32],
                           uint8_t out[64])
{
    struct vt_view parts[2] = {{key, 32}, {hash, 32}};

    fast_hash("fake", parts, 2, out);
    for (size_t i = 0; i < 32; i++) {
        out[32 + i] = (uint8_t)(out[i] ^ 0x5a);
    }
}

static vt_status svc_verify(const struct vt_host *host, const char *scheme,
                            struct vt_view pk, struct vt_view msg,
                            struct vt_view sig, uint32_t *verdict)
{
    uint8_t want[64];

    (void)host;
    if (strcmp(scheme, "fake") != 0) {
        return VT_E_UNSUPPORTED;
    }
    *verdict = VT_BAD;
    if (pk.len == 32 && msg.len == 32 && sig.len == 64) {
        fake_signature(pk.ptr, msg.ptr, want);
        *verdict = memcmp(want, sig.ptr, 64) == 0 ? VT_GOOD : VT_BAD;
    }
    return VT_OK;
}

/* The halves of the signatures that are not the first, one on another. */
static void fold(uint8_t sum[32], const uint8_t sig[64], uint32_t place)
{
    for (size_t i = 0; i < 32; i++) {
        sum[i] = (uint8_t)(sum[i] * 5u + sig[32 + i] + place);
    }
}

static vt_status svc_aggregate(const struct vt_host *host, const char *scheme,
                               struct vt_tab items, uint8_t *out,
                               uint32_t out_max, uint32_t *out_len)
{
    (void)host;
    if (strcmp(scheme, "fake") != 0) {
        return VT_E_UNSUPPORTED;
    }
    if (out_max < 32) {
        return VT_E_LIMIT;
    }
    memset(out, 0, 32);
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);

        if (item->sig.len != 64) {
            return VT_E_INVALID;
        }
        fold(out, item->sig.ptr, i);
    }
    *out_len = 32;
    return VT_OK;
}

static vt_status svc_verify_aggregate(const struct vt_host *host,
                                      const char *scheme, struct vt_tab items,
                                      struct vt_view aggregate,
                                      uint32_t *verdict)
{
    uint8_t sum[32] = {0};

    (void)host;
    if (strcmp(scheme, "fake") != 0) {
        return VT_E_UNSUPPORTED;
    }
    for (uint32_t i = 0; i < items.count; i++) {
        const struct vt_sig_item *item = VT_AT(struct vt_sig_item, items, i);
        uint8_t sig[64];

        fake_signature(item->pk.ptr, item->msg, sig);
        fold(sum, sig, i);
    }
    *verdict = aggregate.len == 32 && memcmp(aggregate.ptr, sum, 32) == 0
                   ? VT_GOOD
                   : VT_BAD;
    return VT_OK;
}

static const struct vt_svc_crypto crypto = {
    .size = VT_UPTO(struct vt_svc_crypto, verify_aggregate),
    .hash = svc_hash,
    .verify = svc_verify,
    .aggregate = svc_aggregate,
    .verify_aggregate = svc_verify_aggregate,
};

static const void *service(const struct vt_host *self, const char *id,
                           uint32_t min_size)
{
    (void)self;
    return strcmp(id, VT_SVC_CRYPTO) == 0 && min_size <= crypto.size ? &crypto
                                                                     : NULL;
}

void box_crypto_init(struct box *box)
{
    box->host.size = VT_UPTO(struct vt_host, service);
    box->host.abi_major = VT_ABI_MAJOR;
    box->host.name = "engine box";
    box->host.version = "0";
    box->host.ctx = box;
    box->host.service = service;
    for (uint32_t m = 0; m < box->opt.members; m++) {
        memset(box->keys[m], 0, 32);
        vt_put_u32(box->keys[m], m + 1);
        box->members[m].index = m;
        box->members[m].weight =
            m < 4 && box->opt.weights[m] != 0 ? box->opt.weights[m] : 1;
        box->members[m].pk = vt_view_of(box->keys[m], 32);
    }
}

static void vote_hash(const struct box *box, uint32_t role, struct vt_view msg,
                      uint8_t out[32])
{
    uint8_t role_bytes[4];
    struct vt_view parts[4] = {{box->epoch.chain_id, 32},
                               {box->epoch.digest, 32},
                               {role_bytes, 4},
                               msg};

    vt_put_u32(role_bytes, role);
    box_hash(box, VT_VOTE_TAG, parts, 4, out);
}

size_t box_sign(struct box *box, uint32_t member, uint32_t role,
                struct vt_view msg, uint8_t out[64])
{
    uint8_t hash[32];

    vote_hash(box, role, msg, hash);
    fake_signature(box->keys[member], hash, out);
    return 64;
}

int box_verify(const struct box *box, uint32_t member, uint32_t role,
               struct vt_view msg, struct vt_view sig)
{
    uint8_t hash[32];
    uint8_t want[64];

    if (member >= box->opt.members || sig.len != 64) {
        return 0;
    }
    vote_hash(box, role, msg, hash);
    fake_signature(box->keys[member], hash, want);
    return memcmp(want, sig.ptr, 64) == 0;
}
