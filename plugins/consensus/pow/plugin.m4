# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([consensus], [pow], [yes], [proof of work: any member mines, final when deep])
