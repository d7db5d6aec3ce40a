/* SPDX-License-Identifier: Apache-2.0
 *
 * tests_signature.c - known answers, one answer for one question however it
 * is asked, and input that is no key and no signature.
 */
#include "conform/trial.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/rng.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#define BATCH_MAX 64u
#define KEY_MAX 64u
#define SIG_MAX 256u
#define RANDOM_TRIES 300u

struct signer {
    uint8_t sk[KEY_MAX], pk[KEY_MAX];
    uint8_t msg[32], sig[SIG_MAX];
    uint32_t sig_len;
};

static const struct vt_signature *table_of(const struct vt_trial *t)
{
    return t->module->signature;
}

/* A seed may give no key, but not always. */
static void make_key(struct vt_trial *t, struct vt_rng *rng, struct signer *s)
{
    uint8_t seed[KEY_MAX];
    vt_status status = VT_E_INVALID;

    for (int i = 0; i < 16 && status != VT_OK; i++) {
        vt_rng_fill(rng, seed, sizeof seed);
        status = table_of(t)->keypair(seed, s->sk, s->pk);
    }
    VT_EXPECT(t, status == VT_OK, "keypair refuses 16 seeds: %d", status);
}

static void make_signature(struct vt_trial *t, struct vt_rng *rng,
                           struct signer *s)
{
    make_key(t, rng, s);
    vt_rng_fill(rng, s->msg, sizeof s->msg);
    memset(s->sig, 0, sizeof s->sig);
    VT_EXPECT(t, table_of(t)->sign(s->sk, s->msg, s->sig, &s->sig_len) == VT_OK,
              "sign failed");
    VT_EXPECT(t, s->sig_len > 0 && s->sig_len <= table_of(t)->sig_max,
              "a signature of %u bytes, at most %u", s->sig_len,
              table_of(t)->sig_max);
}

static uint32_t verify(struct vt_trial *t, struct vt_view pk,
                       const uint8_t msg[32], struct vt_view sig)
{
    uint32_t verdict = 77;
    vt_status status = table_of(t)->verify(pk, msg, sig, &verdict);

    VT_EXPECT(t, status == VT_OK, "verify returned %d, not a verdict", status);
    VT_EXPECT(t, verdict == VT_GOOD || verdict == VT_BAD, "verify: verdict %u",
              verdict);
    return verdict;
}

static struct vt_view pk_of(struct vt_trial *t, const struct signer *s)
{
    return vt_view_of(s->pk, table_of(t)->pk_len);
}

/* ---- known answers ------------------------------------------------------- */

struct answer {
    const char *ruleset, *seed, *pk, *msg, *sig;
    uint32_t verdict;
};

/* BIP340's test vectors 0, 4, 5, 6 and 8; RFC 8032, 7.1: seed and key of tests
 * 1 to 3, whose messages are not of 32 bytes. */
static const struct answer answers[] = {
    {"bip340", NULL,
     "F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9",
     "0000000000000000000000000000000000000000000000000000000000000000",
     "E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA821525F66A4A"
     "85EA8B71E482A74F382D2CE5EBEEE8FDB2172F477DF4900D310536C0",
     VT_GOOD},
    {"bip340", NULL,
     "D69C3509BB99E412E68B0FE8544E72837DFA30746D8BE2AA65975F29D22DC7B9",
     "4DF3C3F68FCC83B27E9D42C90431A72499F17875C81A599B566C9889B9696703",
     "00000000000000000000003B78CE563F89A0ED9414F5AA28AD0D96D6795F9C6376AFB154"
     "8AF603B3EB45C9F8207DEE1060CB71C04E80F593060B07D28308D7F4",
     VT_GOOD},
    {"bip340", NULL,
     "EEFDEA4CDB677750A420FEE807EACF21EB9898AE79B9768766E4FAA04A2D4A34",
     "243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89",
     "6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E17776969E89B4C"
     "5564D00349106B8497785DD7D1D713A8AE82B32FA79D5F7FC407D39B",
     VT_BAD},
    {"bip340", NULL,
     "DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659",
     "243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89",
     "FFF97BD5755EEEA420453A14355235D382F6472F8568A18B2F057A14602975563CC27944"
     "640AC607CD107AE10923D9EF7A73C643E166BE5EBEAFA34B1AC553E2",
     VT_BAD},
    {"rfc8032",
     "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", NULL,
     NULL, VT_GOOD},
    {"rfc8032",
     "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", NULL,
     NULL, VT_GOOD},
    {"rfc8032",
     "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", NULL,
     NULL, VT_GOOD}};

