/* SPDX-License-Identifier: Apache-2.0
 *
 * epoch.c - from a configuration or an agreed switch to what an engine is
 * bound to.
 */
#include "chain/epoch.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/chain.h"

#include <inttypes.h>
#include <string.h>

#define EPOCH_TAG "VTC/epoch/1"
#define PARAMS_TAG "VTC/epochparams/1"
#define BEACON_TAG "VTC/beacon/1"

/* From what the epoch before drew, where it drew something: the maker of the
 * last block chooses its id, and so the digest, but not this. */
static void hash_beacon(const struct vt_epoch *e, struct vt_hash *inout)
{
    static const uint8_t nothing[32];
    uint8_t number[8];
    struct vt_view parts[3];

    if (memcmp(e->random, nothing, sizeof nothing) == 0) {
        vt_hash_bytes(BEACON_TAG, inout->b, 32, inout);
        return;
    }
    vt_put_u64(number, e->cs.epoch);
    parts[0] = vt_view_of(e->cs.chain_id, 32);
    parts[1] = vt_view_of(number, sizeof number);
    parts[2] = vt_view_of(e->random, 32);
    vt_hash_tagged(BEACON_TAG, parts, 3, inout);
}

static void hash_epoch(struct vt_epoch *e)
{
    uint8_t numbers[20];
    struct vt_hash digest;
    struct vt_view parts[5];

    vt_put_u64(numbers, e->cs.epoch);
    vt_put_u64(numbers + 8, e->cs.start_height);
    vt_put_u32(numbers + 16, e->parts->module->desc.protocol);
    parts[0] = vt_view_of(e->cs.chain_id, 32);
    parts[1] = vt_view_of(e->params.b, 32);
    parts[2] = vt_view_of(numbers, sizeof numbers);
    parts[3] = vt_view_of(e->cs.parent, 32);
    parts[4] = vt_view_of(e->random, 32);
    vt_hash_tagged(EPOCH_TAG, parts, 5, &digest);
    memcpy(e->cs.digest, digest.b, 32);
    hash_beacon(e, &digest);
    memcpy(e->cs.beacon, digest.b, 32);
}

void vt_epoch_free(struct vt_epoch *e)
{
    if (e == NULL) {
        return;
    }
    for (uint32_t i = 0; e->names != NULL && i < e->cs.members.count; i++) {
        vt_free(e->names[i]);
    }
    vt_free(e->names);
    vt_free(e->members);
    vt_free(e->addresses);
    vt_free(e->weights);
    vt_free(e->pks);
    vt_free(e->keys);
    vt_buf_fini(&e->spec);
    vt_parts_free(e->own);
    vt_free(e);
}

static struct vt_epoch *epoch_new(const struct vt_epoch_ground *ground,
                                  uint32_t count)
{
    struct vt_epoch *e = vt_alloc(sizeof *e);

    if (e == NULL) {
        return NULL;
    }
    vt_buf_init(&e->spec, VT_TX_MAX);
    e->members = vt_alloc_array(count + 1u, sizeof *e->members);
    e->addresses = vt_alloc_array(count + 1u, sizeof *e->addresses);
    e->weights = vt_alloc_array(count + 1u, sizeof *e->weights);
    e->pks = vt_alloc_array(count + 1u, sizeof *e->pks);
    e->names = vt_alloc_array(count + 1u, sizeof *e->names);
    e->keys = vt_alloc_array(count + 1u, sizeof *e->keys);
    e->cs.size = VT_UPTO(struct vt_cs_epoch, end_height);
    e->cs.scheme = ground->schemes->scheme[0]->scheme;
    e->cs.members.ptr = e->members;
    e->cs.members.count = count;
    e->cs.members.stride = (uint32_t)sizeof e->members[0];
    e->self = VT_PEER_NONE;
    memcpy(e->cs.chain_id, ground->chain_id.b, 32);
    if (e->members == NULL || e->addresses == NULL || e->weights == NULL ||
        e->pks == NULL || e->names == NULL || e->keys == NULL) {
        vt_epoch_free(e);
        return NULL;
    }
    return e;
}

