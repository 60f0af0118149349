/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* programs that decide */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct file;
struct linux_binprm;

SEC("lsm/file_open")
int BPF_PROG(opens, struct file *file)
{
	return 0;
}

SEC("lsm.s/bprm_committed_creds")
int BPF_PROG(executes, struct linux_binprm *bprm)
{
	return 0;
}

SEC("lsm/no_such_hook")
int BPF_PROG(nothing)
{
	return 0;
}

SEC("lsm_cgroup/socket_create")
int BPF_PROG(creates)
{
	return 1;
}

SEC("fmod_ret/security_file_open")
int BPF_PROG(modifies, struct file *file, int ret)
{
	return ret;
}

SEC("fmod_ret/vfs_read")
int BPF_PROG(may_not_modify)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
