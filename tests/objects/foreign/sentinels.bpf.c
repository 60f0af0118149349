/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* what security tools watch: files, credentials, modules, keys */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct qstr {
	const unsigned char *name;
} __attribute__((preserve_access_index));
struct inode {
	unsigned long i_ino;
	unsigned short i_mode;
} __attribute__((preserve_access_index));
struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
} __attribute__((preserve_access_index));
struct path {
	void *mnt;
	struct dentry *dentry;
} __attribute__((preserve_access_index));
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
} __attribute__((preserve_access_index));
struct linux_binprm {
	struct file *file;
	const char *filename;
	int argc, envc;
} __attribute__((preserve_access_index));
struct cred {
	unsigned int securebits;
} __attribute__((preserve_access_index));
struct mm_struct {
	unsigned long arg_start, arg_end;
	struct file *exe_file;
} __attribute__((preserve_access_index));
struct task_struct {
	int pid, tgid;
	struct task_struct *real_parent;
	struct mm_struct *mm;
	const struct cred *cred;
	char comm[16];
} __attribute__((preserve_access_index));

extern struct file *bpf_get_task_exe_file(struct task_struct *task) __ksym __weak;
extern void bpf_put_file(struct file *file) __ksym __weak;
extern int bpf_path_d_path(struct path *path, char *buffer, unsigned long size) __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[4096]);
} buffers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} started SEC(".maps");

static __always_inline char *buffer(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&buffers, &zero);
}

SEC("lsm/bprm_check_security")
int BPF_PROG(checks, struct linux_binprm *bprm)
{
	char *text = buffer();

	if (!text)
		return 0;
	bpf_d_path(&bprm->file->f_path, text, 4096);
	bpf_ringbuf_output(&events, text, 256, 0);
	return bprm->argc > 1000 ? -1 : 0;
}

SEC("lsm.s/bprm_creds_for_exec")
int BPF_PROG(hashes, struct linux_binprm *bprm)
{
	__u8 digest[32];

	return bpf_ima_file_hash(bprm->file, digest, sizeof(digest)) == 5 ? -1 : 0;
}

SEC("lsm/file_open")
int BPF_PROG(marks, struct file *file)
{
	__u64 *when = bpf_task_storage_get(&started, bpf_get_current_task_btf(), 0,
					   BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (when)
		*when = bpf_ktime_get_ns();
	return file->f_flags == 1 && file->f_inode->i_ino == 5 ? -1 : 0;
}

SEC("lsm/kernel_module_request")
int BPF_PROG(requests, char *name)
{
	char *text = buffer();

	if (text)
		bpf_probe_read_kernel_str(text, 64, name);
	return 0;
}

SEC("lsm.s/file_open")
int BPF_PROG(names, struct file *file)
{
	char *text = buffer();

	if (text && bpf_path_d_path)
		bpf_path_d_path(&file->f_path, text, 4096);
	return 0;
}

SEC("kprobe/security_inode_unlink")
int BPF_KPROBE(unlinks, struct inode *directory, struct dentry *dentry)
{
	char *text = buffer();

	if (!text)
		return 0;
	bpf_probe_read_kernel_str(text, 256, BPF_CORE_READ(dentry, d_name.name));
	bpf_probe_read_kernel_str(text + 256, 256, BPF_CORE_READ(dentry, d_parent, d_name.name));
	bpf_ringbuf_output(&events, text, 512, 0);
	return 0;
}

SEC("raw_tracepoint/sched_process_exec")
int executes(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *task = (void *)ctx->args[0];
	struct linux_binprm *bprm = (void *)ctx->args[2];
	char *text = buffer();
	unsigned long start, end;

	if (!text)
		return 0;
	start = BPF_CORE_READ(task, mm, arg_start);
	end = BPF_CORE_READ(task, mm, arg_end);
	bpf_probe_read_user(text, (end - start) & 1023, (void *)start);
	bpf_probe_read_kernel_str(text + 1024, 256, BPF_CORE_READ(bprm, filename));
	bpf_ringbuf_output(&events, text, 2048, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executes_typed, struct task_struct *task, int pid, struct linux_binprm *bprm)
{
	struct task_struct *parent = task->real_parent;

	return parent->tgid + bprm->argc + task->cred->securebits > 100000 ? 0 : 0;
}

SEC("fentry/commit_creds")
int BPF_PROG(changes, struct cred *new)
{
	return new->securebits > 5 ? 0 : 0;
}

SEC("fexit/do_init_module")
int BPF_PROG(loads_module, void *module, int ret)
{
	return ret ? 0 : 0;
}

SEC("fentry/filp_close")
int BPF_PROG(closes, struct file *file)
{
	char *text = buffer();

	if (text)
		bpf_d_path(&file->f_path, text, 512);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_execve")
int arguments(unsigned long *ctx)
{
	const char *path = (const char *)ctx[2];
	char *text = buffer();

	if (text)
		bpf_probe_read_user_str(text, 256, path);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_execve")
int result(unsigned long *ctx)
{
	return ctx[2] == 0;
}

SEC("tracepoint/syscalls/sys_exit_execve")
int beyond_result(unsigned long *ctx)
{
	return ctx[3] == 0;
}

SEC("fexit/security_file_open")
int BPF_PROG(opened, struct file *file, int ret)
{
	return ret + (int)file->f_inode->i_mode > 1000000 ? 0 : 0;
}

SEC("uprobe//bin/bash:readline")
int BPF_KPROBE(types)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