static vt_status set_member(const struct vt_epoch_ground *ground,
                            struct vt_epoch *e, uint32_t i,
                            const struct vt_switch_member *m)
{
    const struct vt_signature *scheme = ground->schemes->scheme[0];

    memcpy(e->keys[i], m->pk.ptr, m->pk.len);
    e->members[i].index = i;
    e->members[i].weight = m->weight;
    e->members[i].pk = vt_view_of(e->keys[i], m->pk.len);
    e->weights[i] = m->weight;
    e->pks[i] = e->members[i].pk;
    e->names[i] = vt_alloc(m->name.len + 1);
    if (e->names[i] != NULL) {
        memcpy(e->names[i], m->name.ptr, m->name.len);
    }
    vt_address_from_key((uint8_t)scheme->code, e->members[i].pk,
                        &e->addresses[i]);
    if (ground->signer != NULL &&
        vt_view_eq(ground->signer->pk, e->members[i].pk)) {
        e->self = i;
    }
    return e->names[i] == NULL ? VT_E_NOMEM : VT_OK;
}

/* A member with two seats would count twice. */
static vt_status check_members(const struct vt_epoch_ground *ground,
                               const struct vt_epoch *e, struct vt_err *err)
{
    size_t pk_len = ground->schemes->scheme[0]->pk_len;

    for (uint32_t i = 0; i < e->cs.members.count; i++) {
        if (e->members[i].pk.len != pk_len) {
            return vt_err_set(err, VT_E_INVALID,
                              "the key of member %s has %zu bytes instead of "
                              "%zu",
                              e->names[i], e->members[i].pk.len, pk_len);
        }
        for (uint32_t k = 0; k < i; k++) {
            if (vt_view_eq(e->members[i].pk, e->members[k].pk) ||
                strcmp(e->names[i], e->names[k]) == 0) {
                return vt_err_set(err, VT_E_INVALID,
                                  "member %s is listed twice", e->names[i]);
            }
        }
    }
    return VT_OK;
}

static vt_status check_count(const struct vt_epoch *e, struct vt_err *err)
{
    const struct vt_consensus *table = e->parts->consensus;
    uint32_t count = e->cs.members.count;

    if (count < table->members_min ||
        (table->members_max > 0 && count > table->members_max)) {
        return vt_err_set(err, VT_E_INVALID,
                          "there are %" PRIu32 " members, %s takes %" PRIu32
                          " to %" PRIu32,
                          count, e->parts->module->desc.name,
                          table->members_min, table->members_max);
    }
    return VT_OK;
}

static int has_batches(const struct vt_epoch *e)
{
    const struct vt_tab *needs = &e->parts->module->desc.needs;

    for (uint32_t i = 0; i < needs->count; i++) {
        if (strcmp(VT_AT(struct vt_need, *needs, i)->id, VT_NEED_BATCH) == 0) {
            return 1;
        }
    }
    return 0;
}

uint64_t vt_epoch_tx_max(const struct vt_epoch *e, const struct vt_tx *tx)
{
    uint64_t most = e->has_batches ? vt_batch_tx_max(tx) : e->tx_max_bytes;

    return most < e->tx_max_bytes ? most : e->tx_max_bytes;
}

static vt_status finish(const struct vt_epoch_ground *ground,
                        struct vt_epoch *e, struct vt_epoch **out,
                        struct vt_err *err)
{
    vt_status status = check_count(e, err);

    if (status == VT_OK) {
        status = check_members(ground, e, err);
    }
    if (status != VT_OK) {
        vt_epoch_free(e);
        return status;
    }
    e->electorate.members = e->addresses;
    e->electorate.weights = e->weights;
    e->electorate.names = (const char *const *)e->names;
    e->electorate.keys = e->pks;
    e->electorate.count = e->cs.members.count;
    e->electorate.scheme = (uint8_t)ground->schemes->scheme[0]->code;
    e->electorate.epoch = e->cs.epoch;
    e->electorate.start_height = e->cs.start_height;
    e->electorate.judge = ground->judge;
    e->cs.cfg = &e->parts->cfg;
    e->tx_max_bytes = ground->config->tx_max_bytes;
    e->has_batches = has_batches(e);
    hash_epoch(e);
    *out = e;
    return VT_OK;
}

vt_status vt_epoch_first(const struct vt_epoch_ground *ground,
                         struct vt_epoch **out, struct vt_err *err)
{
    const struct vt_chain_config *config = ground->config;
    uint32_t count = (uint32_t)config->validator_count;
    struct vt_epoch *e = epoch_new(ground, count);

