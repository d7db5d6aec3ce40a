/* SPDX-License-Identifier: Apache-2.0
 *
 * follow.c - from genesis parameters along the borders of epochs to a header.
 */
#include "chain/follow.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/epoch.h"
#include "chain/inside.h"
#include "chain/params.h"

#include <inttypes.h>
#include <string.h>

struct vt_follow {
    struct vt_epoch_ground ground;
    struct vt_epoch **epochs;
    size_t count, cap;
};

static vt_status push(struct vt_follow *f, struct vt_epoch *epoch,
                      struct vt_err *err)
{
    if (f->count == f->cap) {
        size_t cap = f->cap == 0 ? 8 : f->cap * 2;
        struct vt_epoch **more =
            f->count >= VT_EPOCHS_MAX
                ? NULL
                : vt_realloc(f->epochs, cap * sizeof *f->epochs);

        if (more == NULL) {
            vt_epoch_free(epoch);
            return vt_err_set(err, VT_E_NOMEM, "no memory for an epoch");
        }
        f->epochs = more;
        f->cap = cap;
    }
    f->epochs[f->count++] = epoch;
    return VT_OK;
}

static vt_status begin(struct vt_follow *f, const struct vt_chain_args *args,
                       struct vt_err *err)
{
    struct vt_epoch_ground *g = &f->ground;
    struct vt_block *genesis = NULL;
    struct vt_state *state = NULL;
    struct vt_epoch *first = NULL;
    vt_status status;

    g->config = args->config;
    g->schemes = args->schemes;
    g->parts = args->parts;
    g->maker = args->maker;
    vt_params_hash(args->canonical, &g->params);
    status = vt_genesis_make(args->config, args->rules, &g->params, &genesis,
                             &state, err);
    if (status != VT_OK) {
        return status;
    }
    g->chain_id = genesis->id;
    vt_block_unref(genesis);
    vt_state_unref(state);
    status = vt_epoch_first(g, &first, err);
    return status == VT_OK ? push(f, first, err) : status;
}

vt_status vt_follow_new(const struct vt_chain_args *args,
                        struct vt_follow **out, struct vt_err *err)
{
    struct vt_follow *f = vt_alloc(sizeof *f);
    vt_status status =
        f == NULL ? vt_err_set(err, VT_E_NOMEM, "no memory for a chain")
                  : begin(f, args, err);

    *out = NULL;
    if (status != VT_OK) {
        vt_follow_free(f);
        return status;
    }
    *out = f;
    return VT_OK;
}

void vt_follow_free(struct vt_follow *f)
{
    if (f != NULL) {
        for (size_t i = 0; i < f->count; i++) {
            vt_epoch_free(f->epochs[i]);
        }
        vt_free(f->epochs);
        vt_free(f);
    }
}

const struct vt_hash *vt_follow_chain_id(const struct vt_follow *f)
{
    return &f->ground.chain_id;
}

uint64_t vt_follow_epoch(const struct vt_follow *f)
{
    return f->count - 1;
}

const char *vt_follow_engine(const struct vt_follow *f, uint64_t epoch)
{
    return epoch < f->count ? f->epochs[epoch]->parts->module->desc.id : NULL;
}

/* ---- headers ------------------------------------------------------------- */

/* Is it a header of this epoch, apart from its seal? A batch's height is its
 * engine's. */
static vt_status fits(const struct vt_epoch_ground *g, const struct vt_epoch *e,
                      const struct vt_header *h, struct vt_err *err)
{
    if (!vt_hash_eq(&h->chain_id, &g->chain_id)) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "the header is of another chain than these "
                          "parameters make: look for the INI that the chain "
                          "began with");
    }
    if (h->epoch != e->cs.epoch || !vt_hash_eq(&h->params, &e->params) ||
        (!vt_header_is_batch(h) &&
         (h->height < e->cs.start_height ||
          (e->cs.end_height != 0 && h->height > e->cs.end_height)))) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "the header of height %" PRIu64
                          " does not fit epoch %" PRIu64,
                          h->height, e->cs.epoch);
    }
    return VT_OK;
}

/* A header of an epoch that is known, and its id. */
static vt_status read_header(const struct vt_follow *f, struct vt_view bytes,
                             struct vt_header *out, struct vt_hash *out_id,
                             struct vt_err *err)
{
    vt_status status = vt_header_decode(bytes, out, err);

