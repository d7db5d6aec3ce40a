/* SPDX-License-Identifier: Apache-2.0
 *
 * check_universal.c - bytes of messages, headers and evidence; the draw of
 * seats and how many words certify; headers and evidence as strangers check
 * them; the documents.
 */
#include "inside.h"

#include "base/hash.h"
#include "support/documents.h"
#include "unit/suite.h"

#include <string.h>

extern const struct vt_plugin universal_LTX_vt_plugin_v1;

/* ---- a host that hashes and checks --------------------------------------- */

static vt_status fake_hash(const struct vt_host *host, const char *tag,
                           const struct vt_view *parts, uint32_t count,
                           uint8_t out[32])
{
    struct vt_hash hash;

    (void)host;
    vt_hash_tagged(tag, parts, count, &hash);
    memcpy(out, hash.b, 32);
    return VT_OK;
}

/* A signature is the message with the key added to each byte. */
static vt_status fake_verify(const struct vt_host *host, const char *scheme,
                             struct vt_view pk, struct vt_view msg,
                             struct vt_view sig, uint32_t *verdict)
{
    (void)host;
    (void)scheme;
    *verdict = sig.len == 32 && msg.len == 32 ? VT_GOOD : VT_BAD;
    for (size_t i = 0; i < 32 && *verdict == VT_GOOD; i++) {
        if (sig.ptr[i] != (uint8_t)(msg.ptr[i] + pk.ptr[0])) {
            *verdict = VT_BAD;
        }
    }
    return VT_OK;
}

static int has_vrf = 1;

/* The value is the question with the key added, the proof is its complement. */
static vt_status fake_vrf(const struct vt_host *host, const char *scheme,
                          struct vt_view pk, struct vt_view alpha,
                          struct vt_view proof, uint8_t out[32],
                          uint32_t *verdict)
{
    (void)host;
    (void)scheme;
    if (!has_vrf) {
        return VT_E_UNSUPPORTED;
    }
    *verdict = proof.len == 32 && alpha.len == 32 ? VT_GOOD : VT_BAD;
    for (size_t i = 0; i < 32 && *verdict == VT_GOOD; i++) {
        out[i] = (uint8_t)(alpha.ptr[i] + pk.ptr[0]);
        if ((proof.ptr[i] ^ out[i]) != 0xff) {
            *verdict = VT_BAD;
        }
    }
    return VT_OK;
}

/* A flaw is the id of the batch, backwards. */
static vt_status fake_flaw(const struct vt_host *host, const uint8_t id[32],
                           struct vt_view flaw, uint32_t *verdict)
{
    (void)host;
    *verdict = flaw.len == 32 ? VT_GOOD : VT_BAD;
    for (size_t i = 0; i < 32 && *verdict == VT_GOOD; i++) {
        *verdict = flaw.ptr[i] == id[31 - i] ? VT_GOOD : VT_BAD;
    }
    return VT_OK;
}

static const struct vt_svc_crypto crypto = {
    .size = VT_UPTO(struct vt_svc_crypto, check_flaw),
    .hash = fake_hash,
    .verify = fake_verify,
    .vrf_verify = fake_vrf,
    .check_flaw = fake_flaw};

static const void *fake_service(const struct vt_host *host, const char *id,
                                uint32_t min_size)
{
    (void)host;
    (void)min_size;
    return strcmp(id, VT_SVC_CRYPTO) == 0 ? &crypto : NULL;
}

static const struct vt_host host = {.service = fake_service};
static uint8_t keys[CS_MEMBERS_MAX];
static struct vt_member members[CS_MEMBERS_MAX];

static struct vt_cs_epoch epoch_of(uint32_t n)
{
    struct vt_cs_epoch epoch = {.size = sizeof epoch, .start_height = 1};

    memset(epoch.beacon, 7, 32);
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = (uint8_t)(i + 1);
        members[i].index = i;
        members[i].weight = 1;
        members[i].pk = cs_view(&keys[i], 1);
    }
    epoch.scheme = "fake";
    epoch.members.ptr = members;
    epoch.members.count = n;
    epoch.members.stride = (uint32_t)sizeof members[0];
    return epoch;
}

