# SPDX-License-Identifier: Apache-2.0
#
# VT_PLUGIN(KIND, NAME, DEFAULT yes|no|auto, HELP, [PROBE])
#
# Gives --enable-KIND-NAME and the Automake conditional PLUGIN_KIND_NAME (upper
# case). PROBE runs when the plugin is wanted; it sets vt_plugin_missing to a
# text when something it needs is not there: an error when the user asked for
# the plugin, a silent "no" otherwise.
AC_DEFUN([VT_PLUGIN], [
  AC_ARG_ENABLE([$1-$2],
    [AS_HELP_STRING([--enable-$1-$2], [$4 @<:@default=$3@:>@])],
    [vt_want=$enableval vt_asked=yes],
    [vt_want=$3 vt_asked=no
     AS_IF([test "x$enable_plugins" = xno], [vt_want=no])])
  vt_plugin_missing=
  AS_IF([test "x$vt_want" != xno], [$5
    :])
  AS_IF([test "x$vt_want" != xno && test -n "$vt_plugin_missing"],
    [AS_IF([test "x$vt_asked" = xyes],
       [AC_MSG_ERROR([--enable-$1-$2: $vt_plugin_missing])])
     vt_want=no])
  AS_IF([test "x$vt_want" != xno],
    [VT_PLUGINS_ON="$VT_PLUGINS_ON $2"
     VT_PLUGIN_DIRS="$VT_PLUGIN_DIRS $1/$2"])
  AM_CONDITIONAL(m4_toupper([PLUGIN_$1_$2]), [test "x$vt_want" != xno])
])
