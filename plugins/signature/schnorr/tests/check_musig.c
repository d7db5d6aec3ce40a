/* SPDX-License-Identifier: Apache-2.0
 *
 * check_musig.c - MuSig2: the vectors published with BIP327, what they say must
 * be refused, and whole signatures with the keys of this chain.
 */
#include "musig.h"

#include <vt/plugin.h>

#include "base/rng.h"
#include "support/vectors.h"
#include "unit/suite.h"

#include <string.h>

#define FOLDER "plugins/signature/schnorr/tests/bip327/"
#define MSG_MAX 64u

extern const struct vt_plugin schnorr_LTX_vt_plugin_v1;

static const struct vt_signature *table(void)
{
    return VT_AT(struct vt_iface, schnorr_LTX_vt_plugin_v1.ifaces, 0)->table;
}

/* ---- reading the vectors --------------------------------------------------
 */

static json_t *at(json_t *list, size_t i)
{
    json_t *value = json_array_get(list, i);

    ck_assert_ptr_nonnull(value);
    return value;
}

/* Element i of list as bytes; Returns how many. */
static size_t bytes_at(json_t *list, size_t i, uint8_t *out, size_t max)
{
    const char *hex = json_string_value(at(list, i));
    size_t len;

    ck_assert_ptr_nonnull(hex);
    len = strlen(hex) / 2;
    ck_assert_uint_le(len, max);
    ck_assert_int_eq(vt_hex_decode(hex, 2 * len, out, len), 0);
    return len;
}

/* Element test[name][i] of a list, by its number there. */
static size_t chosen(json_t *test, const char *name, size_t i)
{
    return (size_t)json_integer_value(at(vt_vector_get(test, name), i));
}

static struct musig_keys keys_of(json_t *all, json_t *test)
{
    json_t *list = vt_vector_get(all, "pubkeys");
    struct musig_keys keys;

    memset(&keys, 0, sizeof keys);
    keys.count = (uint32_t)json_array_size(vt_vector_get(test, "key_indices"));
    for (uint32_t i = 0; i < keys.count; i++) {
        (void)bytes_at(list, chosen(test, "key_indices", i), keys.pk[i],
                       POINT_LEN);
    }
    return keys;
}

/* Lists of bytes, chosen by a test, as the functions want them. */
struct list {
    uint8_t bytes[8][MUSIG_NONCE_LEN];
    struct vt_view views[8];
    struct vt_tab tab;
};

static void list_of(struct list *out, json_t *all, const char *from,
                    json_t *test, const char *by)
{
    size_t count = json_array_size(vt_vector_get(test, by));

    ck_assert_uint_le(count, 8);
    out->tab =
        (struct vt_tab){out->views, (uint32_t)count, sizeof(struct vt_view)};
    for (size_t i = 0; i < count; i++) {
        out->views[i].ptr = out->bytes[i];
        out->views[i].len =
            bytes_at(vt_vector_get(all, from), chosen(test, by, i),
                     out->bytes[i], MUSIG_NONCE_LEN);
    }
}

/* The signer a test blames, or none. */
static uint32_t blamed(json_t *test)
{
    json_t *signer = json_object_get(vt_vector_get(test, "error"), "signer");

    return json_is_integer(signer) ? (uint32_t)json_integer_value(signer)
                                   : UINT32_MAX;
}

static int is_about(json_t *test, const char *what)
{
    json_t *contrib = json_object_get(vt_vector_get(test, "error"), "contrib");

    return contrib != NULL && strcmp(json_string_value(contrib), what) == 0;
}

static int has_tweaks(json_t *test)
{
    return json_array_size(vt_vector_get(test, "tweak_indices")) > 0;
}

/* ---- the vectors ----------------------------------------------------------
 */

START_TEST(keys_are_sorted_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "key_sort_vectors.json");
    json_t *want = vt_vector_get(all, "sorted_pubkeys");
    uint8_t pk[8][POINT_LEN], sorted[POINT_LEN];
    size_t count = json_array_size(want);

    ck_assert_uint_eq(count, 6);
    for (size_t i = 0; i < count; i++) {
        (void)bytes_at(vt_vector_get(all, "pubkeys"), i, pk[i], POINT_LEN);
    }
    musig_sort(pk, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        (void)bytes_at(want, i, sorted, POINT_LEN);
        ck_assert_mem_eq(pk[i], sorted, POINT_LEN);
    }
    json_decref(all);
}
END_TEST

