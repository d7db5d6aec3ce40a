/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.c - see scene.h.
 */
#include "support/scene.h"

#include <check.h>

int scene_phase;

struct box_options scene_quick(const struct vt_plugin *plugin,
                               const char *settings, uint32_t members)
{
    struct box_options o = {.plugin = plugin,
                            .settings = settings,
                            .seed = 7 + members,
                            .members = members,
                            .delay_min_us = 200,
                            .delay_max_us = 2000,
                            .sync_min_us = 100,
                            .sync_max_us = 500,
                            .block_txs = 1};

    return o;
}

struct box *scene_make(const struct box_options *o)
{
    struct vt_err err = {.size = sizeof err};
    struct box *box = box_new(o, &err);

    ck_assert_msg(box != NULL, "%s", err.text);
    box_run(box, 1000);
    return box;
}

struct box *scene_make_lossy(struct box_options *o,
                             int (*drops)(void *ctx,
                                          const struct box_message *m))
{
    o->drops = drops;
    o->drops_ctx = &scene_phase;
    scene_phase = 0;
    return scene_make(o);
}

void scene_offer(struct box *box, uint32_t node, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        box_offer(box, node, first + i);
    }
}

void scene_all_final_within(struct box *box, uint64_t us)
{
    ck_assert_msg(box_run_until(box, box_all_final, us),
                  "not live at %llu ms, least final height %llu%s%s",
                  (unsigned long long)(box_now(box) / 1000),
                  (unsigned long long)box_least_final(box),
                  box_violation(box) == NULL ? "" : ", ",
                  box_violation(box) == NULL ? "" : box_violation(box));
}

void scene_finish(struct box *box)
{
    ck_assert_msg(box_violation(box) == NULL, "%s", box_violation(box));
    box_free(box);
}
