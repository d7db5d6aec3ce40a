/* SPDX-License-Identifier: Apache-2.0
 *
 * node.c - one node of the network: host, disk and engine of its core.
 */
#include "net_inside.h"

#include <stdlib.h>

static uint64_t value_of(const uint8_t value[32])
{
    struct cs_rd rd;

    cs_rd_init(&rd, cs_view(value, 32));
    return cs_get_u64(&rd);
}

static struct net_event make(const struct net_node *node, uint32_t kind,
                             uint64_t token)
{
    struct net_event event = {
        .kind = kind, .node = node->index, .life = node->life, .token = token};
    return event;
}

/* ---- disk --------------------------------------------------------------- */

static void start_sync(struct net_node *node)
{
    struct net *net = node->net;

    if (!node->is_syncing && node->durable < node->written) {
        node->is_syncing = 1;
        net_post(net, net_pick(net, net->o.sync_min_us, net->o.sync_max_us),
                 make(node, NET_SYNC, node->written));
    }
}

static void write_out(struct net_node *node, struct net_write *w)
{
    if (w->bytes != NULL) {
        free(node->slot[w->slot].bytes);
        node->slot[w->slot].bytes = w->bytes;
        node->slot[w->slot].len = w->len;
        w->bytes = NULL;
    } else {
        node->body[w->value] |= 2;
    }
}

static void write(struct net_node *node, struct net_write w)
{
    if (node->writes == NET_WRITES) {
        abort();
    }
    w.number = ++node->written;
    node->write[node->writes++] = w;
    start_sync(node);
}

static void release(struct net_node *node);

static void on_sync(struct net_node *node, uint64_t number)
{
    uint32_t left = 0;

    node->is_syncing = 0;
    node->durable = number;
    for (uint32_t i = 0; i < node->writes; i++) {
        if (node->write[i].number <= number) {
            write_out(node, &node->write[i]);
        } else {
            node->write[left++] = node->write[i];
        }
    }
    node->writes = left;
    start_sync(node);
    release(node);
}

/* A slot's writes survive in order; slots and bodies each on their own. */
static void lose(struct net_node *node, uint32_t keep)
{
    uint8_t is_cut[BFT_SLOTS] = {0};

    for (uint32_t i = 0; i < node->writes; i++) {
        struct net_write *w = &node->write[i];
        int stays = net_maybe(node->net, keep);

        if (w->bytes != NULL) {
            stays &= !is_cut[w->slot];
            is_cut[w->slot] |= !stays;
        }
        if (stays) {
            write_out(node, w);
        }
        free(w->bytes);
    }
    node->writes = 0;
    node->durable = node->written;
    for (uint64_t v = 0; v < NET_VALUES; v++) {
        node->body[v] = node->body[v] >= 2 ? 3 : 0;
    }
}

/* ---- what waits for the disk -------------------------------------------- */

static void decide(struct net_node *node, const struct net_wait *wait)
{
    struct net *net = node->net;
    const struct bft_block *b = &wait->block;
    static const uint8_t none[32];

    if (b->height >= NET_VALUES || !node->is_honest) {
        return;
    }
    if (memcmp(net->decided[b->height], none, 32) == 0) {
        memcpy(net->decided[b->height], b->value, 32);
        net->counts.finals++;
    }
    if (memcmp(net->decided[b->height], b->value, 32) != 0) {
        net_violate(net, "I1 two values at height", b->height);
    }
    if (b->height > node->final_height) { /* gaps: the host synchronizes */
        node->final_height = b->height;
        memcpy(node->final_value, b->value, 32);
        free(node->final_proof);
        node->final_proof = net_copy(cs_view(wait->bytes, wait->len));
        node->final_len = wait->len;
    }
}

