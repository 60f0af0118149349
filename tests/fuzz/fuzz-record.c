/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fuzz-record.c - a sample of any bytes and any length through a layout out of any BTF
 *
 * The input is a length (two bytes, little endian), that many bytes of BTF, and the sample.
 */
#include <bpf/btf.h>
#include <linux/btf.h>
#include <stdlib.h>

#include "fuzz.h"
#include "object/private.h"
#include "record/private.h"

/* The first named struct, so that inputs need not know a name. */
static const char *first_struct(const struct btf *btf)
{
	const struct btf_type *type;
	const char *name;
	uint32_t id;

	for (id = 1; id < btf__type_cnt(btf); id++) {
		type = btf__type_by_id(btf, id);
		name = btf__name_by_offset(btf, type->name_off);
		if (btf_is_struct(type) && name && *name)
			return name;
	}
	return NULL;
}

static void decode(const struct featsel_layout *layout, const uint8_t *sample, size_t size)
{
	static char buffer[65536];
	struct featsel_line *line = NULL;
	uint64_t value;
	size_t i;

	(void)!featsel_line_new(layout, &line);

	for (i = 0; i < featsel_layout_fields(layout); i++) {
		(void)featsel_layout_text(layout, i, sample, size, buffer, sizeof(buffer));
		(void)featsel_layout_json(layout, i, sample, size, buffer, sizeof(buffer));
		(void)featsel_layout_json(layout, i, sample, size, buffer, 3);
		(void)featsel_layout_time(layout, i, sample, size, buffer, sizeof(buffer));
		(void)!featsel_layout_integer(layout, i, sample, size, &value);
		for (unsigned int kind = FEATSEL_PART_NONE; line && kind <= FEATSEL_PART_TRUNCATED;
		     kind++)
			(void)!featsel_line_add(line, "a value: ", kind, i, kind);
	}
	if (line)
		(void)featsel_line_write(line, sample, size, buffer, sizeof(buffer));
	featsel_line_free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct featsel_layout *layout;
	struct arena *arena;
	struct btf *btf;
	size_t length;
	uint8_t *sample;

	if (size < 2)
		return 0;
	length = (size_t)data[0] | (size_t)data[1] << 8;
	if (length > size - 2 || object_btf_fault(data + 2, length))
		return 0;
	btf = btf__new(data + 2, (uint32_t)length);
	if (!btf)
		return 0;
	/* Of its exact size, so that a byte beyond is seen. */
	sample = malloc(size - 2 - length ? size - 2 - length : 1);
	arena = arena_new();
	memcpy(sample, data + 2 + length, size - 2 - length);
	if (layout_new(btf, first_struct(btf), arena, &layout, NULL) == 0)
		decode(layout, sample, size - 2 - length);
	arena_free(arena);
	free(sample);
	btf__free(btf);
	return 0;
}