static void seats_of(uint32_t n, uint32_t shards, struct uni_seats *out)
{
    struct vt_cs_epoch epoch = epoch_of(n);

    uni_seats_init(out, &host, &crypto, &epoch, shards);
}

/* What a member signs under a batch. */
static void sign(const struct vt_cs_epoch *epoch, uint32_t member,
                 struct uni_word *word)
{
    uint8_t core[UNI_CORE_LEN];
    uint8_t role[4];
    uint8_t hash[32];
    struct vt_view parts[4];
    struct cs_wr wr;

    cs_wr_init(&wr, role, sizeof role);
    cs_put_u32(&wr, UNI_ROLE_WITNESS + word->lane);
    parts[0] = cs_view(epoch->chain_id, 32);
    parts[1] = cs_view(epoch->digest, 32);
    parts[2] = cs_view(role, 4);
    cs_wr_init(&wr, core, sizeof core);
    uni_put_core(&wr, word->seq, word->id);
    parts[3] = cs_wr_view(&wr);
    (void)fake_hash(NULL, VT_VOTE_TAG, parts, 4, hash);
    word->sig.len = 32;
    for (size_t i = 0; i < 32; i++) {
        word->sig.bytes[i] = (uint8_t)(hash[i] + keys[member]);
    }
}

/* What a member draws at a height. */
static void draw(const struct vt_cs_epoch *epoch, uint32_t member,
                 uint64_t height, struct uni_draw *out)
{
    uint8_t core[UNI_LOT_LEN];
    uint8_t role[4];
    uint8_t alpha[32];
    struct vt_view parts[4];
    struct cs_wr wr;

    cs_wr_init(&wr, role, sizeof role);
    cs_put_u32(&wr, UNI_ROLE_DRAW);
    parts[0] = cs_view(epoch->chain_id, 32);
    parts[1] = cs_view(epoch->digest, 32);
    parts[2] = cs_view(role, 4);
    cs_wr_init(&wr, core, sizeof core);
    uni_put_lot(&wr, height);
    parts[3] = cs_wr_view(&wr);
    (void)fake_hash(NULL, VT_VRF_TAG, parts, 4, alpha);
    memset(out, 0, sizeof *out);
    out->len = 32;
    for (size_t i = 0; i < 32; i++) {
        out->bytes[i] = (uint8_t) ~(uint8_t)(alpha[i] + keys[member]);
    }
}

/* ---- bytes --------------------------------------------------------------- */

static struct uni_seats seats;

/* No prefix and no longer form of a value is that value. */
static void check_strict(const uint8_t *bytes, size_t len,
                         int (*get)(struct vt_view bytes))
{
    uint8_t longer[8192];

    memcpy(longer, bytes, len);
    longer[len] = 0;
    ck_assert_int_eq(get(cs_view(bytes, len)), 1);
    ck_assert_int_eq(get(cs_view(longer, len + 1)), 0);
    for (size_t i = 0; i < len; i++) {
        ck_assert_int_eq(get(cs_view(bytes, i)), 0);
    }
}

static int get_word(struct vt_view bytes)
{
    struct uni_word word;

    return uni_get_word(&seats, bytes, &word);
}

static int get_item(struct vt_view bytes)
{
    struct uni_word word;
    uint32_t member;

    return uni_get_item(bytes, seats.n, &member, &word);
}

static int get_cert(struct vt_view bytes)
{
    struct uni_cert cert;
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    return uni_read_cert(&seats, &rd, &cert) && cs_rd_end(&rd);
}

static int get_payload(struct vt_view bytes)
{
    struct uni_tip tips[CS_MEMBERS_MAX];
    struct uni_draw drawn;
    struct vt_view rest;

    return uni_get_cut_payload(bytes, seats.n, tips, &drawn, &rest) &&
           rest.len == 0;
}

static int get_ask(struct vt_view bytes)
{
    struct uni_ask m;

    return uni_get_ask(bytes, seats.n, &m);
}

static void fill_word(struct uni_word *word)
{
    memset(word, 0, sizeof *word);
    word->lane = 2;
    word->seq = 77;
    memset(word->id, 0xab, 32);
    word->sig.len = 64;
    memset(word->sig.bytes, 0x5a, 64);
}

