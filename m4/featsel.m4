# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# featsel.m4 - questions of configure.ac that take more than a line

# FEATSEL_CFLAG(VARIABLE, FLAG...): append each flag that the C compiler knows.
AC_DEFUN([FEATSEL_CFLAG], [
AC_LANG_PUSH([C])
for featsel_flag in $2; do
	AC_MSG_CHECKING([whether $CC knows $featsel_flag])
	featsel_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS -Werror $featsel_flag"
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $featsel_flag"],
		[AC_MSG_RESULT([no])])
	CFLAGS=$featsel_saved_cflags
done
AC_LANG_POP([C])
])

# FEATSEL_WARNINGS: WARN_CFLAGS, and --enable-werror for those who build featsel to change it.
AC_DEFUN([FEATSEL_WARNINGS], [
AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make warnings errors])], [], [enable_werror=no])
WARN_CFLAGS=
FEATSEL_CFLAG([WARN_CFLAGS], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla])
AS_IF([test "$enable_werror" != no], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
AC_SUBST([WARN_CFLAGS])
])

# FEATSEL_SANITIZERS: --enable-sanitizers[=LIST], for the library, the program and every test.
AC_DEFUN([FEATSEL_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@], [build with -fsanitize=LIST @<:@address,undefined@:>@])],
	[], [enable_sanitizers=no])
AS_IF([test "$enable_sanitizers" = yes], [enable_sanitizers=address,undefined])
SANITIZE_CFLAGS=
AS_IF([test "$enable_sanitizers" != no], [
	SANITIZE_CFLAGS="-fsanitize=$enable_sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
	featsel_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [],
		[AC_MSG_ERROR([$CC cannot build with -fsanitize=$enable_sanitizers])])
	CFLAGS=$featsel_saved_cflags
])
AC_SUBST([SANITIZE_CFLAGS])
AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" != no])
])

# FEATSEL_LDFLAG(VARIABLE, FLAG...): append each flag with which the C compiler links a program. PIE_CFLAGS go with it.
AC_DEFUN([FEATSEL_LDFLAG], [
for featsel_flag in $2; do
	AC_MSG_CHECKING([whether $CC links with $featsel_flag])
	featsel_saved_cflags=$CFLAGS
	featsel_saved_ldflags=$LDFLAGS
	CFLAGS="$CFLAGS -Werror $PIE_CFLAGS"
	LDFLAGS="$LDFLAGS $featsel_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes]); $1="$$1 $featsel_flag"],
		[AC_MSG_RESULT([no])])
	CFLAGS=$featsel_saved_cflags
	LDFLAGS=$featsel_saved_ldflags
done
])

# FEATSEL_FORTIFY: the highest level of _FORTIFY_SOURCE that the C library takes without a warning. It says nothing
# without optimisation, and hides from sanitizers what they look for. A level that the compiler, CFLAGS or CPPFLAGS
# define already is left as it is.
AC_DEFUN([FEATSEL_FORTIFY], [
AC_MSG_CHECKING([for a level of _FORTIFY_SOURCE])
featsel_fortify='none: built without optimisation, or one is defined already'
AS_IF([test "$enable_sanitizers" != no], [featsel_fortify='none: built with sanitizers'],
	[AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if !defined __OPTIMIZE__ || defined _FORTIFY_SOURCE
#error not here
#endif
]])], [
	featsel_saved_cflags=$CFLAGS
	for featsel_level in 3 2; do
		CFLAGS="$featsel_saved_cflags -Werror -D_FORTIFY_SOURCE=$featsel_level"
		AC_COMPILE_IFELSE([AC_LANG_SOURCE([[#include <string.h>]])],
			[featsel_fortify=$featsel_level; break], [])
	done
	CFLAGS=$featsel_saved_cflags
])])
AC_MSG_RESULT([$featsel_fortify])
AS_CASE([$featsel_fortify], [none*], [], [HARDENING_CFLAGS="$HARDENING_CFLAGS -D_FORTIFY_SOURCE=$featsel_fortify"])
])

