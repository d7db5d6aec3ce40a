/* SPDX-License-Identifier: Apache-2.0
 *
 * header.c - bytes and rules of pow headers, and proofs made of them. All pure:
 * no instance is needed.
 */
#include "header.h"

#include "sha256.h"

#define NS_IN_MS 1000000u

void pow_terms_read(const struct vt_cfg *cfg, const struct vt_cs_epoch *epoch,
                    struct pow_terms *out)
{
    struct pow_u256 first = pow_target_for(cfg->u64(cfg, POW_KEY_FIRST));

    memset(out, 0, sizeof *out);
    out->asert.limit = pow_target_for(cfg->u64(cfg, POW_KEY_LIMIT));
    if (pow_u256_cmp(&first, &out->asert.limit) > 0) {
        first = out->asert.limit;
    }
    /* as four bytes can say it: what travels is what counts */
    out->first_bits = pow_bits_of(&first);
    (void)pow_target_of(out->first_bits, &out->asert.anchor);
    out->asert.interval = cfg->u64(cfg, POW_KEY_INTERVAL) / NS_IN_MS;
    out->asert.halflife = cfg->u64(cfg, POW_KEY_HALFLIFE) / NS_IN_MS;
    if (out->asert.halflife == 0) {
        out->asert.halflife = 288 * out->asert.interval;
    }
    out->depth = cfg->u64(cfg, POW_KEY_DEPTH);
    out->is_agreed = cfg->u64(cfg, POW_KEY_BOUNDARY) == POW_AGREED;
    out->start_height = epoch->start_height;
    memcpy(out->digest, epoch->digest, 32);
}

/* ---- bytes --------------------------------------------------------------- */

void pow_header_bytes(const struct pow_terms *t, const struct pow_header *h,
                      uint8_t out[POW_HEADER_LEN])
{
    struct cs_wr wr;

    cs_wr_init(&wr, out, POW_HEADER_LEN);
    cs_put_u32(&wr, POW_VERSION);
    cs_put(&wr, h->prev, 32);
    cs_put(&wr, h->id, 32);
    cs_put_u64(&wr, h->height);
    cs_put_u64(&wr, h->time_ms);
    cs_put_u64(&wr, h->clock_ms);
    cs_put_u32(&wr, h->bits);
    cs_put(&wr, t->digest, 32);
}

void pow_header_hash(const struct pow_terms *t, const struct pow_header *h,
                     uint8_t out[32])
{
    uint8_t bytes[POW_BLOCK_LEN];
    struct cs_wr wr;

    pow_header_bytes(t, h, bytes);
    cs_wr_init(&wr, bytes + POW_HEADER_LEN, 8);
    cs_put_u64(&wr, h->nonce);
    pow_sha256d(bytes, sizeof bytes, out);
}

/* ---- rules --------------------------------------------------------------- */

void pow_below_of(const struct pow_header *h, const uint8_t hash[32],
                  struct pow_below *out)
{
    memcpy(out->hash, hash, 32);
    out->height = h->height;
    out->time_ms = h->time_ms;
    out->clock_ms = h->clock_ms;
    out->is_start = 0;
}

void pow_below_start(const struct pow_terms *t, struct pow_below *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->hash, t->digest, 32);
    out->height = t->start_height - 1;
    out->is_start = 1;
}

/* The first block of an epoch was as quick as it should be: nobody knows when
 * work began. Later a pause counts as POW_GAP intervals at most, so that a
 * chain that rests when there is nothing to do does not become cheap. */
static uint64_t clock_after(const struct pow_terms *t,
                            const struct pow_below *below, uint64_t time_ms)
{
    uint64_t most = POW_GAP * t->asert.interval;
    uint64_t step = time_ms - below->time_ms;

    if (below->is_start) {
        return t->asert.interval;
    }
    return below->clock_ms + (step < most ? step : most);
}

static uint32_t bits_after(const struct pow_terms *t,
                           const struct pow_below *below)
{
    struct pow_u256 target;

    if (below->is_start) {
        return t->first_bits;
    }
    target = pow_asert(&t->asert, (int64_t)below->clock_ms,
                       below->height - t->start_height);
    return pow_bits_of(&target);
}

void pow_header_next(const struct pow_terms *t, const struct pow_below *below,
                     uint64_t at_ms, struct pow_header *out)
{
    memcpy(out->prev, below->hash, 32);
    out->height = below->height + 1;
    out->time_ms = at_ms > below->time_ms ? at_ms : below->time_ms + 1;
    out->clock_ms = clock_after(t, below, out->time_ms);
    out->bits = bits_after(t, below);
}

const char *pow_header_lone_fault(const struct pow_terms *t,
                                  const struct pow_header *h, uint8_t hash[32])
{
    struct pow_u256 target;
    struct pow_u256 value;

    if (h->height < t->start_height) {
        return "a header below its epoch";
    }
    if (h->time_ms > (uint64_t)POW_TIME_MAX ||
        h->clock_ms > (uint64_t)POW_TIME_MAX) {
        return "a header with an impossible time";
    }
    if (!pow_target_of(h->bits, &target) ||
        pow_u256_cmp(&target, &t->asert.limit) > 0) {
        return "a header with a malformed target";
    }
    pow_header_hash(t, h, hash);
    value = pow_u256_from_be(hash);
    return pow_u256_cmp(&value, &target) > 0 ? "a header without its work"
                                             : NULL;
}