/* Signed by the lowest members of W. */
static void fill_cert(struct uni_cert *cert, uint32_t level)
{
    uint64_t who = uni_witnesses(&seats, 2, level);
    uint32_t need = uni_quorum(who);

    memset(cert, 0, sizeof *cert);
    cert->lane = 2;
    cert->seq = 5;
    cert->level = level;
    for (uint32_t m = 0; m < seats.n && cs_count(cert->signers) < need; m++) {
        if (cs_has(who, m)) {
            cert->sig[cs_count(cert->signers)].len = 64;
            cert->signers |= cs_bit(m);
        }
    }
}

START_TEST(every_form_of_bytes_has_one_reading)
{
    uint8_t bytes[8192];
    struct uni_word word;
    struct uni_cert cert;
    struct uni_ask ask = {.what = UNI_WANT_CERT, .lane = 3, .seq = 9};
    struct uni_tip tips[CS_MEMBERS_MAX] = {{.seq = 3}, {.seq = 0}, {.seq = 1}};
    struct uni_draw drawn = {.len = 81};
    struct cs_wr wr;

    seats_of(16, 0, &seats);
    fill_word(&word);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_word(&wr, &word);
    check_strict(bytes, wr.len, get_word);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_item(&wr, 3, &word);
    check_strict(bytes, wr.len, get_item);
    for (uint32_t level = 0; level <= seats.levels; level++) {
        fill_cert(&cert, level);
        cs_wr_init(&wr, bytes, sizeof bytes);
        uni_put_cert(&wr, &seats, &cert);
        check_strict(bytes, wr.len, get_cert);
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_cut_payload(&wr, tips, seats.n, &drawn);
    check_strict(bytes, wr.len, get_payload);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_ask(&wr, &ask);
    check_strict(bytes, wr.len, get_ask);
}
END_TEST

START_TEST(words_of_other_shards_make_no_certificate)
{
    uint8_t bytes[8192];
    struct uni_cert cert;
    struct cs_wr wr;

    seats_of(16, 0, &seats);
    fill_cert(&cert, 0);
    cert.signers &= cert.signers - 1; /* one too few */
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_cert(&wr, &seats, &cert);
    ck_assert_int_eq(get_cert(cs_wr_view(&wr)), 0);
    cert.signers |= ~uni_witnesses(&seats, 2, 0) & cs_everyone(16);
    while (cs_count(cert.signers) > uni_quorum(uni_witnesses(&seats, 2, 0))) {
        cert.signers &= cert.signers - 1;
    }
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_cert(&wr, &seats, &cert);
    ck_assert_int_eq(get_cert(cs_wr_view(&wr)), 0);
}
END_TEST

/* ---- seats --------------------------------------------------------------- */

START_TEST(up_to_two_shards_liars_certify_nothing_alone)
{
    for (uint32_t n = 1; n <= CS_MEMBERS_MAX; n++) {
        uint32_t liars = (n - 1) / 3;

        seats_of(n, 0, &seats);
        ck_assert_uint_eq(seats.shards, n < 16 ? 1 : 2);
        for (uint32_t lane = 0; lane < n; lane++) {
            for (uint32_t level = 0; level <= seats.levels; level++) {
                uint64_t who = uni_witnesses(&seats, lane, level);

                ck_assert(cs_has(who, lane));
                ck_assert_uint_gt(uni_quorum(who), liars);
            }
            ck_assert_uint_eq(uni_witnesses(&seats, lane, seats.levels),
                              cs_everyone(n));
        }
    }
}
END_TEST

START_TEST(every_member_has_one_seat_and_one_turn)
{
    for (uint32_t shards = 0; shards <= 4; shards++) {
        uint64_t all = 0;
        uint64_t turns = 0;

        seats_of(31, shards, &seats);
        for (uint32_t s = 0; s < seats.shards; s++) {
            ck_assert_uint_eq(all & seats.who[s], 0);
            ck_assert_uint_eq(cs_count(seats.who[s]), seats.size[s]);
            ck_assert_uint_ge(seats.size[s], 31 / seats.shards);
            all |= seats.who[s];
        }
        for (uint32_t i = 0; i < 31; i++) {
            turns |= cs_bit(seats.order[i]);
            ck_assert_uint_lt(seats.lane_of[i], seats.size[seats.shard_of[i]]);
        }
        ck_assert_uint_eq(all, cs_everyone(31));
        ck_assert_uint_eq(turns, cs_everyone(31));
    }
}
END_TEST

START_TEST(another_beacon_draws_other_shards)
{
    struct vt_cs_epoch epoch = epoch_of(32);
    struct uni_seats other;

    seats_of(32, 0, &seats);
    memset(epoch.beacon, 8, 32);
    uni_seats_init(&other, &host, &crypto, &epoch, 0);
    ck_assert_uint_ne(other.who[0], seats.who[0]);
    ck_assert_mem_ne(other.order, seats.order, 32);
}
END_TEST

/* ---- for strangers ------------------------------------------------------- */

static uint32_t judge_drawn(const struct vt_cs_epoch *epoch, uint64_t height,
                            const struct uni_tip *below,
                            const struct uni_tip *tips,
                            const struct uni_draw *drawn)
{
    uint8_t a[UNI_CUT_PAYLOAD];
    uint8_t b[UNI_CUT_PAYLOAD];
    struct vt_cs_header parent = {.height = height - 1};
    struct vt_cs_header header = {.height = height};
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;
    struct cs_wr wr;

    cs_wr_init(&wr, a, sizeof a);
    uni_put_cut_payload(&wr, below, epoch->members.count, drawn);
    parent.payload = cs_wr_view(&wr);
    cs_wr_init(&wr, b, sizeof b);
    uni_put_cut_payload(&wr, tips, epoch->members.count, drawn);
    header.payload = cs_wr_view(&wr);
    ck_assert_int_eq(uni_check_header(&host, epoch,
                                      height == 1 ? NULL : &parent, &header,
                                      &verdict, &err),
                     VT_OK);
    return verdict;
}

static uint32_t judge_header(const struct vt_cs_epoch *epoch, uint64_t height,
                             const struct uni_tip *below,
                             const struct uni_tip *tips)
{
    struct uni_draw drawn;

    draw(epoch, 0, height, &drawn);
    return judge_drawn(epoch, height, below, tips, &drawn);
}

START_TEST(a_header_draws_its_makers_value)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    struct uni_tip tips[CS_MEMBERS_MAX] = {{.seq = 3}};
    struct uni_draw drawn;
    uint8_t bytes[UNI_CUT_PAYLOAD];
    uint8_t value[2][32];
    struct cs_wr wr;

    for (uint32_t i = 0; i < 2; i++) {
        struct vt_cs_header header = {.height = 5 + i};
        uint32_t has = 0;

        draw(&epoch, 0, header.height, &drawn);
        cs_wr_init(&wr, bytes, sizeof bytes);
        uni_put_cut_payload(&wr, tips, 4, &drawn);
        header.payload = cs_wr_view(&wr);
        ck_assert_int_eq(uni_random(&host, &epoch, &header, value[i], &has),
                         VT_OK);
        ck_assert_uint_eq(has, 1);
        header.proposer = 1; /* another one's */
        ck_assert_int_eq(uni_random(&host, &epoch, &header, value[i], &has),
                         VT_OK);
        ck_assert_uint_eq(has, 0);
    }
    ck_assert_mem_ne(value[0], value[1], 32);
    ck_assert_uint_eq(judge_drawn(&epoch, 6, tips, tips, &drawn), VT_GOOD);
    ck_assert_uint_eq(judge_drawn(&epoch, 7, tips, tips, &drawn), VT_BAD);
    drawn.bytes[31] ^= 1;
    ck_assert_uint_eq(judge_drawn(&epoch, 6, tips, tips, &drawn), VT_BAD);
    memset(&drawn, 0, sizeof drawn);
    ck_assert_uint_eq(judge_drawn(&epoch, 6, tips, tips, &drawn), VT_BAD);
    has_vrf = 0; /* then nothing is drawn */
    ck_assert_uint_eq(judge_drawn(&epoch, 6, tips, tips, &drawn), VT_GOOD);
}
END_TEST

