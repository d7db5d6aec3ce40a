/* SPDX-License-Identifier: Apache-2.0
 *
 * check_ledger_vectors.c - keys, entries, roots and proofs are those of
 * core/ledger/vectors.json, which another implementation made.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "ledger/account.h"
#include "ledger/stake_entry.h"
#include "support/vectors.h"

#define ENTRIES_MAX 64u

static json_t *vectors;

static void load(void)
{
    vectors = vt_vectors_load("core/ledger/vectors.json");
}

static void drop(void)
{
    json_decref(vectors);
}

START_TEST(asset_ids)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "asset_ids"), i, v) {
        struct vt_address issuer;
        struct vt_hash id;

        vt_vector_fixed(v, "issuer", issuer.b, sizeof issuer.b);
        vt_asset_id(&issuer, vt_view_str(vt_vector_text(v, "symbol")), &id);
        vt_vector_equal(v, "id", vt_view_of(id.b, 32));
    }
}
END_TEST

static void check_account(json_t *v)
{
    struct vt_account a = {.nonce = vt_vector_u64(v, "nonce"),
                           .token = vt_vector_amount(v, "token"),
                           .gas = vt_vector_amount(v, "gas")};
    struct vt_address address;
    struct vt_hash key;
    uint8_t bytes[VT_ACCOUNT_SIZE];

    vt_vector_fixed(v, "address", address.b, sizeof address.b);
    vt_account_key(&address, &key);
    vt_account_encode(&a, bytes);
    vt_vector_equal(v, "key", vt_view_of(key.b, 32));
    vt_vector_equal(v, "value", vt_view_of(bytes, sizeof bytes));
}

static void check_balance(json_t *v)
{
    struct vt_address address;
    struct vt_hash asset;
    struct vt_hash key;
    uint8_t bytes[VT_BALANCE_SIZE];

    vt_vector_fixed(v, "address", address.b, sizeof address.b);
    vt_vector_fixed(v, "asset", asset.b, 32);
    vt_balance_key(&address, &asset, &key);
    vt_balance_encode(&asset, vt_vector_amount(v, "amount"), bytes);
    vt_vector_equal(v, "key", vt_view_of(key.b, 32));
    vt_vector_equal(v, "value", vt_view_of(bytes, sizeof bytes));
}

static void check_asset(json_t *v)
{
    struct vt_asset a = {.decimals = (uint8_t)vt_vector_u64(v, "decimals"),
                         .supply = vt_vector_amount(v, "supply"),
                         .supply_max = vt_vector_amount(v, "supply_max")};
    struct vt_hash id;
    struct vt_hash key;
    uint8_t bytes[VT_ASSET_ENTRY_MAX];

    vt_vector_fixed(v, "asset", id.b, 32);
    vt_vector_fixed(v, "issuer", a.issuer.b, sizeof a.issuer.b);
    (void)snprintf(a.symbol, sizeof a.symbol, "%s",
                   vt_vector_text(v, "symbol"));
    (void)snprintf(a.name, sizeof a.name, "%s", vt_vector_text(v, "name"));
    vt_asset_key(&id, &key);
    vt_vector_equal(v, "key", vt_view_of(key.b, 32));
    vt_vector_equal(v, "value",
                    vt_view_of(bytes, vt_asset_entry_encode(&a, bytes)));
}

static void check_stake(json_t *v)
{
    json_t *leaving = vt_vector_get(v, "leaving");
    struct vt_stake s = {.staked = vt_vector_amount(v, "staked"),
                         .leaving_count = (uint32_t)json_array_size(leaving)};
    struct vt_stake back;
    struct vt_address address;
    struct vt_hash key;
    uint8_t bytes[VT_STAKE_MAX];
    size_t len;

    vt_vector_fixed(v, "address", address.b, sizeof address.b);
    vt_vector_fixed(v, "vote", s.vote.b, sizeof s.vote.b);
    for (uint32_t i = 0; i < s.leaving_count; i++) {
        json_t *l = json_array_get(leaving, i);

        s.leaving[i].free_at = vt_vector_u64(l, "free_at");
        s.leaving[i].amount = vt_vector_amount(l, "amount");
    }
    vt_stake_key(&address, &key);
    len = vt_stake_encode(&s, bytes);
    vt_vector_equal(v, "key", vt_view_of(key.b, 32));
    vt_vector_equal(v, "value", vt_view_of(bytes, len));
    ck_assert_int_eq(vt_stake_decode(vt_view_of(bytes, len), &back), VT_OK);
    ck_assert_mem_eq(&back, &s, sizeof s);
    for (size_t cut = 0; cut < len; cut++) {
        ck_assert_int_eq(vt_stake_decode(vt_view_of(bytes, cut), &back),
                         VT_E_CORRUPT);
    }
}

static void check_nominee(json_t *v)
{
    struct vt_buf pk = vt_vector_bytes(v, "public_key");
    struct vt_nominee n = {.stands = (int)vt_vector_u64(v, "stands"),
                           .votes = vt_vector_amount(v, "votes"),
                           .slashed = vt_vector_amount(v, "slashed"),
                           .jailed_until = vt_vector_u64(v, "jailed_until"),
                           .offences = vt_vector_u64(v, "offences"),
                           .pk_len = (uint32_t)pk.len};
    struct vt_address address;
    struct vt_hash key;
    uint8_t bytes[VT_NOMINEE_MAX];

    (void)snprintf(n.name, sizeof n.name, "%s", vt_vector_text(v, "name"));
    memcpy(n.pk, vt_buf_view(&pk).ptr, pk.len);
    vt_vector_fixed(v, "address", address.b, sizeof address.b);
    vt_nominee_key(&address, &key);
    vt_vector_equal(v, "key", vt_view_of(key.b, 32));
    vt_vector_equal(v, "value",
                    vt_view_of(bytes, vt_nominee_encode(&n, bytes)));
    vt_buf_fini(&pk);
}

START_TEST(entries_and_their_keys)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "entries"), i, v) {
        const char *entry = vt_vector_text(v, "entry");

        if (strcmp(entry, "account") == 0) {
            check_account(v);
        } else if (strcmp(entry, "balance") == 0) {
            check_balance(v);
        } else if (strcmp(entry, "stake") == 0) {
            check_stake(v);
        } else if (strcmp(entry, "nominee") == 0) {
            check_nominee(v);
        } else {
            ck_assert_str_eq(entry, "asset");
            check_asset(v);
        }
    }
}
END_TEST

START_TEST(receipt_leaves)
{
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "receipts"), i, v) {
        struct vt_receipt r = {.code = (uint32_t)vt_vector_u64(v, "code"),
                               .fee = vt_vector_amount(v, "fee"),
                               .burned = vt_vector_amount(v, "burned")};
        struct vt_hash leaf;

        vt_vector_fixed(v, "tx", r.tx.b, 32);
        vt_receipt_leaf(&r, &leaf);
        vt_vector_equal(v, "leaf", vt_view_of(leaf.b, 32));
    }
}
END_TEST

/* The state of the vectors, one ledger after the other. */
static struct vt_state *make_state(void)
{
    json_t *trees = vt_vector_get(vectors, "trees");
    struct vt_state *state = vt_state_new();