START_TEST(keys_are_aggregated_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "key_agg_vectors.json");
    json_t *test;
    size_t i;
    int refused = 0;
    uint32_t blame;

    json_array_foreach (vt_vector_get(all, "valid_test_cases"), i, test) {
        struct musig_keys keys = keys_of(all, test);

        ck_assert_int_eq(musig_aggregate_keys(&keys, &blame), VT_OK);
        vt_vector_equal(test, "expected", vt_view_of(keys.x, 32));
    }
    ck_assert_uint_eq(i, 4);
    json_array_foreach (vt_vector_get(all, "error_test_cases"), i, test) {
        struct musig_keys keys = keys_of(all, test);

        if (is_about(test, "pubkey")) { /* the others are about tweaks */
            ck_assert_int_eq(musig_aggregate_keys(&keys, &blame), VT_E_INVALID);
            ck_assert_uint_eq(blame, blamed(test));
            refused++;
        }
    }
    ck_assert_int_eq(refused, 3);
    json_decref(all);
}
END_TEST

/* An optional field: absent, empty, or bytes. */
static struct vt_view optional(json_t *test, const char *name, uint8_t *room)
{
    json_t *value = vt_vector_get(test, name);

    if (json_is_null(value)) {
        return vt_view_of(NULL, 0);
    }
    vt_vector_fixed(test, name, room, json_string_length(value) / 2);
    return vt_view_of(room, json_string_length(value) / 2);
}

START_TEST(nonces_are_drawn_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "nonce_gen_vectors.json");
    json_t *test;
    size_t i;

    json_array_foreach (vt_vector_get(all, "test_cases"), i, test) {
        uint8_t random[32], pk[POINT_LEN], room[4][MSG_MAX];
        uint8_t secret[MUSIG_SECRET_LEN], nonce[MUSIG_NONCE_LEN];
        struct musig_draw draw = {.random = random,
                                  .pk = pk,
                                  .sk = optional(test, "sk", room[0]),
                                  .group = optional(test, "aggpk", room[1]),
                                  .msg = optional(test, "msg", room[2]),
                                  .extra = optional(test, "extra_in", room[3])};

        vt_vector_fixed(test, "rand_", random, 32);
        vt_vector_fixed(test, "pk", pk, POINT_LEN);
        ck_assert_int_eq(musig_draw_nonce(&draw, secret, nonce), VT_OK);
        vt_vector_equal(test, "expected_secnonce",
                        vt_view_of(secret, sizeof secret));
        vt_vector_equal(test, "expected_pubnonce",
                        vt_view_of(nonce, sizeof nonce));
    }
    ck_assert_uint_eq(i, 4);
    json_decref(all);
}
END_TEST

START_TEST(nonces_are_aggregated_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "nonce_agg_vectors.json");
    uint8_t out[MUSIG_NONCE_LEN];
    struct list nonces;
    json_t *test;
    size_t i;
    uint32_t blame;

    json_array_foreach (vt_vector_get(all, "valid_test_cases"), i, test) {
        list_of(&nonces, all, "pnonces", test, "pnonce_indices");
        ck_assert_int_eq(musig_aggregate_nonces(nonces.tab, out, &blame),
                         VT_OK);
        vt_vector_equal(test, "expected", vt_view_of(out, sizeof out));
    }
    ck_assert_uint_eq(i, 2);
    json_array_foreach (vt_vector_get(all, "error_test_cases"), i, test) {
        list_of(&nonces, all, "pnonces", test, "pnonce_indices");
        ck_assert_int_eq(musig_aggregate_nonces(nonces.tab, out, &blame),
                         VT_E_INVALID);
        ck_assert_uint_eq(blame, blamed(test));
    }
    ck_assert_uint_eq(i, 3);
    json_decref(all);
}
END_TEST