# FEATSEL_HARDENING: what compiler and linker can do against the use of an error in the library and the command.
# PIE_CFLAGS and PIE_LDFLAGS are for programs that are not linked statically; libtool compiles for the library with
# -fPIC, which stands behind and so wins.
AC_DEFUN([FEATSEL_HARDENING], [
AC_ARG_ENABLE([hardening],
	[AS_HELP_STRING([--disable-hardening], [build without PIE, RELRO, stack protector and the like])],
	[], [enable_hardening=yes])
HARDENING_CFLAGS=
HARDENING_LDFLAGS=
PIE_CFLAGS=
PIE_LDFLAGS=
AS_IF([test "$enable_hardening" != no], [
	FEATSEL_CFLAG([PIE_CFLAGS], [-fPIE])
	FEATSEL_LDFLAG([PIE_LDFLAGS], [-pie])
	FEATSEL_LDFLAG([HARDENING_LDFLAGS], [-Wl,-z,relro -Wl,-z,now])
	FEATSEL_CFLAG([HARDENING_CFLAGS], [-fstack-protector-strong -fstack-clash-protection])
	AS_CASE([$host_cpu],
		[x86_64|i?86], [FEATSEL_CFLAG([HARDENING_CFLAGS], [-fcf-protection])],
		[aarch64*], [FEATSEL_CFLAG([HARDENING_CFLAGS], [-mbranch-protection=standard])])
	FEATSEL_FORTIFY
])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
AC_SUBST([PIE_CFLAGS])
AC_SUBST([PIE_LDFLAGS])
])

# FEATSEL_STATIC: STATIC_LDFLAGS, with which libtool links a program that takes no shared library with it into a guest;
# empty where there is no static C library.
AC_DEFUN([FEATSEL_STATIC], [
AC_MSG_CHECKING([whether $CC links statically])
featsel_saved_ldflags=$LDFLAGS
LDFLAGS="$LDFLAGS -static"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
	[AC_MSG_RESULT([yes]); STATIC_LDFLAGS=-all-static],
	[AC_MSG_RESULT([no]); STATIC_LDFLAGS=])
LDFLAGS=$featsel_saved_ldflags
AC_SUBST([STATIC_LDFLAGS])
])

# FEATSEL_VERSION_SCRIPT: whether the linker can give symbols a version.
AC_DEFUN([FEATSEL_VERSION_SCRIPT], [
AC_MSG_CHECKING([whether the linker takes --version-script])
featsel_saved_ldflags=$LDFLAGS
echo 'TEST_0 { global: *; };' >conftest.map
LDFLAGS="$LDFLAGS -Wl,--version-script=conftest.map"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [featsel_version_script=yes], [featsel_version_script=no])
LDFLAGS=$featsel_saved_ldflags
rm -f conftest.map
AC_MSG_RESULT([$featsel_version_script])
AM_CONDITIONAL([VERSION_SCRIPT], [test "$featsel_version_script" = yes])
])

# FEATSEL_BPF: the compiler of the BPF objects and its flags. They share nothing with CC and CFLAGS: what a
# distribution adds there (control flow protection, stack protector, fortify) does not exist for BPF. With --disable-bpf
# there is none, and the objects are those that a tarball carries.
AC_DEFUN([FEATSEL_BPF], [
AC_ARG_ENABLE([bpf],
	[AS_HELP_STRING([--disable-bpf], [take the BPF objects as the tarball carries them, without clang])],
	[], [enable_bpf=yes])
AM_CONDITIONAL([BUILD_BPF], [test "$enable_bpf" != no])
FEATSEL_BPF_TARGET
AS_IF([test "$enable_bpf" != no], [FEATSEL_BPF_COMPILER], [FEATSEL_BPF_PREBUILT])
])

