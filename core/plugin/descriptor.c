/* SPDX-License-Identifier: Apache-2.0
 *
 * descriptor.c - nothing of a plugin is used before it was copied and checked
 * here: sizes, pointers inside the file, strings, tables, needs, options.
 */
#include "config.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/option.h"
#include "plugin/loader.h"

#include <link.h>
#include <string.h>

#define SIZE_MAX_BYTES 65536u
#define TEXT_MAX 1024u
#define COUNT_MAX 256u

struct reader {
    const char *file;
    uintptr_t probe; /* an address inside the file, 0 = do not check */
    uintptr_t low[16], high[16];
    size_t ranges;
    struct vt_err *err;
};

static int note_ranges(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct reader *r = ctx;
    int found = 0;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t low = info->dlpi_addr + ph->p_vaddr;

        if (ph->p_type == PT_LOAD && r->ranges < 16) {
            r->low[r->ranges] = low;
            r->high[r->ranges++] = low + ph->p_memsz;
            found = found || (r->probe >= low && r->probe < low + ph->p_memsz);
        }
    }
    if (!found) {
        r->ranges = 0;
    }
    return found;
}

/* Bytes readable from ptr on. */
static size_t room_at(const struct reader *r, const void *ptr)
{
    uintptr_t at = (uintptr_t)ptr;

    if (ptr == NULL) {
        return 0;
    }
    if (r->probe == 0) {
        return SIZE_MAX_BYTES;
    }
    for (size_t i = 0; i < r->ranges; i++) {
        if (at >= r->low[i] && at < r->high[i]) {
            return r->high[i] - at;
        }
    }
    return 0;
}

static int is_utf8(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)text[i];
        size_t more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;

        if (c < 0x20 || c == 0x7f || (c >= 0x80 && c < 0xc2) || c > 0xf4 ||
            i + more >= len + (more == 0)) {
            return 0;
        }
        for (size_t k = 1; k <= more; k++) {
            if (((unsigned char)text[i + k] & 0xc0) != 0x80) {
                return 0;
            }
        }
        i += more + 1;
    }
    return 1;
}

static int text_ok(const struct reader *r, const char *text)
{
    size_t room = room_at(r, text);
    size_t len;

    if (room > TEXT_MAX) {
        room = TEXT_MAX;
    }
    len = room == 0 ? 0 : strnlen(text, room);
    return room > 0 && len < room && is_utf8(text, len);
}

static vt_status bad(const struct reader *r, const char *what)
{
    return vt_refuse(r->err, VT_E_CORRUPT, r->file, "descriptor",
                     "%s: ask its vendor for a build that passes `vtchain "
                     "plugin check`",
                     what);
}

/* The first min(size, own) bytes of a struct that starts with its size. */
static vt_status copy_sized(const struct reader *r, const void *from,
                            size_t size_at, size_t least, void *to, size_t own,
                            const char *what)
{
    uint32_t size;

    if (room_at(r, from) < size_at + sizeof size) {
        return bad(r, what);
    }
    memcpy(&size, (const uint8_t *)from + size_at, sizeof size);
    if (size < least || size > SIZE_MAX_BYTES || room_at(r, from) < size) {
        return bad(r, what);
    }
    memset(to, 0, own);
    memcpy(to, from, size < own ? size : own);
    return VT_OK;
}

/* A table as an array of the host's own element size, the first `size` bytes
 * of each; vt_descriptor_drop frees it. */
static vt_status copy_tab(const struct reader *r, const struct vt_tab *from,
                          size_t size, const char *what, struct vt_tab *out)
{
    uint8_t *copy = NULL;

    if (from->count > COUNT_MAX ||
        (from->count > 0 &&
         (from->stride < size || from->stride > SIZE_MAX_BYTES ||
          room_at(r, from->ptr) < (size_t)from->count * from->stride))) {
        return bad(r, what);
    }
    if (from->count > 0) {
        copy = vt_alloc_array(from->count, size);
        if (copy == NULL) {
            return vt_refuse(r->err, VT_E_NOMEM, r->file, "descriptor",
                             "out of memory");
        }
    }
    for (uint32_t i = 0; i < from->count; i++) {
        memcpy(copy + (size_t)i * size,
               (const uint8_t *)from->ptr + (size_t)i * from->stride, size);
    }
    out->ptr = copy;
    out->count = from->count;
    out->stride = (uint32_t)size;
    return VT_OK;
}

