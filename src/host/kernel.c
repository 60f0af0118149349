/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel.c - the running kernel behind struct kernel_ops
 *
 * bpf(2) is called directly and not through libbpf: libbpf's wrappers load programs of their own to
 * find out what the kernel accounts and accepts, so a question would cost two calls and a limit
 * would be raised that nobody needed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "host/private.h"

#ifndef __NR_lsm_list_modules
#define __NR_lsm_list_modules 461
#endif

enum { ATTEMPTS = 5 };

struct live_kernel {
	struct kernel kernel;
	struct utsname name;
	uint32_t version; /* that a kprobe program must say before 5.0; 0: not known yet */
	bool may_raise_memlock;
	bool memlock_attempted; /* raising RLIMIT_MEMLOCK was tried, successfully or not */
};

static struct live_kernel *live_kernel(struct kernel *kernel)
{
	return (struct live_kernel *)kernel;
}

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

/* Errors that may go away at the next try. */
static bool is_passing(int error)
{
	return error == -EAGAIN || error == -EINTR;
}

/* An error that the kernel returned only once to a call that it understood before: ask again. */
static bool is_doubtful(int error)
{
	return error == -ENOSYS || error == -E2BIG;
}

/* A system call with a negative errno as result; EAGAIN comes from a verifier that a signal
 * interrupted. */
static long repeat(long number, long a, long b, long c, long d, long e)
{
	int attempt;
	long result;
	int err = 0;

	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		result = syscall(number, a, b, c, d, e);
		if (result >= 0)
			return result;
		err = -errno;
		if (!is_passing(err) && !(is_doubtful(err) && attempt == 0))
			return err;
	}
	return err;
}

static int call_bpf(int command, union bpf_attr *attr)
{
	return (int)repeat(__NR_bpf, command, (long)attr, sizeof(*attr), 0, 0);
}

/* Whether this call raised the limit that kernels before 5.11 charge programs and maps to. */
static bool raise_memlock(struct live_kernel *live)
{
	struct rlimit limit;

	if (!live->may_raise_memlock || live->memlock_attempted)
		return false;
	live->memlock_attempted = true;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return false;
	return setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}) == 0;
}

/* The same for calls that are charged: EPERM and ENOMEM may only mean RLIMIT_MEMLOCK, so raise the
 * limit once. */
static int call_bpf_charged(struct live_kernel *live, int command, union bpf_attr *attr)
{
	int err = call_bpf(command, attr);

	if ((err == -EPERM || err == -ENOMEM) && raise_memlock(live))
		err = call_bpf(command, attr);
	return err;
}

/* ---- the version that kprobe programs carry before 5.0 ---- */

static uint32_t parse_version(const char *text)
{
	unsigned int major, minor, patch = 0;

	if (sscanf(text, "%u.%u.%u", &major, &minor, &patch) < 2)
		return 0;
	/* Stable series that passed .255 stay there in the number. */
	return major << 16 | minor << 8 | (patch > 255 ? 255 : patch);
}

/*
 * Ubuntu's release is not the kernel's version; "Ubuntu 4.15.0-20.21-generic 4.15.17" ends with it.
 */
