/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - what this member says: decided, saved, signed, sent, counted, and
 * sent again until it is of no use any more.
 */
#include "state.h"

#define WORD_TOKEN 0xff00u

void bft_set_word(struct bft *core, uint32_t kind, uint64_t view,
                  const uint8_t link[32])
{
    struct bft_word *word = &core->words[kind];

    memset(word, 0, sizeof *word);
    word->view = view;
    memcpy(word->link, link, 32);
}

void bft_ask_word(struct bft *core, uint32_t kind)
{
    struct bft_word *word = &core->words[kind];
    uint8_t bytes[BFT_CORE_MAX];
    struct cs_wr wr;

    if (word->view == 0 || word->state == BFT_SAID) {
        return;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    if (kind == BFT_PROPOSAL) {
        bft_core_proposal(&wr, &core->voted);
    } else {
        bft_core_vote(&wr, word->view, word->link);
    }
    word->token = core->next_token++ << 16 | WORD_TOKEN | kind;
    word->state = BFT_ASKED;
    word->age = 0;
    core->ops->sign(core->ctx, word->token, core->set.role_base + kind,
                    word->view, cs_wr_view(&wr));
}

/* Own votes count in the own tally as well, D5, R8. */
static void count_own(struct bft *core, uint32_t kind)
{
    const struct bft_word *word = &core->words[kind];
    struct bft_tally *tally = bft_tally(core, word->view);
    struct bft_vote *vote;

    if (tally == NULL || kind == BFT_PROPOSAL ||
        (word->is_recalled && !bft_rule_counts_own())) { /* D5 */
        return;
    }
    vote = bft_vote(core, tally, kind, core->self);
    memcpy(vote->link, word->link, 32);
    vote->sig = word->sig;
    vote->state = BFT_CHECKED;
    bft_count(core, kind, word->view, vote->link);
}

static void send_word(struct bft *core, uint32_t kind)
{
    const struct bft_word *word = &core->words[kind];
    uint8_t bytes[256];
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    if (kind == BFT_PROPOSAL) {
        core->voted.sig = word->sig;
        bft_put_proposal(&wr, &core->voted);
        core->ops->send(core->ctx, VT_PEER_ALL, BFT_PROPOSE, cs_wr_view(&wr));
    } else {
        struct bft_vote_msg m = {
            .kind = kind, .view = word->view, .sig = word->sig};

        memcpy(m.link, word->link, 32);
        bft_put_vote(&wr, &m);
        core->ops->send(core->ctx, VT_PEER_ALL, BFT_VOTE, cs_wr_view(&wr));
    }
}

void bft_on_signed(struct bft *core, uint64_t token, struct vt_view sig)
{
    uint32_t kind = (uint32_t)(token & 0xff);
    struct bft_word *word = &core->words[kind % BFT_KINDS];

    if ((token & 0xffff) != (WORD_TOKEN | kind) || kind >= BFT_KINDS ||
        word->state != BFT_ASKED || word->token != token) {
        return;
    }
    if (sig.len == 0 || sig.len > BFT_SIG_MAX) {
        word->state = BFT_SILENT; /* asked again at the next tick */
        return;
    }
    word->state = BFT_SAID;
    word->token = 0;
    word->sig.len = (uint32_t)sig.len;
    memcpy(word->sig.bytes, sig.ptr, sig.len);
    send_word(core, kind);
    count_own(core, kind);
}

/* Is a word still of use to anybody? */
static int is_current(const struct bft *core, uint32_t kind)
{
    uint64_t view = core->words[kind].view;

    if (view == 0 || core->is_done) {
        return 0;
    }
    switch (kind) {
    case BFT_PROPOSAL:
        return view == core->view;
    case BFT_FINALIZE:
        return view > core->fin.view;
    default:
        return view + 1 >= core->view;
    }
}

void bft_resume(struct bft *core)
{
    for (uint32_t kind = 0; kind < BFT_KINDS; kind++) {
        if (is_current(core, kind)) {
            core->words[kind].is_recalled = 1;
            bft_ask_word(core, kind); /* D1, D4, D5 */
        }
    }
}

void bft_repeat(struct bft *core)
{
    for (uint32_t kind = 0; kind < BFT_KINDS; kind++) {
        struct bft_word *word = &core->words[kind];

        if (!is_current(core, kind)) {
            continue;
        }
        if (word->state == BFT_SAID) {
            send_word(core, kind);
            count_own(core, kind);
        } else if (word->state == BFT_SILENT || ++word->age >= BFT_STALE) {
            bft_ask_word(core, kind);
        }
    }
    if (core->entered.kind != 0) {
        bft_send_cert(core, VT_PEER_ALL, &core->entered);
    }
    if (core->fin.kind != 0 && core->fin.view != core->entered.view) {
        bft_send_cert(core, VT_PEER_ALL, &core->fin);
    }
    bft_ask_missing(core, VT_PEER_ALL);
}