START_TEST(lanes_never_go_back_in_headers)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    struct uni_tip below[CS_MEMBERS_MAX] = {{.seq = 3}, {.seq = 5}};
    struct uni_tip tips[CS_MEMBERS_MAX] = {{.seq = 3}, {.seq = 9}};

    ck_assert_uint_eq(judge_header(&epoch, 2, below, tips), VT_GOOD);
    tips[0].id[0] = 1; /* another batch with the same number */
    ck_assert_uint_eq(judge_header(&epoch, 2, below, tips), VT_BAD);
    tips[0].id[0] = 0;
    tips[1].seq = 4;
    ck_assert_uint_eq(judge_header(&epoch, 2, below, tips), VT_BAD);
    tips[1].seq = 5 + UNI_RING + 1;
    ck_assert_uint_eq(judge_header(&epoch, 2, below, tips), VT_BAD);
    tips[1].seq = UNI_RING;
    ck_assert_uint_eq(judge_header(&epoch, 1, below, tips), VT_GOOD);
}
END_TEST

static uint32_t judge(uint32_t kind, uint32_t member, const struct uni_word *x,
                      const struct uni_word *y, uint32_t *who)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    uint8_t a[UNI_WORD_MAX + 8];
    uint8_t b[UNI_WORD_MAX + 8];
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;
    struct cs_wr wa;
    struct cs_wr wb;

    cs_wr_init(&wa, a, sizeof a);
    cs_wr_init(&wb, b, sizeof b);
    uni_put_item(&wa, member, x);
    uni_put_item(&wb, member, y);
    ck_assert_int_eq(uni_check_evidence(&host, &epoch, kind, cs_wr_view(&wa),
                                        cs_wr_view(&wb), who, &verdict, &err),
                     VT_OK);
    return verdict;
}