const char *pow_header_fault(const struct pow_terms *t,
                             const struct pow_below *below,
                             const struct pow_header *h, uint8_t hash[32])
{
    if (h->height != below->height + 1 ||
        memcmp(h->prev, below->hash, 32) != 0) {
        return "a header that does not follow the one below";
    }
    if (h->time_ms <= below->time_ms) {
        return "a header that is not later than the one below";
    }
    if (h->clock_ms != clock_after(t, below, h->time_ms)) {
        return "a header with a wrong clock";
    }
    if (h->bits != bits_after(t, below)) {
        return "a header with a wrong target";
    }
    return pow_header_lone_fault(t, h, hash);
}

/* ---- runs ---------------------------------------------------------------- */

void pow_put_run(struct cs_wr *wr, const struct pow_header *first,
                 uint32_t count)
{
    cs_put(wr, first->prev, 32);
    cs_put_u64(wr, first->height);
    cs_put_u16(wr, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct pow_header *h = &first[i];

        cs_put(wr, h->id, 32);
        cs_put_u64(wr, h->time_ms);
        cs_put_u64(wr, h->clock_ms);
        cs_put_u32(wr, h->bits);
        cs_put_u64(wr, h->nonce);
    }
}

static void get_item(struct cs_rd *rd, struct pow_header *h)
{
    cs_get_bytes(rd, h->id, 32);
    h->time_ms = cs_get_u64(rd);
    h->clock_ms = cs_get_u64(rd);
    h->bits = cs_get_u32(rd);
    h->nonce = cs_get_u64(rd);
}

void pow_get_run(struct cs_rd *rd, const struct pow_terms *t,
                 struct pow_run *out)
{
    uint8_t hash[32];

    cs_get_bytes(rd, hash, 32);
    out->height = cs_get_u64(rd);
    out->count = cs_get_u16(rd);
    if (out->count == 0 || out->count > POW_RUN_MAX ||
        out->height > UINT64_MAX - POW_RUN_MAX) {
        rd->is_bad = 1;
        out->count = 0;
    }
    for (uint32_t i = 0; i < out->count && !rd->is_bad; i++) {
        struct pow_header *h = &out->list[i];

        get_item(rd, h);
        memcpy(h->prev, hash, 32);
        h->height = out->height + i;
        pow_header_hash(t, h, hash);
    }
}

/* ---- finality ------------------------------------------------------------ */

size_t pow_put_proof(const struct pow_terms *t, const struct pow_header *chain,
                     uint32_t count, uint8_t out[POW_PROOF_MAX])
{
    uint8_t hash[32];
    struct cs_wr wr;

    cs_wr_init(&wr, out, POW_PROOF_MAX);
    cs_put_u8(&wr, POW_PROOF_DEEP);
    pow_put_run(&wr, chain, count);
    pow_header_hash(t, &chain[count - 1], hash);
    cs_put(&wr, hash, 32);
    return wr.is_full ? 0 : wr.len;
}

/* All of a run are right, each on top of the one before. */
static int run_holds(const struct pow_terms *t, const struct pow_run *run,
                     uint8_t hash[32])
{
    struct pow_below below;

    for (uint32_t i = 0; i < run->count; i++) {
        const struct pow_header *h = &run->list[i];
        const char *fault;

        if (h->height == t->start_height) {
            pow_below_start(t, &below);
        }
        fault = i == 0 && h->height != t->start_height
                    ? pow_header_lone_fault(t, h, hash)
                    : pow_header_fault(t, &below, h, hash);
        if (fault != NULL) {
            return 0;
        }
        pow_below_of(h, hash, &below);
    }
    return 1;
}

int pow_get_proof(const struct pow_terms *t, uint64_t height,
                  const uint8_t id[32], struct vt_view proof,
                  struct pow_run *out)
{
    uint32_t below = height > t->start_height;
    uint8_t hash[32];
    uint8_t last[32];
    struct cs_rd rd;
    uint8_t version;

    cs_rd_init(&rd, proof);
    version = cs_get_u8(&rd);
    pow_get_run(&rd, t, out);
    cs_get_bytes(&rd, last, 32);
    return cs_rd_end(&rd) && version == POW_PROOF_DEEP &&
           height >= t->start_height && out->height == height - below &&
           out->count == t->depth + below &&
           memcmp(out->list[below].id, id, 32) == 0 &&
           run_holds(t, out, hash) && memcmp(hash, last, 32) == 0;
}

int pow_get_agreed(struct vt_view proof, struct pow_agreed *out)
{
    struct cs_rd rd;

    cs_rd_init(&rd, proof);
    rd.is_bad = cs_get_u8(&rd) != POW_PROOF_AGREED;
    out->again = cs_get_u16(&rd);
    out->bft = cs_view(rd.ptr, rd.left);
    return !rd.is_bad && out->again < BFT_PATH_MAX && rd.left > 0;
}