/* The message of a test of sign_verify_vectors.json. */
static struct vt_view message(json_t *all, json_t *test, uint8_t *room)
{
    size_t len =
        bytes_at(vt_vector_get(all, "msgs"),
                 (size_t)vt_vector_u64(test, "msg_index"), room, MSG_MAX);

    return vt_view_of(room, len);
}

/* Signs as a test says; its session is left open with its nonces. */
static vt_status sign_as(json_t *all, json_t *test, size_t secret_index,
                         uint8_t part[32])
{
    struct musig_keys keys = keys_of(all, test);
    struct musig_session s;
    uint8_t secret[MUSIG_SECRET_LEN], sk[32];
    uint8_t nonce[MUSIG_NONCE_LEN], room[MSG_MAX];
    const uint8_t wiped[MUSIG_SECRET_LEN] = {0};
    uint32_t blame;
    vt_status status = musig_aggregate_keys(&keys, &blame);

    vt_vector_fixed(all, "sk", sk, 32);
    (void)bytes_at(vt_vector_get(all, "secnonces"), secret_index, secret,
                   sizeof secret);
    (void)bytes_at(vt_vector_get(all, "aggnonces"),
                   (size_t)vt_vector_u64(test, "aggnonce_index"), nonce,
                   sizeof nonce);
    if (status == VT_OK) {
        status = musig_open(&s, &keys, vt_view_of(nonce, sizeof nonce),
                            message(all, test, room));
    }
    if (status == VT_OK) {
        status = musig_sign(&s, secret, sk, part);
        ck_assert_mem_eq(secret, wiped, sizeof secret);
    }
    return status;
}

/* Does the part of a test's signer hold, with the nonces it names? */
static int check_as(json_t *all, json_t *test, struct vt_view part)
{
    struct musig_keys keys = keys_of(all, test);
    struct musig_session s;
    struct list nonces;
    uint8_t nonce[MUSIG_NONCE_LEN], room[MSG_MAX];
    size_t signer = (size_t)vt_vector_u64(test, "signer_index");
    uint32_t blame;

    list_of(&nonces, all, "pnonces", test, "nonce_indices");
    return musig_aggregate_keys(&keys, &blame) == VT_OK &&
           musig_aggregate_nonces(nonces.tab, nonce, &blame) == VT_OK &&
           musig_open(&s, &keys, vt_view_of(nonce, sizeof nonce),
                      message(all, test, room)) == VT_OK &&
           musig_check(&s, (uint32_t)signer, nonces.views[signer], part);
}

START_TEST(parts_are_signed_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "sign_verify_vectors.json");
    json_t *test;
    size_t i;
    uint8_t part[32];

    json_array_foreach (vt_vector_get(all, "valid_test_cases"), i, test) {
        ck_assert_int_eq(sign_as(all, test, 0, part), VT_OK);
        vt_vector_equal(test, "expected", vt_view_of(part, 32));
        ck_assert(check_as(all, test, vt_view_of(part, 32)));
        part[31] ^= 1;
        ck_assert(!check_as(all, test, vt_view_of(part, 32)));
    }
    ck_assert_uint_eq(i, 6);
    json_decref(all);
}
END_TEST

START_TEST(what_must_not_be_signed_is_refused_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "sign_verify_vectors.json");
    json_t *test;
    size_t i;
    uint8_t part[32];

    json_array_foreach (vt_vector_get(all, "sign_error_test_cases"), i, test) {
        ck_assert_int_eq(sign_as(all, test,
                                 (size_t)vt_vector_u64(test, "secnonce_index"),
                                 part),
                         VT_E_INVALID);
    }
    ck_assert_uint_eq(i, 6);
    json_decref(all);
}
END_TEST

START_TEST(bad_parts_are_found_as_published)
{
    static const char *const lists[2] = {"verify_fail_test_cases",
                                         "verify_error_test_cases"};
    json_t *all = vt_vectors_load(FOLDER "sign_verify_vectors.json");
    json_t *test;
    size_t checked = 0;

    for (size_t k = 0; k < 2; k++) {
        size_t i;

        json_array_foreach (vt_vector_get(all, lists[k]), i, test) {
            uint8_t part[32];

            vt_vector_fixed(test, "sig", part, 32);
            ck_assert(!check_as(all, test, vt_view_of(part, 32)));
            checked++;
        }
    }
    ck_assert_uint_eq(checked, 5);
    json_decref(all);
}
END_TEST

