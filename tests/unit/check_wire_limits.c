/* SPDX-License-Identifier: Apache-2.0
 *
 * check_wire_limits.c - the largest of everything is accepted, one more is
 * not, and a claim is judged before anything is allocated for it. Addresses
 * that were mistyped are refused.
 */
#include "unit/suite.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/status.h"
#include "wire/frame.h"

#include <string.h>

static uint8_t filler[VT_FRAME_MAX];

/* A transaction with parts of these lengths; returns whether it decodes. */
static int tx_decodes(size_t pk, size_t payload, size_t sig)
{
    struct vt_buf raw = VT_BUF_INIT(2 * VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .pk = vt_view_of(filler, pk),
                       .payload = vt_view_of(filler, payload)};
    struct vt_tx out;
    int good;

    (void)vt_tx_encode_unsigned(&tx, &raw);
    (void)vt_tx_append_sig(&raw, vt_view_of(filler, sig));
    good = vt_tx_decode(vt_buf_view(&raw), &out, NULL) == VT_OK;
    if (good) {
        ck_assert_uint_eq(out.raw.len, raw.len);
        ck_assert_uint_le(raw.len, VT_TX_MAX);
    }
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_a_transaction)
{
    /* 89 bytes are always there, lengths included */
    size_t rest = VT_TX_MAX - 89u;

    ck_assert(tx_decodes(0, 0, 0));
    ck_assert(tx_decodes(VT_TX_PK_MAX, 0, VT_TX_SIG_MAX));
    ck_assert(!tx_decodes(VT_TX_PK_MAX + 1, 0, 0));
    ck_assert(!tx_decodes(0, 0, VT_TX_SIG_MAX + 1));
    ck_assert(tx_decodes(0, rest, 0));
    ck_assert(!tx_decodes(0, rest + 1, 0));
}
END_TEST

START_TEST(versions_that_are_not_known)
{
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION + 1};
    struct vt_header header = {.version = VT_HEADER_BATCH + 1};
    struct vt_err err = VT_ERR_INIT;

    (void)vt_tx_encode_unsigned(&tx, &raw);
    (void)vt_tx_append_sig(&raw, vt_view_of(NULL, 0));
    ck_assert_int_eq(vt_tx_decode(vt_buf_view(&raw), &tx, &err), VT_E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "version 2"));
    vt_buf_clear(&raw);
    (void)vt_header_encode(&header, &raw);
    ck_assert_int_eq(vt_header_decode(vt_buf_view(&raw), &header, &err),
                     VT_E_CORRUPT);
    ck_assert_ptr_nonnull(strstr(err.text, "version 3"));
    vt_buf_fini(&raw);
}
END_TEST

static int transfer_decodes(size_t memo)
{
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_transfer p = {.memo = vt_view_of(filler, memo)};
    int good;

    (void)vt_tx_transfer_encode(&p, &raw);
    good = vt_tx_transfer_decode(vt_buf_view(&raw), &p) == VT_OK;
    vt_buf_fini(&raw);
    return good;
}

static int register_decodes(const char *symbol, const char *name,
                            uint8_t decimals)
{
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_asset_register p = {.symbol = vt_view_str(symbol),
                                     .name = vt_view_str(name),
                                     .decimals = decimals};
    int good;

    (void)vt_tx_asset_register_encode(&p, &raw);
    good = vt_tx_asset_register_decode(vt_buf_view(&raw), &p) == VT_OK;
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_payloads)
{
    const char *longest = "abcdefghijabcdefghijabcdefghijab";

    ck_assert(transfer_decodes(VT_MEMO_MAX));
    ck_assert(!transfer_decodes(VT_MEMO_MAX + 1));
    ck_assert(register_decodes("A", "a", 0));
    ck_assert(register_decodes("ABCDEFGHIJKLMNO9", longest, 18));
    ck_assert(!register_decodes("ABCDEFGHIJKLMNOPQ", "a", 0));
    ck_assert(!register_decodes("A", "abcdefghijabcdefghijabcdefghijabc", 0));
    ck_assert(!register_decodes("", "a", 0));
    ck_assert(!register_decodes("A", "", 0));
    ck_assert(!register_decodes("9A", "a", 0));
    ck_assert(!register_decodes("aA", "a", 0));
    ck_assert(!register_decodes("A-", "a", 0));
    ck_assert(!register_decodes("A", "a", 19));
    ck_assert(!register_decodes("A", "tab\t", 0));
    ck_assert(!register_decodes("A", "\xff", 0));
}
END_TEST

