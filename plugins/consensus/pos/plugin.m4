# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [pos], [yes], [Proof of stake: leaders drawn in private by stake, finality by pointers])