START_TEST(parts_are_aggregated_as_published)
{
    json_t *all = vt_vectors_load(FOLDER "sig_agg_vectors.json");
    json_t *test;
    size_t i;
    int checked = 0;
    uint8_t msg[32], sig[64];
    struct list parts;
    uint32_t blame;

    vt_vector_fixed(all, "msg", msg, 32);
    json_array_foreach (vt_vector_get(all, "valid_test_cases"), i, test) {
        struct musig_keys keys = keys_of(all, test);
        struct musig_session s;
        uint8_t nonce[MUSIG_NONCE_LEN];
        uint32_t verdict = VT_BAD;

        if (has_tweaks(test)) {
            continue; /* nothing here tweaks a key */
        }
        vt_vector_fixed(test, "aggnonce", nonce, sizeof nonce);
        list_of(&parts, all, "psigs", test, "psig_indices");
        ck_assert_int_eq(musig_aggregate_keys(&keys, &blame), VT_OK);
        ck_assert_int_eq(musig_open(&s, &keys, vt_view_of(nonce, sizeof nonce),
                                    vt_view_of(msg, 32)),
                         VT_OK);
        ck_assert_int_eq(musig_finish(&s, parts.tab, sig, &blame), VT_OK);
        vt_vector_equal(test, "expected", vt_view_of(sig, 64));
        (void)table()->verify(vt_view_of(keys.x, 32), msg, vt_view_of(sig, 64),
                              &verdict);
        ck_assert_uint_eq(verdict, VT_GOOD);
        checked++;
    }
    ck_assert_int_eq(checked, 2);
    json_array_foreach (vt_vector_get(all, "error_test_cases"), i, test) {
        struct musig_session s = {.r_is_odd = 0};

        list_of(&parts, all, "psigs", test, "psig_indices");
        ck_assert_int_eq(musig_finish(&s, parts.tab, sig, &blame),
                         VT_E_INVALID);
        ck_assert_uint_eq(blame, blamed(test));
    }
    ck_assert_uint_eq(i, 1);
    json_decref(all);
}
END_TEST

/* ---- whole signatures with the keys of this chain -------------------------
 */

#define GROUP 5u

/* Signers, what they sign, and how far they are. */
struct party {
    uint32_t count;
    uint8_t sk[GROUP][32], pk[GROUP][32], group[32], msg[32];
    uint8_t secret[GROUP][MUSIG_SECRET_LEN], nonce[GROUP][MUSIG_NONCE_LEN];
    uint8_t all[MUSIG_NONCE_LEN], part[GROUP][32], sig[64];
    struct vt_view keys[GROUP], nonces[GROUP], parts[GROUP];
    struct vt_sig_group what;
};

static void meet(struct party *p, uint32_t count, uint64_t seed)
{
    struct vt_rng rng;
    uint32_t blame;

    memset(p, 0, sizeof *p);
    vt_rng_init(&rng, seed);
    p->count = count;
    vt_rng_fill(&rng, p->msg, 32);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t bytes[32];

        vt_rng_fill(&rng, bytes, 32);
        ck_assert_int_eq(table()->keypair(bytes, p->sk[i], p->pk[i]), VT_OK);
        p->keys[i] = vt_view_of(p->pk[i], 32);
        p->nonces[i] = vt_view_of(p->nonce[i], MUSIG_NONCE_LEN);
        p->parts[i] = vt_view_of(p->part[i], 32);
    }
    p->what.keys = (struct vt_tab){p->keys, count, sizeof p->keys[0]};
    p->what.msg = p->msg;
    p->what.nonce = vt_view_of(p->all, MUSIG_NONCE_LEN);
    ck_assert_int_eq(table()->group_key(p->what.keys, p->group, &blame), VT_OK);
}

