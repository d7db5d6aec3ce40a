/* SPDX-License-Identifier: Apache-2.0
 *
 * small.c - see small.h. Members 0 to 3 are nodes 0 to 3, node 4 is the twin
 * of member 0. Signatures and disks answer at once; messages go in rounds.
 */
#include "small.h"

#include "fake.h"
#include "state.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define NODES 5u
#define MEMBERS 4u
#define MESSAGES 2048u
#define ROUNDS_MAX 40u
#define HEAL_VIEWS 16u
#define CHOICES (MEMBERS * 16u * 10u)

/* What happens in one view. */
struct choice {
    uint8_t leader, sides; /* bit per node */
    uint8_t early, round;  /* who gives up in which round, bit per node */
};

struct message {
    uint32_t from, to, proto, len;
    uint64_t view; /* it belongs to */
    uint8_t bytes[1024];
};

struct answer {
    uint64_t token;
    uint32_t is_sign, len;
    uint8_t bytes[BFT_SIG_MAX];
};

struct node {
    struct world *world;
    struct bft *core;
    uint32_t index, member;
    struct answer answers[128];
    uint32_t first, count;
    uint64_t final_height;
};

struct world {
    struct fake fake;
    struct node node[NODES];
    struct message pool[MESSAGES];
    uint32_t count;
    uint8_t order[BFT_ORDER_MAX];
    uint8_t decided[64][32];
    struct small_result *result;
};

static uint32_t member_of(uint32_t node)
{
    return node == 4 ? 0 : node;
}

static void violate(struct world *w, const char *what, uint64_t number)
{
    char *text = w->result->violation;

    if (text[0] == '\0') {
        (void)snprintf(text, sizeof w->result->violation, "%s %" PRIu64, what,
                       number);
    }
}

/* ---- outputs ------------------------------------------------------------ */

static void persist(void *ctx, uint32_t slot, struct vt_view bytes)
{
    (void)ctx;
    (void)slot;
    (void)bytes;
}

static void store(void *ctx, const struct bft_block *block)
{
    (void)ctx;
    (void)block;
}

static struct answer *answer(struct node *node, uint64_t token)
{
    struct answer *a;

    if (node->count == 128) {
        abort();
    }
    a = &node->answers[(node->first + node->count++) % 128];
    a->token = token;
    return a;
}

static void sign(void *ctx, uint64_t token, uint32_t role, uint64_t major,
                 struct vt_view msg)
{
    struct node *node = ctx;
    struct answer *a = answer(node, token);
    struct bft_sig sig;

    (void)major;
    fake_sign(&node->world->fake, node->member, role, msg, &sig);
    a->is_sign = 1;
    a->len = sig.len;
    memcpy(a->bytes, sig.bytes, sig.len);
}

static void verify(void *ctx, uint64_t token,
                   const struct vt_verify_item *items, uint32_t count)
{
    struct node *node = ctx;
    struct answer *a = answer(node, token);

    a->is_sign = 0;
    a->len = count;
    for (uint32_t i = 0; i < count; i++) {
        a->bytes[i] = (uint8_t)fake_verify(&node->world->fake, &items[i]);
    }
}

static uint64_t view_of(uint32_t proto, struct vt_view msg)
{
    struct cs_rd rd;

    cs_rd_init(&rd, msg);
    if (proto == BFT_VOTE || proto == BFT_CERT) {
        (void)cs_get_u8(&rd);
    }
    return proto == BFT_REQ ? 0 : cs_get_u64(&rd);
}

static void send(void *ctx, uint32_t to, uint32_t proto, struct vt_view msg)
{
    struct node *node = ctx;
    struct world *w = node->world;

    for (uint32_t i = 0; i < NODES; i++) {
        struct message *m = &w->pool[w->count];

        if (member_of(i) == node->member ||
            (to != VT_PEER_ALL && to != member_of(i))) {
            continue;
        }
        if (w->count == MESSAGES || msg.len > sizeof m->bytes) {
            abort();
        }
        m->from = node->index;
        m->to = i;
        m->proto = proto;
        m->view = view_of(proto, msg);
        m->len = (uint32_t)msg.len;
        memcpy(m->bytes, msg.ptr, msg.len);
        w->count++;
    }
}

