# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([signature], [ed25519], [yes], [Ed25519 signatures through OpenSSL])