static void draw(struct party *p, uint64_t seed)
{
    struct vt_sig_item item = {vt_view_of(p->group, 32), p->msg,
                               vt_view_of(NULL, 0)};
    struct vt_tab nonces = {p->nonces, p->count, sizeof p->nonces[0]};
    struct vt_rng rng;
    uint32_t blame;

    vt_rng_init(&rng, seed);
    for (uint32_t i = 0; i < p->count; i++) {
        uint8_t random[32];

        vt_rng_fill(&rng, random, 32);
        ck_assert_int_eq(table()->group_nonce(p->sk[i], random, &item,
                                              p->secret[i], p->nonce[i]),
                         VT_OK);
    }
    ck_assert_int_eq(table()->group_nonces(nonces, p->all, &blame), VT_OK);
}

static void sign_parts(struct party *p)
{
    for (uint32_t i = 0; i < p->count; i++) {
        ck_assert_int_eq(
            table()->group_sign(p->sk[i], p->secret[i], &p->what, p->part[i]),
            VT_OK);
    }
}

static uint32_t finish(struct party *p)
{
    struct vt_tab parts = {p->parts, p->count, sizeof p->parts[0]};
    uint32_t verdict = 9;
    uint32_t blame;

    ck_assert_int_eq(table()->group_finish(&p->what, parts, p->sig, &blame),
                     VT_OK);
    (void)table()->verify(vt_view_of(p->group, 32), p->msg,
                          vt_view_of(p->sig, 64), &verdict);
    return verdict;
}

static uint32_t check_part(const struct party *p, uint32_t i)
{
    uint32_t verdict = 9;

    ck_assert_int_eq(
        table()->group_check(&p->what, i, p->nonces[i], p->parts[i], &verdict),
        VT_OK);
    return verdict;
}

START_TEST(all_signers_together_make_one_signature)
{
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct party p;

        meet(&p, 1 + (uint32_t)seed % GROUP, seed);
        draw(&p, seed);
        sign_parts(&p);
        for (uint32_t i = 0; i < p.count; i++) {
            ck_assert_uint_eq(check_part(&p, i), VT_GOOD);
        }
        ck_assert_uint_eq(finish(&p), VT_GOOD);
    }
}
END_TEST

START_TEST(a_key_may_stand_in_a_group_twice)
{
    struct party p;
    uint32_t blame;

    meet(&p, 3, 7);
    memcpy(p.sk[2], p.sk[0], 32);
    memcpy(p.pk[2], p.pk[0], 32);
    ck_assert_int_eq(table()->group_key(p.what.keys, p.group, &blame), VT_OK);
    draw(&p, 8);
    sign_parts(&p);
    ck_assert_uint_eq(finish(&p), VT_GOOD);
}
END_TEST