static vt_status check_head(const struct reader *r, const char *stem,
                            const struct vt_plugin *d)
{
    const char *const texts[] = {d->id,      d->name, d->version, d->vendor,
                                 d->license, d->url,  d->build};

    if (memcmp(d->magic, VT_PLUGIN_MAGIC, sizeof d->magic) != 0) {
        return bad(r, "wrong magic");
    }
    if (d->abi_major != VT_ABI_MAJOR || d->abi_minor > VT_ABI_MINOR) {
        return vt_refuse(r->err, VT_E_UNSUPPORTED, r->file, "descriptor",
                         "needs plugin ABI %u.%u, this host has %d.%d: use a "
                         "matching release",
                         d->abi_major, d->abi_minor, VT_ABI_MAJOR,
                         VT_ABI_MINOR);
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!text_ok(r, texts[i])) {
            return bad(r, "a text of it is missing or not UTF-8");
        }
    }
    if (strcmp(d->name, stem) != 0) {
        return bad(r, "its name is not the file's stem");
    }
    return strchr(d->id, '.') == NULL ? bad(r, "its id is not reverse DNS")
                                      : VT_OK;
}

static uint32_t service_size(const char *id)
{
    static const struct {
        const char *id;
        uint32_t size;
    } known[] = {
        {VT_SVC_LOG, VT_UPTO(struct vt_svc_log, enabled)},
        {VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, set)},
        {VT_SVC_CRYPTO, VT_UPTO(struct vt_svc_crypto, check_flaw)},
        {VT_SVC_CLOCK, VT_UPTO(struct vt_svc_clock, wall_ms)},
        {VT_NEED_PERSIST, VT_UPTO(struct vt_eff_persist, bytes)},
        {VT_NEED_SEND, VT_UPTO(struct vt_eff_send, msg)},
        {VT_NEED_TIMER, VT_UPTO(struct vt_eff_timer, delay_ns)},
        {VT_NEED_BUILD, VT_UPTO(struct vt_eff_build, payload)},
        {VT_NEED_VALIDATE, VT_UPTO(struct vt_eff_block, id)},
        {VT_NEED_SIGN, VT_UPTO(struct vt_eff_sign, msg)},
        {VT_NEED_VERIFY, VT_UPTO(struct vt_eff_verify, items)},
        {VT_NEED_STORE, VT_UPTO(struct vt_eff_block, id)},
        {VT_NEED_COMMIT, VT_UPTO(struct vt_eff_commit, proof)},
        {VT_NEED_FETCH, VT_UPTO(struct vt_eff_fetch, holders)},
        {VT_NEED_PENALIZE, VT_UPTO(struct vt_eff_accuse, reason)},
        {VT_NEED_EVIDENCE, VT_UPTO(struct vt_eff_evidence, b)},
        {VT_NEED_SEALED, VT_UPTO(struct vt_eff_commit, proof)},
        {VT_NEED_HALT, VT_UPTO(struct vt_eff_text, text)},
        {VT_NEED_HEAD, VT_UPTO(struct vt_eff_head, id)},
        {VT_NEED_REQUEUE, VT_UPTO(struct vt_eff_block, id)},
        {VT_NEED_SYNC, VT_UPTO(struct vt_eff_head, id)},
        {VT_NEED_WORK, VT_UPTO(struct vt_eff_work, header)},
        {VT_NEED_METRIC, VT_UPTO(struct vt_eff_metric, value)},
        {VT_NEED_TRACE, VT_UPTO(struct vt_eff_text, text)},
        {VT_NEED_PROVE, VT_UPTO(struct vt_eff_prove, msg)},
        {VT_NEED_BATCH, VT_UPTO(struct vt_eff_batch, payload)},
        {VT_NEED_JOIN, VT_UPTO(struct vt_eff_join, batches)},
        {VT_NEED_PLACE, VT_UPTO(struct vt_eff_block, id)},
        {VT_NEED_STAGE, VT_UPTO(struct vt_eff_stage, proof)},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i].id, id) == 0) {
            return known[i].size;
        }
    }
    return 0;
}

static vt_status check_needs(const struct reader *r, const struct vt_plugin *d)
{
    for (uint32_t i = 0; i < d->needs.count; i++) {
        const struct vt_need *need = VT_AT(struct vt_need, d->needs, i);
        uint32_t size;

        if (!text_ok(r, need->id)) {
            return bad(r, "a need has no id");
        }
        size = service_size(need->id);
        if (!need->optional && (size == 0 || size < need->min_size)) {
            return vt_refuse(r->err, VT_E_UNSUPPORTED, r->file, "needs",
                             "%s of %u bytes, this host has %u: update the "
                             "host or use an older release",
                             need->id, need->min_size, size);
        }
    }
    return VT_OK;
}