# FEATSEL_BPF_TARGET: the byte order, and by which name bpf_tracing.h chooses the layout of struct pt_regs.
AC_DEFUN([FEATSEL_BPF_TARGET], [
AS_IF([test "$ac_cv_c_bigendian" = yes], [BPF_TARGET=bpfeb], [BPF_TARGET=bpfel])
AS_CASE([$host_cpu],
	[x86_64|i?86], [BPF_ARCH=x86],
	[aarch64*], [BPF_ARCH=arm64],
	[arm*], [BPF_ARCH=arm],
	[s390*], [BPF_ARCH=s390],
	[powerpc*|ppc*], [BPF_ARCH=powerpc],
	[riscv*], [BPF_ARCH=riscv],
	[loongarch*], [BPF_ARCH=loongarch],
	[mips*], [BPF_ARCH=mips],
	[sparc*], [BPF_ARCH=sparc],
	[AC_MSG_ERROR([no BPF argument layout is known for $host_cpu])])
AC_SUBST([BPF_TARGET])
AC_SUBST([BPF_ARCH])
])

# FEATSEL_BPF_PREBUILT: whether the objects are here.
AC_DEFUN([FEATSEL_BPF_PREBUILT], [
BPF_CLANG=
AC_MSG_CHECKING([for BPF objects for $BPF_TARGET-$BPF_ARCH in the tarball])
AS_IF([test -f "$srcdir/bpf/prebuilt/$BPF_TARGET-$BPF_ARCH/exec.legacy.bpf.o"],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	AC_MSG_ERROR(m4_normalize([bpf/prebuilt has no objects for $BPF_TARGET-$BPF_ARCH: a tarball carries them, a git clone
		does not; configure without --disable-bpf, which needs clang]))])
])

# FEATSEL_BPF_COMPILER: one that has a BPF back end, where it finds <asm/types.h>, and the strip that goes with it.
AC_DEFUN([FEATSEL_BPF_COMPILER], [
AC_ARG_VAR([BPF_CLANG], [clang that compiles the BPF objects])
AC_ARG_VAR([BPF_CFLAGS], [flags for the BPF objects only])
AC_ARG_VAR([LLVM_STRIP], [llvm-strip, to take the debugging sections out of BPF objects])
AC_ARG_WITH([bpf-clang], [AS_HELP_STRING([--with-bpf-clang=CLANG], [the same as BPF_CLANG=CLANG])],
	[BPF_CLANG=$withval])
AC_CHECK_PROGS([BPF_CLANG], [clang clang-20 clang-19 clang-18 clang-17 clang-16 clang-15 clang-14])
AS_IF([test -z "$BPF_CLANG"],
	[AC_MSG_ERROR(m4_normalize([no clang found: BPF objects need one, whatever compiles the rest; see --with-bpf-clang,
		and --disable-bpf for a tarball]))])

AC_MSG_CHECKING([whether $BPF_CLANG compiles for $BPF_TARGET])
echo 'int f(void) { return 0; }' >conftest.c
AS_IF([$BPF_CLANG -target $BPF_TARGET -mcpu=v3 -O2 -g -c conftest.c -o conftest.o >&AS_MESSAGE_LOG_FD 2>&1],
	[AC_MSG_RESULT([yes])],
	[AC_MSG_RESULT([no])
	AC_MSG_ERROR([$BPF_CLANG has no BPF back end; see config.log])])
rm -f conftest.c conftest.o

# clang searches no multiarch directory for -target bpf: ask the C compiler where <asm/types.h> is.
AC_MSG_CHECKING([for the directory of asm/types.h])
echo '#include <asm/types.h>' >conftest.c
featsel_asm_dir=`$CC $CPPFLAGS -E conftest.c 2>/dev/null | $SED -n 's|^# 1 "\(.*\)/asm/types\.h".*|\1|p' | $SED 1q`
rm -f conftest.c
AC_MSG_RESULT([${featsel_asm_dir:-none}])
AS_IF([test -n "$featsel_asm_dir"], [BPF_INCLUDES="-idirafter $featsel_asm_dir"], [BPF_INCLUDES=])

# The strip of another LLVM than clang's, or GNU strip, may ruin the objects: ask clang for its own first.
AS_IF([test -z "$LLVM_STRIP"], [
	featsel_strip=`$BPF_CLANG -print-prog-name=llvm-strip 2>/dev/null`
	AS_CASE([$featsel_strip], [/*], [LLVM_STRIP=$featsel_strip])
])
AC_CHECK_PROGS([LLVM_STRIP], [llvm-strip])
AC_SUBST([BPF_INCLUDES])
])