static int switch_decodes(const char *engine, const char *options,
                          const char *name, uint64_t weight)
{
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_buf members = VT_BUF_INIT(4096);
    struct vt_switch_member m = {
        .name = vt_view_str(name), .pk = vt_view_of(filler, 32), weight};
    struct vt_tx_switch p = {.engine = vt_view_str(engine),
                             .options = vt_view_str(options),
                             .member_count = 1};
    int good;

    (void)vt_switch_member_encode(&m, &members);
    p.members = vt_buf_view(&members);
    (void)vt_tx_switch_encode(&p, &raw);
    good = vt_tx_switch_decode(vt_buf_view(&raw), &p) == VT_OK;
    vt_buf_fini(&members);
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_a_switch)
{
    const char *longest = "abcdefghijabcdefghijabcdefghij_9";

    ck_assert(switch_decodes("raft", "", "n1", 1));
    ck_assert(switch_decodes(longest, "a = b\nc = d\n", "n1", 1));
    ck_assert(
        !switch_decodes("abcdefghijabcdefghijabcdefghij_90", "", "n1", 1));
    ck_assert(switch_decodes("", "", "n1", 1)); /* the engine stays */
    ck_assert(!switch_decodes("", "a = b\n", "n1", 1));
    ck_assert(!switch_decodes("9raft", "", "n1", 1));
    ck_assert(!switch_decodes("../raft", "", "n1", 1));
    ck_assert(!switch_decodes("Raft", "", "n1", 1));
    ck_assert(!switch_decodes("raft", "a = \t", "n1", 1));
    ck_assert(!switch_decodes("raft", "\xff", "n1", 1));
    ck_assert(!switch_decodes("raft", "", "n 1", 1));
    ck_assert(!switch_decodes("raft", "", "", 1));
    ck_assert(!switch_decodes("raft", "", "n1", 0));
}
END_TEST

static int header_decodes(size_t payload, uint32_t count)
{
    struct vt_buf raw = VT_BUF_INIT(2 * VT_HEADER_PAYLOAD_MAX);
    struct vt_header header = {.version = VT_HEADER_VERSION,
                               .tx_count = count,
                               .payload = vt_view_of(filler, payload)};
    int good;

    (void)vt_header_encode(&header, &raw);
    good = vt_header_decode(vt_buf_view(&raw), &header, NULL) == VT_OK;
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_a_header)
{
    ck_assert(header_decodes(VT_HEADER_PAYLOAD_MAX, VT_BLOCK_TXS_MAX));
    ck_assert(!header_decodes(VT_HEADER_PAYLOAD_MAX + 1, 0));
    ck_assert(!header_decodes(0, VT_BLOCK_TXS_MAX + 1));
}
END_TEST

START_TEST(a_block_is_judged_before_it_is_allocated)
{
    struct vt_buf raw = VT_BUF_INIT(4096);
    struct vt_buf head = VT_BUF_INIT(4096);
    struct vt_header header = {.version = VT_HEADER_VERSION,
                               .tx_count = VT_BLOCK_TXS_MAX};
    struct vt_block *block;

    /* one byte is there, so reading more would show */
    vt_alloc_fail_at(1);
    ck_assert_int_eq(
        vt_block_decode(vt_view_of(filler, VT_BLOCK_MAX + 1u), &block, NULL),
        VT_E_CORRUPT);
    vt_alloc_fail_at(0);
    /* 200,000 transactions in no bytes at all: only the copy is allocated */
    (void)vt_header_encode(&header, &head);
    (void)vt_buf_put_var(&raw, vt_buf_view(&head));
    vt_alloc_fail_at(2);
    ck_assert_int_eq(vt_block_decode(vt_buf_view(&raw), &block, NULL),
                     VT_E_CORRUPT);
    vt_alloc_fail_at(0);
    ck_assert_ptr_null(block);
    vt_buf_fini(&raw);
    vt_buf_fini(&head);
}
END_TEST

static vt_status length_of(uint32_t rest, size_t *total)
{
    uint8_t head[4];

    vt_put_u32(head, rest);
    return vt_frame_length(head, total);
}

START_TEST(a_frame_is_judged_by_its_first_bytes)
{
    size_t total = 77;

    ck_assert_int_eq(length_of(0, &total), VT_E_CORRUPT);
    ck_assert_int_eq(length_of(VT_FRAME_HEAD - 5, &total), VT_E_CORRUPT);
    ck_assert_int_eq(length_of(VT_FRAME_MAX - 3, &total), VT_E_CORRUPT);
    ck_assert_int_eq(length_of(UINT32_MAX, &total), VT_E_CORRUPT);
    ck_assert_uint_eq(total, 77);
    ck_assert_int_eq(length_of(VT_FRAME_HEAD - 4, &total), VT_OK);
    ck_assert_uint_eq(total, VT_FRAME_HEAD);
    ck_assert_int_eq(length_of(VT_FRAME_MAX - 4, &total), VT_OK);
    ck_assert_uint_eq(total, VT_FRAME_MAX);
}
END_TEST