static vt_status check_keys(const struct reader *r, struct vt_plugin *d)
{
    struct vt_options *options = NULL;
    vt_status status;

    for (uint32_t i = 0; i < d->keys.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, d->keys, i);

        if (!text_ok(r, key->name) || !text_ok(r, key->doc) ||
            !text_ok(r, key->since) ||
            (key->defval != NULL && !text_ok(r, key->defval)) ||
            (key->range != NULL && !text_ok(r, key->range))) {
            return bad(r, "an option's text is missing or not UTF-8");
        }
    }
    status = vt_options_new(d->name, d->keys, "/", &options, r->err);
    vt_options_free(options);
    return status == VT_OK ? VT_OK
                           : vt_err_wrap(r->err, "%s: options", r->file);
}

static vt_status take_consensus(const struct reader *r, const void *from,
                                struct vt_module *m)
{
    struct vt_consensus *t = vt_alloc(sizeof *t);
    vt_status status;

    if (t == NULL) {
        return VT_E_NOMEM;
    }
    status = copy_sized(r, from, 0, VT_UPTO(struct vt_consensus, compare), t,
                        sizeof *t, "its consensus table has a wrong size");
    if (status == VT_OK &&
        (t->create == NULL || t->destroy == NULL || t->step == NULL ||
         t->digest == NULL || t->check_proof == NULL || t->finality == 0 ||
         t->finality > VT_FIN_DEPTH || t->members_min == 0 ||
         t->members_max < t->members_min ||
         (t->shorten_proof == NULL) != (t->check_short == NULL))) {
        status = bad(r, "its consensus table is incomplete");
    }
    m->consensus = t;
    return status;
}

static vt_status take_storage(const struct reader *r, const void *from,
                              struct vt_module *m)
{
    struct vt_storage *t = vt_alloc(sizeof *t);
    vt_status status;

    if (t == NULL) {
        return VT_E_NOMEM;
    }
    status = copy_sized(r, from, 0, VT_UPTO(struct vt_storage, stats), t,
                        sizeof *t, "its storage table has a wrong size");
    if (status == VT_OK &&
        (t->open == NULL || t->close == NULL || t->begin == NULL ||
         t->get == NULL || t->put == NULL || t->del == NULL ||
         t->cursor == NULL || t->seek == NULL || t->step == NULL ||
         t->cursor_close == NULL || t->commit == NULL || t->abort == NULL ||
         t->checkpoint == NULL || t->verify == NULL || t->stats == NULL ||
         t->key_max < 64 || t->spaces_max < 16 || t->value_max < 65536)) {
        status = bad(r, "its storage table is incomplete");
    }
    m->storage = t;
    return status;
}

static int aggregates_ok(const struct vt_signature *t)
{
    return (t->flags & VT_SIGF_AGGREGATE) == 0 ||
           (t->aggregate != NULL && t->verify_aggregate != NULL &&
            t->aggregate_head <= 256 && t->aggregate_each <= 256);
}

static int group_ok(const struct vt_signature *t)
{
    return (t->flags & VT_SIGF_GROUP) == 0 ||
           (t->group_key != NULL && t->group_nonce != NULL &&
            t->group_nonces != NULL && t->group_sign != NULL &&
            t->group_check != NULL && t->group_finish != NULL &&
            t->group_max > 0 && t->nonce_len > 0 && t->nonce_len <= 256 &&
            t->nonce_secret_len > 0 && t->nonce_secret_len <= 256 &&
            t->part_len > 0 && t->part_len <= 256);
}

static vt_status take_signature(const struct reader *r, const void *from,
                                struct vt_module *m)
{
    struct vt_signature *t = vt_alloc(sizeof *t);
    vt_status status;

