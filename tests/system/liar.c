/* SPDX-License-Identifier: Apache-2.0
 *
 * liar.c - a member that lies, for net_liar.sh: an engine of the tree whose
 * words are bent on their way out. Included by the engine's own file, which it
 * replaces in a copy; no program of the tree has it.
 *
 * A liar's host signs what it is asked to: the double-sign guard goes by the
 * positions that the engine names, and this one names a new one each time.
 *
 * The file that VT_TEST_LIES names has the lies, a letter each; it is read
 * again and again: e  a second signature beside every few: another proposal,
 * another vote w  certificates are kept back r  what others signed and its own
 * evidence, of this epoch and of those before, are said again g  messages with
 * wrong bits and wrong lengths
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIAR_TOKEN (UINT64_C(1) << 63)
#define LIAR_ROLES 16u
#define LIAR_EACH 8u /* one of so many signatures gets a second one */
#define LIAR_HEARD 64u
#define LIAR_MSG_MAX 512u
#define LIAR_PACE_NS UINT64_C(300000000)
#define LIAR_SENDS 3u /* false messages at a time, below the room of a step */

struct liar_row {
    uint32_t role, proto;
    uint32_t flip;     /* byte of the core that makes it another one */
    uint8_t before[2]; /* what stands before the core in a message */
    uint32_t before_len, between_len;
};

#if defined(LIAR_PBFT)
#define LIAR_CERT PBFT_CERT
static const struct liar_row liar_rows[] = {
    {PBFT_PREPREPARE, PBFT_PREPREPARE, 16, {0, 0}, 0, 32},
    {PBFT_PREPARE, PBFT_PREPARE, 16, {0, 0}, 0, 0},
    {PBFT_COMMIT, PBFT_COMMIT, 16, {0, 0}, 0, 0}};
#elif defined(LIAR_DPOS)
#define LIAR_CERT (DPOS_PROTO_BFT + (uint32_t)BFT_CERT)
#define LIAR_VOTE (DPOS_PROTO_BFT + (uint32_t)BFT_VOTE)
static const struct liar_row liar_rows[] = {
    {DPOS_ROLE_BLOCK, DPOS_PROTO_BLOCK, 16, {0, 0}, 0, 0},
    {DPOS_ROLE_BFT + BFT_NOTARIZE, LIAR_VOTE, 8, {BFT_NOTARIZE, 0}, 1, 0},
    {DPOS_ROLE_BFT + BFT_FINALIZE, LIAR_VOTE, 8, {BFT_FINALIZE, 0}, 1, 0}};
#else
#define LIAR_CERT (POS_PROTO_BFT + (uint32_t)BFT_CERT)
#define LIAR_VOTE (POS_PROTO_BFT + (uint32_t)BFT_VOTE)
/* the liar is member 3 */
static const struct liar_row liar_rows[] = {
    {POS_ROLE_BLOCK, POS_PROTO_BLOCK, 16, {3, 0}, 2, 0},
    {POS_ROLE_BFT + BFT_NOTARIZE, LIAR_VOTE, 8, {BFT_NOTARIZE, 0}, 1, 0},
    {POS_ROLE_BFT + BFT_FINALIZE, LIAR_VOTE, 8, {BFT_FINALIZE, 0}, 1, 0}};
#endif
#define LIAR_ROWS (sizeof liar_rows / sizeof liar_rows[0])

struct liar_msg {
    uint32_t proto;
    size_t len;
    uint8_t bytes[LIAR_MSG_MAX];
};

/* Outlives an epoch: what was true in one is said again in the next. */
static struct liar_msg liar_heard[LIAR_HEARD];
static size_t liar_heard_count;

struct liar {
    struct vt_cs *inner;
    struct vt_out *real;
    int doubles, withholds, repeats, garbles;
    uint64_t position, token, signs[LIAR_ROLES], noise_ns, luck;
    struct liar_msg second[LIAR_ROWS]; /* a core that is being signed */
    uint64_t second_token[LIAR_ROWS];
    struct liar_msg said[LIAR_ROWS]; /* the true one */
};

static struct liar *liar_of(struct vt_cs *cs)
{
    return (struct liar *)(void *)cs;
}

static uint64_t liar_luck(struct liar *l)
{
    l->luck = l->luck * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return l->luck >> 33;
}