START_TEST(every_kind_of_frame_has_its_own_limit)
{
    for (unsigned kind = 0; kind < 256; kind++) {
        uint32_t max = vt_frame_max((uint8_t)kind);
        struct vt_buf raw = VT_BUF_INIT(VT_FRAME_MAX + 1024u);
        struct vt_frame frame = {.kind = (uint8_t)kind};
        struct vt_frame out;

        ck_assert_uint_le(max, VT_FRAME_MAX - VT_FRAME_HEAD);
        frame.payload = vt_view_of(filler, max + 1u);
        ck_assert_int_eq(vt_frame_encode(&frame, &raw), VT_E_LIMIT);
        (void)vt_buf_put_u32(&raw, max + 1u + VT_FRAME_HEAD - 4u);
        (void)vt_buf_put_u8(&raw, (uint8_t)kind);
        (void)vt_buf_put(&raw, filler, 40u + max + 1u);
        ck_assert_int_eq(vt_frame_decode(vt_buf_view(&raw), &out, NULL),
                         VT_E_CORRUPT);
        if (max > 0) {
            vt_buf_clear(&raw);
            frame.payload.len = max;
            ck_assert_int_eq(vt_frame_encode(&frame, &raw), VT_OK);
            ck_assert_int_eq(vt_frame_decode(vt_buf_view(&raw), &out, NULL),
                             VT_OK);
        }
        vt_buf_fini(&raw);
    }
}
END_TEST

static int greeting_decodes(const char *node, uint32_t chains,
                            const char *chain)
{
    struct vt_buf raw = VT_BUF_INIT(65536);
    struct vt_hello *hello = vt_alloc(sizeof *hello);
    int good;

    (void)vt_buf_put_u16(&raw, 1);
    (void)vt_buf_put_var(&raw, vt_view_str(node));
    (void)vt_buf_put_u32(&raw, chains);
    for (uint32_t i = 0; i < chains; i++) {
        (void)vt_buf_put(&raw, filler, 64);
        (void)vt_buf_put_var(&raw, vt_view_str(chain));
    }
    good = vt_hello_decode(vt_buf_view(&raw), hello, NULL) == VT_OK;
    vt_free(hello);
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_a_greeting)
{
    char name[66];

    memset(name, 'n', sizeof name);
    name[64] = '\0';
    ck_assert(greeting_decodes(name, 0, ""));
    name[64] = 'n';
    name[65] = '\0';
    ck_assert(!greeting_decodes(name, 0, ""));
    ck_assert(!greeting_decodes("", 0, ""));
    ck_assert(!greeting_decodes("a b", 0, ""));
    ck_assert(!greeting_decodes("a\x7f", 0, ""));
    ck_assert(greeting_decodes("n", VT_HELLO_CHAINS_MAX, "main"));
    ck_assert(!greeting_decodes("n", VT_HELLO_CHAINS_MAX + 1, "main"));
    ck_assert(!greeting_decodes("n", 1, ""));
    name[32] = '\0';
    ck_assert(greeting_decodes("n", 1, name));
    name[32] = 'n';
    name[33] = '\0';
    ck_assert(!greeting_decodes("n", 1, name));
}
END_TEST

START_TEST(a_greeting_that_nobody_would_take_is_not_made)
{
    struct vt_buf raw = VT_BUF_INIT(65536);
    struct vt_hello *hello = vt_alloc(sizeof *hello);

    hello->version = 1;
    hello->node[0] = 'n';
    hello->chain_count = VT_HELLO_CHAINS_MAX + 1;
    ck_assert_int_eq(vt_hello_encode(hello, &raw), VT_E_INVALID);
    hello->chain_count = 1; /* whose name is empty */
    ck_assert_int_eq(vt_hello_encode(hello, &raw), VT_E_INVALID);
    hello->chain_count = 0;
    hello->node[0] = '\n';
    ck_assert_int_eq(vt_hello_encode(hello, &raw), VT_E_INVALID);
    vt_free(hello);
    vt_buf_fini(&raw);
}
END_TEST

