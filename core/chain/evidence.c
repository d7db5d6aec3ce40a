/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - the book of who was caught lying, in memory and in the log.
 */
#include "chain/evidence.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "base/status.h"
#include "chain/inside.h"

#include <inttypes.h>
#include <string.h>

#define HEAD 12u /* time and length of the first item, before the items */

/* ---- judging ------------------------------------------------------------- */

vt_status vt_evidence_judge(const struct vt_chain *chain,
                            const struct vt_tx_evidence *evidence, int *is_good,
                            uint32_t *member, struct vt_err *err)
{
    const struct vt_consensus *table;
    const struct vt_epoch *epoch;
    uint32_t verdict = VT_BAD;
    uint32_t named = VT_PEER_NONE;
    vt_status status;

    *is_good = 0;
    if (evidence->epoch >= chain->epoch_count) {
        return VT_E_NOTFOUND;
    }
    epoch = chain->epochs[evidence->epoch];
    table = epoch->parts->consensus;
    if (table->check_evidence == NULL) {
        return VT_OK;
    }
    status =
        table->check_evidence(epoch->parts->host, &epoch->cs, evidence->kind,
                              evidence->a, evidence->b, &named, &verdict, err);
    if (status == VT_OK && verdict == VT_GOOD &&
        named < epoch->cs.members.count) {
        *is_good = 1;
        *member = named;
    }
    return status;
}

void vt_evidence_of(const struct vt_evidence_record *r,
                    struct vt_tx_evidence *out)
{
    out->epoch = r->epoch;
    out->kind = r->kind;
    out->a = vt_view_of(r->items, r->a_len);
    out->b = vt_view_of(r->items + r->a_len, r->b_len);
}

/* The engine's word is not enough: its pure check, the one that anybody else
 * would ask, must name the same member. */
static int convicts(const struct vt_chain *chain,
                    const struct vt_evidence_record *r, struct vt_err *err)
{
    struct vt_tx_evidence evidence;
    uint32_t member;
    int is_good;

    vt_evidence_of(r, &evidence);
    return vt_evidence_judge(chain, &evidence, &is_good, &member, err) ==
               VT_OK &&
           is_good && member == r->member;
}

/* ---- the book ------------------------------------------------------------ */

static struct vt_evidence_record *find(const struct vt_evidence_book *book,
                                       const struct vt_evidence_record *like)
{
    for (size_t i = 0; i < book->count; i++) {
        struct vt_evidence_record *r = &book->records[i];

        if (r->epoch == like->epoch && r->member == like->member &&
            r->kind == like->kind) {
            return r;
        }
    }
    return NULL;
}

static void drop_oldest(struct vt_chain *chain)
{
    struct vt_evidence_book *book = &chain->evidence;
    const struct vt_evidence_record *r = &book->records[0];
    struct vt_log_key key;

    vt_log_key_evidence(r->epoch, r->member, r->kind, &key);
    (void)vt_journal_del(chain->journal, VT_LOG_EVIDENCE,
                         vt_log_key_view(&key));
    vt_free(r->items);
    book->count--;
    memmove(book->records, book->records + 1,
            book->count * sizeof *book->records);
}

/* Takes the items. Returns VT_OK, VT_E_NOMEM. */
static vt_status append(struct vt_chain *chain, struct vt_evidence_record *r)
{
    struct vt_evidence_book *book = &chain->evidence;

    if (book->records == NULL) {
        book->records = vt_alloc_array(VT_EVIDENCE_MAX, sizeof *book->records);
        if (book->records == NULL) {
            vt_free(r->items);
            return VT_E_NOMEM;
        }
    }
    if (book->count == VT_EVIDENCE_MAX) {
        drop_oldest(chain);
    }
    book->records[book->count++] = *r;
    return VT_OK;
}

void vt_evidence_fini(struct vt_evidence_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        vt_free(book->records[i].items);
    }
    vt_free(book->records);
    memset(book, 0, sizeof *book);
}

/* ---- news ---------------------------------------------------------------- */

static void write_down(struct vt_chain *chain,
                       const struct vt_evidence_record *r)
{
    struct vt_buf value = VT_BUF_INIT(HEAD + VT_EVIDENCE_BOTH_MAX);
    struct vt_log_key key;
    uint8_t head[HEAD];

    vt_log_key_evidence(r->epoch, r->member, r->kind, &key);
    vt_put_u64(head, (uint64_t)r->seen_ms);
    vt_put_u32(head + 8, (uint32_t)r->a_len);
    (void)vt_buf_put(&value, head, sizeof head);
    (void)vt_buf_put(&value, r->items, r->a_len + r->b_len);
    if (value.failed != VT_OK ||
        vt_journal_put(chain->journal, VT_LOG_EVIDENCE, vt_log_key_view(&key),
                       vt_buf_view(&value)) != VT_OK) {
        vt_log("chain", VT_LOG_WARN,
               "%s: evidence against member %" PRIu32
               " is not kept: no room in the journal",
               chain->args.config->name, r->member);
    }
    vt_buf_fini(&value);
    vt_chain_dirty(chain);
}

