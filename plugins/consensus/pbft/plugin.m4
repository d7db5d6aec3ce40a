# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [pbft], [yes], [PBFT consensus: final at once while fewer than a third of the members cheat])