static void timer(void *ctx, uint32_t which, uint64_t delay_ns)
{
    (void)ctx;
    (void)which;
    (void)delay_ns;
}

static int value(void *ctx, uint64_t view, const struct bft_block *parent,
                 uint64_t *height, uint8_t out[32])
{
    const struct node *node = ctx;

    memset(out, 0, 32);
    out[0] = (uint8_t)view;
    out[1] = (uint8_t)(node->index + 1);
    *height = parent->height + 1;
    return 1;
}

static uint32_t check(void *ctx, const struct bft_block *block,
                      const struct bft_block *parent)
{
    (void)ctx;
    return block->height == parent->height + 1 ? VT_GOOD : VT_BAD;
}

static void final(void *ctx, const struct bft_block *block,
                  struct vt_view proof)
{
    static const uint8_t none[32];
    struct node *node = ctx;
    uint8_t *decided = node->world->decided[block->height % 64];

    (void)proof;
    if (node->member == 0) {
        return; /* the twins may believe anything */
    }
    if (memcmp(decided, none, 32) == 0) {
        memcpy(decided, block->link, 32);
    }
    if (memcmp(decided, block->link, 32) != 0) {
        violate(node->world, "I1 two blocks final at height", block->height);
    }
    node->final_height = block->height;
    node->world->result->finals++;
}

static void evidence(void *ctx, uint32_t kind, uint32_t member,
                     struct vt_view a, struct vt_view b)
{
    const struct node *node = ctx;

    (void)kind;
    (void)a;
    (void)b;
    if (member != 0) {
        violate(node->world, "I5 an honest member was convicted:", member);
    }
    node->world->result->evidence++;
}

static void penalize(void *ctx, uint32_t peer, const char *why)
{
    (void)ctx;
    (void)peer;
    (void)why;
}

static void trace(void *ctx, const char *what, uint64_t view)
{
    (void)ctx;
    (void)what;
    (void)view;
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

/* ---- running ------------------------------------------------------------ */

static void settle(struct node *node)
{
    while (node->count > 0) {
        struct answer a = node->answers[node->first];

        node->first = (node->first + 1) % 128;
        node->count--;
        if (a.is_sign) {
            bft_signed(node->core, a.token, cs_view(a.bytes, a.len));
        } else {
            bft_verified(node->core, a.token, cs_view(a.bytes, a.len));
        }
    }
}

/* One round: all that is on its way for views up to this one arrives, or is
 * lost between the sides; what is for later views waits. Returns how many. */
static uint32_t deliver(struct world *w, uint64_t view, uint32_t sides)
{
    static struct message round[MESSAGES];
    uint32_t count = w->count;
    uint32_t moved = 0;

    memcpy(round, w->pool, count * sizeof round[0]);
    w->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct message *m = &round[i];
        struct node *to = &w->node[m->to];

        if (m->view > view) {
            w->pool[w->count++] = *m;
            continue;
        }
        moved++;
        if ((sides >> m->from & 1) == (sides >> m->to & 1)) {
            bft_recv(to->core, w->node[m->from].member, m->proto,
                     cs_view(m->bytes, m->len));
            settle(to);
        }
    }
    return moved;
}

static void fire(struct world *w, uint32_t which, uint64_t view, uint32_t nodes)
{
    for (uint32_t i = 0; i < NODES; i++) {
        struct node *node = &w->node[i];

        if ((nodes >> i & 1) != 0 && bft_view(node->core) <= view) {
            bft_timer(node->core, which);
            settle(node);
        }
    }
}

static void run_view(struct world *w, uint64_t view, const struct choice *c)
{
    uint32_t is_over = 0;

    for (uint32_t round = 0; round < ROUNDS_MAX && is_over < 2; round++) {
        if (round == c->round) {
            fire(w, BFT_TIMER_VIEW, view, c->early);
        }
        if (deliver(w, view, c->sides) == 0 && round >= c->round) {
            if (is_over == 0) { /* nothing more comes: whoever waits gives up */
                fire(w, BFT_TIMER_VIEW, view, 31);
            }
            is_over++;
        }
    }
}

