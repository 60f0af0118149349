# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# lib.sh - TAP for shell tests: `. "${top_srcdir:-.}/tests/lib.sh"`, test after test, `tap_done` last
#
#	ok NAME				the test passed
#	not_ok NAME [LINE...]		it failed; the lines say what was seen
#	check NAME COMMAND...		ok when the command succeeds; what it printed is shown when it does not
#	check_same NAME FILE FILE	ok when the files are equal; else the difference is shown: expected, seen
#	skip NAME REASON		it could not be tried here
#	skip_all REASON			nothing can be tried here: ends the script
#	note LINE...			shown in the log
#	tap_done			the plan; exits with the script's status
#
# $tap_dir is a directory of the script's own that goes away with it.
# The environment comes from make check; by hand the defaults are those of a build in build/.

: "${top_srcdir:=$(cd "$(dirname "$0")" && git rev-parse --show-toplevel 2>/dev/null || pwd)}"
: "${top_builddir:=$top_srcdir/build}"
: "${FEATSEL:=$top_builddir/featsel}"
: "${OBJECT_DIR:=$top_builddir/bpf}"
: "${TEST_OBJECT_DIR:=$top_builddir/tests/objects}"
: "${ACTS:=$top_builddir/tests/kernels/acts}"
export FEATSEL OBJECT_DIR TEST_OBJECT_DIR ACTS top_srcdir top_builddir
LC_ALL=C
export LC_ALL

tap_count=0
tap_failed=0
tap_dir=$(mktemp -d "${TMPDIR:-/tmp}/featsel-test.XXXXXX") || exit 99
# A test that runs the command without privilege must be able to read what it is given.
chmod 755 "$tap_dir"
trap 'rm -rf "$tap_dir"' EXIT
trap 'exit 99' HUP INT TERM

# Whether the command was built with the address sanitizer, which takes time and address space.
sanitized() {
	nm -D "$FEATSEL" 2>/dev/null | grep -q __asan_init || ldd "$FEATSEL" 2>/dev/null | grep -q libasan
}

note() {
	for tap_line in "$@"; do
		printf '%s\n' "$tap_line" | sed 's/^/# /'
	done
}

ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

not_ok() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	note "$@"
}

check() {
	tap_name=$1
	shift
	if "$@" >"$tap_dir/.out" 2>&1; then
		ok "$tap_name"
		return 0
	fi
	not_ok "$tap_name" "\$ $*" "$(head -c 4000 "$tap_dir/.out")"
	return 1
}

check_same() {
	if cmp -s "$2" "$3"; then
		ok "$1"
		return 0
	fi
	not_ok "$1" "$(diff -u "$2" "$3" | head -n 60)"
	return 1
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
