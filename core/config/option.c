/* SPDX-License-Identifier: Apache-2.0
 *
 * option.c - the values of one table.
 */
#include "config/option.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "config/value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define OPTIONS_MAX 128u
#define TEXT_MAX 1024u

struct value {
    int64_t number;
    char *text;   /* as written, NULL: unset */
    uint8_t *hex; /* decoded VT_T_HEX */
    size_t len;   /* of text or hex */
    char *where;  /* NULL: default */
};

struct vt_options {
    char *section;
    char *dir;
    struct vt_tab table;
    struct value *values;
};

static const struct vt_key *key_at(const struct vt_options *o, uint32_t i)
{
    return VT_AT(struct vt_key, o->table, i);
}

static int name_is_good(const char *name)
{
    if (name == NULL || name[0] < 'a' || name[0] > 'z') {
        return 0;
    }
    for (const char *p = name; *p != '\0'; p++) {
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') &&
            *p != '_') {
            return 0;
        }
    }
    return strlen(name) < 48;
}

static vt_status parse_hex(struct value *v, const char *text,
                           struct vt_err *err)
{
    size_t len = strlen(text);
    uint8_t *hex;

    hex = vt_alloc(len / 2 + 1);
    if (hex == NULL) {
        return VT_E_NOMEM;
    }
    if (len % 2 != 0 || vt_hex_decode(text, len, hex, len / 2) != 0) {
        vt_free(hex);
        return vt_err_set(err, VT_E_INVALID, "'%.60s' is not hexadecimal",
                          text);
    }
    vt_free(v->hex);
    v->hex = hex;
    v->len = len / 2;
    return VT_OK;
}

static char *absolute(const char *dir, const char *path)
{
    size_t len = strlen(dir) + strlen(path) + 2;
    char *out;

    if (path[0] == '/' || path[0] == '\0') {
        return vt_strdup(path);
    }
    out = vt_alloc(len);
    if (out != NULL) {
        (void)snprintf(out, len, "%s/%s", dir, path);
    }
    return out;
}

/* Type and range of one value; *v is replaced only when all is right. */
static vt_status parse(const struct vt_options *o, const struct vt_key *key,
                       struct value *v, const char *text, struct vt_err *err)
{
    char *copy;
    vt_status status = VT_OK;
    int64_t number = 0;

    if (strlen(text) > TEXT_MAX) {
        return vt_err_set(err, VT_E_INVALID, "text is too long");
    }
    switch (key->type) {
    case VT_T_STRING:
        number = (int64_t)strlen(text);
        status = vt_value_check_range(VT_T_UINT, key->range, number, text, err);
        break;
    case VT_T_PATH:
        break;
    case VT_T_HEX:
        status = parse_hex(v, text, err);
        break;
    default:
        status = vt_value_number(key->type, key->range, text, &number, err);
        break;
    }
    if (status != VT_OK) {
        return status;
    }
    copy = key->type == VT_T_PATH ? absolute(o->dir, text) : vt_strdup(text);
    if (copy == NULL) {
        return VT_E_NOMEM;
    }
    vt_free(v->text);
    v->text = copy;
    v->number = number;
    if (key->type != VT_T_HEX) {
        v->len = strlen(copy);
    }
    return VT_OK;
}

static vt_status check_row(const struct vt_options *o, uint32_t i,
                           struct vt_err *err)
{
    const struct vt_key *key = key_at(o, i);
    vt_status status = VT_OK;

