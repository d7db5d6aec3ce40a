/* SPDX-License-Identifier: Apache-2.0
 *
 * recorder.c - one line per event: number, time, type, and what it carries.
 */
#include "chain/recorder.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <string.h>

static const char *const names[] = {
    "?",        "START", "TIMER",     "RECV",    "PERSISTED", "SIGNED",
    "VERIFIED", "BUILT", "VALIDATED", "FETCHED", "APPLIED",   "PEER",
    "TXS",      "MORE",  "SEAL",      "ADMIN",   "WORKED",    "ANCHOR"};

/* ---- noting -------------------------------------------------------------- */

static void keep_bytes(struct vt_recorded *r, const uint8_t *bytes, size_t len)
{
    r->len = (uint32_t)(len < VT_RECORDER_SHOWN ? len : VT_RECORDER_SHOWN);
    if (r->len > 0) {
        memcpy(r->bytes, bytes, r->len);
    }
}

static void keep_recv(struct vt_recorded *r, const struct vt_ev_recv *ev)
{
    r->number[0] = ev->from;
    r->number[1] = ev->proto;
    r->number[2] = ev->msg.len;
    r->number[3] = ev->has_attach;
    keep_bytes(r, ev->msg.ptr, ev->msg.len);
}

static void keep_block(struct vt_recorded *r, const struct vt_ev_block *ev)
{
    r->number[0] = ev->token;
    r->number[1] = (uint64_t)(int64_t)ev->status;
    r->number[2] = ev->verdict;
    r->number[3] = ev->height;
    r->number[4] = ev->txs;
    keep_bytes(r, ev->id, sizeof ev->id);
}

static void keep_done(struct vt_recorded *r, const struct vt_ev_done *ev)
{
    r->number[0] = ev->token;
    r->number[1] = (uint64_t)(int64_t)ev->status;
    r->number[2] = ev->data.len;
}

static void keep_detail(struct vt_recorded *r, const struct vt_ev *ev)
{
    const void *any = ev;

    switch (r->type) {
    case VT_EV_RECV:
        keep_recv(r, any);
        break;
    case VT_EV_BUILT:
    case VT_EV_VALIDATED:
    case VT_EV_FETCHED:
        keep_block(r, any);
        break;
    case VT_EV_APPLIED:
        r->number[0] = ((const struct vt_ev_applied *)any)->height;
        keep_bytes(r, ((const struct vt_ev_applied *)any)->id, 32);
        break;
    case VT_EV_TIMER:
        r->number[0] = ((const struct vt_ev_timer *)any)->timer;
        break;
    case VT_EV_PERSISTED:
    case VT_EV_SIGNED:
    case VT_EV_VERIFIED:
    case VT_EV_WORKED:
    case VT_EV_PROVED:
        keep_done(r, any);
        break;
    case VT_EV_PEER:
        r->number[0] = ((const struct vt_ev_peer *)any)->peer;
        r->number[1] = ((const struct vt_ev_peer *)any)->up;
        break;
    case VT_EV_TXS:
        r->number[0] = ((const struct vt_ev_txs *)any)->count;
        r->number[1] = ((const struct vt_ev_txs *)any)->size_bytes;
        break;
    default:
        break;
    }
}

void vt_recorder_note(struct vt_recorder *recorder, const struct vt_ev *ev)
{
    struct vt_recorded *r =
        &recorder->last[recorder->count++ % VT_RECORDER_EVENTS];

    r->now_ns = ev->now_ns;
    r->wall_ms = ev->wall_ms;
    r->type = ev->type & ~VT_EV_CRITICAL;
    r->len = 0;
    keep_detail(r, ev);
}

/* ---- printing ------------------------------------------------------------ */

static void print_detail(const struct vt_recorded *r, struct vt_buf *out)
{
    const uint64_t *n = r->number;
    char hex[2 * VT_RECORDER_SHOWN + 1] = "";

    vt_hex_encode(r->bytes, r->len, hex);
    switch (r->type) {
    case VT_EV_RECV:
        (void)vt_buf_printf(out,
                            "from=%" PRIu64 " proto=%" PRIu64 " len=%" PRIu64
                            " attach=%" PRIu64 " msg=%s",
                            n[0], n[1], n[2], n[3], hex);
        break;
    case VT_EV_BUILT:
    case VT_EV_VALIDATED:
    case VT_EV_FETCHED:
        (void)vt_buf_printf(out,
                            "token=%" PRIu64 " status=%" PRId64
                            " verdict=%" PRIu64 " height=%" PRIu64
                            " txs=%" PRIu64 " id=%s",
                            n[0], (int64_t)n[1], n[2], n[3], n[4], hex);
        break;
    case VT_EV_APPLIED:
        (void)vt_buf_printf(out, "height=%" PRIu64 " id=%s", n[0], hex);
        break;
    case VT_EV_TIMER:
        (void)vt_buf_printf(out, "timer=%" PRIu64, n[0]);
        break;
    case VT_EV_PERSISTED:
    case VT_EV_SIGNED:
    case VT_EV_VERIFIED:
    case VT_EV_WORKED:
    case VT_EV_PROVED:
        (void)vt_buf_printf(out,
                            "token=%" PRIu64 " status=%" PRId64 " len=%" PRIu64,
                            n[0], (int64_t)n[1], n[2]);
        break;
    case VT_EV_PEER:
        (void)vt_buf_printf(out, "peer=%" PRIu64 " up=%" PRIu64, n[0], n[1]);
        break;
    case VT_EV_TXS:
        (void)vt_buf_printf(out, "count=%" PRIu64 " bytes=%" PRIu64, n[0],
                            n[1]);
        break;
    default:
        break;
    }
}

void vt_recorder_print(const struct vt_recorder *recorder, struct vt_buf *out)
{
    uint64_t first = recorder->count > VT_RECORDER_EVENTS
                         ? recorder->count - VT_RECORDER_EVENTS
                         : 0;

    for (uint64_t i = first; i < recorder->count; i++) {
        const struct vt_recorded *r = &recorder->last[i % VT_RECORDER_EVENTS];
        const char *name =
            r->type < sizeof names / sizeof names[0] ? names[r->type] : "?";

        (void)vt_buf_printf(
            out, "%" PRIu64 " now_ns=%" PRIu64 " wall_ms=%" PRId64 " %s ", i,
            r->now_ns, r->wall_ms, name);
        print_detail(r, out);
        (void)vt_buf_printf(out, "\n");
    }
}
