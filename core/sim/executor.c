/* SPDX-License-Identifier: Apache-2.0
 *
 * executor.c - a member whose executor makes a mistake from some moment on: it
 * burns a tenth of each transfer. All who have it make the same mistake, as the
 * nodes of one bad release would.
 */
#include "sim/cluster.h"

#define WRONG_BURN 1000000u /* tenths of a millionth */

static vt_status new_pair(struct sim_cluster *c, struct sim_node *node,
                          struct vt_err *err)
{
    uint64_t burn = c->config->burn_ppm_x10;
    vt_status status = vt_rules_new(c->config, &node->rules, err);

    if (status == VT_OK) {
        c->config->burn_ppm_x10 = WRONG_BURN;
        status = vt_rules_new(c->config, &node->wrong_rules, err);
        c->config->burn_ppm_x10 = burn;
    }
    return status;
}

vt_status vt_sim_executors_new(struct sim_cluster *c, struct vt_err *err)
{
    uint64_t members = vt_sim_plan_wrong(c->args->plan);
    vt_status status = VT_OK;

    for (uint32_t i = 0; i < c->slots && status == VT_OK; i++) {
        if ((members >> c->nodes[i].member & 1) != 0) {
            status = new_pair(c, &c->nodes[i], err);
        }
    }
    return status;
}

void vt_sim_executors_spoil(struct sim_cluster *c, uint64_t members)
{
    for (uint32_t i = 0; i < c->slots; i++) {
        struct sim_node *node = &c->nodes[i];

        if ((members >> node->member & 1) != 0 && node->wrong_rules != NULL) {
            vt_rules_swap(node->rules, node->wrong_rules);
            vt_rules_free(node->wrong_rules);
            node->wrong_rules = NULL;
        }
    }
}
