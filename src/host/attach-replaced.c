/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * attach-replaced.c - whether a program can take the place of a function of another
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach.h"
#include "host/kernel-btf.h"

#define BTF_LIMIT (16u << 20)

/* The program whose function is to be replaced. */
struct replaced {
	uint32_t id, btf_id;
	char name[16];
	uint32_t function; /* in its types, 0: none that others can replace */
	bool is_static;
};

static int read_types(struct live *live, uint32_t btf_id, struct kernel_btf **ret)
{
	struct bpf_btf_info info = {0};
	void *data;
	int fd CLEANUP(close_fd) = -1, r;
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf_id = btf_id;
	fd = live->kernel->ops->bpf ? live->kernel->ops->bpf(live->kernel, BPF_BTF_GET_FD_BY_ID,
							     &attr, sizeof(attr))
				    : -ENOSYS;
	if (fd < 0)
		return fd;
	r = target_info(live->kernel, fd, &info, sizeof(info));
	if (r || !info.btf_size || info.btf_size > BTF_LIMIT)
		return r ? r : -EBADMSG;
	data = malloc(info.btf_size);
	if (!data)
		return -ENOMEM;
	info.btf = (uintptr_t)data;
	r = target_info(live->kernel, fd, &info, sizeof(info));
	if (r) {
		free(data);
		return r;
	}
	return kernel_btf_open_data(data, info.btf_size, ret);
}

/* 0, or a negative errno: what there is to see was not seen. */
static int look(struct live *live, int fd, const char *function, struct replaced *ret)
{
	struct bpf_prog_info info = {0};
	struct kernel_btf *btf;
	int r = target_info(live->kernel, fd, &info, sizeof(info));

	if (r)
		return r;
	*ret = (struct replaced){.id = info.id, .btf_id = info.btf_id};
	memcpy(ret->name, info.name, sizeof(ret->name));
	ret->name[sizeof(ret->name) - 1] = '\0';
	if (!info.btf_id)
		return 0;
	r = read_types(live, info.btf_id, &btf);
	if (r)
		return r;
	ret->function = kernel_btf_find(btf, BTF_KIND_FUNC, function);
	/* The linkage: 0 is static. */
	if (ret->function)
		ret->is_static = INFO_COUNT(kernel_btf_type(btf, ret->function)->info) == 0;
	kernel_btf_close(btf);
	return 0;
}

static bool is_at_function(const void *data, const struct link_found *link)
{
	const struct replaced *replaced = data;

	return link->kind == LINK_OF_TRACING && link->tracing.object == replaced->id &&
	       link->tracing.function == replaced->function;
}

/* One program replaces a function, or those of fentry and fexit watch it
 * (bpf_trampoline_link_prog(), EBUSY). Links tell the function since 5.13. */
static struct featsel_answer function_slot(struct live *live, const struct section *section,
					   const struct replaced *replaced)
{
	uint32_t id = target_find_link(live->kernel, is_at_function, replaced);

	if (id)
		return BUSY(live, "function '%s' of program %u '%s' is the place of %s",
			    section->target, replaced->id, replaced->name,
			    target_whose(live->kernel, live->arena, id));
	return answer_yes(live->arena, "program %u '%s': there, with a function '%s'", replaced->id,
			  replaced->name, section->target);
}

static struct featsel_answer function_of(struct live *live, const struct section *section, int fd)
{
	struct replaced replaced;
	int r = look(live, fd, section->target, &replaced);

	if (r)
		return UNKNOWN(live, "what functions the program has cannot be seen: %s",
			       errno_name(r));
	if (!replaced.btf_id)
		return NO(live, REASON_TARGET_MISSING,
			  "program %u '%s' was loaded without types, so that no function of it can "
			  "be named",
			  replaced.id, replaced.name);
	if (!replaced.function || replaced.is_static)
		return NO(live, REASON_TARGET_MISSING, "program %u '%s' has no %sfunction '%s'",
			  replaced.id, replaced.name, replaced.function ? "global " : "",
			  section->target);
	return function_slot(live, section, &replaced);
}

struct featsel_answer probe_replaced(struct live *live, const struct section *section)
{
	const struct attach_options *on = section->on;
	const char *what = on->program_pinned
				   ? on->program_pinned
				   : arena_printf(live->arena, "program %u", on->program_id);
	int fd = target_program(live->kernel, on->program_id, on->program_pinned);
	struct featsel_answer answer;

	if (fd >= 0) {
		answer = function_of(live, section, fd);
		live->kernel->ops->close(live->kernel, fd);
		return answer;
	}
	if (errno_is_refusal(fd))
		return live_refused(live, fd, CAP_SYS_ADMIN_MASK, "bpf(BPF_PROG_GET_FD_BY_ID)");
	if (fd == -ENOENT || fd == -EINVAL)
		return answer_make(live->arena, FEATSEL_NO, REASON_TARGET_MISSING,
				   "'bpftool prog' shows those that there are", "%s: %s", what,
				   errno_name(fd));
	return UNKNOWN(live, "%s: %s", what, errno_name(fd));
}
