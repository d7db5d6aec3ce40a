/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - what a random run of Raft consists of: crashes, torn disks, splits,
 * loss; nobody lies.
 */
#ifndef RAFT_TESTS_PLAN_H
#define RAFT_TESTS_PLAN_H

#include "support/campaign.h"

extern const struct campaign_engine raft_campaign;

#endif