static void liar_send(struct liar *l, const struct liar_msg *m)
{
    struct vt_eff_send e = {
        .h = {.size = VT_UPTO(struct vt_eff_send, msg), .type = VT_EFF_SEND},
        .to = VT_PEER_ALL,
        .proto = m->proto,
        .klass = VT_SEND_VOTE,
        .msg = {m->bytes, m->len}};

    (void)l->real->emit(l->real, &e.h);
}

static void liar_keep(struct liar_msg *to, uint32_t proto, struct vt_view msg)
{
    if (msg.len > 0 && msg.len <= LIAR_MSG_MAX) {
        to->proto = proto;
        to->len = msg.len;
        memcpy(to->bytes, msg.ptr, msg.len);
    }
}

/* ---- equivocation -------------------------------------------------------- */

static void liar_sign_second(struct liar *l, const struct vt_eff_sign *sign)
{
    struct vt_eff_sign e = *sign;

    for (size_t i = 0; i < LIAR_ROWS; i++) {
        struct liar_msg *m = &l->second[i];

        if (liar_rows[i].role != sign->role ||
            sign->msg.len <= liar_rows[i].flip ||
            l->signs[sign->role]++ % LIAR_EACH != 0) {
            continue;
        }
        liar_keep(m, liar_rows[i].proto, sign->msg);
        m->bytes[liar_rows[i].flip] ^= 1;
        l->second_token[i] = LIAR_TOKEN | l->token++;
        e.h.token = l->second_token[i];
        e.major = l->position++;
        e.msg = (struct vt_view){m->bytes, m->len};
        (void)l->real->emit(l->real, &e.h);
    }
}

static void liar_say_second(struct liar *l, const struct vt_ev_done *done)
{
    for (size_t i = 0; i < LIAR_ROWS; i++) {
        const struct liar_row *row = &liar_rows[i];
        const struct liar_msg *core = &l->second[i];
        struct liar_msg m = {.proto = row->proto};
        size_t between = row->before_len + core->len;

        if (l->second_token[i] != done->token || done->data.len == 0 ||
            done->data.len > 96 || core->len > 128) {
            continue;
        }
        memcpy(m.bytes, row->before, row->before_len);
        memcpy(m.bytes + row->before_len, core->bytes, core->len);
        /* the parent is not signed: as in the true message */
        memcpy(m.bytes + between, l->said[i].bytes + between, row->between_len);
        m.len = between + row->between_len;
        m.bytes[m.len++] = (uint8_t)done->data.len;
        memcpy(m.bytes + m.len, done->data.ptr, done->data.len);
        m.len += done->data.len;
        liar_send(l, &m);
        liar_heard[liar_heard_count++ % LIAR_HEARD] = m;
        liar_heard[liar_heard_count++ % LIAR_HEARD] = l->said[i];
        (void)fprintf(stderr, "liar: role %u twice\n", row->role);
    }
}

/* ---- what goes out ------------------------------------------------------- */

static vt_status liar_emit(struct vt_out *self, const struct vt_eff *eff)
{
    struct liar *l = self->ctx;
    const struct vt_eff_send *send =
        (const struct vt_eff_send *)(const void *)eff;
    struct vt_eff_sign sign;
    vt_status status;

    if (eff->type == VT_EFF_SEND) {
        for (size_t i = 0; i < LIAR_ROWS; i++) {
            if (liar_rows[i].proto == send->proto) {
                liar_keep(&l->said[i], send->proto, send->msg);
            }
        }
        if (l->withholds && send->proto == LIAR_CERT) {
            (void)fprintf(stderr, "liar: a certificate less\n");
            return VT_OK;
        }
    }
    if (eff->type != VT_EFF_SIGN) {
        status = l->real->emit(l->real, eff);
        self->room = l->real->room;
        return status;
    }
    sign = *(const struct vt_eff_sign *)(const void *)eff;
    sign.major = l->position++;
    status = l->real->emit(l->real, &sign.h);
    if (l->doubles && sign.role < LIAR_ROLES && status == VT_OK) {
        liar_sign_second(l, &sign);
    }
    self->room = l->real->room;
    return status;
}

/* ---- noise --------------------------------------------------------------- */

static void liar_garble(struct liar *l, struct liar_msg *m)
{
    for (int i = 0; i < 3; i++) {
        m->bytes[liar_luck(l) % m->len] ^= (uint8_t)(1u << liar_luck(l) % 8);
    }
    if (liar_luck(l) % 4 == 0) {
        m->len = 1 + liar_luck(l) % LIAR_MSG_MAX;
    }
    if (liar_luck(l) % 8 == 0) {
        m->proto = (uint32_t)liar_luck(l);
    }
}

