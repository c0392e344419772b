# SPDX-License-Identifier: GPL-2.0-or-later
# VP_TRY_CFLAG(FLAG), VP_TRY_LDFLAG(FLAG): adds the flag to VP_CFLAGS or VP_LDFLAGS where the compiler takes it.
AC_DEFUN([VP_TRY_CFLAG], [
	vp_saved="$CFLAGS"
	CFLAGS="$CFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC takes $1])
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes]); VP_CFLAGS="$VP_CFLAGS $1"], [AC_MSG_RESULT([no])])
	CFLAGS="$vp_saved"
])
AC_DEFUN([VP_TRY_LDFLAG], [
	vp_saved="$LDFLAGS"
	LDFLAGS="$LDFLAGS -Werror $1"
	AC_MSG_CHECKING([whether $CC links with $1])
	AC_LINK_IFELSE([AC_LANG_PROGRAM()],
		[AC_MSG_RESULT([yes]); VP_LDFLAGS="$VP_LDFLAGS $1"], [AC_MSG_RESULT([no])])
	LDFLAGS="$vp_saved"
])
