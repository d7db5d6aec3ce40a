# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [dpos], [yes], [DPoS consensus: elected producers in public slots, blocks go on while finality waits, final with pointers])
