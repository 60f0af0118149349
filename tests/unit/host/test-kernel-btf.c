/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-kernel-btf.c - types found in blobs made by hand; damaged ones are refused, never followed
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/btf.h>

#include "../fake-kernel.h"
#include "../unit.h"
#include "host/private.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"
#define INFO(kind, flag, count) \
	((uint32_t)(flag) << 31 | (uint32_t)(kind) << 24 | (uint32_t)(count))

/* Where the sample's first name offset, 1, has its byte that is not NUL. */
#define FIRST_NAME_BYTE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0 : 3)

/* ---- a blob, built piece by piece ---- */

struct blob {
	uint32_t types[1024];
	size_t words;
	char strings[4096];
	size_t string_bytes;
	uint32_t last_id;
};

static uint32_t string(struct blob *blob, const char *text)
{
	size_t at = blob->string_bytes;

	if (at == 0)
		at = blob->string_bytes = 1;
	if (!*text)
		return 0;
	memcpy(blob->strings + at, text, strlen(text) + 1);
	blob->string_bytes += strlen(text) + 1;
	return (uint32_t)at;
}

static void word(struct blob *blob, uint32_t value)
{
	blob->types[blob->words++] = value;
}

static uint32_t type(struct blob *blob, const char *name, uint32_t info, uint32_t size_or_type)
{
	word(blob, string(blob, name));
	word(blob, info);
	word(blob, size_or_type);
	return ++blob->last_id;
}

static void member(struct blob *blob, const char *name, uint32_t of)
{
	word(blob, string(blob, name));
	word(blob, of);
	word(blob, 0);
}

static void enumerator(struct blob *blob, const char *name, uint32_t value)
{
	word(blob, string(blob, name));
	word(blob, value);
}

