/* SPDX-License-Identifier: Apache-2.0
 *
 * validate_consensus.c - around every call of an engine: domain, re-entry,
 * views that die with the call, well-formed effects.
 */
#include "config.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/log.h"
#include "plugin/validate.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define TABLES_MAX 32u
#define GUARD_BYTES (size_t)(4u << 20)
#define ROOM_LEAST 16u

static _Atomic uint64_t violations;
static _Thread_local const char *domain;

uint64_t vt_validate_violations(void)
{
    return atomic_load(&violations);
}

void vt_validate_set_domain(const char *name)
{
    domain = name;
}

void vt_violation(const char *stem, int by_host, const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    atomic_fetch_add(&violations, 1);
    vt_log(stem, by_host ? VT_LOG_HOST_MISBEHAVING : VT_LOG_PLUGIN_MISBEHAVING,
           "%s", text);
}

void vt_domain_check(const char *stem, const char *call, const char *want)
{
    if (domain != NULL && strcmp(domain, want) != 0 &&
        strcmp(domain, "init") != 0) {
        vt_violation(stem, 1, "%s called in domain %s, belongs to %s", call,
                     domain, want);
    }
}

/* Wrapped tables, found again through the module of a host. */
struct wrapped {
    struct vt_consensus table; /* what the host sees */
    const struct vt_consensus *inner;
    char stem[40];
};

static struct wrapped wrappers[TABLES_MAX];
static size_t wrapper_count;

/* The instance the host holds. */
struct vt_cs {
    struct vt_cs *inner;
    const struct wrapped *w;
    const struct vt_module *module;
    uint8_t *guard; /* views of the current event live here */
    size_t guard_used;
    uint64_t last_now_ns;
    _Atomic int busy;
};

static const struct wrapped *by_host(const struct vt_host *host)
{
    const struct vt_module *module = vt_host_module(host);

    for (size_t i = 0; i < wrapper_count; i++) {
        if (module != NULL && module->consensus == &wrappers[i].table) {
            return &wrappers[i];
        }
    }
    return NULL;
}

