# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# places.sh - what the tests of attaching have in common: a control group of their own, and what is attached
#
#	group_of_our_own		makes $group, which goes with the script; fails where there is no cgroup2
#	sees_processes			fails in a PID namespace whose processes are not all: what nobody holds is no answer there
#	attached			what is attached, by netlink and BPF_PROG_QUERY, and as the machine's tools tell it
#	check_attached NAME		it is what it was: attached >"$tap_dir/before" stands at the beginning

# Below the root of cgroup2, wherever that is.
group_of_our_own() {
	groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	if [ -z "$groups" ]; then
		groups=$tap_dir/groups
		mkdir "$groups" && mount -t cgroup2 nodev "$groups" 2>/dev/null || return 1
	fi
	group=$groups/featsel-test-$$
	mkdir "$group" || return 1
	trap 'rmdir "$group"; umount "$tap_dir/groups" 2>/dev/null; rm -rf "$tap_dir"' EXIT
}

sees_processes() {
	[ "$(stat -L -c %i /proc/self/ns/pid)" = 4026531836 ]
}

attached() {
	"$top_builddir/tests/live/traffic" attached "$group"
	ip -d link show 2>/dev/null
	for interface in $(sed -n 's/^ *\([^:]*\):.*/\1/p' /proc/net/dev); do
		for direction in ingress egress; do
			tc filter show dev "$interface" $direction 2>/dev/null
		done
	done
	tc qdisc show 2>/dev/null
	bpftool net show 2>/dev/null
	bpftool cgroup show "$group" 2>/dev/null
	# Those of other tests come and go.
	bpftool struct_ops show 2>/dev/null | grep -w live_control
	grep -ow featsel_live /proc/sys/net/ipv4/tcp_available_congestion_control
	return 0
}

# What a run leaves stays; what the kernel takes off a moment later is nothing that is left.
check_attached() {
	tries=0
	until attached >"$tap_dir/after" && cmp -s "$tap_dir/before" "$tap_dir/after"; do
		tries=$((tries + 1))
		[ $tries -le 20 ] || break
		sleep 0.1
	done
	check_same "$1" "$tap_dir/before" "$tap_dir/after"
}