/* What the questions below are about. */
static void sample(struct blob *blob)
{
	uint32_t integer, inner, anonymous, pointer, proto, array, alias;

	*blob = (struct blob){0};
	integer = type(blob, "int", INFO(BTF_KIND_INT, 0, 0), 4);
	word(blob, 32);
	inner = type(blob, "inner", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	member(blob, "leaf", integer);
	anonymous = type(blob, "", INFO(BTF_KIND_UNION, 0, 2), 4);
	member(blob, "one", integer);
	member(blob, "two", inner);
	pointer = type(blob, "", INFO(BTF_KIND_PTR, 0, 0), inner);
	alias = type(blob, "inner_t", INFO(BTF_KIND_TYPEDEF, 0, 0), inner);
	array = type(blob, "", INFO(BTF_KIND_ARRAY, 0, 0), 0);
	word(blob, alias);
	word(blob, integer);
	word(blob, 3);
	type(blob, "twice", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	member(blob, "first", integer);
	type(blob, "outer", INFO(BTF_KIND_STRUCT, 0, 4), 32);
	member(blob, "", anonymous);
	member(blob, "embedded", alias);
	member(blob, "behind", pointer);
	member(blob, "many", array);
	type(blob, "twice", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	member(blob, "second", integer);
	type(blob, "declared", INFO(BTF_KIND_FWD, 0, 0), 0);
	type(blob, "color", INFO(BTF_KIND_ENUM, 0, 2), 4);
	enumerator(blob, "RED", 7);
	enumerator(blob, "GREEN", 0xffffffff);
	type(blob, "signed_color", INFO(BTF_KIND_ENUM, 1, 1), 4);
	enumerator(blob, "MINUS", 0xffffffff);
	type(blob, "wide", INFO(19, 0, 1), 8);
	enumerator(blob, "HUGE_ONE", 1);
	word(blob, 2);
	proto = type(blob, "", INFO(BTF_KIND_FUNC_PROTO, 0, 3), integer);
	for (int i = 0; i < 3; i++)
		enumerator(blob, "", integer);
	type(blob, "do_it", INFO(BTF_KIND_FUNC, 0, 1), proto);
	type(blob, "data", INFO(BTF_KIND_VAR, 0, 0), integer);
	word(blob, 1);
	type(blob, ".data", INFO(BTF_KIND_DATASEC, 0, 1), 4);
	member(blob, "", 4);
	type(blob, "tag", INFO(17, 0, 0), 2);
	word(blob, 0xffffffff);
	type(blob, "last", INFO(BTF_KIND_TYPEDEF, 0, 0), integer);
}

/* The blob as bytes, to be freed. @layout: words of a layout section, or NULL. */
static uint32_t *bytes_of(const struct blob *blob, const uint32_t *layout, uint32_t n_layout,
			  size_t *size)
{
	uint32_t header[8] = {BTF_MAGIC | BTF_VERSION << 16, layout ? 32 : 24};
	size_t head = header[1], types = blob->words * 4;
	char *bytes;

	header[3] = (uint32_t)types;
	header[4] = (uint32_t)types + n_layout * 4;
	header[5] = (uint32_t)blob->string_bytes;
	header[6] = (uint32_t)types;
	header[7] = n_layout * 4;
	*size = head + types + n_layout * 4 + blob->string_bytes;
	bytes = calloc(1, *size);
	memcpy(bytes, header, head);
	memcpy(bytes + head, blob->types, types);
	if (layout)
		memcpy(bytes + head + types, layout, n_layout * 4);
	memcpy(bytes + head + types + n_layout * 4, blob->strings, blob->string_bytes);
	return (uint32_t *)bytes;
}

static int open_bytes(const void *bytes, size_t size, const char *path, struct kernel_btf **ret)
{
	struct kernel *kernel = fake_kernel_new("");
	int err;

	fake_kernel_file(kernel, path ? path : VMLINUX, bytes, size);
	err = kernel_btf_open(kernel, path, ret);
	ck_assert_uint_eq(fake_kernel_open_fds(kernel), 0);
	kernel->ops->free(kernel);
	return err;
}

static struct kernel_btf *open_blob(const struct blob *blob, const uint32_t *layout,
				    uint32_t n_layout)
{
	struct kernel_btf *btf = NULL;
	size_t size;
	uint32_t *bytes = bytes_of(blob, layout, n_layout, &size);

	ck_assert_int_eq(open_bytes(bytes, size, NULL, &btf), 0);
	free(bytes);
	return btf;
}

/* Every question once: what a hostile blob must survive. */
static void ask_everything(struct kernel_btf *btf)
{
	int64_t value;

	for (int kind = -1; kind < 40; kind++)
		kernel_btf_find(btf, kind, "outer");
	kernel_btf_args(btf, "do_it");
	kernel_btf_member(btf, "outer", "many.leaf");
	kernel_btf_member(btf, "outer", "nowhere");
	kernel_btf_enumerator(btf, NULL, "HUGE_ONE", &value);
	kernel_btf_enumerator(btf, "color", "RED", &value);
}

START_TEST(types_are_found_by_kind_and_name)
{
	struct kernel_btf *btf;
	struct blob blob;

	sample(&blob);
	btf = open_blob(&blob, NULL, 0);
	ck_assert_uint_eq(kernel_btf_found(btf, BTF_KIND_STRUCT, "inner"), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_STRUCT, "inner"), 2);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_STRUCT, "inner"), 2);
	ck_assert_uint_eq(kernel_btf_found(btf, BTF_KIND_STRUCT, "inner"), 2);
	ck_assert_uint_eq(kernel_btf_found(btf, BTF_KIND_UNION, "inner"), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_UNION, "inner"), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_STRUCT, "inne"), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_STRUCT, ""), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_STRUCT, "declared"), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_TYPEDEF, "last"), blob.last_id);
	ck_assert_int_eq(kernel_btf_damage(btf), 0);
	ck_assert_int_eq(kernel_btf_args(btf, "do_it"), 3);
	ck_assert_int_eq(kernel_btf_args(btf, "do_not"), -ENOENT);
	kernel_btf_close(btf);
}
END_TEST

START_TEST(members_are_followed_where_they_are_embedded)
{
	static const struct {
		const char *type, *member;
		int result;
	} cases[] = {
		{"outer", "one", 0},
		{"outer", "two.leaf", 0},
		{"outer", "embedded", 0},
		{"outer", "embedded.leaf", 0},
		{"outer", "many.leaf", 0},
		{"outer", "behind", 0},
		{"outer", "behind.leaf", -ENOENT},
		{"outer", "one.leaf", -ENOENT},
		{"outer", "leaf", -ENOENT},
		{"outer", "", -ENOENT},
		{"outer", "embedded.", -ENOENT},
		{"outer", ".one", -ENOENT},
		{"outer", "on", -ENOENT},
		{"nobody", "one", -ENOENT},
		{"twice", "first", 0},
		{"twice", "second", 0},
		{"twice", "third", -ENOENT},
	};
	struct kernel_btf *btf;
	struct blob blob;

	sample(&blob);
	btf = open_blob(&blob, NULL, 0);
	ck_assert_int_eq(kernel_btf_member(btf, cases[_i].type, cases[_i].member),
			 cases[_i].result);
	kernel_btf_close(btf);
}
END_TEST