START_TEST(two_words_for_one_number_convict)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    struct uni_word x;
    struct uni_word y;
    uint32_t who = 99;

    fill_word(&x);
    fill_word(&y);
    y.id[0] = 1;
    ck_assert_uint_eq(judge(UNI_EV_AUTHOR, 2, &x, &y, &who), VT_BAD);
    sign(&epoch, 2, &x);
    sign(&epoch, 2, &y);
    ck_assert_uint_eq(judge(UNI_EV_AUTHOR, 2, &x, &y, &who), VT_GOOD);
    ck_assert_uint_eq(who, 2);
    ck_assert_uint_eq(judge(UNI_EV_WITNESS, 2, &x, &y, &who), VT_BAD);
    ck_assert_uint_eq(judge(UNI_EV_AUTHOR, 1, &x, &y, &who), VT_BAD);
    sign(&epoch, 1, &x);
    sign(&epoch, 1, &y);
    ck_assert_uint_eq(judge(UNI_EV_WITNESS, 1, &x, &y, &who), VT_GOOD);
    ck_assert_uint_eq(who, 1);
    ck_assert_uint_eq(judge(UNI_EV_WITNESS, 1, &x, &x, &who), VT_BAD);
    y.seq++;
    sign(&epoch, 1, &y);
    ck_assert_uint_eq(judge(UNI_EV_WITNESS, 1, &x, &y, &who), VT_BAD);
}
END_TEST

static uint32_t judge_flaw(const struct uni_word *word, const uint8_t *flaw,
                           uint32_t *who)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    uint8_t bytes[UNI_WORD_MAX + 8];
    struct vt_err err = {.size = sizeof err};
    uint32_t verdict = 99;
    struct cs_wr wr;

    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_item(&wr, 3, word);
    ck_assert_int_eq(uni_check_evidence(&host, &epoch, UNI_EV_FLAW,
                                        cs_wr_view(&wr), cs_view(flaw, 32), who,
                                        &verdict, &err),
                     VT_OK);
    return verdict;
}