    for (uint32_t i = 0; e != NULL && i < count; i++) {
        const struct vt_validator_entry *v = &config->validators[i];
        struct vt_switch_member m = {.name = vt_view_str(v->name),
                                     .pk = vt_view_of(v->pk, v->pk_len),
                                     .weight = v->weight};

        if (set_member(ground, e, i, &m) != VT_OK) {
            vt_epoch_free(e);
            e = NULL;
        }
    }
    if (e == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the members");
    }
    e->parts = ground->parts;
    e->params = ground->params;
    e->cs.epoch = 0;
    e->cs.start_height = 1;
    memcpy(e->cs.parent, ground->chain_id.b, 32);
    return finish(ground, e, out, err);
}

/* ---- later ones ---------------------------------------------------------- */

static vt_status take_members(const struct vt_epoch_ground *ground,
                              struct vt_epoch *e, const struct vt_epoch *before,
                              const struct vt_tx_switch *spec)
{
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < e->cs.members.count && status == VT_OK; i++) {
        struct vt_switch_member m;

        if (spec->member_count > 0) {
            vt_tx_switch_member(spec, i, &m);
        } else {
            m.name = vt_view_str(before->names[i]);
            m.pk = before->members[i].pk;
            m.weight = before->weights[i];
        }
        status = set_member(ground, e, i, &m);
    }
    return status;
}

/* Everything that was agreed, and who the plugin says it is. */
static vt_status hash_params(const struct vt_epoch *before, struct vt_epoch *e)
{
    struct vt_buf text = VT_BUF_INIT(VT_TX_MAX * 4u);
    struct vt_view parts[3];

    (void)vt_buf_printf(&text, "plugin.consensus=%s protocol %u\n",
                        e->parts->module->desc.id,
                        e->parts->module->desc.protocol);
    (void)vt_options_consensus(e->parts->options, &text);
    parts[0] = vt_view_of(before->params.b, 32);
    parts[1] = vt_buf_view(&e->spec);
    parts[2] = vt_buf_view(&text);
    vt_hash_tagged(PARAMS_TAG, parts, 3, &e->params);
    vt_buf_fini(&text);
    return text.failed;
}

static vt_status make_parts(const struct vt_epoch_ground *ground,
                            const struct vt_epoch *before,
                            const struct vt_tx_switch *spec, struct vt_epoch *e,
                            struct vt_err *err)
{
    const struct vt_parts_maker *maker = ground->maker;
    char engine[VT_SWITCH_ENGINE_MAX + 1] = "";
    vt_status status;

    if (spec->engine.len == 0) {
        e->parts = before->parts;
        return VT_OK;
    }
    if (maker == NULL) {
        return vt_err_set(err, VT_E_UNSUPPORTED,
                          "this node cannot load another engine");
    }
    memcpy(engine, spec->engine.ptr, spec->engine.len);
    status = maker->make(maker->ctx, engine, spec->options, &e->own, err);
    e->parts = e->own;
    return status;
}

vt_status vt_epoch_next(const struct vt_epoch_ground *ground,
                        const struct vt_epoch *before,
                        const struct vt_epoch_entry *entry,
                        const struct vt_hash *parent, struct vt_epoch **out,
                        struct vt_err *err)
{
    struct vt_epoch *e = NULL;
    struct vt_tx_switch spec;
    vt_status status = vt_tx_switch_decode(entry->spec, &spec);

    if (status != VT_OK) {
        return vt_err_set(err, status, "an epoch in the state is not readable");
    }
    e = epoch_new(ground, spec.member_count > 0 ? spec.member_count
                                                : before->cs.members.count);
    if (e == NULL ||
        vt_buf_put(&e->spec, entry->spec.ptr, entry->spec.len) != VT_OK ||
        vt_tx_switch_decode(vt_buf_view(&e->spec), &spec) != VT_OK ||
        take_members(ground, e, before, &spec) != VT_OK) {
        vt_epoch_free(e);
        return vt_err_set(err, VT_E_NOMEM, "no memory for an epoch");
    }
    e->cs.epoch = before->cs.epoch + 1;
    e->cs.start_height = entry->start_height;
    memcpy(e->cs.parent, parent->b, 32);
    memcpy(e->random, entry->random, 32);
    status = make_parts(ground, before, &spec, e, err);
    if (status == VT_OK) {
        status = hash_params(before, e);
    }
    if (status != VT_OK) {
        vt_epoch_free(e);
        return status;
    }
    return finish(ground, e, out, err);
}

