/* SPDX-License-Identifier: Apache-2.0
 *
 * codec.c - decode, then encode what was understood.
 */
#include "support/codec.h"

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/account.h"
#include "ledger/stake_entry.h"
#include "wire/frame.h"

static vt_status again_tx(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx tx;
    vt_status status = vt_tx_decode(bytes, &tx, NULL);

    if (status == VT_OK) {
        (void)vt_tx_encode_unsigned(&tx, out);
        (void)vt_tx_append_sig(out, tx.sig);
    }
    return status;
}

static vt_status again_transfer(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx_transfer p;
    vt_status status = vt_tx_transfer_decode(bytes, &p);

    return status == VT_OK ? vt_tx_transfer_encode(&p, out) : status;
}

static vt_status again_register(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx_asset_register p;
    vt_status status = vt_tx_asset_register_decode(bytes, &p);

    return status == VT_OK ? vt_tx_asset_register_encode(&p, out) : status;
}

static vt_status again_issue(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx_asset_issue p;
    vt_status status = vt_tx_asset_issue_decode(bytes, &p);

    return status == VT_OK ? vt_tx_asset_issue_encode(&p, out) : status;
}

/* Members one by one: what a reader of them sees is what was encoded. */
static vt_status again_switch(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_buf members = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx_switch p;
    vt_status status = vt_tx_switch_decode(bytes, &p);

    for (uint32_t i = 0; status == VT_OK && i < p.member_count; i++) {
        struct vt_switch_member m;

        vt_tx_switch_member(&p, i, &m);
        status = vt_switch_member_encode(&m, &members);
    }
    if (status == VT_OK) {
        p.members = vt_buf_view(&members);
        status = vt_tx_switch_encode(&p, out);
    }
    vt_buf_fini(&members);
    return status;
}

static vt_status again_ready(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_hash digest;
    vt_status status = vt_tx_ready_decode(bytes, &digest);

    return status == VT_OK ? vt_tx_ready_encode(&digest, out) : status;
}

static vt_status again_stake(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_amount amount;
    vt_status status = vt_tx_stake_decode(bytes, &amount);

    return status == VT_OK ? vt_tx_stake_encode(amount, out) : status;
}

static vt_status again_vote(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_address to;
    vt_status status = vt_tx_vote_decode(bytes, &to);

    return status == VT_OK ? vt_tx_vote_encode(&to, out) : status;
}

static vt_status again_candidate(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_view name;
    vt_status status = vt_tx_candidate_decode(bytes, &name);

    return status == VT_OK ? vt_tx_candidate_encode(name, out) : status;
}

static vt_status again_evidence(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx_evidence p;
    vt_status status = vt_tx_evidence_decode(bytes, &p);

    return status == VT_OK ? vt_tx_evidence_encode(&p, out) : status;
}

static vt_status again_anchor(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_tx_anchor p;
    vt_status status = vt_tx_anchor_decode(bytes, &p);

    return status == VT_OK ? vt_tx_anchor_encode(&p, out) : status;
}

static vt_status again_handoff(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_handoff p;
    vt_status status = vt_handoff_decode(bytes, &p);

    return status == VT_OK ? vt_handoff_encode(&p, out) : status;
}

static vt_status again_header(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_header header;
    vt_status status = vt_header_decode(bytes, &header, NULL);

    return status == VT_OK ? vt_header_encode(&header, out) : status;
}

/* Made anew from its parts: body root and count must come out the same. */
static vt_status again_block(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_block *block;
    struct vt_block *made = NULL;
    struct vt_view *raw;
    struct vt_header header;
    vt_status status = vt_block_decode(bytes, &block, NULL);

    if (status != VT_OK) {
        return status;
    }
    raw = vt_alloc_array(block->header.tx_count, sizeof *raw);
    header = block->header;
    for (uint32_t i = 0; raw != NULL && i < header.tx_count; i++) {
        raw[i] = block->txs[i].raw;
    }
    status = raw == NULL
                 ? VT_E_NOMEM
                 : vt_block_make(&header, raw, header.tx_count, &made, NULL);
    if (status == VT_OK && vt_hash_eq(&made->id, &block->id)) {
        (void)vt_buf_put(out, made->raw.ptr, made->raw.len);
    }
    vt_free(raw);
    vt_block_unref(made);
    vt_block_unref(block);
    return VT_OK;
}

