/* SPDX-License-Identifier: Apache-2.0
 *
 * info.c - what a plugin says about itself, for people.
 */
#include "base/bytes.h"
#include "plugin/registry.h"

#include <inttypes.h>
#include <string.h>

static const char *type_name(uint32_t type)
{
    static const char *const names[] = {"?",     "bool",     "int",  "uint",
                                        "bytes", "duration", "enum", "string",
                                        "path",  "hex"};

    return type < sizeof names / sizeof names[0] ? names[type] : "?";
}

static void print_needs(const struct vt_plugin *d, uint32_t optional,
                        const char *word, struct vt_buf *out)
{
    int any = 0;

    for (uint32_t i = 0; i < d->needs.count; i++) {
        const struct vt_need *need = VT_AT(struct vt_need, d->needs, i);

        if (need->optional == optional) {
            (void)vt_buf_printf(out, "%s%s", any ? " " : word, need->id);
            any = 1;
        }
    }
    if (any) {
        (void)vt_buf_printf(out, "\n");
    }
}

static void print_keys(const struct vt_plugin *d, struct vt_buf *out)
{
    if (d->keys.count > 0) {
        (void)vt_buf_printf(out, "  %-20s %-9s %-10s %-16s %-9s %s\n", "key",
                            "type", "default", "range", "flags", "meaning");
    }
    for (uint32_t i = 0; i < d->keys.count; i++) {
        const struct vt_key *key = VT_AT(struct vt_key, d->keys, i);

        (void)vt_buf_printf(
            out, "  %-20s %-9s %-10s %-16s %-9s %s\n", key->name,
            type_name(key->type), key->defval == NULL ? "-" : key->defval,
            key->range == NULL ? "-" : key->range,
            (key->flags & VT_KF_CONSENSUS) != 0 ? "consensus" : "", key->doc);
    }
}

vt_status vt_module_print(const struct vt_module *m, struct vt_buf *out)
{
    const struct vt_plugin *d = &m->desc;
    char hex[65];

    vt_hex_encode(m->sha256, 32, hex);
    (void)vt_buf_printf(out, "%s %s  %s  %s  %s  %s\n  file %s", m->stem,
                        d->version, d->id, d->vendor, d->license, d->url,
                        m->file);
    if (!m->is_builtin) {
        (void)vt_buf_printf(out, "  sha256 %.16s", hex);
    }
    (void)vt_buf_printf(
        out, "\n  abi %u.%u  protocol %" PRIu32 "%s%s%s\n", d->abi_major,
        d->abi_minor, d->protocol,
        (d->flags & VT_PF_DETERMINISTIC) != 0 ? "  deterministic" : "",
        d->build[0] != '\0' ? "  build " : "", d->build);
    for (uint32_t i = 0; i < d->ifaces.count; i++) {
        (void)vt_buf_printf(out, "%s%s", i == 0 ? "  offers " : " ",
                            VT_AT(struct vt_iface, d->ifaces, i)->id);
    }
    (void)vt_buf_printf(out, "\n");
    print_needs(d, 0, "  needs ", out);
    print_needs(d, 1, "  optional ", out);
    print_keys(d, out);
    return out->failed;
}
