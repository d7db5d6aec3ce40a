/* SPDX-License-Identifier: Apache-2.0
 *
 * solo_engine.h - see solo_engine.c.
 */
#ifndef VT_TESTS_SUPPORT_SOLO_ENGINE_H
#define VT_TESTS_SUPPORT_SOLO_ENGINE_H

#include <vt/consensus.h>

extern const struct vt_consensus solo_engine;

#endif
