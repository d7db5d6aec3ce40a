/* SPDX-License-Identifier: Apache-2.0
 *
 * events.c - server-sent events.
 *
 * A subscriber has one number, the next height it has not got. A block of that
 * height is sent as it comes; when one further on comes, or the subscriber
 * asked for the past, the blocks between are read from the chain. So it does
 * not matter where a block got lost on the way: nobody misses one.
 */
#include "api/show.h"

#include "api/wish.h"
#include "base/alloc.h"
#include "base/bytes.h"
#include "plugin/host.h"

#include <event2/event.h>

#include <inttypes.h>
#include <stdio.h>

#define SUBS_MAX 128u
#define FEED_MAX 1024u      /* events on their way to the loop */
#define BACKLOG_MAX 524288u /* bytes a subscriber may be behind */
#define BACKLOG_LOW 65536u  /* more of the past is read below this */
#define HEARTBEAT_TICKS 15u /* of the refresh clock */

struct sub {
    struct vt_list list;
    struct vt_events *events;
    struct vt_api_chain *chain;
    struct vt_http_call *http;
    int wants_final, wants_halted;
    uint64_t next;
    uint64_t last;
    struct replay_hop *reading;
};

struct replay_hop {
    struct vt_hop hop;
    struct sub *sub; /* NULL: it is gone */
    uint64_t height;
    vt_status status;
    struct vt_block *block;
};

/* An event on its way from the chain's thread. */
struct news {
    struct vt_list list;
    struct vt_api_chain *chain;
    struct vt_block *block; /* NULL: halted */
    char text[256];
};

struct vt_events {
    struct vt_api *api;
    struct vt_list subs;
    uint32_t count, ticks;
    struct event *kick; /* somebody has taken all it was sent */
    uint32_t metric_count, metric_evicted;

    pthread_mutex_t lock; /* of the three below */
    struct vt_list feed;
    uint32_t feed_count;
    int is_told;
};

static void advance(struct sub *sub);

/* ---- one subscriber ------------------------------------------------------ */

static void sub_free(struct sub *sub)
{
    struct vt_events *events = sub->events;

    if (sub->reading != NULL) {
        sub->reading->sub = NULL;
    }
    vt_list_remove(&sub->list);
    atomic_fetch_sub(&sub->chain->subscribers, 1);
    vt_metric_set(events->metric_count, --events->count);
    vt_free(sub);
}

static void on_gone(void *ctx)
{
    struct sub *sub = ctx;

    vt_http_end(sub->http);
    sub_free(sub);
}

static void on_drained(void *ctx)
{
    struct sub *sub = ctx;

    /* not from here: the connection is in the middle of writing */
    event_active(sub->events->kick, EV_TIMEOUT, 0);
}

/* Ends the stream with words about why. */
static void evict(struct sub *sub, const char *why)
{
    struct vt_buf text = VT_BUF_INIT(VT_SHOW_EVENT_MAX);

    (void)vt_buf_printf(&text,
                        "event: evicted\nid: %" PRIu64
                        "\ndata: {\"chain\":\"%s\",\"last\":%" PRIu64
                        ",\"reason\":\"%s\"}\n\n",
                        sub->last, sub->chain->name, sub->last, why);
    vt_metric_add(sub->events->metric_evicted, 1);
    (void)vt_http_put(sub->http, vt_buf_view(&text));
    vt_http_end(sub->http);
    vt_buf_fini(&text);
    sub_free(sub);
}

/* Returns 1 when the subscriber is still there. */
static int send_text(struct sub *sub, const struct vt_buf *text)
{
    if (text->failed != VT_OK) {
        evict(sub, "an event cannot be made");
        return 0;
    }
    if (vt_http_backlog(sub->http) + text->len > BACKLOG_MAX) {
        evict(sub, "too slow: reconnect with Last-Event-ID to go on");
        return 0;
    }
    if (vt_http_put(sub->http, vt_buf_view(text)) != VT_OK) {
        evict(sub, "no memory for an event");
        return 0;
    }
    return 1;
}

