# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([storage], [segment], [yes], [append-only log files, the chain's durability point])