    for (size_t ledger = 0; ledger < VT_LEDGER_COUNT; ledger++) {
        json_t *tree = json_array_get(trees, ledger);
        struct vt_state_change changes[ENTRIES_MAX];
        struct vt_buf values[ENTRIES_MAX];
        struct vt_state *next;
        size_t count = json_array_size(tree);

        ck_assert_uint_le(count, ENTRIES_MAX);
        for (size_t i = 0; i < count; i++) {
            json_t *entry = json_array_get(tree, i);

            vt_vector_fixed(entry, "key", changes[i].key.b, 32);
            values[i] = vt_vector_bytes(entry, "value");
            changes[i].value = vt_buf_view(&values[i]);
        }
        ck_assert_int_eq(vt_state_update(state, (enum vt_ledger_kind)ledger,
                                         changes, count, &next),
                         VT_OK);
        for (size_t i = 0; i < count; i++) {
            vt_buf_fini(&values[i]);
        }
        vt_state_unref(state);
        state = next;
    }
    return state;
}

START_TEST(roots)
{
    struct vt_state *state = make_state();
    json_t *want = vt_vector_get(vectors, "ledger_roots");
    struct vt_hash root;
    char hex[65];

    for (size_t i = 0; i < VT_LEDGER_COUNT; i++) {
        vt_state_ledger_root(state, (enum vt_ledger_kind)i, &root);
        vt_hex_encode(root.b, 32, hex);
        ck_assert_str_eq(hex, json_string_value(json_array_get(want, i)));
    }
    vt_state_root(state, &root);
    vt_vector_equal(vectors, "state_root", vt_view_of(root.b, 32));
    vt_state_unref(state);
}
END_TEST