    if (status != VT_OK) {
        return vt_err_wrap(err, "header");
    }
    if (out->epoch >= f->count) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "the header is of epoch %" PRIu64
                          ", nothing leads there from epoch %zu",
                          out->epoch, f->count - 1);
    }
    vt_header_id(bytes, out_id);
    return fits(&f->ground, f->epochs[out->epoch], out, err);
}

vt_status vt_follow_header(const struct vt_follow *f, struct vt_view bytes,
                           struct vt_view seal, struct vt_header *out,
                           struct vt_hash *out_id, struct vt_err *err)
{
    struct vt_header header;
    struct vt_hash id;
    vt_status status = read_header(f, bytes, &header, &id, err);

    if (status == VT_OK && vt_header_is_batch(&header)) {
        status = vt_err_set(err, VT_E_CORRUPT,
                            "the header is of a batch, not of a block");
    }
    if (status == VT_OK) {
        status = vt_epoch_proof(f->epochs[header.epoch], 0, header.height, &id,
                                seal, err);
    }
    if (status == VT_OK) {
        *out = header;
        *out_id = id;
    }
    return status;
}

vt_status vt_follow_stage(const struct vt_follow *f, uint32_t stage,
                          struct vt_view bytes, struct vt_view proof,
                          struct vt_header *out, struct vt_hash *out_id,
                          struct vt_err *err)
{
    struct vt_header header;
    struct vt_hash id;
    vt_status status = read_header(f, bytes, &header, &id, err);

    if (status == VT_OK) {
        status = vt_epoch_stage(f->epochs[header.epoch], stage, &header, &id,
                                proof, err);
    }
    if (status == VT_OK) {
        *out = header;
        *out_id = id;
    }
    return status;
}

/* ---- the next epoch ------------------------------------------------------ */

/* The old members' seal covers the digest of what comes. */
static vt_status check_border(const struct vt_epoch *e,
                              const struct vt_header *last,
                              const struct vt_hash *last_id,
                              const struct vt_handoff *handoff,
                              struct vt_err *err)
{
    struct vt_tx_switch spec;
    struct vt_hash digest;

    if (vt_tx_switch_decode(handoff->spec, &spec) != VT_OK ||
        spec.at != last->height) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "the handoff to epoch %" PRIu64 " is malformed",
                          e->cs.epoch + 1);
    }
    vt_tx_switch_digest(handoff->spec, &digest);
    if (!vt_view_eq(last->handoff, vt_view_of(digest.b, sizeof digest.b))) {
        return vt_err_set(err, VT_E_CORRUPT,
                          "epoch %" PRIu64 " did not name this one as the next",
                          e->cs.epoch);
    }
    return vt_epoch_proof(e, last->height, last->height, last_id,
                          handoff->proof, err);
}

vt_status vt_follow_next(struct vt_follow *f, struct vt_view last,
                         struct vt_view handoff, struct vt_err *err)
{
    struct vt_epoch *e = f->epochs[f->count - 1];
    struct vt_epoch *next = NULL;
    struct vt_epoch_entry entry = {0};
    struct vt_handoff parts;
    struct vt_header header;
    struct vt_hash id;
    vt_status status = read_header(f, last, &header, &id, err);

    if (status == VT_OK &&
        (header.epoch != e->cs.epoch || vt_header_is_batch(&header))) {
        status = vt_err_set(err, VT_E_CORRUPT,
                            "the last header of epoch %" PRIu64 " is missing",
                            e->cs.epoch);
    }
    if (status == VT_OK && vt_handoff_decode(handoff, &parts) != VT_OK) {
        status = vt_err_set(err, VT_E_CORRUPT,
                            "the handoff to epoch %" PRIu64 " is malformed",
                            e->cs.epoch + 1);
    }
    if (status == VT_OK) {
        status = check_border(e, &header, &id, &parts, err);
    }
    if (status != VT_OK) {
        return status;
    }
    entry.start_height = header.height + 1;
    entry.spec = parts.spec;
    memcpy(entry.random, parts.random, sizeof entry.random);
    status = vt_epoch_next(&f->ground, e, &entry, &id, &next, err);
    if (status != VT_OK) {
        return status;
    }
    e->cs.end_height = header.height;
    return push(f, next, err);
}
