/* SPDX-License-Identifier: Apache-2.0
 *
 * scene.h - the usual committee of the tests of PBFT.
 */
#ifndef PBFT_TESTS_SCENE_H
#define PBFT_TESTS_SCENE_H

#include "support/scene.h"

extern const struct vt_plugin pbft_LTX_vt_plugin_v1;

static inline struct box_options scene_usual(uint32_t members)
{
    return scene_quick(&pbft_LTX_vt_plugin_v1,
                       "window=4 view_timeout=60ms retransmit=15ms "
                       "checkpoint_interval=4 rotate_checkpoints=0 "
                       "batch_delay=1ms",
                       members);
}

#endif
