/* SPDX-License-Identifier: Apache-2.0
 *
 * guard.c - per role a ring of the last signed positions, in order.
 */
#include "chain/guard.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "chain/logstore.h"
#include "chain/rules.h"

#include <string.h>

struct signed_at {
    uint64_t major, minor;
    struct vt_hash message;
};

struct role {
    struct signed_at *ring; /* VT_GUARD_KEEP of them; NULL until used */
    size_t first, count;
};

struct vt_guard {
    uint64_t epoch;
    struct role roles[VT_GUARD_ROLES_MAX];
};

static int order(const struct signed_at *s, uint64_t major, uint64_t minor)
{
    if (s->major != major) {
        return s->major < major ? -1 : 1;
    }
    return s->minor < minor ? -1 : s->minor > minor;
}

static struct signed_at *at_index(const struct role *role, size_t i)
{
    return &role->ring[(role->first + i) % VT_GUARD_KEEP];
}

/* The record of a position, or NULL. */
static struct signed_at *find(const struct role *role, uint64_t major,
                              uint64_t minor)
{
    size_t lo = 0;
    size_t hi = role->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = order(at_index(role, mid), major, minor);

        if (cmp == 0) {
            return at_index(role, mid);
        }
        if (cmp < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return NULL;
}

/* Appends; *dropped gets the record that left the ring, if any. Returns 1 when
 * one left, 0 when none, -1 when out of memory. */
static int append(struct role *role, const struct signed_at *fresh,
                  struct signed_at *dropped)
{
    int left = 0;

    if (role->ring == NULL) {
        role->ring = vt_alloc_array(VT_GUARD_KEEP, sizeof *role->ring);
        if (role->ring == NULL) {
            return -1;
        }
    }
    if (role->count == VT_GUARD_KEEP) {
        *dropped = *at_index(role, 0);
        role->first = (role->first + 1) % VT_GUARD_KEEP;
        role->count--;
        left = 1;
    }
    *at_index(role, role->count) = *fresh;
    role->count++;
    return left;
}

struct loading {
    struct vt_guard *guard;
    vt_status status;
};

static int load_one(void *ctx, struct vt_view key, struct vt_view value)
{
    struct loading *l = ctx;
    struct signed_at fresh;
    struct signed_at dropped;
    uint64_t role;

    if (key.len != 32 || vt_get_u64be(key.ptr) != l->guard->epoch) {
        return 1;
    }
    role = vt_get_u64be(key.ptr + 8);
    if (role >= VT_GUARD_ROLES_MAX || value.len != 32) {
        l->status = VT_E_CORRUPT;
        return 1;
    }
    fresh.major = vt_get_u64be(key.ptr + 16);
    fresh.minor = vt_get_u64be(key.ptr + 24);
    memcpy(fresh.message.b, value.ptr, 32);
    /* keys come in order, so the ring stays sorted */
    if (append(&l->guard->roles[role], &fresh, &dropped) < 0) {
        l->status = VT_E_NOMEM;
        return 1;
    }
    return 0;
}

vt_status vt_guard_new(const struct vt_store *log, uint64_t epoch,
                       struct vt_guard **out, struct vt_err *err)
{
    struct vt_guard *guard = vt_alloc(sizeof *guard);
    struct loading loading = {guard, VT_OK};
    struct vt_log_key from;
    vt_status status;

    if (guard == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "no memory for the signing guard");
    }
    guard->epoch = epoch;
    vt_log_key_guard(epoch, 0, 0, 0, &from);
    status = vt_log_walk(log, VT_LOG_GUARD, vt_log_key_view(&from), load_one,
                         &loading, err);
    if (status == VT_OK && loading.status != VT_OK) {
        status = vt_err_set(err, loading.status,
                            "the record of what this node signed cannot be "
                            "read: do not start it again with this key before "
                            "the others have moved on");
    }
    if (status != VT_OK) {
        vt_guard_free(guard);
        return status;
    }
    *out = guard;
    return VT_OK;
}

void vt_guard_free(struct vt_guard *guard)
{
    if (guard != NULL) {
        for (size_t i = 0; i < VT_GUARD_ROLES_MAX; i++) {
            vt_free(guard->roles[i].ring);
        }
        vt_free(guard);
    }
}

vt_status vt_guard_allow(struct vt_guard *guard, struct vt_journal *journal,
                         const struct vt_guard_position *at,
                         const struct vt_hash *message)
{
    struct role *role;
    struct signed_at *old;
    struct signed_at fresh = {at->major, at->minor, *message};
    struct signed_at dropped;
    struct vt_log_key key;
    vt_status status;
    int left;

    if (at->role >= VT_GUARD_ROLES_MAX) {
        return VT_E_INVALID;
    }
    role = &guard->roles[at->role];
    old = find(role, at->major, at->minor);
    if (old != NULL && vt_hash_eq(&old->message, message)) {
        return VT_OK;
    }
    if (old != NULL && vt_chain_rule_guards()) {
        return VT_E_DENIED;
    }
    if (role->count > 0 && vt_chain_rule_guards() &&
        order(at_index(role, role->count - 1), at->major, at->minor) > 0) {
        return VT_E_DENIED;
    }
    vt_log_key_guard(guard->epoch, at->role, at->major, at->minor, &key);
    status = vt_journal_put(journal, VT_LOG_GUARD, vt_log_key_view(&key),
                            vt_view_of(message->b, 32));
    if (status != VT_OK) {
        return status;
    }
    left = append(role, &fresh, &dropped);
    if (left < 0) {
        return VT_E_NOMEM;
    }
    if (left > 0) {
        vt_log_key_guard(guard->epoch, at->role, dropped.major, dropped.minor,
                         &key);
        status = vt_journal_del(journal, VT_LOG_GUARD, vt_log_key_view(&key));
    }
    return status;
}
