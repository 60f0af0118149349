# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# cases.sh - a directory is a test of the command: a command line and what it must say
#
#	args	the arguments, as for a shell; run in the directory of the cases
#	stdout	what is written there, with $OBJECT_DIR for that directory; absent: nothing
#	stderr	the same
#	status	the exit status; absent: 0
#
# A script sources lib.sh, changes into the directory of its cases and calls run_cases. With UPDATE=1 in the environment
# it rewrites the expectations: read the difference before it is committed.

case_expected() {
	if [ -e "$1" ]; then
		cat "$1"
	elif [ "${1##*/}" = status ]; then
		echo 0
	fi
}

case_update() {
	for case_stream in stdout stderr status; do
		rm -f "$1/$case_stream"
		[ "$(cat "$tap_dir/$case_stream")" = 0 ] && [ $case_stream = status ] && continue
		[ -s "$tap_dir/$case_stream" ] && cp "$tap_dir/$case_stream" "$1/$case_stream"
	done
}

case_differences() {
	for case_stream in stdout stderr status; do
		case_expected "$1/$case_stream" >"$tap_dir/expected"
		cmp -s "$tap_dir/expected" "$tap_dir/$case_stream" ||
			echo "$case_stream: $(diff -u "$tap_dir/expected" "$tap_dir/$case_stream" | sed 1,2d)"
	done
}

case_run() {
	case_status=0
	eval "set -- $(cat "$1/args")"
	timeout 60 "$FEATSEL" "$@" >"$tap_dir/stdout" 2>"$tap_dir/stderr" </dev/null || case_status=$?
	echo $case_status >"$tap_dir/status"
	sed -i "s|$OBJECT_DIR|\$OBJECT_DIR|g" "$tap_dir/stdout" "$tap_dir/stderr"
}

run_cases() {
	for case_args in */args; do
		case_name=${case_args%/args}
		case_run "$case_name"
		[ -z "${UPDATE:-}" ] || case_update "$case_name"
		case_seen=$(case_differences "$case_name")
		if [ -z "$case_seen" ]; then
			ok "$case_name"
		else
			not_ok "$case_name" "$case_seen"
		fi
	done
}