START_TEST(a_word_under_what_is_invalid_convicts)
{
    struct vt_cs_epoch epoch = epoch_of(4);
    struct uni_word word;
    uint8_t flaw[32];
    uint32_t who = 99;

    fill_word(&word);
    for (size_t i = 0; i < 32; i++) {
        word.id[i] = (uint8_t)i;
        flaw[31 - i] = (uint8_t)i;
    }
    ck_assert_uint_eq(judge_flaw(&word, flaw, &who), VT_BAD);
    sign(&epoch, 3, &word);
    ck_assert_uint_eq(judge_flaw(&word, flaw, &who), VT_GOOD);
    ck_assert_uint_eq(who, 3);
    flaw[0] ^= 1; /* of another batch, or none */
    ck_assert_uint_eq(judge_flaw(&word, flaw, &who), VT_BAD);
    flaw[0] ^= 1;
    word.seq++; /* another one's word */
    ck_assert_uint_eq(judge_flaw(&word, flaw, &who), VT_BAD);
}
END_TEST

/* ---- auditors ------------------------------------------------------------ */

static const struct cs_hasher hasher = {&host, &crypto, UNI_AUDIT_TAG};
static struct uni_audit state;

/* A cut of this maker on top of the state, which becomes its own. */
static int cut(uint64_t height, uint32_t maker, const struct uni_pend *more,
               uint32_t more_count, const struct uni_pend *news,
               uint32_t news_count)
{
    static struct uni_audit next;
    uint8_t value[32] = {(uint8_t)height, (uint8_t)maker};
    const struct uni_audit_step step = {.hasher = &hasher,
                                        .seats = &seats,
                                        .auditors = 3,
                                        .height = height,
                                        .maker = maker,
                                        .value = value,
                                        .more = more,
                                        .more_count = more_count,
                                        .news = news,
                                        .news_count = news_count};
    int is_good = uni_audit_next(&step, &state, &next);

    state = next;
    return is_good;
}

static uint64_t asked(uint64_t height, uint32_t at, uint32_t *need)
{
    const struct uni_audit_step step = {
        .hasher = &hasher, .seats = &seats, .auditors = 3, .height = height};

    return uni_auditors(&step, &state, &state.pend[at], need);
}

/* Two batches of lane 2 and one of lane 5 ordered at height 1, their auditors
 * drawn at height 7. */
static void order_three(struct uni_pend more[3])
{
    static const uint8_t beacon[32] = {1};
    uint32_t need;

    memset(more, 0, 3 * sizeof *more);
    for (uint32_t i = 0; i < 3; i++) {
        more[i].lane = i < 2 ? 2 : 5;
        more[i].seq = i == 1 ? 2 : 1;
        more[i].id[0] = (uint8_t)(i + 1);
    }
    seats_of(16, 4, &seats);
    uni_audit_init(&state, beacon);
    ck_assert_int_eq(cut(1, 0, more, 3, NULL, 0), 1);
    for (uint64_t h = 2; h <= 7; h++) {
        ck_assert_uint_eq(asked(h, 0, &need), 0);
        /* heights 2 and 3 have one maker */
        ck_assert_int_eq(cut(h, h == 2 ? 3 : (uint32_t)h, NULL, 0, NULL, 0), 1);
    }
    ck_assert_uint_eq(state.pends, 3);
    ck_assert_uint_eq(asked(7, 0, &need), 0);
    ck_assert_int_eq(cut(8, 8, NULL, 0, NULL, 0), 1);
}

START_TEST(auditors_are_drawn_from_other_shards_once_one_maker_is_honest)
{
    struct uni_pend more[3];
    uint32_t need = 0;
    uint64_t home;

    order_three(more);
    home = uni_witnesses(&seats, 2, 0);
    ck_assert_uint_eq(cs_count(asked(8, 0, &need)), 3);
    ck_assert_uint_eq(need, 3);
    ck_assert_uint_eq(asked(8, 0, &need) & home, 0);
    ck_assert_uint_eq(cs_count(asked(8 + UNI_WIDER, 0, &need)), 12);
    ck_assert_uint_eq(need, 9);
    ck_assert_uint_eq(asked(8 + UNI_ALL, 0, &need), cs_everyone(16));
    ck_assert_uint_eq(need, 11);
    ck_assert_uint_ne(asked(8, 0, &need), asked(8, 1, &need));
}
END_TEST

