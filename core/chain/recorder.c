/* SPDX-License-Identifier: Apache-2.0
 *
 * recorder.c - one line per event: number, time, type, and what it carries.
 */
#include "chain/recorder.h"

#include "base/bytes.h"

#include <inttypes.h>
#include <stdio.h>

#define SHOWN 96u /* bytes of a message */

static const char *const names[] = {
    "?",        "START", "TIMER",     "RECV",    "PERSISTED", "SIGNED",
    "VERIFIED", "BUILT", "VALIDATED", "FETCHED", "APPLIED",   "PEER",
    "TXS",      "MORE",  "SEAL",      "ADMIN",   "WORKED",    "ANCHOR"};

static void hex_of(struct vt_view bytes, char out[2 * SHOWN + 1])
{
    size_t len = bytes.len < SHOWN ? bytes.len : SHOWN;

    vt_hex_encode(bytes.ptr, len, out);
}

static void note_recv(const struct vt_ev *ev, char *out, size_t room)
{
    const struct vt_ev_recv *r = (const struct vt_ev_recv *)(const void *)ev;
    char hex[2 * SHOWN + 1] = "";

    hex_of(r->msg, hex);
    (void)snprintf(out, room,
                   "from=%" PRIu32 " proto=%" PRIu32 " len=%zu attach=%" PRIu32
                   " msg=%s",
                   r->from, r->proto, r->msg.len, r->has_attach, hex);
}

static void note_block(const struct vt_ev *ev, char *out, size_t room)
{
    const struct vt_ev_block *b = (const struct vt_ev_block *)(const void *)ev;
    char id[65];

    vt_hex_encode(b->id, 32, id);
    (void)snprintf(out, room,
                   "token=%" PRIu64 " status=%" PRId32 " verdict=%" PRIu32
                   " height=%" PRIu64 " txs=%" PRIu32 " id=%s",
                   b->token, b->status, b->verdict, b->height, b->txs, id);
}

static void note_applied(const struct vt_ev *ev, char *out, size_t room)
{
    const struct vt_ev_applied *a =
        (const struct vt_ev_applied *)(const void *)ev;
    char id[65];

    vt_hex_encode(a->id, 32, id);
    (void)snprintf(out, room, "height=%" PRIu64 " id=%s", a->height, id);
}

static void note_detail(const struct vt_ev *ev, char *out, size_t room)
{
    const void *any = ev;

    out[0] = '\0';
    switch (ev->type) {
    case VT_EV_RECV:
        note_recv(ev, out, room);
        break;
    case VT_EV_BUILT:
    case VT_EV_VALIDATED:
    case VT_EV_FETCHED:
        note_block(ev, out, room);
        break;
    case VT_EV_APPLIED:
        note_applied(ev, out, room);
        break;
    case VT_EV_TIMER:
        (void)snprintf(out, room, "timer=%" PRIu64,
                       ((const struct vt_ev_timer *)any)->timer);
        break;
    case VT_EV_PERSISTED:
    case VT_EV_SIGNED:
    case VT_EV_VERIFIED:
    case VT_EV_WORKED:
        (void)snprintf(out, room,
                       "token=%" PRIu64 " status=%" PRId32 " len=%zu",
                       ((const struct vt_ev_done *)any)->token,
                       ((const struct vt_ev_done *)any)->status,
                       ((const struct vt_ev_done *)any)->data.len);
        break;
    case VT_EV_PEER:
        (void)snprintf(out, room, "peer=%" PRIu32 " up=%" PRIu32,
                       ((const struct vt_ev_peer *)any)->peer,
                       ((const struct vt_ev_peer *)any)->up);
        break;
    case VT_EV_TXS:
        (void)snprintf(out, room, "count=%" PRIu64 " bytes=%" PRIu64,
                       ((const struct vt_ev_txs *)any)->count,
                       ((const struct vt_ev_txs *)any)->size_bytes);
        break;
    default:
        break;
    }
}

void vt_recorder_note(struct vt_recorder *recorder, const struct vt_ev *ev)
{
    uint32_t type = ev->type & ~VT_EV_CRITICAL;
    const char *name =
        type < sizeof names / sizeof names[0] ? names[type] : names[0];
    char *line = recorder->line[recorder->count % VT_RECORDER_EVENTS];
    int used =
        snprintf(line, VT_RECORDER_LINE,
                 "%" PRIu64 " now_ns=%" PRIu64 " wall_ms=%" PRId64 " %s ",
                 recorder->count, ev->now_ns, ev->wall_ms, name);

    recorder->count++;
    if (used > 0 && (size_t)used < VT_RECORDER_LINE) {
        note_detail(ev, line + used, VT_RECORDER_LINE - (size_t)used);
    }
}

void vt_recorder_print(const struct vt_recorder *recorder, struct vt_buf *out)
{
    uint64_t first = recorder->count > VT_RECORDER_EVENTS
                         ? recorder->count - VT_RECORDER_EVENTS
                         : 0;

    for (uint64_t i = first; i < recorder->count; i++) {
        (void)vt_buf_printf(out, "%s\n",
                            recorder->line[i % VT_RECORDER_EVENTS]);
    }
}