START_TEST(enumerators_have_their_values)
{
	struct kernel_btf *btf;
	struct blob blob;
	int64_t value = 0;

	sample(&blob);
	btf = open_blob(&blob, NULL, 0);
	for (int again = 0; again < 2; again++) {
		ck_assert_int_eq(kernel_btf_enumerator(btf, "color", "RED", &value), 0);
		ck_assert_int_eq(value, 7);
		ck_assert_int_eq(kernel_btf_enumerator(btf, NULL, "GREEN", &value), 0);
		ck_assert_int_eq(value, 0xffffffff);
		ck_assert_int_eq(kernel_btf_enumerator(btf, "signed_color", "MINUS", &value), 0);
		ck_assert_int_eq(value, -1);
		ck_assert_int_eq(kernel_btf_enumerator(btf, "wide", "HUGE_ONE", &value), 0);
		ck_assert_int_eq(value, 0x200000001);
		ck_assert_int_eq(kernel_btf_enumerator(btf, "color", "MINUS", &value), -ENOENT);
	}
	kernel_btf_close(btf);
}
END_TEST

/* Ids beyond the first remembered offset, asked for from behind. */
START_TEST(types_are_found_by_id_in_a_long_walk)
{
	struct kernel_btf *btf;
	struct blob blob = {0};
	uint32_t *types, id = 0;
	size_t count = 2000, size;
	char *bytes;

	string(&blob, "far");
	string(&blob, "proto");
	size = 24 + count * 12 + 12 + 12 + 8 * 2 + blob.string_bytes;
	bytes = calloc(1, size);
	memcpy(bytes,
	       (uint32_t[]){BTF_MAGIC | BTF_VERSION << 16, 24, 0,
			    (uint32_t)(size - 24 - blob.string_bytes),
			    (uint32_t)(size - 24 - blob.string_bytes), (uint32_t)blob.string_bytes},
	       24);
	types = (uint32_t *)(void *)(bytes + 24);
	for (; id < count; id++, types += 3)
		types[1] = INFO(BTF_KIND_PTR, 0, 0);
	types[0] = 1;
	types[1] = INFO(BTF_KIND_FUNC, 0, 1);
	types[2] = (uint32_t)count + 2;
	types[4] = INFO(BTF_KIND_FUNC_PROTO, 0, 2);
	memcpy(bytes + size - blob.string_bytes, blob.strings, blob.string_bytes);
	ck_assert_int_eq(open_bytes(bytes, size, NULL, &btf), 0);
	free(bytes);
	ck_assert_int_eq(kernel_btf_args(btf, "far"), 2);
	kernel_btf_close(btf);
}
END_TEST

START_TEST(an_unknown_kind_ends_the_walk_or_is_stepped_over)
{
	/* fixed bytes, bytes an element, flags: kind 20 has 4 and 8 */
	uint32_t layout[21] = {[20] = 4 | 8 << 8};
	struct kernel_btf *btf;
	struct blob blob = {0};

	type(&blob, "before", INFO(BTF_KIND_TYPEDEF, 0, 0), 0);
	type(&blob, "strange", INFO(20, 0, 2), 0);
	for (int i = 0; i < 5; i++)
		word(&blob, 0xdeadbeef);
	type(&blob, "behind", INFO(BTF_KIND_TYPEDEF, 0, 0), 0);

	btf = open_blob(&blob, NULL, 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_TYPEDEF, "before"), 1);
	ck_assert_int_eq(kernel_btf_damage(btf), 0);
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_TYPEDEF, "behind"), 0);
	ck_assert_int_eq(kernel_btf_damage(btf), -EBADMSG);
	kernel_btf_close(btf);

	btf = open_blob(&blob, layout, ARRAY_SIZE(layout));
	ck_assert_uint_eq(kernel_btf_find(btf, BTF_KIND_TYPEDEF, "behind"), 3);
	ck_assert_int_eq(kernel_btf_damage(btf), 0);
	kernel_btf_close(btf);
}
END_TEST