static uint32_t ubuntu_version(void)
{
	char line[256], *last;
	ssize_t length;
	CLEANUP(close_fd) int fd = open("/proc/version_signature", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	length = read(fd, line, sizeof(line) - 1);
	if (length <= 0)
		return 0;
	line[length] = '\0';
	last = strrchr(line, ' ');
	return last ? parse_version(last + 1) : 0;
}

/* Debian's neither: "4.19.0-5-amd64" is built from "#1 SMP Debian 4.19.37-5 (2019-06-19)". */
static uint32_t debian_version(const struct utsname *name)
{
	const char *debian = strstr(name->version, "Debian ");

	return debian ? parse_version(debian + strlen("Debian ")) : 0;
}

static uint32_t kernel_version(struct live_kernel *live)
{
	/* Kernels from 5.0 (6c4fc209fcf9) ignore the number. */
	if (!live->version && live->name.release[0] != '4')
		live->version = parse_version(live->name.release);
	if (!live->version)
		live->version = ubuntu_version();
	if (!live->version)
		live->version = debian_version(&live->name);
	if (!live->version)
		live->version = parse_version(live->name.release);
	return live->version;
}

/* ---- the operations ---- */

static int live_prog_load(struct kernel *kernel, const struct prog_probe *probe, char *log,
			  size_t log_size)
{
	const char *license = probe->license ? probe->license : "Dual BSD/GPL";
	struct bpf_func_info functions[2] = {{0}};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = (uint32_t)probe->type;
	attr.expected_attach_type = (uint32_t)probe->attach_type;
	attr.insns = address(probe->insns);
	attr.insn_cnt = (uint32_t)probe->n_insns;
	attr.license = address(license);
	attr.prog_flags = probe->flags;
	attr.attach_btf_id = probe->attach_btf_id;
	/* A union with attach_btf_obj_fd: an ext program names a program, others a module's BTF. */
	attr.attach_prog_fd =
		(uint32_t)(probe->attach_prog_fd ? probe->attach_prog_fd : probe->attach_btf_fd);
	if (probe->btf_fd) {
		functions[0].type_id = functions[1].type_id = probe->function;
		functions[1].insn_off = probe->second;
		attr.prog_btf_fd = probe->btf_fd;
		attr.func_info = address(functions);
		attr.func_info_cnt = probe->second ? 2 : 1;
		attr.func_info_rec_size = sizeof(*functions);
	}
	if (probe->type == BPF_PROG_TYPE_KPROBE)
		attr.kern_version = kernel_version(live_kernel(kernel));
	if (probe->log_level && log && log_size) {
		log[0] = '\0';
		attr.log_level = (uint32_t)probe->log_level;
		attr.log_buf = address(log);
		attr.log_size = (uint32_t)log_size;
	}
	return call_bpf_charged(live_kernel(kernel), BPF_PROG_LOAD, &attr);
}

static int live_map_create(struct kernel *kernel, const struct map_probe *probe)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = (uint32_t)probe->type;
	attr.key_size = probe->key_size;
	attr.value_size = probe->value_size;
	attr.max_entries = probe->max_entries;
	attr.map_flags = probe->flags;
	if (probe->inner_fd > 0)
		attr.inner_map_fd = (uint32_t)probe->inner_fd;
	attr.btf_fd = probe->btf_fd;
	attr.btf_key_type_id = probe->btf_key_type_id;
	attr.btf_value_type_id = probe->btf_value_type_id;
	attr.btf_vmlinux_value_type_id = probe->btf_vmlinux_value_type_id;
	attr.map_extra = probe->map_extra;
	return call_bpf_charged(live_kernel(kernel), BPF_MAP_CREATE, &attr);
}

static int live_btf_load(struct kernel *kernel, const void *data, size_t size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = address(data);
	attr.btf_size = (uint32_t)size;
	return call_bpf_charged(live_kernel(kernel), BPF_BTF_LOAD, &attr);
}

static int live_raw_tracepoint_open(struct kernel *kernel, const char *name, int prog_fd)
{
	union bpf_attr attr;

	(void)kernel;
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.name = address(name);
	attr.raw_tracepoint.prog_fd = (uint32_t)prog_fd;
	return call_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static int live_link_create(struct kernel *kernel, const struct link_probe *probe)
{
	union bpf_attr attr;

	(void)kernel;
	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)probe->prog_fd;
	attr.link_create.target_fd = (uint32_t)probe->target_fd;
	attr.link_create.attach_type = (uint32_t)probe->attach_type;
	attr.link_create.flags = probe->flags;
	if (probe->n_symbols) {
		attr.link_create.kprobe_multi.syms = address(probe->symbols);
		attr.link_create.kprobe_multi.cnt = (uint32_t)probe->n_symbols;
	}
	return call_bpf(BPF_LINK_CREATE, &attr);
}

