/* SPDX-License-Identifier: Apache-2.0
 *
 * director.c - see director.h.
 */
#include "support/director.h"

#include <check.h>

#include <string.h>

static void on_message(void *ctx, struct box *box, uint32_t node,
                       const struct box_message *m)
{
    struct director *d = ctx;
    struct heard *h = &d->heard[d->heard_count];

    (void)box;
    if (m->from != d->real || d->heard_count == DIRECTOR_HEARD ||
        m->bytes.len > sizeof h->bytes) {
        return;
    }
    h->to = node;
    h->proto = m->proto;
    h->block = m->block;
    h->len = m->bytes.len;
    memcpy(h->bytes, m->bytes.ptr, m->bytes.len);
    d->heard_count++;
}

static void open_box(struct director *d, const struct vt_plugin *plugin,
                     uint32_t real, const char *settings, int is_clocked)
{
    uint32_t n = d->n;
    uint64_t everyone = n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
    struct vt_err err = {.size = sizeof err};
    struct box_options o = {.plugin = plugin,
                            .settings = settings,
                            .seed = 3,
                            .members = n,
                            .scripted = everyone & ~(UINT64_C(1) << real),
                            .byzantine = everyone & ~(UINT64_C(1) << real),
                            .attack = &d->attack,
                            .delay_min_us = 100,
                            .delay_max_us = 100,
                            .sync_min_us = 50,
                            .sync_max_us = 50,
                            .is_fifo = 1,
                            .is_clocked = is_clocked};

    d->real = real;
    d->attack.ctx = d;
    d->attack.on_message = on_message;
    d->box = box_new(&o, &err);
    ck_assert_msg(d->box != NULL, "%s", err.text);
    box_run(d->box, 1000);
}

void director_open(struct director *d, const struct vt_plugin *plugin,
                   uint32_t n, uint32_t real, const char *settings)
{
    memset(d, 0, sizeof *d);
    d->n = n;
    open_box(d, plugin, real, settings, 0);
}

void director_open_clocked(struct director *d, const struct vt_plugin *plugin,
                           uint32_t n, uint32_t real, const char *settings)
{
    memset(d, 0, sizeof *d);
    d->n = n;
    open_box(d, plugin, real, settings, 1);
}

void director_stop(struct director *d)
{
    ck_assert_msg(box_violation(d->box) == NULL, "%s", box_violation(d->box));
    box_free(d->box);
}

void director_forget(struct director *d)
{
    d->heard_count = 0;
}

void director_run_ms(struct director *d, uint64_t ms)
{
    box_run(d->box, ms * 1000);
}

uint32_t director_heard(const struct director *d, uint32_t proto)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < d->heard_count; i++) {
        count += d->heard[i].proto == proto;
    }
    return count;
}

void director_digest(const struct director *d, const char *tag, uint32_t block,
                     uint8_t out[32])
{
    uint8_t id[32];
    uint8_t below[32];
    struct vt_view parts[2] = {{below, 32}, {id, 32}};

    if (block == BOX_NONE) {
        memcpy(out, box_epoch(d->box)->parent, 32);
        return;
    }
    director_digest(d, tag, box_parent(d->box, block), below);
    box_block_id(d->box, block, id);
    (void)box_crypto(d->box)->hash(box_host(d->box), tag, parts, 2, out);
}