    if (!name_is_good(key->name)) {
        return vt_err_set(err, VT_E_INVALID, "option %u of [%s] has a bad name",
                          i, o->section);
    }
    if (key->type < VT_T_BOOL || key->type > VT_T_HEX || key->doc == NULL ||
        (key->type == VT_T_ENUM && key->range == NULL) ||
        (key->defval == NULL) != ((key->flags & VT_KF_REQUIRED) != 0)) {
        return vt_err_set(err, VT_E_INVALID,
                          "option %s of [%s]: bad type, default or help",
                          key->name, o->section);
    }
    for (uint32_t k = 0; k < i; k++) {
        if (strcmp(key_at(o, k)->name, key->name) == 0) {
            return vt_err_set(err, VT_E_INVALID,
                              "option %s of [%s] is declared twice", key->name,
                              o->section);
        }
    }
    if (key->defval != NULL) {
        status = parse(o, key, &o->values[i], key->defval, err);
    }
    if (status == VT_E_NOMEM) {
        return vt_err_set(err, status, "[%s]: out of memory", o->section);
    }
    if (status != VT_OK) {
        (void)vt_err_wrap(err, "default of %s.%s", o->section, key->name);
    }
    return status;
}

vt_status vt_options_new(const char *section, struct vt_tab table,
                         const char *dir, struct vt_options **out,
                         struct vt_err *err)
{
    struct vt_options *o;
    vt_status status = VT_OK;

    *out = NULL;
    if (table.count > OPTIONS_MAX ||
        (table.count > 0 && table.stride < sizeof(struct vt_key))) {
        return vt_err_set(err, VT_E_INVALID, "[%s]: bad option table", section);
    }
    o = vt_alloc(sizeof *o);
    if (o == NULL) {
        return VT_E_NOMEM;
    }
    o->table = table;
    o->section = vt_strdup(section);
    o->dir = vt_strdup(dir);
    o->values = vt_alloc_array(table.count, sizeof *o->values);
    if (o->section == NULL || o->dir == NULL || o->values == NULL) {
        status = vt_err_set(err, VT_E_NOMEM, "[%s]: out of memory", section);
    }
    for (uint32_t i = 0; i < table.count && status == VT_OK; i++) {
        status = check_row(o, i, err);
    }
    if (status != VT_OK) {
        vt_options_free(o);
        return status;
    }
    *out = o;
    return VT_OK;
}

void vt_options_free(struct vt_options *o)
{
    if (o == NULL) {
        return;
    }
    for (uint32_t i = 0; o->values != NULL && i < o->table.count; i++) {
        vt_free(o->values[i].text);
        vt_free(o->values[i].hex);
        vt_free(o->values[i].where);
    }
    vt_free(o->values);
    vt_free(o->section);
    vt_free(o->dir);
    vt_free(o);
}

