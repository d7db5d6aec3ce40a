# SPDX-License-Identifier: Apache-2.0
#
# VT_TRY_CFLAGS(FLAGS): append each flag the compiler takes to VT_CFLAGS.
AC_DEFUN([VT_TRY_CFLAGS], [
  for vt_flag in m4_normalize([$1]); do
    vt_save_CFLAGS=$CFLAGS
    CFLAGS="-Werror $vt_flag"
    AC_MSG_CHECKING([whether the compiler takes $vt_flag])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[int vt_flag_probe;]])],
      [AC_MSG_RESULT([yes]); VT_CFLAGS="$VT_CFLAGS $vt_flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$vt_save_CFLAGS
  done
])

# VT_TRY_CPPFLAGS(FLAG): append to VT_CPPFLAGS when it compiles without warning
# beside the user's CFLAGS.
AC_DEFUN([VT_TRY_CPPFLAGS], [
  vt_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror $1"
  AC_MSG_CHECKING([whether the compiler takes $1])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[]])],
    [AC_MSG_RESULT([yes]); VT_CPPFLAGS="$VT_CPPFLAGS $1"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$vt_save_CFLAGS
])
