/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* fentry and kprobe of the same functions, of which user space switches one kind off */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct qstr {
	const unsigned char *name;
} __attribute__((preserve_access_index));

struct dentry {
	struct qstr d_name;
} __attribute__((preserve_access_index));

struct path {
	struct dentry *dentry;
} __attribute__((preserve_access_index));

struct file {
	struct path f_path;
} __attribute__((preserve_access_index));

struct event {
	__u64 delta;
	long size;
	__u32 pid;
	char file[32];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, __u64);
} starts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

static int enter(void)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &tid, &now, 0);
	return 0;
}

static int leave(struct file *file, long size)
{
	__u32 tid = (__u32)bpf_get_current_pid_tgid();
	__u64 *start = bpf_map_lookup_elem(&starts, &tid);
	struct event *event;

	if (!start)
		return 0;
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event)
		return 0;
	event->delta = bpf_ktime_get_ns() - *start;
	event->size = size;
	event->pid = tid;
	event->file[0] = 0;
	if (file)
		bpf_probe_read_kernel_str(event->file, sizeof(event->file),
					  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	bpf_ringbuf_submit(event, 0);
	bpf_map_delete_elem(&starts, &tid);
	return 0;
}

SEC("kprobe/vfs_read")
int BPF_KPROBE(file_read_entry, struct file *file)
{
	return enter();
}

SEC("kretprobe/vfs_read")
int BPF_KRETPROBE(file_read_exit, long ret)
{
	return leave(NULL, ret);
}

SEC("fentry/vfs_read")
int BPF_PROG(file_read_fentry, struct file *file)
{
	return enter();
}

SEC("fexit/vfs_read")
int BPF_PROG(file_read_fexit, struct file *file, char *buf, unsigned long count, long long *pos,
	     long ret)
{
	return leave(file, ret);
}

SEC("fentry/no_such_function")
int BPF_PROG(file_none_fentry)
{
	return enter();
}

SEC("kprobe/no_such_function")
int BPF_KPROBE(file_none_entry)
{
	return enter();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