START_TEST(a_bent_part_is_found_and_spoils_the_signature)
{
    struct party p;

    meet(&p, 3, 11);
    draw(&p, 12);
    sign_parts(&p);
    for (uint32_t bit = 0; bit < 256; bit++) {
        p.part[1][bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(check_part(&p, 1), VT_BAD);
        p.part[1][bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (uint32_t bit = 0; bit < 256; bit += 7) {
        p.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_eq(check_part(&p, 0), VT_BAD);
        p.msg[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    p.part[1][0] ^= 1;
    ck_assert_uint_eq(finish(&p), VT_BAD);
    p.part[1][0] ^= 1;
    ck_assert_uint_eq(finish(&p), VT_GOOD);
    p.parts[1] = p.parts[0]; /* one twice, one not at all */
    ck_assert_uint_eq(finish(&p), VT_BAD);
    p.parts[1] = vt_view_of(p.part[1], 31);
    ck_assert_uint_eq(check_part(&p, 1), VT_BAD);
}
END_TEST

START_TEST(a_secret_nonce_signs_once)
{
    const uint8_t wiped[MUSIG_SECRET_LEN] = {0};
    struct party p;
    uint8_t kept[MUSIG_SECRET_LEN];

    meet(&p, 2, 21);
    draw(&p, 22);
    memcpy(kept, p.secret[1], sizeof kept);
    sign_parts(&p);
    ck_assert_mem_eq(p.secret[0], wiped, sizeof wiped);
    ck_assert_int_eq(
        table()->group_sign(p.sk[0], p.secret[0], &p.what, p.part[0]),
        VT_E_INVALID);
    /* refused for another reason: used up all the same */
    ck_assert_int_eq(table()->group_sign(p.sk[0], kept, &p.what, p.part[0]),
                     VT_E_INVALID);
    ck_assert_mem_eq(kept, wiped, sizeof wiped);
}
END_TEST

START_TEST(who_is_not_in_the_group_does_not_sign)
{
    struct party p, other;

    meet(&p, 2, 31);
    draw(&p, 32);
    meet(&other, 2, 33);
    memcpy(other.group, p.group, 32);
    memcpy(other.msg, p.msg, 32);
    draw(&other, 34);
    ck_assert_int_eq(
        table()->group_sign(other.sk[0], other.secret[0], &p.what, p.part[0]),
        VT_E_INVALID);
}
END_TEST

START_TEST(a_malformed_group_is_refused_with_the_culprit)
{
    const uint8_t wiped[MUSIG_SECRET_LEN] = {0};
    static struct vt_view many[MUSIG_MAX + 1];
    struct vt_tab too_many = {many, MUSIG_MAX + 1, sizeof many[0]};
    struct party p;
    struct vt_tab parts = {p.parts, 3, sizeof p.parts[0]};
    uint8_t out[MUSIG_NONCE_LEN];
    uint32_t blame = 9;

    meet(&p, 3, 41);
    draw(&p, 42);
    for (uint32_t i = 0; i <= MUSIG_MAX; i++) {
        many[i] = p.keys[i % 3];
    }
    ck_assert_int_eq(table()->group_key(too_many, out, &blame), VT_E_LIMIT);
    too_many.count = MUSIG_MAX;
    ck_assert_int_eq(table()->group_key(too_many, out, &blame), VT_OK);
    too_many.count = 0;
    ck_assert_int_eq(table()->group_key(too_many, out, &blame), VT_E_LIMIT);
    ck_assert_int_eq(table()->group_nonces(too_many, out, &blame), VT_E_LIMIT);
    p.keys[2].len = 33;
    ck_assert_int_eq(table()->group_key(p.what.keys, out, &blame),
                     VT_E_INVALID);
    ck_assert_uint_eq(blame, 2);
    p.keys[2].len = 32;
    memset(p.pk[1], 0xff, 32);
    ck_assert_int_eq(table()->group_key(p.what.keys, out, &blame),
                     VT_E_INVALID);
    ck_assert_uint_eq(blame, 1);
    ck_assert_int_eq(
        table()->group_sign(p.sk[0], p.secret[0], &p.what, p.part[0]),
        VT_E_INVALID);
    ck_assert_mem_eq(p.secret[0], wiped, sizeof wiped);

    meet(&p, 3, 41);
    draw(&p, 42);
    sign_parts(&p);
    memset(p.part[2], 0xff, 32);
    ck_assert_int_eq(table()->group_finish(&p.what, parts, p.sig, &blame),
                     VT_E_INVALID);
    ck_assert_uint_eq(blame, 2);
    parts.count = 2;
    ck_assert_int_eq(table()->group_finish(&p.what, parts, p.sig, &blame),
                     VT_E_LIMIT);
    p.what.nonce.len = 65;
    ck_assert_uint_eq(check_part(&p, 0), VT_BAD);
}
END_TEST

int main(void)
{
    const TTest *const vectors[] = {
        keys_are_sorted_as_published,
        keys_are_aggregated_as_published,
        nonces_are_drawn_as_published,
        nonces_are_aggregated_as_published,
        parts_are_signed_as_published,
        what_must_not_be_signed_is_refused_as_published,
        bad_parts_are_found_as_published,
        parts_are_aggregated_as_published};
    const TTest *const whole[] = {
        all_signers_together_make_one_signature,
        a_key_may_stand_in_a_group_twice,
        a_bent_part_is_found_and_spoils_the_signature,
        a_secret_nonce_signs_once,
        who_is_not_in_the_group_does_not_sign,
        a_malformed_group_is_refused_with_the_culprit};
    Suite *suite = suite_create("musig");

    VT_SUITE_ADD(suite, "bip327", vectors);
    VT_SUITE_ADD(suite, "group", whole);
    return vt_suite_run(suite);
}