START_TEST(what_auditors_approved_is_executed_in_the_order_of_its_lane)
{
    struct uni_pend more[3];
    uint8_t ids[32 * UNI_PEND_MAX];
    uint32_t need;

    order_three(more);
    more[1].approved = asked(8, 1, &need);
    ck_assert_int_eq(cut(9, 9, NULL, 0, more, 3), 1);
    ck_assert_uint_eq(uni_audit_joined(&state, 16, 9, ids), 0);
    more[0].approved = asked(8, 0, &need);
    more[0].approved &= more[0].approved - 1; /* one says nothing */
    ck_assert_int_eq(cut(10, 10, NULL, 0, more, 3), 1);
    ck_assert_uint_eq(uni_audit_joined(&state, 16, 10, ids), 0);
    more[0].approved = asked(8, 0, &need);
    more[2].fate = UNI_VOID;
    ck_assert_int_eq(cut(11, 11, NULL, 0, more, 3), 1);
    ck_assert_uint_eq(uni_audit_joined(&state, 16, 11, ids), 2);
    ck_assert_uint_eq(ids[0], 1);
    ck_assert_uint_eq(ids[32], 2);
    ck_assert_uint_eq(state.done[2], 2);
    ck_assert_uint_eq(state.done[5], 1); /* passed over */
    ck_assert_int_eq(cut(12, 12, NULL, 0, NULL, 0), 1);
    ck_assert_uint_eq(state.pends, 0);
    ck_assert_uint_eq(state.groups, 0);
}
END_TEST

START_TEST(what_nobody_approves_is_given_up)
{
    struct uni_pend more[3];
    uint8_t ids[32 * UNI_PEND_MAX];

    order_three(more);
    ck_assert_int_eq(cut(7 + UNI_EXPIRES, 1, NULL, 0, NULL, 0), 1);
    ck_assert_uint_eq(state.done[2], 0);
    ck_assert_int_eq(cut(8 + UNI_EXPIRES, 1, NULL, 0, NULL, 0), 1);
    ck_assert_uint_eq(state.done[2], 2);
    ck_assert_uint_eq(state.done[5], 1);
    ck_assert_uint_eq(uni_audit_joined(&state, 16, 9, ids), 0);
}
END_TEST

static int get_state(struct vt_view bytes)
{
    struct uni_audit got;
    struct cs_rd rd;

    cs_rd_init(&rd, bytes);
    return uni_read_audit(&rd, &got, seats.n) && cs_rd_end(&rd) &&
           uni_audit_eq(&got, &state, seats.n);
}

START_TEST(a_state_has_one_reading)
{
    struct uni_pend more[3];
    uint8_t bytes[UNI_AUDIT_LEN];
    struct cs_wr wr;

    order_three(more);
    cs_wr_init(&wr, bytes, sizeof bytes);
    uni_put_audit(&wr, &state, seats.n);
    check_strict(bytes, wr.len, get_state);
}
END_TEST

START_TEST(the_documents_say_what_the_options_are)
{
    check_plugin_ini(&universal_LTX_vt_plugin_v1, "consensus");
    check_plugin_readme(&universal_LTX_vt_plugin_v1, "consensus");
}
END_TEST

int main(void)
{
    const TTest *const bytes[] = {every_form_of_bytes_has_one_reading,
                                  words_of_other_shards_make_no_certificate,
                                  the_documents_say_what_the_options_are};
    const TTest *const pure[] = {up_to_two_shards_liars_certify_nothing_alone,
                                 every_member_has_one_seat_and_one_turn,
                                 another_beacon_draws_other_shards,
                                 a_header_draws_its_makers_value,
                                 lanes_never_go_back_in_headers,
                                 two_words_for_one_number_convict,
                                 a_word_under_what_is_invalid_convicts};
    const TTest *const audits[] = {
        auditors_are_drawn_from_other_shards_once_one_maker_is_honest,
        what_auditors_approved_is_executed_in_the_order_of_its_lane,
        what_nobody_approves_is_given_up, a_state_has_one_reading};
    Suite *suite = suite_create("universal");

    VT_SUITE_ADD(suite, "bytes", bytes);
    VT_SUITE_ADD(suite, "pure", pure);
    VT_SUITE_ADD(suite, "audits", audits);
    return vt_suite_run(suite);
}