static size_t decode(const char *hex, uint8_t *out)
{
    size_t len = hex == NULL ? 0 : strlen(hex) / 2;

    return len > 0 && vt_hex_decode(hex, 2 * len, out, len) == 0 ? len : 0;
}

static void check_answer(struct vt_trial *t, const struct answer *a)
{
    uint8_t seed[KEY_MAX];
    uint8_t sk[KEY_MAX];
    uint8_t have[KEY_MAX];
    uint8_t pk[KEY_MAX];
    uint8_t msg[32];
    uint8_t sig[SIG_MAX];
    size_t pk_len = decode(a->pk, pk);

    if (decode(a->seed, seed) > 0) {
        VT_EXPECT(t, table_of(t)->keypair(seed, sk, have) == VT_OK,
                  "keypair refuses the seed %s", a->seed);
        VT_EXPECT(t, memcmp(have, pk, pk_len) == 0,
                  "the seed %s gives another key than published", a->seed);
    }
    if (decode(a->msg, msg) > 0) {
        size_t sig_len = decode(a->sig, sig);

        VT_EXPECT(t,
                  verify(t, vt_view_of(pk, pk_len), msg,
                         vt_view_of(sig, sig_len)) == a->verdict,
                  "the published signature %.16s... is %s here", a->sig,
                  a->verdict == VT_GOOD ? "BAD" : "GOOD");
    }
}

static void gives_the_published_answers(struct vt_trial *t)
{
    uint32_t known = 0;

    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (strncmp(table_of(t)->ruleset, answers[i].ruleset,
                    strlen(answers[i].ruleset)) == 0) {
            check_answer(t, &answers[i]);
            known++;
        }
    }
    if (known == 0) {
        vt_trial_skip(t, "no published answers for %s are known here",
                      table_of(t)->ruleset);
    }
}

/* ---- keys ---------------------------------------------------------------- */

static void a_seed_is_one_key(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    struct vt_rng rng;
    struct signer s[2];
    uint8_t seed[KEY_MAX];

    vt_rng_init(&rng, t->args->seed);
    for (uint32_t i = 0; i < RANDOM_TRIES; i++) {
        uint32_t verdict = VT_BAD;
        vt_status first;

        vt_rng_fill(&rng, seed, sizeof seed);
        memset(s, 0, sizeof s);
        memset(&s[1], 0xff, sizeof s[1]);
        first = table->keypair(seed, s[0].sk, s[0].pk);
        VT_EXPECT(t, table->keypair(seed, s[1].sk, s[1].pk) == first,
                  "one seed is refused and taken");
        if (first != VT_OK) {
            continue;
        }
        VT_EXPECT(t,
                  memcmp(s[0].sk, s[1].sk, table->sk_len) == 0 &&
                      memcmp(s[0].pk, s[1].pk, table->pk_len) == 0,
                  "one seed gives two keys");
        VT_EXPECT(t,
                  table->pk_check(pk_of(t, &s[0]), &verdict) == VT_OK &&
                      verdict == VT_GOOD,
                  "pk_check refuses a key of keypair");
    }
    memset(seed, 0, sizeof seed);
    (void)table->keypair(seed, s[0].sk, s[0].pk);
    memset(seed, 0xff, sizeof seed);
    (void)table->keypair(seed, s[0].sk, s[0].pk);
}

static void signs_the_same_way_twice(struct vt_trial *t)
{
    struct vt_rng rng;
    struct signer s;
    uint8_t again[SIG_MAX];
    uint32_t len = 0;

    vt_rng_init(&rng, t->args->seed);
    for (uint32_t i = 0; i < 50; i++) {
        make_signature(t, &rng, &s);
        VT_EXPECT(t, table_of(t)->sign(s.sk, s.msg, again, &len) == VT_OK,
                  "sign failed");
        VT_EXPECT(t,
                  verify(t, pk_of(t, &s), s.msg, vt_view_of(again, len)) ==
                      VT_GOOD,
                  "refuses its own signature");
        if ((table_of(t)->flags & VT_SIGF_DETERMINISTIC) != 0) {
            VT_EXPECT(t, len == s.sig_len && memcmp(again, s.sig, len) == 0,
                      "says it is deterministic and gives two signatures");
        }
    }
}