static void check_final(struct net_node *node, const struct net_wait *wait)
{
    uint32_t verdict = VT_BAD;
    vt_status status = bft_check_proof(
        fake_host(), &node->net->fake.epoch, FAKE_ROLE, wait->block.height,
        wait->block.value, cs_view(wait->bytes, wait->len), &verdict, NULL);

    if (status != VT_OK || verdict != VT_GOOD) {
        net_violate(node->net, "I2 a proof nobody believes, height",
                    wait->block.height);
    }
    decide(node, wait);
}

/* The host's double-sign guard, as an alarm. */
static void guard(struct net_node *node, const struct net_wait *wait)
{
    uint64_t view = wait->view;
    uint64_t *word = &node->signed_word[wait->kind][view % NET_SIGNED];

    if (view >= NET_SIGNED || !node->is_honest) {
        return;
    }
    if (*word != 0 && *word != wait->word) {
        net_violate(node->net, "I4 an honest member signed twice in view",
                    view);
    }
    *word = wait->word;
    if (wait->kind >= BFT_NULLIFY && node->signed_word[BFT_NULLIFY][view] &&
        node->signed_word[BFT_FINALIZE][view]) {
        net_violate(node->net, "I4 NULLIFY and FINALIZE in view", view);
    }
}

static void release(struct net_node *node)
{
    struct net *net = node->net;
    uint32_t left = 0;

    for (uint32_t i = 0; i < node->waits; i++) {
        struct net_wait *wait = &node->wait[i];

        if (wait->barrier > node->durable) {
            node->wait[left++] = *wait;
        } else if (wait->is_final) {
            check_final(node, wait);
            free(wait->bytes);
        } else {
            struct net_event event = make(node, NET_SIGNED_EV, wait->token);

            guard(node, wait);
            event.len = wait->sig.len;
            event.bytes = net_copy(cs_view(wait->sig.bytes, wait->sig.len));
            net_post(net, net_pick(net, 5, 50), event);
        }
    }
    node->waits = left;
}

static struct net_wait *hold(struct net_node *node)
{
    struct net_wait *wait;

    if (node->waits == NET_HELD) {
        abort();
    }
    wait = &node->wait[node->waits++];
    memset(wait, 0, sizeof *wait);
    wait->barrier = node->written;
    return wait;
}

/* ---- outputs of the core ------------------------------------------------ */

static void persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    struct net_write w = {.slot = slot, .len = (uint32_t)bytes.len};

    w.bytes = net_copy(bytes);
    write(ctx, w);
}

static void store(void *ctx, const struct bft_block *block)
{
    struct net_write w = {.value = value_of(block->value)};

    write(ctx, w);
}

static void sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                 struct vt_view msg)
{
    struct net_node *node = ctx;
    struct net_wait *wait = hold(node);
    uint8_t hash[32];

    (void)fake_crypto()->hash(NULL, "word", &msg, 1, hash);
    memcpy(&wait->word, hash, 8);
    wait->token = token;
    wait->kind = role - FAKE_ROLE;
    wait->view = major;
    fake_sign(&node->net->fake, node->member, role, msg, &wait->sig);
    release(node);
}

static void verify(void *ctx, uint64_t token,
                   const struct vt_verify_item *items, uint32_t count)
{
    struct net_node *node = ctx;
    struct net_event event = make(node, NET_VERIFIED, token);

    event.len = count;
    event.bytes = malloc(count);
    if (event.bytes == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < count; i++) {
        event.bytes[i] = (uint8_t)fake_verify(&node->net->fake, &items[i]);
    }
    net_post(node->net, net_pick(node->net, 5, 60), event);
}

static void send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    net_node_send(ctx, to, proto, msg);
}

static void timer(void *ctx, uint32_t which, uint64_t delay_ns)
{
    struct net_node *node = ctx;
    struct net_event event = make(node, NET_TIMER, ++node->armed[which]);

    event.a = which;
    if (delay_ns > 0) {
        net_post(node->net, delay_ns / 1000, event);
    }
}

