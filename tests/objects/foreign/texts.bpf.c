/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* text made in the kernel */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct path {
	void *mnt;
} __attribute__((preserve_access_index));

struct file {
	struct path f_path;
} __attribute__((preserve_access_index));

struct event {
	char text[64];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

SEC("raw_tp/sched_process_exit")
int formats(void *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	BPF_SNPRINTF(event->text, sizeof(event->text), "%d on %d", (int)bpf_get_current_pid_tgid(),
		     bpf_get_smp_processor_id());
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("raw_tp/sched_process_fork")
int compares(void *ctx)
{
	char text[16];

	bpf_get_current_comm(text, sizeof(text));
	return bpf_strncmp(text, sizeof(text), "sh");
}

SEC("cgroup/sysctl")
int parses(struct bpf_sysctl *ctx)
{
	char text[16] = {};
	long value = 0;

	bpf_sysctl_get_new_value(ctx, text, sizeof(text));
	bpf_strtol(text, sizeof(text), 0, &value);
	return value != 5;
}

SEC("fentry/filp_close")
int BPF_PROG(names, struct file *file)
{
	char text[64] = {};

	bpf_d_path(&file->f_path, text, sizeof(text));
	return 0;
}

SEC("fentry/vfs_open")
int BPF_PROG(names_elsewhere, struct path *path)
{
	char text[64];

	bpf_d_path(path, text, sizeof(text));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
