# SPDX-License-Identifier: Apache-2.0
vt_save_LIBS=$LIBS
LIBS=
AC_CHECK_HEADER([leveldb/c.h],
  [AC_SEARCH_LIBS([leveldb_open], [leveldb], [vt_have_leveldb=yes], [vt_have_leveldb=no])],
  [vt_have_leveldb=no])
LEVELDB_LIBS=$LIBS
LIBS=$vt_save_LIBS
AC_SUBST([LEVELDB_LIBS])
VT_PLUGIN([storage], [leveldb], [yes], [ordered store on disk through LevelDB],
  [AS_IF([test "x$vt_have_leveldb" = xno], [vt_plugin_missing="libleveldb not found: install libleveldb-dev"])])