static vt_status v_create(const struct vt_host *host, const struct vt_cfg *cfg,
                          const struct vt_cs_start *start, struct vt_cs **out,
                          struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    struct vt_cs *self = vt_alloc(sizeof *self);
    vt_status status;

    *out = NULL;
    if (w == NULL || self == NULL) {
        vt_free(self);
        return VT_E_INTERNAL;
    }
    self->w = w;
    self->module = vt_host_module(host);
    self->guard =
        mmap(NULL, GUARD_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (self->guard == MAP_FAILED) {
        vt_free(self);
        return VT_E_NOMEM;
    }
    status = w->inner->create(host, cfg, start, &self->inner, err);
    if (status == VT_OK && self->inner == NULL) {
        vt_violation(w->stem, 0, "create: VT_OK without an instance");
        status = VT_E_INTERNAL;
    }
    if (status != VT_OK) {
        if (self->inner != NULL) {
            vt_violation(w->stem, 0, "create: failed, but *out is not NULL");
        }
        (void)munmap(self->guard, GUARD_BYTES);
        vt_free(self);
        return status;
    }
    *out = self;
    return VT_OK;
}

static void v_destroy(struct vt_cs *self)
{
    if (self != NULL) {
        self->w->inner->destroy(self->inner);
        (void)munmap(self->guard, GUARD_BYTES);
        vt_free(self);
    }
}

/* Borrowed bytes move into the guard region, so that a pointer kept after the
 * call faults. */
static void guard_view(struct vt_cs *self, struct vt_view *view)
{
    size_t need = (view->len + 15u) & ~(size_t)15u;

    if (view->len == 0 || self->guard_used + need > GUARD_BYTES) {
        return;
    }
    memcpy(self->guard + self->guard_used, view->ptr, view->len);
    view->ptr = self->guard + self->guard_used;
    self->guard_used += need;
}

union any_event {
    struct vt_ev h;
    struct vt_ev_recv recv;
    struct vt_ev_done done;
    struct vt_ev_block block;
    struct vt_ev_bytes bytes;
};

static const struct vt_ev *guard_event(struct vt_cs *self,
                                       const struct vt_ev *ev,
                                       union any_event *copy)
{
    if (ev->size > sizeof *copy) {
        return ev;
    }
    memcpy(copy, ev, ev->size);
    switch (ev->type & ~VT_EV_CRITICAL) {
    case VT_EV_RECV:
        guard_view(self, &copy->recv.msg);
        break;
    case VT_EV_SIGNED:
    case VT_EV_VERIFIED:
    case VT_EV_WORKED:
    case VT_EV_PROVED:
        guard_view(self, &copy->done.data);
        break;
    case VT_EV_BUILT:
    case VT_EV_VALIDATED:
    case VT_EV_FETCHED:
        guard_view(self, &copy->block.payload);
        if (ev->size >= VT_UPTO(struct vt_ev_block, flaw)) {
            guard_view(self, &copy->block.flaw);
        }
        break;
    case VT_EV_ADMIN:
        guard_view(self, &copy->bytes.data);
        break;
    default:
        break;
    }
    return &copy->h;
}

struct checked_out {
    struct vt_out out;
    struct vt_out *real;
    const struct wrapped *w;
    const struct vt_module *module;
    uint32_t limited;
};

static int need_listed(const struct vt_module *module, uint32_t type)
{
    static const char *const ids[] = {NULL,
                                      VT_NEED_PERSIST,
                                      VT_NEED_SEND,
                                      VT_NEED_TIMER,
                                      VT_NEED_BUILD,
                                      VT_NEED_VALIDATE,
                                      VT_NEED_SIGN,
                                      VT_NEED_VERIFY,
                                      VT_NEED_STORE,
                                      VT_NEED_COMMIT,
                                      VT_NEED_FETCH,
                                      VT_NEED_PENALIZE,
                                      VT_NEED_EVIDENCE,
                                      VT_NEED_SEALED,
                                      VT_NEED_HALT,
                                      VT_NEED_HEAD,
                                      VT_NEED_REQUEUE,
                                      VT_NEED_SYNC,
                                      VT_NEED_WORK,
                                      VT_NEED_METRIC,
                                      VT_NEED_TRACE,
                                      VT_NEED_PROVE,
                                      VT_NEED_BATCH,
                                      VT_NEED_JOIN,
                                      VT_NEED_PLACE,
                                      VT_NEED_STAGE};

    if (type == 0 || type >= sizeof ids / sizeof ids[0]) {
        return 0;
    }
    for (uint32_t i = 0; i < module->desc.needs.count; i++) {
        if (strcmp(VT_AT(struct vt_need, module->desc.needs, i)->id,
                   ids[type]) == 0) {
            return 1;
        }
    }
    return 0;
}

static vt_status v_emit(struct vt_out *out, const struct vt_eff *eff)
{
    struct checked_out *c = (struct checked_out *)(void *)out;
    vt_status status;

    if (eff->size < sizeof *eff || eff->size > 4096) {
        vt_violation(c->w->stem, 0, "emit: effect of %u bytes", eff->size);
        return VT_E_INVALID;
    }
    if (eff->reserved != 0 || (eff->flags & ~VT_EFF_EARLY) != 0) {
        vt_violation(c->w->stem, 0, "emit: reserved or unknown flags set");
        return VT_E_INVALID;
    }
    if (!need_listed(c->module, eff->type)) {
        vt_violation(c->w->stem, 0, "emit: effect %u is not in its needs",
                     eff->type);
        return VT_E_INVALID;
    }
    if (c->limited > 0 && eff->type != VT_EFF_TRACE &&
        eff->type != VT_EFF_METRIC && c->limited++ > 1) {
        vt_violation(c->w->stem, 0, "emit: goes on after VT_E_LIMIT");
    }
    status = c->real->emit(c->real, eff);
    out->room = c->real->room;
    if (status == VT_E_LIMIT) {
        c->limited++;
    }
    return status;
}

static vt_status v_step(struct vt_cs *self, const struct vt_ev *ev,
                        struct vt_out *out)
{
    struct checked_out c = {.real = out, .w = self->w, .module = self->module};
    union any_event copy;
    const struct vt_ev *guarded;
    vt_status status;

    vt_domain_check(self->w->stem, "step", "chain");
    if (atomic_exchange(&self->busy, 1) != 0) {
        vt_violation(self->w->stem, 1, "step: entered twice");
        return VT_E_INTERNAL;
    }
    if (ev->now_ns < self->last_now_ns) {
        vt_violation(self->w->stem, 1, "step: now_ns went back");
    }
    if (out->room < ROOM_LEAST) {
        vt_violation(self->w->stem, 1, "step: room %u", out->room);
    }
    self->last_now_ns = ev->now_ns;
    (void)mprotect(self->guard, GUARD_BYTES, PROT_READ | PROT_WRITE);
    self->guard_used = 0;
    guarded = guard_event(self, ev, &copy);
    c.out.size = VT_UPTO(struct vt_out, emit);
    c.out.room = out->room;
    c.out.emit = v_emit;
    status = self->w->inner->step(self->inner, guarded, &c.out);
    if (status > 0) {
        vt_violation(self->w->stem, 0, "step: returned %d", status);
    }
    (void)mprotect(self->guard, GUARD_BYTES, PROT_NONE);
    atomic_store(&self->busy, 0);
    return status;
}

static vt_status v_digest(const struct vt_cs *self, uint8_t out[32])
{
    vt_domain_check(self->w->stem, "digest", "chain");
    return self->w->inner->digest(self->inner, out);
}

static void check_verdict(const struct wrapped *w, const char *call,
                          vt_status status, uint32_t verdict)
{
    if (status == VT_OK && verdict != VT_GOOD && verdict != VT_BAD) {
        vt_violation(w->stem, 0, "%s: verdict %u", call, verdict);
    }
}

static vt_status v_check_proof(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch, uint64_t height,
                               const uint8_t id[32], struct vt_view proof,
                               uint32_t *verdict, struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    vt_status status =
        w->inner->check_proof(host, epoch, height, id, proof, verdict, err);

    check_verdict(w, "check_proof", status, *verdict);
    return status;
}

static vt_status v_shorten_proof(const struct vt_host *host,
                                 const struct vt_cs_epoch *epoch,
                                 uint64_t height, const uint8_t id[32],
                                 struct vt_view proof, struct vt_sink *out,
                                 struct vt_err *err)
{
    return by_host(host)->inner->shorten_proof(host, epoch, height, id, proof,
                                               out, err);
}

static vt_status v_check_short(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch, uint64_t height,
                               const uint8_t id[32], struct vt_view proof,
                               uint32_t *verdict, struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    vt_status status =
        w->inner->check_short(host, epoch, height, id, proof, verdict, err);

    check_verdict(w, "check_short", status, *verdict);
    return status;
}

static vt_status v_check_header(const struct vt_host *host,
                                const struct vt_cs_epoch *epoch,
                                const struct vt_cs_header *parent,
                                const struct vt_cs_header *header,
                                uint32_t *verdict, struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    vt_status status =
        w->inner->check_header(host, epoch, parent, header, verdict, err);

    check_verdict(w, "check_header", status, *verdict);
    return status;
}

static vt_status v_check_evidence(const struct vt_host *host,
                                  const struct vt_cs_epoch *epoch,
                                  uint32_t kind, struct vt_view a,
                                  struct vt_view b, uint32_t *member,
                                  uint32_t *verdict, struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    vt_status status =
        w->inner->check_evidence(host, epoch, kind, a, b, member, verdict, err);

    check_verdict(w, "check_evidence", status, *verdict);
    return status;
}

static vt_status v_compare(const struct vt_host *host,
                           const struct vt_cs_epoch *epoch,
                           const struct vt_cs_header *a,
                           const struct vt_cs_header *b, int32_t *order)
{
    return by_host(host)->inner->compare(host, epoch, a, b, order);
}

static vt_status v_random(const struct vt_host *host,
                          const struct vt_cs_epoch *epoch,
                          const struct vt_cs_header *header, uint8_t out[32],
                          uint32_t *has)
{
    const struct wrapped *w = by_host(host);
    vt_status status = w->inner->random(host, epoch, header, out, has);

    if (status == VT_OK && *has > 1) {
        vt_violation(w->stem, 0, "random: has is %u", *has);
    }
    return status;
}

static vt_status v_check_stage(const struct vt_host *host,
                               const struct vt_cs_epoch *epoch, uint32_t stage,
                               const struct vt_cs_header *header,
                               struct vt_view proof, uint32_t *verdict,
                               struct vt_err *err)
{
    const struct wrapped *w = by_host(host);
    vt_status status =
        w->inner->check_stage(host, epoch, stage, header, proof, verdict, err);

    check_verdict(w, "check_stage", status, *verdict);
    return status;
}

const struct vt_consensus *vt_validate_consensus(
    const struct vt_consensus *table, const char *stem)
{
    struct wrapped *w;

    if (wrapper_count == TABLES_MAX) {
        return table;
    }
    w = &wrappers[wrapper_count++];
    w->inner = table;
    w->table = *table;
    (void)snprintf(w->stem, sizeof w->stem, "%s", stem);
    w->table.create = v_create;
    w->table.destroy = v_destroy;
    w->table.step = v_step;
    w->table.digest = v_digest;
    w->table.check_proof = v_check_proof;
    w->table.check_header = table->check_header == NULL ? NULL : v_check_header;
    w->table.check_evidence =
        table->check_evidence == NULL ? NULL : v_check_evidence;
    w->table.compare = table->compare == NULL ? NULL : v_compare;
    w->table.random = table->random == NULL ? NULL : v_random;
    w->table.check_stage = table->check_stage == NULL ? NULL : v_check_stage;
    w->table.shorten_proof =
        table->shorten_proof == NULL ? NULL : v_shorten_proof;
    w->table.check_short = table->check_short == NULL ? NULL : v_check_short;
    return &w->table;
}
