/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - what a random run of PBFT consists of.
 */
#ifndef PBFT_TESTS_PLAN_H
#define PBFT_TESTS_PLAN_H

#include "support/campaign.h"

extern const struct campaign_engine pbft_campaign;

#endif
