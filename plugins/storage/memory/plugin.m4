# SPDX-License-Identifier: Apache-2.0
VT_PLUGIN([storage], [memory], [yes], [ordered store in memory, gone with the process])
