/* SPDX-License-Identifier: Apache-2.0
 *
 * say.c - what a node itself has to tell its chain, as transactions signed
 * with its own key: that it is ready, that a member cheated.
 */
#include "base/bytes.h"
#include "base/log.h"
#include "chain/inside.h"

static void on_submitted(void *ctx, const struct vt_hash *id, uint32_t code,
                         const char *text)
{
    const struct vt_chain *chain = ctx;

    (void)id;
    if (code != VT_TX_DONE && code != VT_TX_POOL_KNOWN) {
        vt_log("chain", VT_LOG_WARN,
               "%s: a message of this node to the chain was refused: %s",
               chain->args.config->name, text);
    }
}

int vt_chain_say(struct vt_chain *chain, uint16_t kind, struct vt_view payload,
                 uint64_t valid_until)
{
    const struct vt_signer *signer = chain->args.signer;
    struct vt_buf raw = VT_BUF_INIT(VT_TX_MAX);
    struct vt_tx tx = {.version = VT_TX_VERSION,
                       .chain_id = chain->chain_id,
                       .scheme = (uint8_t)signer->scheme->code,
                       .pk = signer->pk,
                       .valid_until = valid_until,
                       .kind = kind,
                       .payload = payload};
    struct vt_address address;
    struct vt_account account;
    uint8_t sig[VT_TX_SIG_MAX];
    uint32_t sig_len = sizeof sig;
    struct vt_hash hash;
    int said = 0;

    vt_address_from_key((uint8_t)signer->scheme->code, signer->pk, &address);
    if (vt_account_get(chain->tip.state, &address, &account) != VT_OK ||
        vt_chain_next_nonce(chain, &address) != account.nonce) {
        return 0;
    }
    tx.nonce = account.nonce;
    (void)vt_tx_encode_unsigned(&tx, &raw);
    vt_tx_sign_hash(vt_buf_view(&raw), &hash);
    if (raw.failed == VT_OK &&
        signer->scheme->sign(signer->sk, hash.b, sig, &sig_len) == VT_OK &&
        vt_tx_append_sig(&raw, vt_view_of(sig, sig_len)) == VT_OK) {
        vt_chain_submit(chain, vt_buf_view(&raw), on_submitted, chain);
        said = 1;
    }
    vt_buf_fini(&raw);
    return said;
}