    if (t == NULL) {
        return VT_E_NOMEM;
    }
    status = copy_sized(r, from, 0, VT_UPTO(struct vt_signature, pk_check), t,
                        sizeof *t, "its signature table has a wrong size");
    if (status == VT_OK &&
        (t->keypair == NULL || t->sign == NULL || t->verify == NULL ||
         t->verify_many == NULL || t->pk_check == NULL || t->code == 0 ||
         t->code > 127 || t->code == VT_SCHEME_LISTED || t->seed_len == 0 ||
         t->seed_len > 64 || t->sk_len == 0 || t->sk_len > 64 ||
         t->pk_len == 0 || t->pk_len > 64 || t->sig_max == 0 ||
         t->sig_max > 256 || !text_ok(r, t->scheme) ||
         !text_ok(r, t->ruleset) ||
         (t->vrf_len > 0 && (t->vrf_len > 256 || t->vrf_prove == NULL ||
                             t->vrf_verify == NULL)) ||
         !aggregates_ok(t) || !group_ok(t))) {
        status = bad(r, "its signature table is incomplete");
    }
    m->signature = t;
    return status;
}

static vt_status take_interfaces(const struct reader *r, struct vt_module *m)
{
    int taken = 0;

    for (uint32_t i = 0; i < m->desc.ifaces.count; i++) {
        const struct vt_iface *iface =
            VT_AT(struct vt_iface, m->desc.ifaces, i);
        vt_status status = VT_OK;

        if (!text_ok(r, iface->id)) {
            return bad(r, "an interface has no id");
        }
        if (strcmp(iface->id, VT_IF_CONSENSUS) == 0) {
            status = take_consensus(r, iface->table, m);
        } else if (strcmp(iface->id, VT_IF_STORAGE) == 0) {
            status = take_storage(r, iface->table, m);
        } else if (strcmp(iface->id, VT_IF_SIGNATURE) == 0) {
            status = take_signature(r, iface->table, m);
        } else {
            continue; /* a vendor's own, or newer than this host */
        }
        if (status != VT_OK) {
            return status;
        }
        taken++;
    }
    return taken > 0
               ? VT_OK
               : vt_refuse(r->err, VT_E_UNSUPPORTED, r->file, "interfaces",
                           "offers none this host knows: use a matching "
                           "release");
}

static vt_status copy_tables(const struct reader *r, struct vt_plugin *d)
{
    const struct vt_plugin given = *d;
    vt_status status;

    /* what is not copied yet must not look like ours */
    memset(&d->ifaces, 0, sizeof d->ifaces);
    memset(&d->needs, 0, sizeof d->needs);
    memset(&d->keys, 0, sizeof d->keys);
    status = copy_tab(r, &given.ifaces, sizeof(struct vt_iface),
                      "its interface table", &d->ifaces);
    if (status == VT_OK) {
        status = copy_tab(r, &given.needs, sizeof(struct vt_need),
                          "its table of needs", &d->needs);
    }
    if (status == VT_OK) {
        status = copy_tab(r, &given.keys, sizeof(struct vt_key),
                          "its table of options", &d->keys);
    }
    return status;
}

static void free_copy(const void *copy)
{
    vt_free((void *)(uintptr_t)copy); /* const for its readers only */
}

void vt_descriptor_drop(struct vt_module *m)
{
    free_copy(m->desc.ifaces.ptr);
    free_copy(m->desc.needs.ptr);
    free_copy(m->desc.keys.ptr);
    free_copy(m->consensus);
    free_copy(m->storage);
    free_copy(m->signature);
}

static vt_status read_all(const struct reader *r, const struct vt_plugin *raw,
                          const char *stem, struct vt_module *m)
{
    struct vt_plugin *d = &m->desc;
    struct vt_plugin head;
    vt_status status =
        copy_sized(r, raw, offsetof(struct vt_plugin, size),
                   VT_UPTO(struct vt_plugin, self_test), &head, sizeof head,
                   "its size is not that of a descriptor");

    if (status == VT_OK) {
        status = check_head(r, stem, &head);
    }
    if (status == VT_OK) {
        *d = head;
        status = copy_tables(r, d);
    }
    if (status == VT_OK) {
        status = take_interfaces(r, m);
    }
    if (status == VT_OK) {
        status = check_needs(r, d);
    }
    return status == VT_OK ? check_keys(r, d) : status;
}

vt_status vt_descriptor_read(const struct vt_plugin *raw, const char *stem,
                             const char *file, int bounded, struct vt_module *m,
                             struct vt_err *err)
{
    struct reader r = {.file = file, .err = err};
    vt_status status;

    if (bounded) {
        r.probe = (uintptr_t)raw;
        (void)dl_iterate_phdr(note_ranges, &r);
    }
    status = read_all(&r, raw, stem, m);
    if (status != VT_OK) {
        vt_descriptor_drop(m);
    }
    return status;
}
