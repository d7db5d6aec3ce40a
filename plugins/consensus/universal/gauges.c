/* SPDX-License-Identifier: Apache-2.0
 *
 * gauges.c - what this node does in each of its roles, for /metrics and
 * `vtchain chain status`: a member verifies batches and collects cuts,
 * everybody accepts what is final.
 */
#include "inside.h"

#define NS_IN_US 1000u
#define WEIGHT 8u /* a new value counts an eighth */

static const struct {
    const char *name, *unit, *help;
} gauges[UNI_GAUGES] = {
    {"verifier_shard", "", "Shard of this member, -1 for an observer."},
    {"verifier_batches", "", "Batches of the own lane in this epoch."},
    {"verifier_witnessed", "", "Batches of others this member signed for."},
    {"verifier_wait", "us",
     "From an own batch to its certificate, moving average."},
    {"collector_view", "", "View of the ordering core."},
    {"collector_final_height", "", "Last final height."},
    {"collector_interval", "us",
     "From one final cut to the next, moving average."},
    {"acceptor_lag", "", "Final heights that are not executed yet."},
};

void uni_gauges_declare(struct vt_cs *cs)
{
    const struct vt_host *host = cs->host;
    const struct vt_svc_metrics *m = host->service(
        host, VT_SVC_METRICS, VT_UPTO(struct vt_svc_metrics, gauge));

    for (uint32_t i = 0; m != NULL && i < UNI_GAUGES; i++) {
        cs->gauge[i] =
            m->gauge(host, gauges[i].name, gauges[i].unit, gauges[i].help);
    }
}

void uni_average(uint64_t *us, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t one = (to_ns - from_ns) / NS_IN_US;

    *us = *us == 0 ? one : *us - *us / WEIGHT + one / WEIGHT;
}

void uni_gauges(struct vt_cs *cs)
{
    const int64_t now[UNI_GAUGES] = {
        uni_is_member(cs) ? (int64_t)cs->seats.shard_of[cs->self] : -1,
        (int64_t)cs->own_seq,
        (int64_t)cs->counted,
        (int64_t)cs->witness_us,
        (int64_t)bft_view(cs->bft),
        (int64_t)uni_root(cs)->height,
        (int64_t)cs->cut_us,
        (int64_t)(uni_root(cs)->height - cs->applied)};

    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, UNI_GAUGES);
}