/* ---- batches ------------------------------------------------------------- */

static void set_items(struct vt_trial *t, const struct signer *s,
                      struct vt_sig_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        items[i].pk = pk_of(t, &s[i]);
        items[i].msg = s[i].msg;
        items[i].sig = vt_view_of(s[i].sig, s[i].sig_len);
    }
}

static void expect_batch(struct vt_trial *t, const struct vt_sig_item *items,
                         uint32_t count, uint32_t bad)
{
    uint8_t verdicts[BATCH_MAX + 1];
    struct vt_tab tab = {items, count, sizeof items[0]};

    memset(verdicts, 77, sizeof verdicts);
    VT_EXPECT(t, table_of(t)->verify_many(tab, verdicts) == VT_OK,
              "verify_many failed");
    for (uint32_t i = 0; i < count; i++) {
        VT_EXPECT(t, verdicts[i] == (i == bad ? VT_BAD : VT_GOOD),
                  "a batch of %u with a bad one at %u: item %u is %u, verify "
                  "says otherwise",
                  count, bad, i, verdicts[i]);
    }
    VT_EXPECT(t, verdicts[count] == 77, "verify_many writes behind the last");
}

/* At the lower levels the ends and one in between. */
static int is_tried(const struct vt_trial *t, uint32_t bad, uint32_t count)
{
    return t->args->level >= VT_CONFORM_PUBLIC || bad == 0 ||
           bad == count - 1 || bad == count * 2 / 3;
}

static void a_batch_judges_like_one(struct vt_trial *t)
{
    struct signer *s = vt_alloc_array(BATCH_MAX, sizeof *s);
    struct vt_sig_item items[BATCH_MAX];
    struct vt_rng rng;

    VT_EXPECT(t, s != NULL, "no memory for the test");
    vt_rng_init(&rng, t->args->seed);
    for (uint32_t i = 0; i < BATCH_MAX; i++) {
        make_signature(t, &rng, &s[i]);
    }
    for (uint32_t count = 0; count <= BATCH_MAX; count++) {
        set_items(t, s, items, count);
        vt_trial_note(t, "a batch of %u", count);
        expect_batch(t, items, count, UINT32_MAX);
        for (uint32_t bad = 0; bad < count; bad++) {
            uint8_t *byte = &s[bad].sig[(bad + count) % s[bad].sig_len];

            if (!is_tried(t, bad, count)) {
                continue;
            }
            *byte ^= 1;
            expect_batch(t, items, count, bad);
            *byte ^= 1;
        }
    }
    vt_free(s);
}

/* ---- what is no signature ------------------------------------------------ */

static void expect_bad(struct vt_trial *t, struct vt_view pk,
                       const uint8_t msg[32], struct vt_view sig,
                       const char *what)
{
    struct vt_sig_item item = {pk, msg, sig};
    uint8_t many = 77;

    vt_trial_note(t, "%s", what);
    VT_EXPECT(t, verify(t, pk, msg, sig) == VT_BAD, "%s is GOOD", what);
    VT_EXPECT(t,
              table_of(t)->verify_many((struct vt_tab){&item, 1, sizeof item},
                                       &many) == VT_OK &&
                  many == VT_BAD,
              "%s is GOOD in a batch", what);
}

