/* SPDX-License-Identifier: Apache-2.0
 *
 * hash.h - the chain's hash. Nothing above base names an algorithm.
 *
 * Today SHA-256 through OpenSSL. Every use has a tag, as in BIP340:
 * H(tag, m) = SHA-256(SHA-256(tag) || SHA-256(tag) || m). Tag midstates are
 * cached per thread.
 */
#ifndef VT_BASE_HASH_H
#define VT_BASE_HASH_H

#include <vt/types.h>

#include <string.h>

struct vt_hash {
    uint8_t b[32];
};

static inline int vt_hash_eq(const struct vt_hash *a, const struct vt_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline int vt_hash_is_zero(const struct vt_hash *h)
{
    static const struct vt_hash zero;
    return vt_hash_eq(h, &zero);
}

/* Tagged hash of the parts one after the other; a tag has any text. Cannot
 * fail. Thread: any. */
void vt_hash_tagged(const char *tag, const struct vt_view *parts, size_t count,
                    struct vt_hash *out);
/* One part. */
void vt_hash_bytes(const char *tag, const void *bytes, size_t len,
                   struct vt_hash *out);
/* Two 32-byte children: the Merkle node. */
void vt_hash_pair(const char *tag, const struct vt_hash *left,
                  const struct vt_hash *right, struct vt_hash *out);
/* Untagged SHA-256 of a file or buffer, for manifests and caches only. */
void vt_hash_plain(const void *bytes, size_t len, struct vt_hash *out);

/* Root of a binary Merkle tree over count leaves (already hashed). Leaves and
 * nodes have different tags and an odd node is lifted, not doubled, so no two
 * lists share a root (CVE-2012-2459). count 0 gives the zero hash. Returns
 * VT_OK, VT_E_NOMEM. */
vt_status vt_merkle_root(const struct vt_hash *leaves, size_t count,
                         struct vt_hash *out);
/* Path for leaf index: at most 64 hashes into out; *out_count. */
vt_status vt_merkle_path(const struct vt_hash *leaves, size_t count,
                         size_t index, struct vt_hash *out, size_t *out_count);
/* Returns 1 when leaf at index of count is under root by this path. */
int vt_merkle_check(const struct vt_hash *leaf, uint64_t index, uint64_t count,
                    const struct vt_hash *path, size_t path_count,
                    const struct vt_hash *root);

/* Random bytes from the operating system, for keys and seeds. Returns VT_OK or
 * VT_E_IO. Never in chain, ledger, wire. */
vt_status vt_random(void *out, size_t len);

/* Key derivation and sealing of key files: scrypt (N = 2^15, r = 8, p = 1) and
 * AES-256-GCM. */
vt_status vt_scrypt(const char *password, size_t len, const uint8_t salt[16],
                    uint8_t out[32]);
vt_status vt_seal(const uint8_t key[32], const uint8_t nonce[12],
                  struct vt_view aad, struct vt_view plain, uint8_t *out,
                  uint8_t tag[16]);
/* Returns VT_E_DENIED when the tag does not fit. */
vt_status vt_unseal(const uint8_t key[32], const uint8_t nonce[12],
                    struct vt_view aad, struct vt_view sealed,
                    const uint8_t tag[16], uint8_t *out);

#endif
