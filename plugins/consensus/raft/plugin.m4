# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [raft], [yes], [Raft consensus: final at once while fewer than half of the members are down, none cheats])
