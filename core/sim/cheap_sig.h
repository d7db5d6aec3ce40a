/* SPDX-License-Identifier: Apache-2.0
 *
 * cheap_sig.h - a signature scheme that is a hash, so that a simulation's
 * speed is limited by the protocol. Marked in name and ruleset; only the
 * simulator hands it to a chain, no registry ever offers it.
 */
#ifndef VT_SIM_CHEAP_SIG_H
#define VT_SIM_CHEAP_SIG_H

#include <vt/signature.h>

extern const struct vt_signature vt_sim_cheap_sig;

#endif