static int copy_items(struct vt_evidence_record *r, struct vt_view a,
                      struct vt_view b)
{
    if (a.len > VT_EVIDENCE_ITEM_MAX || b.len > VT_EVIDENCE_ITEM_MAX ||
        a.len + b.len > VT_EVIDENCE_BOTH_MAX) {
        return 0;
    }
    r->a_len = a.len;
    r->b_len = b.len;
    r->items = vt_alloc(a.len + b.len + 1);
    if (r->items == NULL) {
        return 0;
    }
    if (a.len > 0) {
        memcpy(r->items, a.ptr, a.len);
    }
    if (b.len > 0) {
        memcpy(r->items + a.len, b.ptr, b.len);
    }
    return 1;
}

int vt_evidence_add(struct vt_chain *chain, const struct vt_eff_evidence *e,
                    int *out_is_new)
{
    struct vt_evidence_record fresh = {.epoch = chain->epoch->cs.epoch,
                                       .count = 1,
                                       .member = e->member,
                                       .kind = e->kind};
    struct vt_evidence_record *known = find(&chain->evidence, &fresh);
    struct vt_err err = VT_ERR_INIT;

    *out_is_new = known == NULL;
    if (known != NULL && known->is_convicting) {
        known->count++;
        return 1;
    }
    if (!copy_items(&fresh, e->a, e->b)) {
        return 0;
    }
    fresh.is_convicting = convicts(chain, &fresh, &err);
    fresh.seen_ms = chain->args.world->ops->wall_ms(chain->args.world);
    if (!fresh.is_convicting) {
        vt_free(fresh.items);
        return 0;
    }
    if (append(chain, &fresh) == VT_OK) {
        write_down(chain, &fresh);
    }
    return 1;
}

/* ---- from the log -------------------------------------------------------- */

struct loading {
    struct vt_chain *chain;
    vt_status status;
};

static int load_one(void *ctx, struct vt_view key, struct vt_view value)
{
    struct loading *l = ctx;
    struct vt_evidence_record r = {.count = 1};
    struct vt_err err = VT_ERR_INIT;
    size_t a_len;

    a_len = value.len < HEAD ? 0 : vt_get_u32(value.ptr + 8);
    if (key.len != 24 || value.len < HEAD || a_len > value.len - HEAD) {
        l->status = VT_E_CORRUPT;
        return 1;
    }
    r.epoch = vt_get_u64be(key.ptr);
    r.member = (uint32_t)vt_get_u64be(key.ptr + 8);
    r.kind = (uint32_t)vt_get_u64be(key.ptr + 16);
    r.seen_ms = (int64_t)vt_get_u64(value.ptr);
    if (r.epoch >= l->chain->epoch_count) {
        return 0;
    }
    if (!copy_items(
            &r, vt_view_of(value.ptr + HEAD, a_len),
            vt_view_of(value.ptr + HEAD + a_len, value.len - HEAD - a_len))) {
        l->status = VT_E_NOMEM;
        return 1;
    }
    r.is_convicting = convicts(l->chain, &r, &err);
    l->status = append(l->chain, &r);
    return l->status != VT_OK;
}

vt_status vt_evidence_open(struct vt_chain *chain, struct vt_err *err)
{
    struct loading loading = {chain, VT_OK};
    struct vt_log_key from;
    vt_status status;

    vt_log_key_evidence(0, 0, 0, &from);
    status = vt_log_walk(&chain->args.log, VT_LOG_EVIDENCE,
                         vt_log_key_view(&from), load_one, &loading, err);
    if (status == VT_OK && loading.status != VT_OK) {
        status = vt_err_set(err, loading.status,
                            "the evidence in the log cannot be read: %s",
                            vt_status_text(loading.status));
    }
    return status;
}

/* ---- questions ----------------------------------------------------------- */

vt_status vt_chain_evidence(const struct vt_chain *chain, size_t index,
                            struct vt_evidence_info *out)
{
    const struct vt_evidence_record *r;
    const struct vt_epoch *epoch;

    if (index >= chain->evidence.count) {
        return VT_E_NOTFOUND;
    }
    r = &chain->evidence.records[index];
    epoch = chain->epochs[r->epoch];
    out->epoch = r->epoch;
    out->member = r->member;
    out->kind = r->kind;
    out->name =
        r->member < epoch->cs.members.count ? epoch->names[r->member] : "?";
    out->engine = epoch->parts->module->desc.id;
    out->seen_ms = r->seen_ms;
    out->count = r->count;
    out->is_verified = r->is_convicting;
    out->a = vt_view_of(r->items, r->a_len);
    out->b = vt_view_of(r->items + r->a_len, r->b_len);
    return VT_OK;
}