static void liar_choose(struct liar *l)
{
    const char *path = getenv("VT_TEST_LIES");
    FILE *f = path == NULL ? NULL : fopen(path, "r");
    char lies[8] = "";

    if (f != NULL) {
        (void)fgets(lies, sizeof lies, f);
        (void)fclose(f);
    }
    l->doubles = strchr(lies, 'e') != NULL;
    l->withholds = strchr(lies, 'w') != NULL;
    l->repeats = strchr(lies, 'r') != NULL;
    l->garbles = strchr(lies, 'g') != NULL;
}

static void liar_noise(struct liar *l, uint64_t now_ns)
{
    size_t kept = liar_heard_count < LIAR_HEARD ? liar_heard_count : LIAR_HEARD;

    if (now_ns < l->noise_ns + LIAR_PACE_NS) {
        return;
    }
    l->noise_ns = now_ns;
    liar_choose(l);
    if (kept == 0) {
        return;
    }
    for (unsigned i = 0; i < LIAR_SENDS; i++) {
        struct liar_msg m = liar_heard[liar_luck(l) % kept];

        if (l->repeats) {
            liar_send(l, &m);
        }
        if (l->garbles) {
            liar_garble(l, &m);
            liar_send(l, &m);
        }
    }
    if (l->repeats || l->garbles) {
        (void)fprintf(stderr, "liar: %u messages %s\n", LIAR_SENDS,
                      l->garbles ? "garbled" : "repeated");
    }
}

/* One of a few is kept, so that old ones are among them. */
static void liar_hear(struct liar *l, const struct vt_ev_recv *recv)
{
    if (recv->msg.len > 0 && recv->msg.len <= LIAR_MSG_MAX &&
        liar_luck(l) % 4 == 0) {
        liar_keep(&liar_heard[liar_heard_count++ % LIAR_HEARD], recv->proto,
                  recv->msg);
    }
}

/* ---- the engine's table -------------------------------------------------- */

static vt_status liar_create(const struct vt_host *host,
                             const struct vt_cfg *cfg,
                             const struct vt_cs_start *start,
                             struct vt_cs **out, struct vt_err *err)
{
    struct liar *l = calloc(1, sizeof *l);
    vt_status status;

    if (l == NULL) {
        return VT_E_NOMEM;
    }
    status = engine_table.create(host, cfg, start, &l->inner, err);
    if (status != VT_OK) {
        free(l);
        return status;
    }
    memcpy(&l->luck, start->seed, sizeof l->luck);
    *out = (struct vt_cs *)(void *)l;
    return VT_OK;
}

static void liar_destroy(struct vt_cs *cs)
{
    if (cs != NULL) {
        engine_table.destroy(liar_of(cs)->inner);
        free(cs);
    }
}

static vt_status liar_step(struct vt_cs *cs, const struct vt_ev *ev,
                           struct vt_out *out)
{
    struct liar *l = liar_of(cs);
    const struct vt_ev_done *done = (const struct vt_ev_done *)(const void *)ev;
    struct vt_out bent = {out->size, out->room, l, liar_emit};
    vt_status status;

    l->real = out;
    if (l->position == 0) { /* above those of an earlier life */
        l->position = (uint64_t)ev->wall_ms << 16;
    }
    if (ev->type == VT_EV_SIGNED && (done->token & LIAR_TOKEN) != 0) {
        liar_say_second(l, done);
        return VT_OK;
    }
    if (ev->type == VT_EV_RECV) {
        liar_hear(l, (const struct vt_ev_recv *)(const void *)ev);
    }
    status = engine_table.step(l->inner, ev, &bent);
    if (status == VT_OK && ev->type != VT_EV_START) {
        liar_noise(l, ev->now_ns);
    }
    return status;
}

static vt_status liar_digest(const struct vt_cs *cs, uint8_t out[32])
{
    return engine_table.digest(((const struct liar *)(const void *)cs)->inner,
                               out);
}

static struct vt_consensus liar_table;

/* All but what has an instance is the engine's. */
__attribute__((constructor)) static void liar_init(void)
{
    liar_table = engine_table;
    liar_table.create = liar_create;
    liar_table.destroy = liar_destroy;
    liar_table.step = liar_step;
    liar_table.digest = liar_digest;
}