static void engine_header(const struct vt_header *h, struct vt_cs_header *out)
{
    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cs_header, payload);
    out->proposer = h->proposer_index;
    out->epoch = h->epoch;
    out->height = h->height;
    out->time_ms = h->time_ms;
    out->payload = h->payload;
    memcpy(out->parent, h->parent.b, 32);
}

vt_status vt_epoch_random(const struct vt_epoch *e, const struct vt_header *h,
                          uint8_t out[32], uint32_t *has)
{
    const struct vt_consensus *table = e->parts->consensus;
    struct vt_cs_header header;

    *has = 0;
    if (table->random == NULL) {
        return VT_OK;
    }
    engine_header(h, &header);
    return table->random(e->parts->host, &e->cs, &header, out, has);
}

static vt_status judge(vt_status status, uint32_t verdict, struct vt_err *err)
{
    if (status != VT_OK) {
        return status;
    }
    return verdict == VT_GOOD
               ? VT_OK
               : vt_err_set(err, VT_E_CORRUPT,
                            "the seal does not make the block final");
}

vt_status vt_epoch_seal(const struct vt_epoch *e, uint64_t end,
                        const struct vt_header *header,
                        const struct vt_hash *id, struct vt_view seal,
                        struct vt_err *err)
{
    uint32_t verdict = VT_BAD;
    struct vt_cs_epoch cs = e->cs;
    vt_status status;

    cs.end_height = cs.end_height == 0 ? end : cs.end_height;
    status = e->parts->consensus->check_proof(
        e->parts->host, &cs, header->height, id->b, seal, &verdict, err);
    return judge(status, verdict, err);
}

vt_status vt_epoch_shorten(const struct vt_epoch *e, uint64_t height,
                           const struct vt_hash *id, struct vt_view seal,
                           struct vt_buf *out)
{
    const struct vt_consensus *engine = e->parts->consensus;
    struct vt_err err = VT_ERR_INIT;
    const size_t before = out->len;
    struct vt_sink sink;

    vt_buf_sink(out, &sink);
    if (engine->shorten_proof != NULL &&
        engine->shorten_proof(e->parts->host, &e->cs, height, id->b, seal,
                              &sink, &err) == VT_OK) {
        return VT_OK;
    }
    out->len = before;
    return vt_buf_put(out, seal.ptr, seal.len);
}

/* Neither decoder takes the other's form. */
vt_status vt_epoch_proof(const struct vt_epoch *e, uint64_t end,
                         uint64_t height, const struct vt_hash *id,
                         struct vt_view proof, struct vt_err *err)
{
    const struct vt_consensus *engine = e->parts->consensus;
    uint32_t verdict = VT_BAD;
    struct vt_cs_epoch cs = e->cs;
    vt_status status;

    cs.end_height = cs.end_height == 0 ? end : cs.end_height;
    status = engine->check_proof(e->parts->host, &cs, height, id->b, proof,
                                 &verdict, err);
    if (status == VT_OK && verdict != VT_GOOD && engine->check_short != NULL) {
        status = engine->check_short(e->parts->host, &cs, height, id->b, proof,
                                     &verdict, err);
    }
    return judge(status, verdict, err);
}

vt_status vt_epoch_stage(const struct vt_epoch *e, uint32_t stage,
                         const struct vt_header *h, const struct vt_hash *id,
                         struct vt_view proof, struct vt_err *err)
{
    const struct vt_consensus *table = e->parts->consensus;
    struct vt_cs_header header;
    uint32_t verdict = VT_BAD;
    vt_status status;

    if (table->check_stage == NULL) {
        return vt_err_set(err, VT_E_UNSUPPORTED,
                          "%s proves no stage before final",
                          e->parts->module->desc.id);
    }
    engine_header(h, &header);
    memcpy(header.id, id->b, 32);
    status = table->check_stage(e->parts->host, &e->cs, stage, &header, proof,
                                &verdict, err);
    if (status != VT_OK) {
        return status;
    }
    return verdict == VT_GOOD ? VT_OK
                              : vt_err_set(err, VT_E_CORRUPT,
                                           "the proof does not show that "
                                           "stage");
}
