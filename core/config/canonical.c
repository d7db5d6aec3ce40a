/* SPDX-License-Identifier: Apache-2.0
 *
 * canonical.c - one text of everything that must be equal on all nodes, and
 * the first difference between two such texts.
 */
#include "config/chain_config.h"

#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

vt_status vt_chain_config_canonical(const struct vt_chain_config *config,
                                    struct vt_view extra, struct vt_buf *out)
{
    char pk[129];

    (void)vt_options_consensus(config->chain_options, out);
    (void)vt_options_consensus(config->economy_options, out);
    (void)vt_options_consensus(config->election_options, out);
    for (size_t i = 0; i < config->validator_count; i++) {
        const struct vt_validator_entry *v = &config->validators[i];

        vt_hex_encode(v->pk, v->pk_len, pk);
        (void)vt_buf_printf(out, "validators.%03zu.%s=%s,%llu\n", i, v->name,
                            pk, (unsigned long long)v->weight);
    }
    for (size_t i = 0; i < config->governor_count; i++) {
        const struct vt_governor_entry *g = &config->governors[i];

        (void)vt_buf_printf(out, "governors.%02zu.%s=%s\n", i, g->name,
                            g->address);
    }
    for (size_t i = 0; i < config->genesis_count; i++) {
        const struct vt_genesis_entry *g = &config->genesis[i];

        (void)vt_buf_printf(out, "genesis.%04zu.%s=%s %s\n", i, g->address,
                            g->amount, g->asset);
    }
    return vt_buf_put(out, extra.ptr, extra.len);
}

/* The line starting at *at, without its newline; moves *at behind it. */
static struct vt_view take_line(struct vt_view text, size_t *at)
{
    const uint8_t *start = text.ptr + *at;
    size_t left = text.len - *at;
    const uint8_t *end = left == 0 ? NULL : memchr(start, '\n', left);
    size_t len = end == NULL ? left : (size_t)(end - start);

    *at += len + (end != NULL);
    return vt_view_of(start, len);
}

static struct vt_view key_of(struct vt_view line)
{
    const uint8_t *eq = line.len == 0 ? NULL : memchr(line.ptr, '=', line.len);

    return vt_view_of(line.ptr,
                      eq == NULL ? line.len : (size_t)(eq - line.ptr));
}

/* The value of key in text; 0 when there is no such line. */
static int find_value(struct vt_view text, struct vt_view key,
                      struct vt_view *value)
{
    for (size_t at = 0; at < text.len;) {
        struct vt_view line = take_line(text, &at);

        if (vt_view_eq(key_of(line), key) && line.len > key.len) {
            *value = vt_view_of(line.ptr + key.len + 1, line.len - key.len - 1);
            return 1;
        }
    }
    return 0;
}

void vt_chain_config_diff(struct vt_view ours, struct vt_view theirs, char *out,
                          size_t len)
{
    struct vt_view value;

    out[0] = '\0';
    for (size_t at = 0; at < ours.len;) {
        struct vt_view line = take_line(ours, &at);
        struct vt_view key = key_of(line);
        struct vt_view mine;

        if (!find_value(ours, key, &mine)) {
            continue;
        }
        if (!find_value(theirs, key, &value)) {
            (void)snprintf(out, len, "%.*s: ours %.*s, chain has none",
                           (int)key.len, (const char *)key.ptr, (int)mine.len,
                           (const char *)mine.ptr);
            return;
        }
        if (!vt_view_eq(mine, value)) {
            (void)snprintf(out, len, "%.*s: ours %.*s, chain %.*s",
                           (int)key.len, (const char *)key.ptr, (int)mine.len,
                           (const char *)mine.ptr, (int)value.len,
                           (const char *)value.ptr);
            return;
        }
    }
    for (size_t at = 0; at < theirs.len;) {
        struct vt_view line = take_line(theirs, &at);
        struct vt_view key = key_of(line);

        if (line.len > key.len && !find_value(ours, key, &value)) {
            (void)snprintf(out, len, "%.*s: ours none, chain %.*s",
                           (int)key.len, (const char *)key.ptr,
                           (int)(line.len - key.len - 1),
                           (const char *)line.ptr + key.len + 1);
            return;
        }
    }
}