/* ---- the past ------------------------------------------------------------ */

static int read_block(struct vt_hop *hop)
{
    struct replay_hop *r = VT_CONTAINER(hop, struct replay_hop, hop);

    r->status = vt_chain_block(hop->chain->chain, r->height, &r->block, NULL);
    return 1;
}

static void on_block(struct vt_hop *hop)
{
    struct replay_hop *r = VT_CONTAINER(hop, struct replay_hop, hop);
    struct vt_buf text = VT_BUF_INIT(VT_SHOW_EVENT_MAX);
    struct sub *sub = r->sub;
    int is_there = 1;

    /* once this read is over another may start */
    event_active(hop->chain->api->events->kick, EV_TIMEOUT, 0);
    if (sub == NULL) {
        return;
    }
    sub->reading = NULL;
    r->sub = NULL;
    if (r->status != VT_OK) {
        evict(sub, "a block of the past cannot be read here");
        return;
    }
    if (r->height == sub->next) { /* else it came live meanwhile */
        vt_show_final(sub->chain, r->block, &text);
        sub->next++;
        is_there = send_text(sub, &text);
    }
    vt_buf_fini(&text);
    if (is_there) {
        sub->last = sub->next - 1;
    }
}

static void free_replay(struct vt_hop *hop)
{
    struct replay_hop *r = VT_CONTAINER(hop, struct replay_hop, hop);

    if (r->sub != NULL) {
        r->sub->reading = NULL;
    }
    hop->chain->replays--;
    vt_block_unref(r->block);
    vt_free(r);
}

static uint64_t newest(struct vt_api_chain *chain)
{
    uint64_t height;

    (void)pthread_mutex_lock(&chain->lock);
    height = chain->snap.status.executed_height;
    (void)pthread_mutex_unlock(&chain->lock);
    return height;
}

/* Reads the next block for a subscriber that is behind and has taken what it
 * was sent. When that is not possible now, the clock tries again. */
static void advance(struct sub *sub)
{
    struct replay_hop *r;

    if (!sub->wants_final || sub->reading != NULL ||
        sub->chain->replays == VT_API_REPLAYS_MAX ||
        vt_http_backlog(sub->http) >= BACKLOG_LOW ||
        sub->next > newest(sub->chain)) {
        return;
    }
    r = vt_alloc(sizeof *r);
    if (r == NULL) {
        return;
    }
    r->sub = sub;
    r->height = sub->next;
    r->hop.chain = sub->chain;
    r->hop.ask = read_block;
    r->hop.tell = on_block;
    r->hop.free = free_replay;
    sub->reading = r;
    sub->chain->replays++;
    /* to the end of the line, so that all get their turn */
    vt_list_remove(&sub->list);
    vt_list_append(&sub->events->subs, &sub->list);
    if (vt_hop_send(&r->hop) != VT_OK) {
        free_replay(&r->hop);
    }
}

static void advance_all(struct vt_events *events)
{
    VT_LIST_FOR_SAFE (item, next, &events->subs) {
        advance(VT_CONTAINER(item, struct sub, list));
    }
}

static void on_kick(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    advance_all(ctx);
}

/* ---- news ---------------------------------------------------------------- */

static void news_free(struct news *news)
{
    vt_block_unref(news->block);
    vt_free(news);
}

static void tell_final(struct sub *sub, uint64_t height,
                       const struct vt_buf *text)
{
    if (!sub->wants_final || height < sub->next) {
        return;
    }
    if (height > sub->next || sub->reading != NULL) {
        advance(sub);
        return;
    }
    sub->next = height + 1;
    if (send_text(sub, text)) {
        sub->last = height;
    }
}