/* Between two views everybody says again what it stands by, R8. */
static void repeat(struct world *w)
{
    for (uint32_t i = 0; i < NODES; i++) {
        bft_timer(w->node[i].core, BFT_TIMER_TICK);
        settle(&w->node[i]);
    }
}

static void start(struct world *w, const struct choice *path, uint32_t views,
                  struct small_result *result)
{
    memset(w->node, 0, sizeof w->node);
    memset(w->decided, 0, sizeof w->decided);
    w->count = 0;
    w->result = result;
    for (uint32_t v = 0; v < BFT_ORDER_MAX; v++) {
        w->order[v] = (uint8_t)(v % MEMBERS);
    }
    for (uint32_t v = 0; v < views; v++) {
        w->order[v + 1] = path[v].leader;
    }
    for (uint32_t i = 0; i < NODES; i++) {
        struct bft_config config = {.host = fake_host(),
                                    .crypto = fake_crypto(),
                                    .ops = &ops,
                                    .ctx = &w->node[i],
                                    .epoch = &w->fake.epoch,
                                    .self = member_of(i),
                                    .role_base = FAKE_ROLE,
                                    .order = w->order,
                                    .order_count = BFT_ORDER_MAX,
                                    .timeout_ns = 1,
                                    .retransmit_ns = 1};

        w->node[i].world = w;
        w->node[i].index = i;
        w->node[i].member = member_of(i);
        if (bft_new(&config, &w->node[i].core, NULL) != VT_OK) {
            abort();
        }
    }
    for (uint32_t i = 0; i < NODES; i++) {
        bft_start(w->node[i].core);
        settle(&w->node[i]);
    }
}

static void stop(struct world *w)
{
    for (uint32_t i = 0; i < NODES; i++) {
        bft_free(w->node[i].core);
    }
}

/* Numbers of requests are no part of what a state is. */
static uint64_t digest(struct world *w)
{
    uint64_t sum = 7;
    uint64_t word;
    uint8_t out[32];

    for (uint32_t i = 0; i < NODES; i++) {
        w->node[i].core->next_token = 1000000;
        (void)bft_digest(w->node[i].core, out);
        memcpy(&word, out, 8);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 31);
    }
    for (uint32_t i = 0; i < w->count; i++) {
        const struct message *m = &w->pool[i];
        const struct vt_view part = {m->bytes, m->len};

        (void)fake_crypto()->hash(NULL, "m", &part, 1, out);
        memcpy(&word, out, 8);
        sum += (word ^ m->to) * UINT64_C(0xbf58476d1ce4e5b9);
    }
    return sum != 0 ? sum : 1;
}

/* ---- every schedule ----------------------------------------------------- */

struct seen {
    uint64_t *slot;
    uint64_t room, count;
};

/* Returns 1 when it is new. */
static int remember(struct seen *seen, uint64_t key)
{
    uint64_t at = key % seen->room;

    while (seen->slot[at] != 0 && seen->slot[at] != key) {
        at = (at + 1) % seen->room;
    }
    if (seen->slot[at] == key) {
        return 0;
    }
    if (++seen->count * 2 > seen->room) {
        abort();
    }
    seen->slot[at] = key;
    return 1;
}

/* The honest members 1, 2, 3 differ in nothing before the first view: of the
 * ways to name them one is enough. */
static int is_named_again(const struct choice *c)
{
    uint32_t side[4];

    for (uint32_t i = 0; i < 4; i++) {
        side[i] = c->sides >> i & 1;
    }
    return c->leader > 1 || side[2] > side[3] ||
           (c->leader == 0 && side[1] > side[2]);
}

static int choose(uint32_t number, uint32_t timings, struct choice *c)
{
    static const uint8_t who[4] = {2, 6, 14, 31};
    uint32_t timing = number / (MEMBERS * 16);

    c->leader = (uint8_t)(number % MEMBERS);
    c->sides = (uint8_t)(number / MEMBERS % 16 * 2); /* node 0 is on side 0 */
    c->round = (uint8_t)(timing == 0 ? 0 : (timing - 1) % 3);
    c->early = timing == 0 ? 0 : who[(timing - 1) / 3];
    return timing < timings;
}

