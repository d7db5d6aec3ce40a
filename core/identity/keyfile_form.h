/* SPDX-License-Identifier: Apache-2.0
 *
 * keyfile_form.h - the words of a key file. Private to core/identity.
 */
#ifndef VT_IDENTITY_KEYFILE_FORM_H
#define VT_IDENTITY_KEYFILE_FORM_H

#include "identity/keyfile.h"

#define VT_KEY_HEAD                                                            \
    "; VTChain key: whoever can open it can spend. Keep a copy elsewhere."
#define VT_KEY_SEALED "scrypt-aes-256-gcm"
#define VT_KEY_PLAIN "plain"
#define VT_KEY_TEXT_MAX 2048u

/* Lives in a struct vt_secret: for a plain file `secret` is the seed. */
struct vt_key_seal {
    uint8_t salt[16], nonce[12], tag[16];
    uint8_t secret[VT_KEY_SEED_MAX];
    size_t secret_len;
};

#endif