static int live_perf_event_open(struct kernel *kernel, struct perf_event_attr *attr, int pid,
				int cpu)
{
	(void)kernel;
	return (int)repeat(__NR_perf_event_open, (long)attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static int live_bpf_nonsense(struct kernel *kernel)
{
	union bpf_attr attr;

	(void)kernel;
	memset(&attr, 0, sizeof(attr));
	return call_bpf(0x7fffffff, &attr);
}

static int live_open(struct kernel *kernel, const char *path)
{
	/* what a user names may be a FIFO, which would wait for a writer */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), err;
	struct stat status;

	(void)kernel;
	if (fd < 0)
		return -errno;
	err = fstat(fd, &status) ? -errno : S_ISREG(status.st_mode) ? 0 : -EINVAL;
	if (!err)
		return fd;
	close_fd(&fd);
	return err;
}

static int live_exists(struct kernel *kernel, const char *path)
{
	struct stat status;

	(void)kernel;
	return stat(path, &status) ? -errno : 0;
}

static int live_filesystem(struct kernel *kernel, const char *path, long *magic)
{
	struct statfs status;

	(void)kernel;
	if (statfs(path, &status) != 0)
		return -errno;
	*magic = (long)status.f_type;
	return 0;
}

static int live_lsm_list(struct kernel *kernel, uint64_t *ids, size_t room)
{
	uint32_t size = (uint32_t)(room * sizeof(*ids));

	(void)kernel;
	return (int)repeat(__NR_lsm_list_modules, (long)ids, (long)&size, 0, 0, 0);
}

static int live_uname(struct kernel *kernel, const char **release, const char **machine)
{
	*release = live_kernel(kernel)->name.release;
	*machine = live_kernel(kernel)->name.machine;
	return 0;
}

static int live_again(struct kernel *kernel, struct kernel **ret)
{
	(void)kernel;
	return kernel_open_live(live_kernel(kernel)->may_raise_memlock, ret, NULL);
}

static void live_close(struct kernel *kernel, int fd)
{
	(void)kernel;
	close_fd(&fd);
}

static void live_free(struct kernel *kernel)
{
	free(live_kernel(kernel));
}

static int live_bpf(struct kernel *kernel, int command, void *attr, size_t size)
{
	(void)kernel;
	return (int)repeat(__NR_bpf, command, (long)attr, (long)size, 0, 0);
}

static const struct kernel_ops live_ops = {
	.prog_load = live_prog_load,
	.map_create = live_map_create,
	.btf_load = live_btf_load,
	.raw_tracepoint_open = live_raw_tracepoint_open,
	.link_create = live_link_create,
	.perf_event_open = live_perf_event_open,
	.bpf_nonsense = live_bpf_nonsense,
	.open = live_open,
	.exists = live_exists,
	.filesystem = live_filesystem,
	.lsm_list = live_lsm_list,
	.uname = live_uname,
	.netlink = kernel_netlink,
	.bpf = live_bpf,
	.socket = kernel_socket,
	.open_directory = kernel_open_directory,
	.holder = kernel_holder,
	.again = live_again,
	.close = live_close,
	.free = live_free,
};

int kernel_open_live(bool raise, struct kernel **ret, struct featsel_error *err)
{
	struct live_kernel *live = calloc(1, sizeof(*live));
	int code;

	if (!live)
		return error_memory(err);
	live->kernel.ops = &live_ops;
	live->may_raise_memlock = raise;
	if (uname(&live->name) != 0) {
		code = -errno;
		free(live);
		return error_set(err, code, FEATSEL_FAILURE_RUN, "uname: %s", errno_name(code));
	}
	*ret = &live->kernel;
	return 0;
}

/*
 * Everything up to the end of @fd, or -EFBIG if that is more than @limit. *@text is realloc()ed.
 */
static int read_all(int fd, size_t limit, char **text, size_t *length)
{
	size_t room = 0, next;
	ssize_t got;
	char *more;
	int err;

	for (*length = 0;; *length += (size_t)got) {
		if (*length == room) {
			next = room ? 2 * room : 4096;
			more = realloc(*text, next);
			if (!more)
				return -ENOMEM;
			*text = more;
			room = next;
		}
		got = read(fd, *text + *length, room - *length);
		err = -errno;
		if (got < 0 && err == -EINTR)
			got = 0;
		else if (got < 0)
			return err;
		else if (got == 0)
			return 0;
		if (*length + (size_t)got > limit)
			return -EFBIG;
	}
}

int kernel_read(struct kernel *kernel, struct arena *arena, const char *path, size_t limit,
		const char **ret, size_t *size)
{
	CLEANUP(free_pointer) char *text = NULL;
	int fd = kernel->ops->open(kernel, path), err;
	size_t length = 0;
	char *copy;

	if (fd < 0)
		return fd;
	err = read_all(fd, limit, &text, &length);
	kernel->ops->close(kernel, fd);
	if (err)
		return err;
	/* Not strndup: a file of /proc may hold a NUL before its end. */
	copy = arena_alloc(arena, length + 1);
	if (!copy)
		return -ENOMEM;
	if (length)
		memcpy(copy, text, length);
	*ret = copy;
	if (size)
		*size = length;
	return 0;
}
