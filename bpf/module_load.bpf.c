/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * module_load.bpf.c - a module becomes part of the kernel
 *
 * All candidates stand on the tracepoint module_load, which fires when the module is in place and
 * about to be initialized, in the process that loads it: modprobe, most of the time. What the
 * kernel refuses before is not reported.
 */
#ifdef FEATSEL_LEGACY
#define FITS_32_BITS
#endif
#include "common.bpf.h"

/* What the kernel thinks less of itself for, with the letters of /proc/modules. */
enum module_taints {
	PROPRIETARY = 1 << 0,  /* P */
	FORCED = 1 << 1,       /* F */
	STAGING = 1 << 10,     /* C */
	OUT_OF_TREE = 1 << 12, /* O */
	UNSIGNED = 1 << 13,    /* E */
	LIVEPATCH = 1 << 15,   /* K */
	TEST = 1 << 18,	       /* N */
};

struct module_load_event {
	RECORD_HEAD
	char name[56];
	enum module_taints taints HINT_FLAGS;
};
RECORD(module_load_event)

static __always_inline int emit(void *ctx, const char *name, __u32 taints)
{
	struct module_load_event *event;

	if (!featsel_wanted())
		return 0;
	event = record_room(struct module_load_event);
	if (!event)
		return 0;
	record_head(event);
	if (name)
		read_kernel_string(event->name, sizeof(event->name), name);
	event->taints = taints;
	record_emit(ctx, event, sizeof(*event));
	return 0;
}

#ifdef FEATSEL_LEGACY

/*
 * The fields follow a common part of 8 bytes (vanilla) or 12 (PREEMPT_RT, RHEL 9). Where the name
 * lies is said by a field (offset below, length above 16 bits), which so proves the layout: it lies
 * right behind the last one. No taint looks like either offset. The helper reads them since the
 * kernel lets no program attach that itself looks behind the last field.
 */
struct module_load_fields {
	__u32 taints;
	__u32 name;
};

static __always_inline bool is_layout(__u32 common, __u32 name)
{
	return (name & 0xffff) == common + sizeof(struct module_load_fields);
}

SEC("tracepoint/module/module_load")
int module_load_tracepoint(void *ctx)
{
	__u32 words[5] = {};

	read_kernel(words, sizeof(words), ctx);
	if (is_layout(8, words[3]))
		return emit(ctx, ctx + 8 + sizeof(struct module_load_fields), words[2]);
	if (is_layout(12, words[4]))
		return emit(ctx, ctx + 12 + sizeof(struct module_load_fields), words[3]);
	return emit(ctx, NULL, 0);
}

/*
 * Without BTF nobody tells where struct module keeps its name: the last resort goes without.
 */
SEC("raw_tracepoint/module_load")
int module_load_raw_tracepoint(__u64 *ctx)
{
	return emit(ctx, NULL, 0);
}

#else

struct module {
	char name[56];
	unsigned long taints;
} __attribute__((preserve_access_index));

/* The argument of module_load: struct module * */
SEC("tp_btf/module_load")
int module_load_tp_btf(__u64 *ctx)
{
	const struct module *module = (const void *)ctx[0];

	return emit(ctx, module->name, module->taints);
}

SEC("raw_tracepoint/module_load")
int module_load_raw_tracepoint(__u64 *ctx)
{
	const struct module *module = (const void *)ctx[0];

	return emit(ctx, module->name, BPF_CORE_READ(module, taints));
}

#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
