# SPDX-License-Identifier: Apache-2.0
# serial 1
#
# VT_PLUGIN_INIT([MIN-ABI-MINOR = 0])
#
# For packages that build VTChain plugins outside of its tree. Checks for
# headers of ABI major 1 and at least this minor, and gives
#   VT_PLUGIN_CFLAGS   include path and hidden visibility
#   VT_PLUGIN_LDFLAGS  one exported symbol, bound at load, never unmapped
#   vtplugindir        where modules go; --with-vt-plugindir=DIR changes it
#   VTCHAIN            the command, for `$(VTCHAIN) plugin check FILE`
# A Makefile.am then needs four lines:
#   vtplugin_LTLIBRARIES = ring.la
#   ring_la_SOURCES = ring.c
#   ring_la_CFLAGS = $(VT_PLUGIN_CFLAGS)
#   ring_la_LDFLAGS = $(VT_PLUGIN_LDFLAGS)
AC_DEFUN([VT_PLUGIN_INIT], [
  AC_REQUIRE([AC_PROG_CC])
  PKG_PROG_PKG_CONFIG([0.25])
  PKG_CHECK_MODULES([VT_PLUGIN], [vtchain-1 >= 1.m4_default([$1], [0])])
  PKG_CHECK_VAR([VTCHAIN], [vtchain-1], [vtchain])
  AC_ARG_WITH([vt-plugindir],
    [AS_HELP_STRING([--with-vt-plugindir=DIR],
       [install plugins in DIR @<:@LIBDIR/vtchain/plugins-1@:>@])],
    [vtplugindir=$withval], [vtplugindir='${libdir}/vtchain/plugins-1'])
  AC_SUBST([vtplugindir])
  VT_PLUGIN_LDFLAGS="-module -avoid-version -no-undefined -export-symbols-regex '^[[a-z]][[a-z0-9_]]*_LTX_vt_plugin_v1\$\$'"
  vt_save_LDFLAGS=$LDFLAGS
  for vt_flag in -Wl,-z,now -Wl,-z,defs -Wl,-z,nodelete; do
    AC_MSG_CHECKING([whether the linker takes $vt_flag])
    LDFLAGS="$vt_save_LDFLAGS $vt_flag"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()],
      [AC_MSG_RESULT([yes])
       VT_PLUGIN_LDFLAGS="$VT_PLUGIN_LDFLAGS $vt_flag"],
      [AC_MSG_RESULT([no])])
  done
  LDFLAGS=$vt_save_LDFLAGS
  VT_PLUGIN_CFLAGS="$VT_PLUGIN_CFLAGS -fvisibility=hidden"
  AC_SUBST([VT_PLUGIN_LDFLAGS])
])