void net_value(struct net *net, const struct bft_block *parent, uint8_t out[32])
{
    struct cs_wr wr;

    if (net->values + 1 >= NET_VALUES) {
        abort();
    }
    net->value_parent[++net->values] = value_of(parent->value);
    memset(out, 0, 32);
    cs_wr_init(&wr, out, 32);
    cs_put_u64(&wr, net->values);
    cs_put_u64(&wr, parent->height + 1);
}

static int value(void *ctx, uint64_t view, const struct bft_block *parent,
                 uint64_t *height, uint8_t out[32])
{
    struct net_node *node = ctx;

    (void)view;
    if (net_maybe(node->net, node->net->o.later)) {
        return 0;
    }
    net_value(node->net, parent, out);
    *height = parent->height + 1;
    node->body[node->net->values] |= 1;
    return 1;
}

/* Ask for a body; whoever has it answers. */
static int holds(struct net_node *node, uint64_t id)
{
    struct net *net = node->net;

    if (id == 0 || (node->body[id] & 1) != 0) {
        return 1;
    }
    if (!node->is_fetching[id]) {
        node->is_fetching[id] = 1;
        net_post(net, net_pick(net, 2 * net->o.delay_min_us, 4000),
                 make(node, NET_FETCHED, id));
    }
    return 0;
}

static void on_fetched(struct net_node *node, uint64_t id)
{
    struct net *net = node->net;

    node->is_fetching[id] = 0;
    for (uint32_t i = 0; i < net->nodes; i++) {
        const struct net_node *other = &net->node[i];

        if (other != node && other->side == node->side &&
            (other->is_scripted ||
             (other->core != NULL && (other->body[id] & 1) != 0))) {
            node->body[id] |= 1;
        }
    }
    bft_poke(node->core);
}

static uint32_t check(void *ctx, const struct bft_block *block,
                      const struct bft_block *parent)
{
    struct net_node *node = ctx;
    struct net *net = node->net;
    uint64_t id = value_of(block->value);
    uint64_t below = value_of(parent->value);

    if (id == 0 || id > net->values || net->value_parent[id] != below ||
        block->height != parent->height + 1) {
        return VT_BAD;
    }
    if (!holds(node, id) || !holds(node, below)) {
        return VT_LATER;
    }
    return net_maybe(net, net->o.later) ? VT_LATER : VT_GOOD;
}

static void final(void *ctx, const struct bft_block *block,
                  struct vt_view proof)
{
    struct net_node *node = ctx;
    struct net_wait *wait = hold(node);

    wait->is_final = 1;
    wait->block = *block;
    wait->bytes = net_copy(proof);
    wait->len = (uint32_t)proof.len;
    release(node);
}

static void evidence(void *ctx, uint32_t kind, uint32_t member,
                     struct vt_view a, struct vt_view b)
{
    struct net_node *node = ctx;
    struct net *net = node->net;
    uint32_t named = 99;
    uint32_t verdict = VT_BAD;

    if (net->node[member].is_honest) {
        net_violate(net, "I5 an honest member was convicted:", member);
    }
    if (bft_check_evidence(fake_host(), &net->fake.epoch, FAKE_ROLE, kind, a, b,
                           &named, &verdict, NULL) != VT_OK ||
        verdict != VT_GOOD || named != member) {
        net_violate(net, "I5 evidence nobody believes, kind", kind);
    }
    net->counts.evidence[kind]++;
}

static void penalize(void *ctx, uint32_t peer, const char *why)
{
    const struct net_node *node = ctx;

    (void)why;
    if (node->is_honest && node->net->node[peer].is_honest) {
        net_violate(node->net, "I6 an honest member was blamed:", peer);
    }
}

static void trace(void *ctx, const char *what, uint64_t view)
{
    const struct net_node *node = ctx;
    struct net_counts *counts = &node->net->counts;
    uint32_t i = 0;

    while (i + 1 < NET_LABELS && counts->labels[i].text != NULL &&
           counts->labels[i].text != what) {
        i++;
    }
    counts->labels[i].text = what;
    counts->labels[i].count++;
    counts->views = view > counts->views ? view : counts->views;
}

