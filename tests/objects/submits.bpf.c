/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * submits.bpf.c - records that nothing but their size tells from the other structs of the object
 */
#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Twelve bytes each: one is what programs submit, the others are the kernel's, or a map's. */
struct sighting {
	__u32 pid, tid, number;
};
const struct sighting *unused_sighting __attribute__((unused));

struct tally {
	__u32 seen, lost, kept;
};

/* The context of a program, and what stands in it. */
struct arrival_part {
	__u32 words[3];
};
struct arrival {
	struct arrival_part *part;
};

/* A type that CO-RE relocations are about. */
struct task_like {
	__u32 pid, tgid, flags;
} __attribute__((preserve_access_index));

struct other {
	__u64 words[5];
};
const struct other *unused_other __attribute__((unused));

struct unheard_event {
	__u32 pid;
};
const struct unheard_event *unused_event __attribute__((unused));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} buffer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tally);
} tallies SEC(".maps");

static __always_inline void count(void)
{
	__u32 key = 0;
	struct tally *tally = bpf_map_lookup_elem(&tallies, &key);

	if (tally)
		__sync_fetch_and_add(&tally->seen, 1);
}

/* The size goes through a function that stays one. */
static __attribute__((noinline)) int hand_out(__u64 size)
{
	void *record = size == sizeof(struct sighting)
			       ? bpf_ringbuf_reserve(&ring, sizeof(struct sighting), 0)
			       : NULL;

	if (!record)
		return 0;
	__builtin_memset(record, 0, sizeof(struct sighting));
	bpf_ringbuf_submit(record, 0);
	return 0;
}

/* Two ways to hand out the same, and two programs that attach by the same means. */
SEC("raw_tp/sched_process_exec")
int entry_first(struct arrival *context)
{
	struct sighting sighting = {.number = 1};

	count();
	return bpf_perf_event_output(context, &buffer, BPF_F_CURRENT_CPU, &sighting,
				     sizeof(sighting));
}

SEC("raw_tp/sched_process_exit")
int entry_second(struct arrival *context)
{
	struct task_like *task = (void *)bpf_get_current_task();

	count();
	return bpf_core_field_exists(task->pid) ? hand_out(sizeof(struct sighting)) : 0;
}

/* Of two sizes none is the record. */
SEC("raw_tp/sched_process_fork")
int several(void *context)
{
	struct sighting sighting = {.number = 1};
	struct other other = {.words = {1}};

	bpf_ringbuf_output(&ring, &sighting, sizeof(sighting), 0);
	return bpf_ringbuf_output(&ring, &other, sizeof(other), 0);
}

/* Only the run knows how much it is. */
SEC("raw_tp/sched_process_wait")
int varying(void *context)
{
	struct other other = {.words = {1}};

	return bpf_ringbuf_output(&ring, &other, 8 + (bpf_get_prandom_u32() & 31), 0);
}

/* Hands nothing out, though there is a struct of that name. */
SEC("raw_tp/sched_process_hang")
int unheard(void *context)
{
	count();
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
