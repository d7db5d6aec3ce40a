/* SPDX-License-Identifier: Apache-2.0
 *
 * life.c - the short life of an engine, of a store, of a signature scheme.
 */
#include "conform/life.h"

#include "base/bytes.h"
#include "base/status.h"
#include "conform/rig.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void vt_life_begin(struct vt_life *life, struct vt_trial *t,
                   const struct vt_host *host)
{
    memset(life, 0, sizeof *life);
    life->t = t;
    life->host = host;
    life->cfg = &t->cfg;
    if (vt_trial_kind(t) == VT_KIND_STORAGE) {
        (void)snprintf(life->dir, sizeof life->dir, "%s/life", t->work);
        VT_EXPECT(t, mkdir(life->dir, 0755) == 0, "no folder %s", life->dir);
    }
}

static void empty_folder(struct vt_life *life)
{
    if (life->dir[0] != '\0') {
        vt_trial_remove(life->dir);
        VT_EXPECT(life->t, mkdir(life->dir, 0755) == 0, "no folder %s",
                  life->dir);
    }
}

/* ---- an engine ----------------------------------------------------------- */

static vt_status take(struct vt_out *out, const struct vt_eff *eff)
{
    (void)eff;
    if (out->room == 0) {
        return VT_E_LIMIT;
    }
    out->room--;
    return VT_OK;
}

static void make_epoch(struct vt_cs_epoch *e, struct vt_member *members,
                       uint8_t (*pk)[32], uint32_t count)
{
    memset(e, 0, sizeof *e);
    e->size = VT_UPTO(struct vt_cs_epoch, cfg);
    e->start_height = 1;
    e->scheme = "simcheap";
    e->members.ptr = members;
    e->members.count = count;
    e->members.stride = sizeof members[0];
    for (uint32_t i = 0; i < count; i++) {
        memset(&members[i], 0, sizeof members[i]);
        memset(pk[i], (int)(i + 1), 32);
        members[i].index = i;
        members[i].weight = 1;
        members[i].pk = vt_view_of(pk[i], 32);
    }
}

static vt_status live_engine(struct vt_life *life)
{
    const struct vt_consensus *table = life->t->module->consensus;
    uint32_t count = table->members_min > 4 ? table->members_min : 4;
    struct vt_member members[64];
    uint8_t pk[64][32];
    struct vt_cs_epoch epoch;
    struct vt_cs_start start = {.size = VT_UPTO(struct vt_cs_start, handoff),
                                .epoch = &epoch,
                                .slots = {NULL, 0, sizeof(struct vt_slot)}};
    struct vt_out out = {
        .size = VT_UPTO(struct vt_out, emit), .room = 256, .emit = take};
    struct vt_ev ev = {.size = VT_UPTO(struct vt_ev, wall_ms),
                       .type = VT_EV_START,
                       .now_ns = 1000};
    struct vt_cs *cs = NULL;
    vt_status status;

    count = count > table->members_max ? table->members_max : count;
    VT_EXPECT(life->t, count <= 64, "members_min is %u", table->members_min);
    make_epoch(&epoch, members, pk, count);
    epoch.cfg = life->cfg;
    status = table->create(life->host, life->cfg, &start, &cs, &life->err);
    VT_EXPECT(life->t, (status == VT_OK) == (cs != NULL),
              "create returned %d and %s instance", status,
              cs == NULL ? "no" : "an");
    if (status != VT_OK) {
        return status;
    }
    status = table->step(cs, &ev, &out);
    table->destroy(cs);
    return status;
}

/* ---- a store ------------------------------------------------------------- */

static vt_status write_and_read(struct vt_life *life, struct vt_db *db)
{
    const struct vt_storage *table = life->t->module->storage;
    struct vt_db_tx *tx = NULL;
    struct vt_view val;
    vt_status status = table->begin(db, VT_TX_RW, &tx, &life->err);

    if (status != VT_OK) {
        VT_EXPECT(life->t, tx == NULL, "begin failed with a transaction");
        return status;
    }
    status = table->put(tx, 1, vt_view_str("key"), vt_view_str("value"));
    if (status != VT_OK) {
        table->abort(tx);
        return status;
    }
    status = table->commit(tx, VT_COMMIT_SYNC, &life->err);
    if (status != VT_OK) {
        return status;
    }
    status = table->begin(db, VT_TX_RO, &tx, &life->err);
    if (status == VT_OK) {
        status = table->get(tx, 1, vt_view_str("key"), &val);
        VT_EXPECT(life->t,
                  status != VT_OK || vt_view_eq(val, vt_view_str("value")),
                  "get gives another value than was put");
        table->abort(tx);
    }
    return status;
}

static vt_status live_store(struct vt_life *life)
{
    const struct vt_storage *table = life->t->module->storage;
    struct vt_db *db = NULL;
    vt_status status =
        table->open(life->host, life->cfg, life->dir, &db, &life->err);

    VT_EXPECT(life->t, (status == VT_OK) == (db != NULL),
              "open returned %d and %s store", status, db == NULL ? "no" : "a");
    if (status == VT_OK) {
        status = write_and_read(life, db);
        table->close(db);
    }
    empty_folder(life);
    return status;
}

/* ---- a scheme ------------------------------------------------------------ */

static vt_status live_scheme(struct vt_life *life)
{
    const struct vt_signature *table = life->t->module->signature;
    uint8_t seed[64] = {7};
    uint8_t msg[32] = {3};
    uint8_t sk[64];
    uint8_t pk[64];
    uint8_t sig[256];
    uint32_t len = 0;
    uint32_t verdict = VT_BAD;
    uint8_t many = VT_BAD;
    struct vt_sig_item item = {.msg = msg};
    struct vt_tab items = {&item, 1, sizeof item};
    vt_status status = table->keypair(seed, sk, pk);

    if (status == VT_OK) {
        status = table->sign(sk, msg, sig, &len);
    }
    if (status == VT_OK) {
        item.pk = vt_view_of(pk, table->pk_len);
        item.sig = vt_view_of(sig, len);
        status = table->verify(item.pk, msg, item.sig, &verdict);
    }
    if (status == VT_OK) {
        VT_EXPECT(life->t, verdict == VT_GOOD, "refuses its own signature");
        status = table->verify_many(items, &many);
    }
    VT_EXPECT(life->t, status != VT_OK || many == VT_GOOD,
              "verify_many refuses its own signature");
    return status;
}

vt_status vt_life_live(struct vt_life *life)
{
    memset(&life->err, 0, sizeof life->err);
    life->err.size = sizeof life->err;
    switch (vt_trial_kind(life->t)) {
    case VT_KIND_CONSENSUS:
        return live_engine(life);
    case VT_KIND_STORAGE:
        return live_store(life);
    default:
        return live_scheme(life);
    }
}