static const struct bft_ops ops = {.persist = persist,
                                   .store = store,
                                   .sign = sign,
                                   .verify = verify,
                                   .send = send,
                                   .timer = timer,
                                   .value = value,
                                   .check = check,
                                   .final = final,
                                   .evidence = evidence,
                                   .penalize = penalize,
                                   .trace = trace};

/* ---- life --------------------------------------------------------------- */

void net_stop(struct net_node *node, uint32_t keep)
{
    bft_free(node->core);
    node->core = NULL;
    node->life++;
    for (uint32_t i = 0; i < node->waits; i++) {
        free(node->wait[i].bytes);
    }
    node->waits = 0;
    node->is_syncing = 0;
    memset(node->is_fetching, 0, sizeof node->is_fetching);
    lose(node, keep);
}

void net_crash(struct net *net, uint32_t node, uint32_t keep)
{
    if (net->node[node].core != NULL) {
        net_stop(&net->node[node], keep);
        net->counts.crashes++;
    }
}

void net_wipe(struct net *net, uint32_t index)
{
    struct net_node *node = &net->node[index];

    for (uint32_t i = 0; i < BFT_SLOTS; i++) {
        free(node->slot[i].bytes);
        node->slot[i].bytes = NULL;
    }
    free(node->final_proof);
    node->final_proof = NULL;
    node->final_len = 0;
    node->final_height = 0;
    memset(node->body, 0, sizeof node->body);
}

void net_restart(struct net *net, uint32_t index)
{
    struct net_node *node = &net->node[index];
    struct vt_slot slots[BFT_SLOTS];
    struct bft_config config = {
        .host = fake_host(),
        .crypto = fake_crypto(),
        .ops = &ops,
        .ctx = node,
        .epoch = &net->fake.epoch,
        .self = node->member,
        .role_base = FAKE_ROLE,
        .order = net->order_of,
        .order_count = net->o.n,
        .is_once = net->o.is_once,
        .timeout_ns = net->o.timeout_us * UINT64_C(1000),
        .retransmit_ns = net->o.retransmit_us * UINT64_C(1000)};
    struct vt_err err = {.size = sizeof err};

    if (node->core != NULL || node->is_gone || node->is_scripted) {
        return;
    }
    config.slots.ptr = slots;
    config.slots.stride = sizeof slots[0];
    for (uint32_t i = 0; i < BFT_SLOTS; i++) {
        if (node->slot[i].bytes != NULL) {
            slots[config.slots.count].slot = i;
            slots[config.slots.count++].bytes =
                cs_view(node->slot[i].bytes, node->slot[i].len);
        }
    }
    config.final_height = node->final_height;
    memcpy(config.final_value, node->final_value, 32);
    config.final_proof = cs_view(node->final_proof, node->final_len);
    if (bft_new(&config, &node->core, &err) != VT_OK) {
        net_violate(net, err.text, node->index);
        return;
    }
    bft_start(node->core);
    bft_idle(node->core, net->o.is_idle != 0);
}

void net_node_event(struct net_node *node, const struct net_event *event)
{
    struct vt_view bytes = cs_view(event->bytes, event->len);

    switch (event->kind) {
    case NET_MESSAGE:
        bft_recv(node->core, event->a, event->b, bytes);
        break;
    case NET_TIMER:
        if (node->armed[event->a] == event->token) {
            bft_timer(node->core, event->a);
        }
        break;
    case NET_SYNC:
        on_sync(node, event->token);
        break;
    case NET_SIGNED_EV:
        bft_signed(node->core, event->token, bytes);
        break;
    case NET_VERIFIED:
        bft_verified(node->core, event->token, bytes);
        break;
    default:
        on_fetched(node, event->token);
        break;
    }
}