/* A struct that is its own anonymous member, a typedef of itself: both end. */
START_TEST(cycles_end)
{
	struct kernel_btf *btf;
	struct blob blob = {0};

	type(&blob, "ring", INFO(BTF_KIND_STRUCT, 0, 3), 4);
	member(&blob, "", 1);
	member(&blob, "", 1);
	member(&blob, "loop", 2);
	type(&blob, "loop_t", INFO(BTF_KIND_TYPEDEF, 0, 0), 2);
	btf = open_blob(&blob, NULL, 0);
	ck_assert_int_eq(kernel_btf_member(btf, "ring", "nowhere"), -ENOENT);
	ck_assert_int_eq(kernel_btf_member(btf, "ring", "loop.nowhere"), -ENOENT);
	kernel_btf_close(btf);
}
END_TEST

START_TEST(a_damaged_header_is_refused)
{
	static const struct {
		size_t word;
		uint32_t value;
		int result;
	} cases[] = {
		{0, BTF_MAGIC | 2 << 16, -EBADMSG}, /* version */
		{0, 0x9feb | 1 << 16,
		 -EBADMSG}, /* below: the other byte order of the magic alone */
		{0, 0x12345678, -EBADMSG},
		{1, 20, -EBADMSG}, /* header too short */
		{1, 26, -EBADMSG}, /* not aligned */
		{1, 0xfffffff0, -EBADMSG},
		{2, 2, -EBADMSG}, /* types not aligned */
		{2, 0xfffffff0, -EBADMSG},
		{3, 0xffffffff, -EBADMSG},
		{4, 0xffffffff, -EBADMSG},
		{4, FIRST_NAME_BYTE, -EBADMSG}, /* strings do not begin with NUL */
		{5, 0, -EBADMSG},
		{5, 0xffffffff, -EBADMSG},
		{5, 3, -EBADMSG}, /* strings do not end with NUL */
	};
	struct kernel_btf *btf = NULL;
	struct blob blob;
	uint32_t *bytes;
	size_t size;
	int result = cases[_i].result;

	sample(&blob);
	bytes = bytes_of(&blob, NULL, 0, &size);
	bytes[cases[_i].word] = cases[_i].value;
	if ((cases[_i].value & 0xffff) == __builtin_bswap16(BTF_MAGIC))
		result = -ENOTSUP;
	ck_assert_int_eq(open_bytes(bytes, size, NULL, &btf), result);
	ck_assert_ptr_null(btf);
	free(bytes);
}
END_TEST

/* Every length, and every byte replaced: nothing may be read beyond the blob (the sanitizers
 * watch). */
START_TEST(a_truncated_blob_is_survived)
{
	struct kernel_btf *btf;
	struct blob blob;
	uint32_t *bytes;
	size_t size;

	sample(&blob);
	bytes = bytes_of(&blob, NULL, 0, &size);
	for (size_t n = 0; n < size; n++)
		ck_assert_int_eq(open_bytes(bytes, n, "/tmp/some.btf", &btf), -EBADMSG);
	free(bytes);
}
END_TEST

START_TEST(a_corrupt_blob_is_survived)
{
	static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct kernel_btf *btf;
	struct blob blob;
	uint32_t *bytes;
	size_t size;

	sample(&blob);
	bytes = bytes_of(&blob, NULL, 0, &size);
	for (size_t i = 0; i < size; i++) {
		unsigned char *at = (unsigned char *)bytes + i, kept = *at;

		*at = values[_i];
		if (open_bytes(bytes, size, "/tmp/some.btf", &btf) == 0) {
			ask_everything(btf);
			kernel_btf_close(btf);
		}
		*at = kept;
	}
	free(bytes);
}
END_TEST

/* ---- ELF ---- */

struct elf64 {
	Elf64_Ehdr header;
	Elf64_Shdr sections[3];
	char names[16];
};

static const char section_names[16] = "\0.BTF\0.names";

