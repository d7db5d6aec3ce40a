/* SPDX-License-Identifier: Apache-2.0
 *
 * life.h - a short life of a plugin of any kind: made, used a little, ended.
 * Private to core/conform.
 */
#ifndef VT_CONFORM_LIFE_H
#define VT_CONFORM_LIFE_H

#include "conform/probe.h"

struct vt_life {
    struct vt_trial *t;
    const struct vt_host *host;
    const struct vt_cfg *cfg;
    char dir[128]; /* stores: folder of their own, empty at each life */
    struct vt_err err;
};

void vt_life_begin(struct vt_life *life, struct vt_trial *t,
                   const struct vt_host *host);
/* One life. Returns VT_OK; what create, open or the first calls refused with,
 * the text in life->err. What may never happen fails the test. */
vt_status vt_life_live(struct vt_life *life);

#endif