static void tell_news(struct vt_events *events, const struct news *news)
{
    struct vt_buf text = VT_BUF_INIT(VT_SHOW_EVENT_MAX);
    uint64_t height =
        news->block != NULL ? news->block->header.height : newest(news->chain);

    if (news->block != NULL) {
        vt_show_final(news->chain, news->block, &text);
    } else {
        vt_show_halted(news->chain, height, news->text, &text);
    }
    VT_LIST_FOR_SAFE (item, next, &events->subs) {
        struct sub *sub = VT_CONTAINER(item, struct sub, list);

        if (sub->chain != news->chain) {
            continue;
        }
        if (news->block != NULL) {
            tell_final(sub, height, &text);
        } else if (sub->wants_halted) {
            (void)send_text(sub, &text);
        }
    }
    vt_buf_fini(&text);
}

static void drain(struct vt_events *events, int must_tell)
{
    struct vt_list list;

    vt_list_init(&list);
    (void)pthread_mutex_lock(&events->lock);
    events->is_told = 0;
    events->feed_count = 0;
    while (!vt_list_empty(&events->feed)) {
        struct vt_list *item = events->feed.next;

        vt_list_remove(item);
        vt_list_append(&list, item);
    }
    (void)pthread_mutex_unlock(&events->lock);
    while (!vt_list_empty(&list)) {
        struct news *news = VT_CONTAINER(list.next, struct news, list);

        vt_list_remove(&news->list);
        if (must_tell) {
            tell_news(events, news);
        }
        news_free(news);
    }
}

static void on_loop(void *arg)
{
    struct vt_events *events = arg;

    drain(events, !events->api->is_stopping);
}

static void feed(struct vt_events *events, struct news *news)
{
    int is_lost;
    int must_tell;

    (void)pthread_mutex_lock(&events->lock);
    /* a lost block is found by its gap; being halted comes once */
    is_lost = news->block != NULL && events->feed_count >= FEED_MAX;
    must_tell = !is_lost && !events->is_told;
    if (!is_lost) {
        events->feed_count++;
        events->is_told = 1;
        vt_list_append(&events->feed, &news->list);
    }
    (void)pthread_mutex_unlock(&events->lock);
    if (is_lost) {
        news_free(news);
    }
    if (must_tell &&
        vt_loop_post(events->api->args.loop, on_loop, events) != VT_OK) {
        (void)pthread_mutex_lock(&events->lock);
        events->is_told = 0; /* the clock will look */
        (void)pthread_mutex_unlock(&events->lock);
    }
}

void vt_events_on_event(struct vt_events *events, struct vt_api_chain *chain,
                        const struct vt_chain_event *event)
{
    struct news *news;

    if ((event->type != VT_CHAIN_FINAL && event->type != VT_CHAIN_HALTED) ||
        atomic_load(&chain->subscribers) == 0) {
        return;
    }
    news = vt_alloc(sizeof *news);
    if (news == NULL) {
        return; /* a gap, see above */
    }
    news->chain = chain;
    if (event->type == VT_CHAIN_FINAL) {
        news->block = vt_block_ref(event->block);
    } else {
        (void)snprintf(news->text, sizeof news->text, "%s", event->text);
    }
    feed(events, news);
}

static void heartbeat(struct vt_events *events)
{
    VT_LIST_FOR_SAFE (item, next, &events->subs) {
        struct sub *sub = VT_CONTAINER(item, struct sub, list);

        if (vt_http_backlog(sub->http) == 0) {
            (void)vt_http_put(sub->http, vt_view_str(":\n\n"));
        }
    }
}

void vt_events_on_clock(struct vt_events *events)
{
    drain(events, 1);
    advance_all(events);
    if (++events->ticks % HEARTBEAT_TICKS == 0) {
        heartbeat(events);
    }
}

/* ---- subscribing --------------------------------------------------------- */