static void a_bent_signature_is_bad(struct vt_trial *t)
{
    struct vt_rng rng;
    struct signer s;

    vt_rng_init(&rng, t->args->seed);
    for (uint32_t round = 0; round < vt_trial_rounds(t); round++) {
        make_signature(t, &rng, &s);
        for (uint32_t bit = 0; bit < 8 * s.sig_len; bit++) {
            s.sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_bad(t, pk_of(t, &s), s.msg, vt_view_of(s.sig, s.sig_len),
                       "a signature with a bit turned");
            s.sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (uint32_t bit = 0; bit < 256; bit++) {
            s.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_bad(t, pk_of(t, &s), s.msg, vt_view_of(s.sig, s.sig_len),
                       "a message with a bit turned");
            s.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (uint32_t bit = 0; bit < 8 * table_of(t)->pk_len; bit++) {
            s.pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
            expect_bad(t, pk_of(t, &s), s.msg, vt_view_of(s.sig, s.sig_len),
                       "a key with a bit turned");
            s.pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void stands_what_is_no_signature(struct vt_trial *t)
{
    const struct vt_signature *table = table_of(t);
    uint8_t bytes[SIG_MAX + 8];
    struct vt_rng rng;
    struct signer s;

    vt_rng_init(&rng, t->args->seed);
    make_signature(t, &rng, &s);
    for (size_t len = 0; len < table->sig_max + 8u && len < sizeof bytes;
         len++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, s.sig, len < s.sig_len ? len : s.sig_len);
        if (len != s.sig_len) {
            expect_bad(t, pk_of(t, &s), s.msg,
                       vt_view_of(len == 0 ? NULL : bytes, len),
                       "a signature of another length");
        }
    }
    for (int fill = 0; fill < 256; fill += 255) {
        memset(bytes, fill, sizeof bytes);
        expect_bad(t, pk_of(t, &s), s.msg, vt_view_of(bytes, s.sig_len),
                   fill == 0 ? "a signature of zeros" : "a signature of ones");
        expect_bad(t, vt_view_of(bytes, table->pk_len), s.msg,
                   vt_view_of(s.sig, s.sig_len),
                   fill == 0 ? "a key of zeros" : "a key of ones");
        expect_bad(t, vt_view_of(bytes, table->pk_len), bytes,
                   vt_view_of(bytes, s.sig_len), "all the same byte");
    }
    for (size_t len = 0; len < KEY_MAX; len++) {
        uint32_t verdict = VT_BAD;

        if (len != table->pk_len) {
            expect_bad(t, vt_view_of(len == 0 ? NULL : s.pk, len), s.msg,
                       vt_view_of(s.sig, s.sig_len), "a key of another length");
            VT_EXPECT(t,
                      table->pk_check(vt_view_of(len == 0 ? NULL : s.pk, len),
                                      &verdict) == VT_OK &&
                          verdict == VT_BAD,
                      "pk_check takes a key of %zu bytes", len);
        }
    }
    for (uint32_t i = 0; i < 4000 * vt_trial_rounds(t); i++) {
        vt_rng_fill(&rng, bytes, sizeof bytes);
        expect_bad(t, vt_view_of(bytes, table->pk_len), s.msg,
                   vt_view_of(bytes + 64, s.sig_len), "random bytes");
    }
}

/* ---- threads ------------------------------------------------------------- */

struct crowd {
    struct vt_trial *t;
    const struct signer *s;
};

static void *check_many(void *arg)
{
    const struct crowd *c = arg;

    for (uint32_t i = 0; i < 300; i++) {
        struct signer s = *c->s;
        uint8_t sig[SIG_MAX];
        uint32_t len = 0;

        s.sig[i % s.sig_len] ^= (uint8_t)(i % 2);
        VT_EXPECT(c->t,
                  verify(c->t, pk_of(c->t, &s), s.msg,
                         vt_view_of(s.sig, s.sig_len)) ==
                      (i % 2 == 0 ? VT_GOOD : VT_BAD),
                  "wrong when several threads verify");
        VT_EXPECT(c->t, table_of(c->t)->sign(s.sk, s.msg, sig, &len) == VT_OK,
                  "sign fails when several threads sign");
    }
    return NULL;
}

static void threads_do_not_disturb_it(struct vt_trial *t)
{
    pthread_t threads[4];
    struct vt_rng rng;
    struct signer s;
    struct crowd crowd = {t, &s};

    vt_rng_init(&rng, t->args->seed);
    make_signature(t, &rng, &s);
    for (int i = 0; i < 4; i++) {
        VT_EXPECT(t, pthread_create(&threads[i], NULL, check_many, &crowd) == 0,
                  "no thread for the test");
    }
    for (int i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}

#define SCHEME VT_FOR(VT_KIND_SIGNATURE), 0, 0

const struct vt_conform_test vt_tests_signature[] = {
    {"gives_the_published_answers", "R43", 5, SCHEME,
     gives_the_published_answers},
    {"a_seed_is_one_key", "R43", 5, SCHEME, a_seed_is_one_key},
    {"signs_the_same_way_twice", "R43", 5, SCHEME, signs_the_same_way_twice},
    {"a_batch_judges_like_one", "R43", 5, SCHEME, a_batch_judges_like_one},
    {"a_bent_signature_is_bad", "R43", 5, SCHEME, a_bent_signature_is_bad},
    {"stands_what_is_no_signature", "R25", 5, SCHEME,
     stands_what_is_no_signature},
    {"threads_do_not_disturb_it", "vt/signature.h", 5, SCHEME,
     threads_do_not_disturb_it},
    {0}};
