# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [universal], [yes], [Universal consensus: every member writes its own lane, shards witness batches, cuts of all lanes are ordered])
