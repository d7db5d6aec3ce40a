/* SPDX-License-Identifier: Apache-2.0
 *
 * hop.c - the way of a question to a chain's thread and back to the loop. The
 * way back never fails: it is a list, and posting to the loop only makes the
 * loop look at it sooner.
 */
#include "api/inside.h"

static void on_chain(void *arg)
{
    struct vt_hop *hop = arg;

    if (hop->ask(hop)) {
        vt_hop_return(hop);
    }
}

vt_status vt_hop_send(struct vt_hop *hop)
{
    struct vt_api *api = hop->chain->api;
    vt_status status;

    if (api->is_stopping || api->hops_out == VT_API_HOPS_MAX) {
        return VT_E_LIMIT;
    }
    vt_list_init(&hop->list);
    api->hops_out++;
    status = vt_runner_post(hop->chain->runner, on_chain, hop);
    if (status != VT_OK) {
        api->hops_out--;
        return VT_E_LIMIT;
    }
    return VT_OK;
}

static void on_loop(void *arg)
{
    vt_hops_drain(arg);
}

void vt_hop_return(struct vt_hop *hop)
{
    struct vt_api *api = hop->chain->api;
    int must_tell;

    (void)pthread_mutex_lock(&api->lock);
    vt_list_append(&api->returned, &hop->list);
    must_tell = !api->is_told;
    api->is_told = 1;
    (void)pthread_mutex_unlock(&api->lock);
    if (must_tell && vt_loop_post(api->args.loop, on_loop, api) != VT_OK) {
        /* the clock will look */
        (void)pthread_mutex_lock(&api->lock);
        api->is_told = 0;
        (void)pthread_mutex_unlock(&api->lock);
    }
}

static void finish(struct vt_hop *hop)
{
    struct vt_api *api = hop->chain->api;

    api->hops_out--;
    if (hop->call != NULL) {
        hop->call->hop = NULL;
    }
    if (hop->tell != NULL && !api->is_stopping &&
        (!hop->is_call || hop->call != NULL)) {
        hop->tell(hop);
    }
    hop->free(hop);
}

void vt_hops_drain(struct vt_api *api)
{
    struct vt_list list;

    vt_list_init(&list);
    (void)pthread_mutex_lock(&api->lock);
    api->is_told = 0;
    while (!vt_list_empty(&api->returned)) {
        struct vt_list *item = api->returned.next;

        vt_list_remove(item);
        vt_list_append(&list, item);
    }
    (void)pthread_mutex_unlock(&api->lock);
    while (!vt_list_empty(&list)) {
        struct vt_list *item = list.next;

        vt_list_remove(item);
        finish(VT_CONTAINER(item, struct vt_hop, list));
    }
}

void vt_hop_forget(struct vt_hop *hop)
{
    hop->call = NULL;
    if (hop->take_back != NULL && hop->take_back(hop)) {
        hop->chain->api->hops_out--;
        hop->free(hop);
    }
}