/* Chains that halted before somebody listened. */
static void tell_if_halted(struct sub *sub)
{
    struct vt_buf text = VT_BUF_INIT(VT_SHOW_EVENT_MAX);
    struct vt_snap snap;

    vt_api_snap(sub->chain, &snap);
    if (sub->wants_halted && snap.status.halted) {
        vt_show_halted(sub->chain, snap.status.executed_height,
                       snap.status.halted_why, &text);
        (void)send_text(sub, &text);
    }
    vt_buf_fini(&text);
    vt_api_snap_fini(&snap);
}

static void start(struct sub *sub, const struct vt_wish *wish)
{
    struct vt_events *events = sub->events;

    vt_list_append(&events->subs, &sub->list);
    vt_metric_set(events->metric_count, ++events->count);
    /* counted first, looked then: a block between is either seen by the look
     * or fed by the chain; and both before the client can know it is heard */
    atomic_fetch_add(&sub->chain->subscribers, 1);
    sub->next = wish->has_from ? wish->from : newest(sub->chain) + 1;
    sub->last = sub->next == 0 ? 0 : sub->next - 1;
    if (vt_http_stream(sub->http, "text/event-stream", on_drained, sub) !=
        VT_OK) {
        vt_http_answer_text(sub->http, 505, "/events needs HTTP/1.1");
        sub_free(sub);
        return;
    }
    vt_http_on_gone(sub->http, on_gone, sub);
    (void)vt_http_put(sub->http, vt_view_str(": here you are\n\n"));
    advance(sub);
    tell_if_halted(sub);
}

void vt_events_on_call(struct vt_events *events, struct vt_http_call *http)
{
    uint32_t max = events->api->args.config->api_clients_max / 2;
    struct vt_api_chain *chain;
    struct vt_wish wish;
    const char *why = vt_wish_read(http, &wish);
    struct sub *sub;

    if (why != NULL) {
        vt_http_answer_text(http, 400, why);
        return;
    }
    chain = vt_api_chain_find(events->api, wish.chain);
    if (chain == NULL) {
        vt_http_answer_text(http, 404, "this node has no chain of that name");
        return;
    }
    max = max == 0 ? 1 : max > SUBS_MAX ? SUBS_MAX : max;
    sub = events->count < max ? vt_alloc(sizeof *sub) : NULL;
    if (sub == NULL) {
        vt_http_answer_text(http, 503, "too many subscribers");
        return;
    }
    vt_list_init(&sub->list);
    sub->events = events;
    sub->chain = chain;
    sub->http = http;
    sub->wants_final = wish.wants_final;
    sub->wants_halted = wish.wants_halted;
    start(sub, &wish);
}

/* ---- all of them --------------------------------------------------------- */

vt_status vt_events_new(struct vt_api *api, struct vt_events **out)
{
    struct vt_events *events = vt_alloc(sizeof *events);

    if (events == NULL) {
        return VT_E_NOMEM;
    }
    events->api = api;
    vt_list_init(&events->subs);
    vt_list_init(&events->feed);
    (void)pthread_mutex_init(&events->lock, NULL);
    events->kick =
        event_new(vt_loop_base(api->args.loop), -1, 0, on_kick, events);
    events->metric_count =
        vt_metric_gauge("api_subscribers", NULL, "Subscribers of events.");
    events->metric_evicted =
        vt_metric_counter("api_evicted_total", NULL,
                          "Subscribers cut off because they were too slow.");
    if (events->kick == NULL) {
        vt_events_free(events);
        return VT_E_NOMEM;
    }
    *out = events;
    return VT_OK;
}

void vt_events_stop(struct vt_events *events)
{
    VT_LIST_FOR_SAFE (item, next, &events->subs) {
        struct sub *sub = VT_CONTAINER(item, struct sub, list);

        vt_http_end(sub->http);
        sub_free(sub);
    }
    (void)event_del(events->kick);
}

void vt_events_free(struct vt_events *events)
{
    if (events == NULL) {
        return;
    }
    drain(events, 0);
    if (events->kick != NULL) {
        event_free(events->kick);
    }
    (void)pthread_mutex_destroy(&events->lock);
    vt_free(events);
}