/* Made by us it is the vector, and the vector holds. */
static void check_proof(const struct vt_state *state, json_t *v)
{
    enum vt_ledger_kind ledger =
        (enum vt_ledger_kind)vt_vector_u64(v, "ledger");
    struct vt_buf proof = VT_BUF_INIT(VT_PROOF_MAX);
    struct vt_view value = {NULL, 0};
    struct vt_hash root;
    struct vt_hash key;
    int present = -1;

    vt_vector_fixed(vectors, "state_root", root.b, 32);
    vt_vector_fixed(v, "key", key.b, 32);
    ck_assert_int_eq(vt_state_prove(state, ledger, &key, &proof), VT_OK);
    vt_vector_equal(v, "proof", vt_buf_view(&proof));
    ck_assert_int_eq(vt_state_check_proof(&root, ledger, &key,
                                          vt_buf_view(&proof), &present,
                                          &value),
                     VT_OK);
    ck_assert_int_eq(present, json_is_true(vt_vector_get(v, "present")));
    vt_vector_equal(v, "value", value);
    vt_buf_fini(&proof);
}

START_TEST(proofs_of_presence_and_absence)
{
    struct vt_state *state = make_state();
    json_t *v;
    size_t i;

    json_array_foreach (vt_vector_get(vectors, "proofs"), i, v) {
        check_proof(state, v);
    }
    vt_state_unref(state);
}
END_TEST

/* Every cut, every added byte and every flipped bit is refused, and a refused
 * proof says nothing. */
