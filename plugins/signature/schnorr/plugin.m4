# SPDX-License-Identifier: Apache-2.0
PKG_CHECK_MODULES([SECP256K1], [libsecp256k1], [vt_have_secp=yes], [vt_have_secp=no])
VT_PLUGIN([signature], [schnorr], [yes], [BIP340 Schnorr signatures over secp256k1],
  [AS_IF([test "x$vt_have_secp" = xno], [vt_plugin_missing="libsecp256k1 not found: install libsecp256k1-dev"])])