static vt_status again_frame(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_frame frame;
    vt_status status = vt_frame_decode(bytes, &frame, NULL);

    return status == VT_OK ? vt_frame_encode(&frame, out) : status;
}

static vt_status again_hello(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_hello *hello = vt_alloc(sizeof *hello);
    vt_status status =
        hello == NULL ? VT_E_NOMEM : vt_hello_decode(bytes, hello, NULL);

    if (status == VT_OK) {
        (void)vt_hello_encode(hello, out);
    }
    vt_free(hello);
    return status;
}

static vt_status again_consensus_msg(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_consensus_msg m;
    vt_status status = vt_consensus_msg_decode(bytes, &m, NULL);

    return status == VT_OK ? vt_consensus_msg_encode(&m, out) : status;
}

static vt_status again_account(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_account account;
    uint8_t again[VT_ACCOUNT_SIZE];
    vt_status status = vt_account_decode(bytes, &account);

    if (status == VT_OK) {
        vt_account_encode(&account, again);
        (void)vt_buf_put(out, again, sizeof again);
    }
    return status;
}

static vt_status again_balance(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_hash asset;
    struct vt_amount amount;
    uint8_t again[VT_BALANCE_SIZE];
    vt_status status = vt_balance_decode(bytes, &asset, &amount);

    if (status == VT_OK) {
        vt_balance_encode(&asset, amount, again);
        (void)vt_buf_put(out, again, sizeof again);
    }
    return status;
}

static vt_status again_asset(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_asset asset;
    uint8_t again[VT_ASSET_ENTRY_MAX];
    vt_status status = vt_asset_entry_decode(bytes, &asset);

    if (status == VT_OK) {
        (void)vt_buf_put(out, again, vt_asset_entry_encode(&asset, again));
    }
    return status;
}

static vt_status again_stake_entry(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_stake stake;
    uint8_t again[VT_STAKE_MAX];
    vt_status status = vt_stake_decode(bytes, &stake);

    if (status == VT_OK) {
        (void)vt_buf_put(out, again, vt_stake_encode(&stake, again));
    }
    return status;
}

static vt_status again_nominee(struct vt_view bytes, struct vt_buf *out)
{
    struct vt_nominee nominee;
    uint8_t again[VT_NOMINEE_MAX];
    vt_status status = vt_nominee_decode(bytes, &nominee);

    if (status == VT_OK) {
        (void)vt_buf_put(out, again, vt_nominee_encode(&nominee, again));
    }
    return status;
}

const struct vt_codec vt_codecs[] = {
    {"tx", again_tx},
    {"transfer", again_transfer},
    {"asset_register", again_register},
    {"asset_issue", again_issue},
    {"switch", again_switch},
    {"ready", again_ready},
    {"stake", again_stake},
    {"vote", again_vote},
    {"candidate", again_candidate},
    {"evidence", again_evidence},
    {"anchor", again_anchor},
    {"handoff", again_handoff},
    {"header", again_header},
    {"block", again_block},
    {"frame", again_frame},
    {"hello", again_hello},
    {"consensus_msg", again_consensus_msg},
    {"account_entry", again_account},
    {"balance_entry", again_balance},
    {"asset_entry", again_asset},
    {"stake_entry", again_stake_entry},
    {"nominee_entry", again_nominee},
};
const size_t vt_codec_count = sizeof vt_codecs / sizeof vt_codecs[0];

const struct vt_codec *vt_codec_find(const char *name)
{
    for (size_t i = 0; i < vt_codec_count; i++) {
        if (strcmp(vt_codecs[i].name, name) == 0) {
            return &vt_codecs[i];
        }
    }
    return NULL;
}