/* From any state, once all is well: a new final block for everybody. */
static void heal(struct world *w, uint64_t from)
{
    static const struct choice calm = {.sides = 0};
    uint64_t target = 0;

    for (uint32_t i = 1; i < MEMBERS; i++) {
        target =
            w->node[i].final_height > target ? w->node[i].final_height : target;
    }
    for (uint64_t v = from; v < from + HEAL_VIEWS; v++) {
        repeat(w);
        run_view(w, v, &calm);
    }
    for (uint32_t i = 1; i < MEMBERS; i++) {
        if (w->node[i].final_height <= target) {
            violate(w, "I12 no new final block after height", target);
        }
    }
    w->result->healed++;
}

static void tell(struct small_result *out, const struct choice *path,
                 uint32_t views)
{
    for (uint32_t v = 0; v < views; v++) {
        size_t len = strlen(out->violation);

        (void)snprintf(out->violation + len, sizeof out->violation - len,
                       "; view %u leader %u sides %x early %x round %u", v + 1,
                       path[v].leader, path[v].sides, path[v].early,
                       path[v].round);
    }
}

/* All choices of one view from one state; new states go to next. */
static void expand(struct world *w, const struct small_scope *scope,
                   struct choice *path, uint32_t view, struct seen *seen,
                   struct choice **next, uint64_t *next_count)
{
    struct small_result *out = w->result;
    uint32_t is_last = view + 1 == scope->views;

    for (uint32_t number = 0; choose(number, scope->timings, &path[view]) &&
                              out->violation[0] == '\0';
         number++) {
        if (view == 0 && scope->timings == 1 && is_named_again(&path[0])) {
            continue;
        }
        start(w, path, view + 1, out);
        for (uint32_t v = 0; v <= view; v++) {
            if (v > 0) {
                repeat(w);
            }
            run_view(w, v + 1, &path[v]);
        }
        out->schedules++;
        if (remember(seen, digest(w))) {
            out->states[view]++;
            if (!is_last) {
                memcpy(*next + *next_count * SMALL_VIEWS, path,
                       (view + 1) * sizeof *path);
                ++*next_count;
            } else if (scope->is_healed) {
                heal(w, view + 2);
            }
        }
        stop(w);
    }
}

static void explore(struct world *w, const struct small_scope *scope,
                    struct seen *seen, struct choice *level[2])
{
    uint64_t count = 1;
    struct small_result *out = w->result;
    struct choice path[SMALL_VIEWS];

    for (uint32_t view = 0; view < scope->views; view++) {
        uint64_t next_count = 0;

        seen->count = 0;
        memset(seen->slot, 0, seen->room * sizeof *seen->slot);
        for (uint64_t i = 0; i < count && out->violation[0] == '\0'; i++) {
            memcpy(path, level[view % 2] + i * SMALL_VIEWS, sizeof path);
            expand(w, scope, path, view, seen, &level[(view + 1) % 2],
                   &next_count);
            if (out->violation[0] != '\0') {
                tell(out, path, view + 1);
            }
        }
        count = next_count;
    }
}

void small_explore(const struct small_scope *scope, struct small_result *out)
{
    struct world *w = calloc(1, sizeof *w);
    struct seen seen = {.room = 1u << 22};
    struct choice *level[2];

    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20); /* many instances come and go */
    (void)mallopt(M_TOP_PAD, 16 << 20);
    memset(out, 0, sizeof *out);
    seen.slot = calloc(seen.room, sizeof *seen.slot);
    level[0] = calloc(seen.room * SMALL_VIEWS, sizeof *level[0]);
    level[1] = calloc(seen.room * SMALL_VIEWS, sizeof *level[1]);
    if (w == NULL || seen.slot == NULL || level[0] == NULL ||
        level[1] == NULL) {
        abort();
    }
    fake_init(&w->fake, MEMBERS, NULL);
    w->result = out;
    explore(w, scope, &seen, level);
    out->covered = 1;
    for (uint32_t v = 0; v < scope->views; v++) {
        out->covered *= (uint64_t)MEMBERS * 16 * scope->timings;
    }
    free(level[0]);
    free(level[1]);
    free(seen.slot);
    free(w);
}
