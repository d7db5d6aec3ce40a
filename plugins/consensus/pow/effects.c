/* SPDX-License-Identifier: Apache-2.0
 *
 * effects.c - what the engine tells people, and whom it accuses.
 */
#include "inside.h"

void pow_penalize(struct vt_cs *cs, uint32_t peer, const char *why)
{
    if (peer != VT_PEER_NONE) {
        cs_emit_penalty(&cs->box, peer, why);
    }
}

void pow_trace(struct vt_cs *cs, const char *what, uint64_t height)
{
    struct cs_text t;

    if (cs_is_short(&cs->box)) {
        return;
    }
    cs_text_start(&t);
    cs_text_str(&t, what);
    cs_text_num(&t, "height", height);
    cs_emit_text(&cs->box, VT_EFF_TRACE, &t);
}

void pow_alarm(struct vt_cs *cs, const char *what, uint64_t height)
{
    struct cs_text t;

    cs->alarms++;
    cs_text_start(&t);
    cs_text_str(&t, what);
    cs_text_num(&t, "height", height);
    if (cs->logger != NULL) {
        cs->logger->put(cs->host, VT_LOG_ERROR, t.text, t.len);
    }
    pow_trace(cs, "A1 alarm", height);
}

void pow_gauges(struct vt_cs *cs)
{
    int64_t now[POW_GAUGES];

    now[0] = (int64_t)cs->list[cs->head].h.height;
    now[1] = (int64_t)cs->list[cs->final].h.height;
    now[2] = (int64_t)cs->reorgs;
    now[3] = (int64_t)cs->deepest;
    now[4] = (int64_t)cs->alarms;
    cs_emit_gauges(&cs->box, now, cs->gauge_told, cs->gauge, POW_GAUGES);
}
