/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf.bpf.c - a process asks something of the kernel's BPF, such as to load a program
 */
#include "syscall.bpf.h"

/*
 * Without their prefix: linux/bpf.h of the machine that compiles has these names, as far as it
 * knows them.
 */
enum bpf_command {
	MAP_CREATE = 0,
	MAP_LOOKUP_ELEM = 1,
	MAP_UPDATE_ELEM = 2,
	MAP_DELETE_ELEM = 3,
	MAP_GET_NEXT_KEY = 4,
	PROG_LOAD = 5,
	OBJ_PIN = 6,
	OBJ_GET = 7,
	PROG_ATTACH = 8,
	PROG_DETACH = 9,
	PROG_TEST_RUN = 10,
	PROG_GET_NEXT_ID = 11,
	MAP_GET_NEXT_ID = 12,
	PROG_GET_FD_BY_ID = 13,
	MAP_GET_FD_BY_ID = 14,
	OBJ_GET_INFO_BY_FD = 15,
	PROG_QUERY = 16,
	RAW_TRACEPOINT_OPEN = 17,
	BTF_LOAD = 18,
	BTF_GET_FD_BY_ID = 19,
	TASK_FD_QUERY = 20,
	MAP_LOOKUP_AND_DELETE_ELEM = 21,
	MAP_FREEZE = 22,
	BTF_GET_NEXT_ID = 23,
	MAP_LOOKUP_BATCH = 24,
	MAP_LOOKUP_AND_DELETE_BATCH = 25,
	MAP_UPDATE_BATCH = 26,
	MAP_DELETE_BATCH = 27,
	LINK_CREATE = 28,
	LINK_UPDATE = 29,
	LINK_GET_FD_BY_ID = 30,
	LINK_GET_NEXT_ID = 31,
	ENABLE_STATS = 32,
	ITER_CREATE = 33,
	LINK_DETACH = 34,
	PROG_BIND_MAP = 35,
	TOKEN_CREATE = 36,
	PROG_STREAM_READ_BY_FD = 37,
	PROG_ASSOC_STRUCT_OPS = 38,
};

/* Where union bpf_attr has the names of what is made. */
#define MAP_NAME_AT  28
#define PROG_NAME_AT 48

struct bpf_event {
	RECORD_HEAD
	enum bpf_command cmd;
	char name[16]; /* of the map or program that is made, as its maker calls it */
	__u32 size;    /* of the arguments, as the caller knows them */
	__s32 ret HINT_ERRNO;
};
RECORD(bpf_event)

static __always_inline bool is_wanted(__u64 number)
{
	return number == NR_BPF;
}

static __always_inline void read_name(struct bpf_event *event, const struct call *call)
{
	__u32 at = event->cmd == MAP_CREATE ? MAP_NAME_AT : PROG_NAME_AT;

	if (event->cmd != MAP_CREATE && event->cmd != PROG_LOAD)
		return;
	/* Callers from before there were names have shorter arguments. */
	if (event->size >= at + sizeof(event->name))
		read_user(event->name, sizeof(event->name), (const void *)(call->args[1] + at));
}

static __always_inline void emit(void *ctx, const struct call *call, void *room)
{
	struct bpf_event *event = record_room(struct bpf_event);

	(void)room;
	if (!event)
		return;
	record_head(event);
	event->cmd = call->args[0];
	event->size = call->args[2];
	event->ret = call->ret;
	read_name(event, call);
	record_emit(ctx, event, sizeof(*event));
}

SYSCALL(bpf, bpf, NR_BPF, 3)
SYSCALL_IA32(bpf, bpf, NR_BPF)
SYSCALLS(bpf)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