static void break_proof(json_t *v, const struct vt_hash *root)
{
    enum vt_ledger_kind ledger =
        (enum vt_ledger_kind)vt_vector_u64(v, "ledger");
    struct vt_buf proof = vt_vector_bytes(v, "proof");
    struct vt_view value = {NULL, 99};
    struct vt_hash key;
    int present = 99;

    vt_vector_fixed(v, "key", key.b, 32);
    for (size_t len = 0; len < proof.len; len++) {
        uint8_t *cut = vt_memdup(proof.data, len);

        ck_assert_int_eq(vt_state_check_proof(root, ledger, &key,
                                              vt_view_of(cut, len), &present,
                                              &value),
                         VT_E_CORRUPT);
        vt_free(cut);
    }
    for (size_t bit = 0; bit < proof.len * 8; bit++) {
        proof.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(vt_state_check_proof(root, ledger, &key,
                                              vt_buf_view(&proof), &present,
                                              &value),
                         VT_E_CORRUPT);
        proof.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    (void)vt_buf_put_u8(&proof, 0);
    ck_assert_int_eq(vt_state_check_proof(root, ledger, &key,
                                          vt_buf_view(&proof), &present,
                                          &value),
                     VT_E_CORRUPT);
    ck_assert_int_eq(present, 99);
    ck_assert_uint_eq(value.len, 99);
    vt_buf_fini(&proof);
}

START_TEST(no_bit_of_a_proof_may_change)
{
    struct vt_hash root;
    json_t *v;
    size_t i;

    vt_vector_fixed(vectors, "state_root", root.b, 32);
    json_array_foreach (vt_vector_get(vectors, "proofs"), i, v) {
        break_proof(v, &root);
    }
}
END_TEST

/* The leaf of the key itself, shown as if it were somebody else's. */
START_TEST(presence_cannot_be_shown_as_absence)
{
    struct vt_hash root;
    json_t *v;
    size_t i;
    int tried = 0;

    vt_vector_fixed(vectors, "state_root", root.b, 32);
    json_array_foreach (vt_vector_get(vectors, "proofs"), i, v) {
        struct vt_buf proof = vt_vector_bytes(v, "proof");
        struct vt_buf stored = vt_vector_bytes(v, "value");
        struct vt_hash key;
        struct vt_hash value_hash;
        struct vt_view value;
        int present;

        if (json_is_true(vt_vector_get(v, "present"))) {
            vt_vector_fixed(v, "key", key.b, 32);
            vt_hash_bytes("VTC/value/1", stored.data, stored.len, &value_hash);
            proof.len -= 1 + 4 + stored.len;
            (void)vt_buf_put_u8(&proof, 2);
            (void)vt_buf_put(&proof, key.b, 32);
            (void)vt_buf_put(&proof, value_hash.b, 32);
            ck_assert_int_eq(
                vt_state_check_proof(
                    &root, (enum vt_ledger_kind)vt_vector_u64(v, "ledger"),
                    &key, vt_buf_view(&proof), &present, &value),
                VT_E_CORRUPT);
            tried++;
        }
        vt_buf_fini(&proof);
        vt_buf_fini(&stored);
    }
    ck_assert_int_gt(tried, 0);
}
END_TEST

/* An empty sibling could be written out as 32 zero bytes: same hash, a second
 * encoding of the same proof. */
START_TEST(an_empty_sibling_has_one_encoding)
{
    struct vt_hash root;
    json_t *v;
    size_t i;
    int found = 0;

    vt_vector_fixed(vectors, "state_root", root.b, 32);
    json_array_foreach (vt_vector_get(vectors, "proofs"), i, v) {
        struct vt_buf proof = vt_vector_bytes(v, "proof");
        struct vt_buf other = VT_BUF_INIT(VT_PROOF_MAX);
        unsigned depth = vt_get_u16(proof.data + 128);
        size_t bits = (depth + 7) / 8;
        size_t before = 0;
        struct vt_view value;
        struct vt_hash key;
        int present;

        for (unsigned at = 0; at < depth; at++) {
            if ((proof.data[130 + at / 8] >> (7 - at % 8) & 1) != 0) {
                before++;
                continue;
            }
            found++;
            vt_buf_clear(&other);
            (void)vt_buf_put(&other, proof.data, 130 + bits + 32 * before);
            other.data[130 + at / 8] |= (uint8_t)(1u << (7 - at % 8));
            memset(vt_buf_grow(&other, 32), 0, 32);
            (void)vt_buf_put(&other, proof.data + 130 + bits + 32 * before,
                             proof.len - 130 - bits - 32 * before);
            vt_vector_fixed(v, "key", key.b, 32);
            ck_assert_int_eq(
                vt_state_check_proof(
                    &root, (enum vt_ledger_kind)vt_vector_u64(v, "ledger"),
                    &key, vt_buf_view(&other), &present, &value),
                VT_E_CORRUPT);
        }
        vt_buf_fini(&proof);
        vt_buf_fini(&other);
    }
    ck_assert_int_gt(found, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {asset_ids,
                                  entries_and_their_keys,
                                  receipt_leaves,
                                  roots,
                                  proofs_of_presence_and_absence,
                                  no_bit_of_a_proof_may_change,
                                  presence_cannot_be_shown_as_absence,
                                  an_empty_sibling_has_one_encoding};
    Suite *suite = suite_create("core/ledger vectors");
    TCase *tcase = tcase_create("vectors");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, load, drop);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        tcase_add_test(tcase, tests[i]);
    }
    suite_add_tcase(suite, tcase);
    return vt_suite_run(suite);
}