static void *elf64_of(const void *btf, size_t size, size_t *total)
{
	struct elf64 *elf = calloc(1, sizeof(*elf) + size);

	memcpy(elf->header.e_ident, ELFMAG, SELFMAG);
	elf->header.e_ident[EI_CLASS] = ELFCLASS64;
	elf->header.e_ident[EI_DATA] =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	elf->header.e_shoff = offsetof(struct elf64, sections);
	elf->header.e_shentsize = sizeof(Elf64_Shdr);
	elf->header.e_shnum = 3;
	elf->header.e_shstrndx = 1;
	memcpy(elf->names, section_names, sizeof(elf->names));
	elf->sections[1].sh_name = 6;
	elf->sections[1].sh_offset = offsetof(struct elf64, names);
	elf->sections[1].sh_size = sizeof(elf->names);
	elf->sections[2].sh_name = 1;
	elf->sections[2].sh_offset = sizeof(*elf);
	elf->sections[2].sh_size = size;
	memcpy(elf + 1, btf, size);
	*total = sizeof(*elf) + size;
	return elf;
}

START_TEST(btf_is_found_in_an_elf_file)
{
	struct kernel_btf *btf = NULL;
	struct elf64 *elf;
	struct blob blob;
	size_t size, total;
	uint32_t *bytes;

	sample(&blob);
	bytes = bytes_of(&blob, NULL, 0, &size);
	elf = elf64_of(bytes, size, &total);
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), 0);
	ck_assert_int_eq(kernel_btf_args(btf, "do_it"), 3);
	kernel_btf_close(btf);

	/* As many sections as do not fit the header. */
	elf->header.e_shnum = 0;
	elf->sections[0].sh_size = 3;
	elf->header.e_shstrndx = SHN_XINDEX;
	elf->sections[0].sh_link = 1;
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), 0);
	kernel_btf_close(btf);
	btf = NULL;

	elf->names[2] = 'b';
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), -ENODATA);
	elf->names[2] = 'B';
	elf->sections[2].sh_size = 1 << 20;
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), -EBADMSG);
	elf->sections[2].sh_offset = UINT64_MAX - 8;
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), -EBADMSG);
	elf->header.e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
	ck_assert_int_eq(open_bytes(elf, total, "/boot/vmlinux", &btf), -ENOTSUP);
	ck_assert_ptr_null(btf);
	free(elf);
	free(bytes);
}
END_TEST

START_TEST(a_damaged_elf_file_is_survived)
{
	struct kernel_btf *btf;
	struct blob blob;
	size_t size, total;
	uint32_t *bytes;
	char *elf;

	sample(&blob);
	bytes = bytes_of(&blob, NULL, 0, &size);
	elf = elf64_of(bytes, size, &total);
	for (size_t i = 4; i < sizeof(struct elf64); i++) {
		char kept = elf[i];

		elf[i] = (char)0xff;
		if (open_bytes(elf, total, "/boot/vmlinux", &btf) == 0) {
			ask_everything(btf);
			kernel_btf_close(btf);
		}
		elf[i] = kept;
		ck_assert_int_lt(open_bytes(elf, i, "/boot/vmlinux", &btf), 0);
	}
	free(elf);
	free(bytes);
}
END_TEST

START_TEST(a_kernel_without_btf_says_enoent)
{
	struct kernel *kernel = fake_kernel_new("error /sys/kernel/btf/vmlinux ENOENT\n");
	struct kernel_btf *btf = NULL;

	ck_assert_int_eq(kernel_btf_open(kernel, NULL, &btf), -ENOENT);
	kernel->ops->free(kernel);
	kernel = fake_kernel_new("error /sys/kernel/btf/vmlinux EACCES\n");
	ck_assert_int_eq(kernel_btf_open(kernel, NULL, &btf), -EACCES);
	kernel->ops->free(kernel);
	ck_assert_ptr_null(btf);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kernel-btf");
	TCase *tc = tcase_create("kernel-btf");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, types_are_found_by_kind_and_name);
	tcase_add_loop_test(tc, members_are_followed_where_they_are_embedded, 0, 17);
	tcase_add_test(tc, enumerators_have_their_values);
	tcase_add_test(tc, types_are_found_by_id_in_a_long_walk);
	tcase_add_test(tc, an_unknown_kind_ends_the_walk_or_is_stepped_over);
	tcase_add_test(tc, cycles_end);
	tcase_add_loop_test(tc, a_damaged_header_is_refused, 0, 14);
	tcase_add_test(tc, a_truncated_blob_is_survived);
	tcase_add_loop_test(tc, a_corrupt_blob_is_survived, 0, 5);
	tcase_add_test(tc, btf_is_found_in_an_elf_file);
	tcase_add_test(tc, a_damaged_elf_file_is_survived);
	tcase_add_test(tc, a_kernel_without_btf_says_enoent);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_run(suite);
}