static int message_decodes(size_t msg, uint8_t has_block, size_t block)
{
    struct vt_buf raw = VT_BUF_INIT(VT_FRAME_MAX);
    struct vt_consensus_msg out;
    int good;

    (void)vt_buf_put_u32(&raw, 1);
    (void)vt_buf_put_u8(&raw, has_block);
    (void)vt_buf_put_var(&raw, vt_view_of(filler, msg));
    if (has_block) {
        (void)vt_buf_put_var(&raw, vt_view_of(filler, block));
    }
    ck_assert_int_eq(raw.failed, VT_OK);
    good = vt_consensus_msg_decode(vt_buf_view(&raw), &out, NULL) == VT_OK;
    vt_buf_fini(&raw);
    return good;
}

START_TEST(parts_of_a_consensus_message)
{
    ck_assert(message_decodes(0, 0, 0));
    ck_assert(message_decodes(VT_CS_MSG_MAX, 1, 1));
    ck_assert(!message_decodes(VT_CS_MSG_MAX + 1, 0, 0));
    ck_assert(!message_decodes(1, 1, 0)); /* would have a second form */
    ck_assert(!message_decodes(1, 2, 1));
    ck_assert(message_decodes(1, 1, VT_BLOCK_MAX));
    ck_assert(!message_decodes(1, 1, VT_BLOCK_MAX + 1));
}
END_TEST

/* ---- addresses ----------------------------------------------------------- */

static const struct vt_address someone = {
    {1,    0x00, 0xff, 0x5a, 0xa5, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
     0xcd, 0xef, 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe}};

START_TEST(one_wrong_character_is_refused)
{
    static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    struct vt_address out;
    char text[91];

    ck_assert_int_eq(vt_address_format("vt", &someone, text), VT_OK);
    for (size_t i = 3; text[i] != '\0'; i++) {
        char right = text[i];

        for (size_t k = 0; k < 32; k++) {
            text[i] = alphabet[k];
            ck_assert((vt_address_parse(text, &out, NULL) == VT_OK) ==
                      (text[i] == right));
        }
        text[i] = right;
    }
}
END_TEST

START_TEST(two_characters_swapped_are_refused)
{
    struct vt_address out;
    char text[91];

    ck_assert_int_eq(vt_address_format("vs", &someone, text), VT_OK);
    for (size_t i = 3; text[i + 1] != '\0'; i++) {
        char first = text[i];
        char second = text[i + 1];

        text[i] = second;
        text[i + 1] = first;
        ck_assert((vt_address_parse(text, &out, NULL) == VT_OK) ==
                  (first == second));
        text[i] = first;
        text[i + 1] = second;
    }
}
END_TEST

START_TEST(upper_case_is_as_good_with_either_prefix)
{
    static const char *const prefixes[] = {"vt", "vs"};

    for (size_t k = 0; k < 2; k++) {
        struct vt_address out;
        char text[91];

        ck_assert_int_eq(vt_address_format(prefixes[k], &someone, text), VT_OK);
        for (char *p = text; *p != '\0'; p++) {
            *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
        }
        ck_assert_int_eq(vt_address_parse(text, &out, NULL), VT_OK);
        ck_assert_mem_eq(&out, &someone, sizeof out);
    }
}
END_TEST

START_TEST(a_refused_address_is_named_and_nothing_is_written)
{
    struct vt_err err = VT_ERR_INIT;
    struct vt_address out = someone;

    ck_assert_int_eq(vt_address_parse("vt1qqqq", &out, &err), VT_E_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "vt1qqqq"));
    ck_assert_mem_eq(&out, &someone, sizeof out);
    /* text from anywhere, longer than the error has room */
    memset(filler, 'q', 5000);
    memcpy(filler, "vt1", 3);
    filler[5000] = '\0';
    ck_assert_int_eq(vt_address_parse((const char *)filler, &out, &err),
                     VT_E_INVALID);
    memset(filler, 0, 5000);
}
END_TEST

int main(void)
{
    const TTest *const limits[] = {
        parts_of_a_transaction,
        versions_that_are_not_known,
        parts_of_payloads,
        parts_of_a_switch,
        parts_of_a_header,
        a_block_is_judged_before_it_is_allocated,
        a_frame_is_judged_by_its_first_bytes,
        every_kind_of_frame_has_its_own_limit,
        parts_of_a_greeting,
        a_greeting_that_nobody_would_take_is_not_made,
        parts_of_a_consensus_message};
    const TTest *const text[] = {
        one_wrong_character_is_refused, two_characters_swapped_are_refused,
        upper_case_is_as_good_with_either_prefix,
        a_refused_address_is_named_and_nothing_is_written};
    Suite *suite = suite_create("core/wire limits");

    VT_SUITE_ADD(suite, "limits", limits);
    VT_SUITE_ADD(suite, "addresses", text);
    return vt_suite_run(suite);
}
