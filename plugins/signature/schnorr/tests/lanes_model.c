/* SPDX-License-Identifier: Apache-2.0
 *
 * lanes_model.c - the same ladder over the model: every bound is an assertion.
 */
#include "lanes_model.h"

#include "probe_body.h"

static int model_run(struct task *tasks, size_t count, uint8_t *verdicts)
{
    return ladder_run(tasks, count, verdicts);
}

static int model_works(void)
{
    return ladder_works();
}

const struct task_lanes task_lanes_model = {"model", WIDTH, 1, model_works,
                                            model_run};
const struct probe probe_model = {"model", probe_run};
