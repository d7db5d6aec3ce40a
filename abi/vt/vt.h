/* SPDX-License-Identifier: Apache-2.0
 *
 * vt.h - everything a plugin may see, in one include.
 */
#ifndef VT_VT_H
#define VT_VT_H

#include <vt/abi.h>
#include <vt/consensus.h>
#include <vt/engine.h>
#include <vt/host.h>
#include <vt/plugin.h>
#include <vt/settlement.h>
#include <vt/signature.h>
#include <vt/status.h>
#include <vt/storage.h>
#include <vt/types.h>

#endif
