/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * demand.h - what is asked of the kernel for one program alone, and is no feature
 */
#ifndef FEATSEL_HOST_DEMAND_H
#define FEATSEL_HOST_DEMAND_H

#include "host/private.h"

/* ---- extern.c: what libbpf makes of externs ---- */

/* Whether libbpf loads the address as that of a type, and its id in the kernel's BTF. */
bool host_extern_id(struct live *live, const struct object *object,
		    const struct object_extern *external, uint32_t *ret);
/* Yes, or what the object expects from the kernel and the kernel has in another form. */
struct featsel_answer host_externs(struct live *live, const struct object *object);

/* ---- demand.c: what a program does with its context, its result, its maps ---- */

/* Yes, or what the verifier of this kernel rejects. Costs one load for each question. */
struct featsel_answer host_demand(struct live *live, const struct object *object,
				  const struct object_program *program,
				  const struct section *section, const struct object_oracle *oracle,
				  enum settle_stage stage);

/* ---- attach-tracepoint.c ---- */

/* Whether the tracepoint of @section has no byte @highest - 1, for which attaching is refused. */
bool host_context_too_small(struct live *live, const struct section *section, uint32_t highest,
			    struct featsel_answer *ret);

#endif /* FEATSEL_HOST_DEMAND_H */
