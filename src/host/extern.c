/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * extern.c - what libbpf makes of an object's externs on this kernel
 */
#include <linux/btf.h>
#include <string.h>

#include "host/demand.h"

static int kind_of(const struct object_extern *external)
{
	return external->kind == EXTERN_KFUNC ? BTF_KIND_FUNC : BTF_KIND_VAR;
}

/*
 * libbpf reads kallsyms once any extern of the object has no type, and takes each extern that it
 * meets there for found: one of a variable that BTF lacks gets id 0.
 */
static bool found_in_kallsyms(struct live *live, const struct object *object,
			      const struct object_extern *external)
{
	size_t i;

	for (i = 0; i < object->n_externs && object->externs[i].kind != EXTERN_KSYM; i++)
		continue;
	return i < object->n_externs && external->kind == EXTERN_TYPED_KSYM &&
	       symbols_has(live, external->name) == 1;
}

bool host_extern_id(struct live *live, const struct object *object,
		    const struct object_extern *external, uint32_t *ret)
{
	struct kernel_btf *btf = live_btf(live);

	*ret = btf ? kernel_btf_find(btf, kind_of(external), external->name) : 0;
	return *ret || found_in_kallsyms(live, object, external);
}

/*
 * libbpf holds the prototype of each function and the type of each variable that an object expects
 * against the kernel's, weak ones too, and gives up the object where they differ ("extern (func
 * ksym) 'f': func_proto [1] incompatible with kernel [2]"): a struct that is only declared is not
 * one that is defined.
 */
struct featsel_answer host_externs(struct live *live, const struct object *object)
{
	const struct object_extern *external;
	struct btf_shape wanted, found;
	struct kernel_btf *btf;
	size_t i;

	for (i = 0; i < object->n_externs; i++) {
		external = &object->externs[i];
		btf = external->kind == EXTERN_KFUNC || external->kind == EXTERN_TYPED_KSYM
			      ? live_btf(live)
			      : NULL;
		if (!btf || kernel_btf_shape(btf, kind_of(external), external->name, &found))
			continue;
		object_extern_shape(object, external, &wanted);
		if (strcmp(wanted.text, found.text) != 0)
			return answer_make(
				live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED,
				"declare it as the kernel does, with complete types",
				"extern '%s' is of another type in /sys/kernel/btf/vmlinux, "
				"for which libbpf refuses the object",
				external->name);
	}
	return answer_yes(live->arena, "every requirement holds");
}