int vt_options_index(const struct vt_options *o, const char *name)
{
    for (uint32_t i = 0; i < o->table.count; i++) {
        if (strcmp(key_at(o, i)->name, name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

static vt_status unknown(const struct vt_options *o, const char *name,
                         const char *where, struct vt_err *err)
{
    const char *nearest = NULL;
    size_t best = 4; /* farther than three edits is no help */

    for (uint32_t i = 0; i < o->table.count; i++) {
        size_t distance = vt_value_distance(name, key_at(o, i)->name);

        if (distance < best) {
            best = distance;
            nearest = key_at(o, i)->name;
        }
    }
    if (nearest != NULL) {
        return vt_err_set(err, VT_E_NOTFOUND,
                          "%s: unknown option '%.60s' in [%s], did you mean "
                          "'%s'?",
                          where, name, o->section, nearest);
    }
    return vt_err_set(err, VT_E_NOTFOUND,
                      "%s: unknown option '%.60s' in [%s]; `vtchain config "
                      "defaults` lists them",
                      where, name, o->section);
}

vt_status vt_options_set(struct vt_options *o, const char *name,
                         const char *value, const char *where,
                         struct vt_err *err)
{
    int i = vt_options_index(o, name);
    struct value *v;
    char *copy;
    vt_status status;

    if (i < 0) {
        return unknown(o, name, where, err);
    }
    v = &o->values[i];
    if (v->where != NULL) {
        return vt_err_set(err, VT_E_INVALID,
                          "%s: option '%s' is set already at %s", where, name,
                          v->where);
    }
    status = parse(o, key_at(o, (uint32_t)i), v, value, err);
    if (status == VT_E_INVALID) {
        (void)vt_err_wrap(err, "%s: option '%s'", where, name);
        return VT_E_INVALID;
    }
    copy = status == VT_OK ? vt_strdup(where) : NULL;
    if (copy == NULL) {
        return vt_err_set(err, VT_E_NOMEM, "%s: out of memory", where);
    }
    v->where = copy;
    return VT_OK;
}

vt_status vt_options_check(const struct vt_options *o, struct vt_err *err)
{
    for (uint32_t i = 0; i < o->table.count; i++) {
        if (o->values[i].text == NULL) {
            return vt_err_set(err, VT_E_INVALID,
                              "[%s] needs the option '%s': %s", o->section,
                              key_at(o, i)->name, key_at(o, i)->doc);
        }
    }
    return VT_OK;
}

int64_t vt_options_i64(const struct vt_options *o, uint32_t i)
{
    return i < o->table.count ? o->values[i].number : 0;
}

uint64_t vt_options_u64(const struct vt_options *o, uint32_t i)
{
    return i < o->table.count ? (uint64_t)o->values[i].number : 0;
}

struct vt_view vt_options_bytes(const struct vt_options *o, uint32_t i)
{
    if (i >= o->table.count || o->values[i].text == NULL) {
        return vt_view_of("", 0);
    }
    if (key_at(o, i)->type == VT_T_HEX) {
        return vt_view_of(o->values[i].hex, o->values[i].len);
    }
    return vt_view_of(o->values[i].text, o->values[i].len);
}

const char *vt_options_text(const struct vt_options *o, uint32_t i)
{
    if (i >= o->table.count || o->values[i].text == NULL) {
        return "";
    }
    return o->values[i].text;
}

const char *vt_options_origin(const struct vt_options *o, uint32_t i)
{
    if (i >= o->table.count || o->values[i].where == NULL) {
        return "default";
    }
    return o->values[i].where;
}

static int64_t cfg_i64(const struct vt_cfg *cfg, uint32_t i)
{
    return vt_options_i64(cfg->ctx, i);
}

static uint64_t cfg_u64(const struct vt_cfg *cfg, uint32_t i)
{
    return vt_options_u64(cfg->ctx, i);
}

static struct vt_view cfg_bytes(const struct vt_cfg *cfg, uint32_t i)
{
    return vt_options_bytes(cfg->ctx, i);
}

void vt_options_cfg(const struct vt_options *o, struct vt_cfg *out)
{
    memset(out, 0, sizeof *out);
    out->size = VT_UPTO(struct vt_cfg, bytes);
    out->ctx = o;
    out->i64 = cfg_i64;
    out->u64 = cfg_u64;
    out->bytes = cfg_bytes;
}

static void put_canonical(const struct vt_options *o, uint32_t i,
                          struct vt_buf *out)
{
    const struct vt_key *key = key_at(o, i);

    (void)vt_buf_printf(out, "%s.%s=", o->section, key->name);
    if (key->type >= VT_T_ENUM) { /* words stay words */
        (void)vt_buf_printf(out, "%s\n", vt_options_text(o, i));
    } else {
        (void)vt_buf_printf(out, "%lld\n", (long long)vt_options_i64(o, i));
    }
}

vt_status vt_options_consensus(const struct vt_options *o, struct vt_buf *out)
{
    const char *last = "";

    for (;;) { /* selection by name: tables are small */
        int next = -1;

        for (uint32_t i = 0; i < o->table.count; i++) {
            const struct vt_key *key = key_at(o, i);

            if ((key->flags & VT_KF_CONSENSUS) != 0 &&
                strcmp(key->name, last) > 0 &&
                (next < 0 ||
                 strcmp(key->name, key_at(o, (uint32_t)next)->name) < 0)) {
                next = (int)i;
            }
        }
        if (next < 0) {
            return out->failed;
        }
        put_canonical(o, (uint32_t)next, out);
        last = key_at(o, (uint32_t)next)->name;
    }
}
