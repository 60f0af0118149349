/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel-btf.c - types of the running kernel (or of a file), walked in place without building an
 * index
 *
 * The input may be hostile: every offset and length is held against what was read before it is
 * followed. The blob of /sys/kernel/btf/vmlinux cannot shrink and is mapped; a file given by the
 * user can, and is read.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/btf.h>

#include "host/private.h"

#define VMLINUX_PATH "/sys/kernel/btf/vmlinux"
#define BTF_LIMIT    (256u << 20) /* the largest kernels have 20 MiB */
#define MARK_STEP    256u	  /* ids between two remembered offsets */
#define DEPTH_LIMIT  32		  /* of anonymous members and of modifiers: no kernel needs more */
#define NAME_LIMIT   256
#define KIND_MAX     127

#define KIND_ENUM64 19 /* kernel headers before 6.0 do not name it */

/* Since 7.1 the count has 24 bits and the kind 7; older kernels insist that the bits in between are
 * zero. */
#define INFO_KIND(info)	 (((info) >> 24) & 0x7f)
#define INFO_COUNT(info) ((info)&0xffffff)
#define INFO_FLAG(info)	 ((info) >> 31)

/* The header's words up to what each version of it holds. */
enum header_word {
	WORD_HDR_LEN = 1, /* after magic, version, flags */
	WORD_TYPE_OFF,
	WORD_TYPE_LEN,
	WORD_STR_OFF,
	WORD_STR_LEN,
	WORD_LAYOUT_OFF,
	WORD_LAYOUT_LEN,
	WORD_COUNT
};
#define HEADER_MIN    24u /* up to str_len */
#define HEADER_LAYOUT 32u /* up to layout_len, since 7.1 */

/* What follows struct btf_type: a fixed part and a part for each of the counted elements. */
struct shape {
	uint8_t known, fixed, each;
};

/* The same for the walk: of a kind that is not known, more than there can be. */
struct extent {
	uint32_t size, each;
};

static const struct shape shapes[] = {
	[BTF_KIND_INT] = {1, 4, 0},
	[BTF_KIND_PTR] = {1, 0, 0},
	[BTF_KIND_ARRAY] = {1, sizeof(struct btf_array), 0},
	[BTF_KIND_STRUCT] = {1, 0, sizeof(struct btf_member)},
	[BTF_KIND_UNION] = {1, 0, sizeof(struct btf_member)},
	[BTF_KIND_ENUM] = {1, 0, sizeof(struct btf_enum)},
	[BTF_KIND_FWD] = {1, 0, 0},
	[BTF_KIND_TYPEDEF] = {1, 0, 0},
	[BTF_KIND_VOLATILE] = {1, 0, 0},
	[BTF_KIND_CONST] = {1, 0, 0},
	[BTF_KIND_RESTRICT] = {1, 0, 0},
	[BTF_KIND_FUNC] = {1, 0, 0},
	[BTF_KIND_FUNC_PROTO] = {1, 0, sizeof(struct btf_param)},
	[BTF_KIND_VAR] = {1, 4, 0},
	[BTF_KIND_DATASEC] = {1, 0, sizeof(struct btf_var_secinfo)},
	[16 /* FLOAT */] = {1, 0, 0},
	[17 /* DECL_TAG */] = {1, 4, 0},
	[18 /* TYPE_TAG */] = {1, 0, 0},
	[KIND_ENUM64] = {1, 0, 12},
};

/* An answer that was found once. */
struct memo {
	bool found;
	uint32_t id;
	int64_t value;
};

/* A place in the walk; a zeroed one stands before the first type. */
struct cursor {
	uint32_t id, offset, next;
	const struct btf_type *type;
};

struct kernel_btf {
	char *data;
	size_t size;
	bool mapped;
	const char *types, *strings;
	uint32_t types_size, strings_size;
	struct extent extents[KIND_MAX + 1];
	struct vec marks; /* uint32_t: offsets of ids 1, 1 + MARK_STEP, ... as far as was walked */
	struct cursor functions; /* right before the first, once it was passed */
	int damage;		 /* why the walk could not reach the end */
	struct arena *arena;
	struct dict memos;
};

static int read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

/* ---- a .BTF section inside an ELF file ---- */

struct elf_section {
	uint32_t name, link;
	uint64_t offset, size;
};

struct elf_file {
	int fd;
	bool wide;
	uint64_t table; /* of section headers */
	uint32_t count, entry_size, names;
};

static int elf_section(const struct elf_file *elf, uint32_t index, struct elf_section *ret)
{
	uint64_t at = elf->table + (uint64_t)index * elf->entry_size;
	Elf64_Shdr wide;
	Elf32_Shdr narrow;
	int err;

	if (elf->wide) {
		err = read_at(elf->fd, at, &wide, sizeof(wide));
		if (err < 0)
			return err;
		*ret = (struct elf_section){wide.sh_name, wide.sh_link, wide.sh_offset,
					    wide.sh_size};
		return 0;
	}
	err = read_at(elf->fd, at, &narrow, sizeof(narrow));
	if (err < 0)
		return err;
	*ret = (struct elf_section){narrow.sh_name, narrow.sh_link, narrow.sh_offset,
				    narrow.sh_size};
	return 0;
}

static int elf_open(int fd, uint64_t file_size, struct elf_file *ret)
{
	struct elf_file elf = {.fd = fd};
	struct elf_section first;
	Elf64_Ehdr wide;
	Elf32_Ehdr narrow;
	int err = read_at(fd, 0, &narrow, sizeof(narrow));

	if (err < 0)
		return err;
	elf.wide = narrow.e_ident[EI_CLASS] == ELFCLASS64;
	if (elf.wide) {
		err = read_at(fd, 0, &wide, sizeof(wide));
		if (err < 0)
			return err;
		elf.table = wide.e_shoff;
		elf.count = wide.e_shnum;
		elf.entry_size = wide.e_shentsize;
		elf.names = wide.e_shstrndx;
	} else {
		elf.table = narrow.e_shoff;
		elf.count = narrow.e_shnum;
		elf.entry_size = narrow.e_shentsize;
		elf.names = narrow.e_shstrndx;
	}
	if (elf.table == 0 || elf.table > file_size)
		return -EBADMSG;
	err = elf_section(&elf, 0, &first);
	if (err < 0)
		return err;
	/* More sections than the header can count are counted in section 0. */
	if (elf.count == 0)
		elf.count = first.size > UINT16_MAX * 16u ? 0 : (uint32_t)first.size;
	if (elf.names == SHN_XINDEX)
		elf.names = first.link;
	*ret = elf;
	return 0;
}

static int elf_find_btf(int fd, uint64_t file_size, struct elf_section *ret)
{
	struct elf_section names, section;
	struct elf_file elf;
	int err = elf_open(fd, file_size, &elf);

	if (err < 0)
		return err;
	err = elf_section(&elf, elf.names, &names);
	if (err < 0)
		return err;
	if (names.offset > file_size)
		return -EBADMSG;
	for (uint32_t i = 1; i < elf.count; i++) {
		char name[sizeof(".BTF")];

		err = elf_section(&elf, i, &section);
		if (err < 0)
			return err;
		/* A name at the very end of the file is too short to be ours. */
		if (read_at(fd, names.offset + section.name, name, sizeof(name)) < 0)
			continue;
		if (memcmp(name, ".BTF", sizeof(name)) != 0)
			continue;
		*ret = section;
		return 0;
	}
	return -ENODATA;
}

/* Which part of the file is BTF. */
static int locate(int fd, uint64_t file_size, uint64_t *offset, uint64_t *size)
{
	static const int byte_order =
		__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
	unsigned char ident[EI_NIDENT];
	struct elf_section section = {0};
	int err = read_at(fd, 0, ident, sizeof(ident));

	if (err < 0)
		return err;
	*offset = 0;
	*size = file_size;
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return 0;
	if (ident[EI_DATA] != byte_order)
		return -ENOTSUP;
	err = elf_find_btf(fd, file_size, &section);
	if (err < 0)
		return err;
	if (section.offset > file_size || section.size > file_size - section.offset)
		return -EBADMSG;
	*offset = section.offset;
	*size = section.size;
	return 0;
}

/* ---- open ---- */

static int take_file(struct kernel_btf *btf, int fd, uint64_t file_size)
{
	uint64_t offset, size;
	int err = locate(fd, file_size, &offset, &size);

	if (err < 0)
		return err;
	if (size < HEADER_MIN || size > BTF_LIMIT)
		return -EBADMSG;
	btf->data = malloc(size);
	if (!btf->data)
		return -ENOMEM;
	btf->size = size;
	return read_at(fd, offset, btf->data, size);
}

static int take_kernel(struct kernel_btf *btf, int fd, uint64_t file_size)
{
	void *data;

	if (file_size < HEADER_MIN || file_size > BTF_LIMIT)
		return -EBADMSG;
	/* The attribute can be mapped since 6.16; before, ENODEV. */
	data = mmap(NULL, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return take_file(btf, fd, file_size);
	btf->data = data;
	btf->size = file_size;
	btf->mapped = true;
	return 0;
}

/* Whether @offset and @length, relative to the header's end, lie inside; sets where. */
static bool part(const struct kernel_btf *btf, const uint32_t *words, enum header_word at,
		 const char **ret)
{
	uint64_t start = (uint64_t)words[WORD_HDR_LEN] + words[at];

	if (start > btf->size || words[at + 1] > btf->size - start)
		return false;
	*ret = btf->data + start;
	return true;
}

/* Types are words: what is no multiple of four cannot be stepped over. */
static struct extent extent_of(const struct shape *shape)
{
	const struct extent endless = {.size = UINT32_MAX};

	if (!shape->known || shape->fixed % 4 != 0 || shape->each % 4 != 0)
		return endless;
	return (struct extent){(uint32_t)sizeof(struct btf_type) + shape->fixed, shape->each};
}

/* Kinds that are newer than us can be stepped over where the blob describes its own shapes. */
static int take_layout(struct kernel_btf *btf, const uint32_t *words)
{
	const struct shape unknown = {0};
	const char *layout;
	size_t kind;

	for (kind = 0; kind <= KIND_MAX; kind++)
		btf->extents[kind] =
			extent_of(kind < ARRAY_SIZE(shapes) ? &shapes[kind] : &unknown);
	if (words[WORD_HDR_LEN] < HEADER_LAYOUT || words[WORD_LAYOUT_LEN] == 0)
		return 0;
	if (!part(btf, words, WORD_LAYOUT_OFF, &layout))
		return -EBADMSG;
	for (kind = ARRAY_SIZE(shapes);
	     kind <= KIND_MAX && (kind + 1) * 4 <= words[WORD_LAYOUT_LEN]; kind++) {
		const uint8_t *row = (const uint8_t *)layout + kind * 4;

		btf->extents[kind] = extent_of(&(struct shape){1, row[0], row[1]});
	}
	return 0;
}

static int take_header(struct kernel_btf *btf)
{
	uint32_t words[WORD_COUNT] = {0};
	uint16_t magic;

	memcpy(&magic, btf->data, sizeof(magic));
	if (magic == __builtin_bswap16(BTF_MAGIC))
		return -ENOTSUP;
	if (magic != BTF_MAGIC || btf->data[2] != BTF_VERSION)
		return -EBADMSG;
	memcpy(words, btf->data, HEADER_MIN);
	if (words[WORD_HDR_LEN] < HEADER_MIN || words[WORD_HDR_LEN] > btf->size)
		return -EBADMSG;
	if (words[WORD_HDR_LEN] >= HEADER_LAYOUT)
		memcpy(words, btf->data, HEADER_LAYOUT);
	/* Types are read in place, so they must be aligned, as the kernel demands too. */
	if (words[WORD_HDR_LEN] % 4 != 0 || words[WORD_TYPE_OFF] % 4 != 0)
		return -EBADMSG;
	if (!part(btf, words, WORD_TYPE_OFF, &btf->types) ||
	    !part(btf, words, WORD_STR_OFF, &btf->strings))
		return -EBADMSG;
	btf->types_size = words[WORD_TYPE_LEN];
	btf->strings_size = words[WORD_STR_LEN];
	if (btf->strings_size == 0 || btf->strings[0] != '\0' ||
	    btf->strings[btf->strings_size - 1] != '\0')
		return -EBADMSG;
	return take_layout(btf, words);
}

static int take(struct kernel_btf *btf, int fd, bool of_kernel)
{
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	err = of_kernel ? take_kernel(btf, fd, (uint64_t)st.st_size)
			: take_file(btf, fd, (uint64_t)st.st_size);
	if (err < 0)
		return err;
	btf->arena = arena_new();
	if (!btf->arena)
		return -ENOMEM;
	return take_header(btf);
}

int kernel_btf_open(struct kernel *kernel, const char *path, struct kernel_btf **ret)
{
	struct kernel_btf *btf;
	int fd, err = -ENOMEM;

	fd = kernel->ops->open(kernel, path ? path : VMLINUX_PATH);
	if (fd < 0)
		return fd;
	btf = calloc(1, sizeof(*btf));
	if (btf)
		err = take(btf, fd, !path);
	kernel->ops->close(kernel, fd);
	if (err < 0) {
		kernel_btf_close(btf);
		return err;
	}
	*ret = btf;
	return 0;
}

void kernel_btf_close(struct kernel_btf *btf)
{
	if (!btf)
		return;
	if (btf->mapped)
		munmap(btf->data, btf->size);
	else
		free(btf->data);
	dict_free(&btf->memos);
	vec_free(&btf->marks);
	arena_free(btf->arena);
	free(btf);
}

/* ---- walk ---- */

static const char *name_at(const struct kernel_btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* Remember where every MARK_STEP-th type lies. Without memory for it, by_id() walks further. */
static void mark(struct kernel_btf *btf, uint32_t id, uint32_t at)
{
	uint32_t *offset;

	if ((id - 1) / MARK_STEP != btf->marks.count)
		return;
	offset = vec_add(&btf->marks, sizeof(*offset));
	if (offset)
		*offset = at;
}

/* Runs once for each of a hundred thousand types: callers keep their cursor in registers. */
static inline bool step(struct kernel_btf *btf, struct cursor *cursor)
{
	uint32_t left = btf->types_size - cursor->next;
	const struct btf_type *type;
	const struct extent *extent;
	uint64_t size;

	if (left == 0)
		return false;
	if (left < sizeof(*type)) {
		btf->damage = -EBADMSG;
		return false;
	}
	type = (const struct btf_type *)(btf->types + cursor->next);
	extent = &btf->extents[INFO_KIND(type->info)];
	size = extent->size + (uint64_t)extent->each * INFO_COUNT(type->info);
	if (size > left) {
		btf->damage = -EBADMSG;
		return false;
	}
	cursor->id++;
	cursor->offset = cursor->next;
	cursor->next += (uint32_t)size;
	cursor->type = type;
	if ((cursor->id - 1) % MARK_STEP == 0)
		mark(btf, cursor->id, cursor->offset);
	return true;
}

static const struct btf_type *by_id(struct kernel_btf *btf, uint32_t id)
{
	struct cursor cursor = {0};
	size_t nearest;

	if (id == 0)
		return NULL;
	nearest = (id - 1) / MARK_STEP;
	if (nearest >= btf->marks.count && btf->marks.count > 0)
		nearest = btf->marks.count - 1;
	if (btf->marks.count > 0) {
		cursor.id = (uint32_t)nearest * MARK_STEP;
		cursor.next = ((const uint32_t *)btf->marks.items)[nearest];
	}
	while (step(btf, &cursor))
		if (cursor.id == id)
			return cursor.type;
	return NULL;
}

/* The next type of one of @kinds (a mask) that is called @name. */
static bool find_next(struct kernel_btf *btf, struct cursor *cursor, uint32_t kinds,
		      const char *name)
{
	struct cursor at = *cursor;
	bool found = false;

	while (!found && step(btf, &at)) {
		uint32_t kind = INFO_KIND(at.type->info);
		const char *own;

		if (kind >= 32 || (kinds & 1u << kind) == 0)
			continue;
		if (kind == BTF_KIND_FUNC && !btf->functions.next)
			btf->functions = (struct cursor){.id = at.id - 1, .next = at.offset};
		own = name_at(btf, at.type->name_off);
		found = *own == *name && strcmp(own, name) == 0;
	}
	*cursor = at;
	return found;
}

/* Types behind typedefs, qualifiers and tags; with @arrays behind arrays, too. */
static const struct btf_type *bare(struct kernel_btf *btf, uint32_t id, bool arrays)
{
	static const uint32_t modifiers = 1u << BTF_KIND_TYPEDEF | 1u << BTF_KIND_VOLATILE |
					  1u << BTF_KIND_CONST | 1u << BTF_KIND_RESTRICT |
					  1u << 18 /* TYPE_TAG */;

	for (int depth = 0; depth < DEPTH_LIMIT; depth++) {
		const struct btf_type *type = by_id(btf, id);
		uint32_t kind = type ? INFO_KIND(type->info) : 0;

		if (!type || kind >= 32)
			return NULL;
		if (kind == BTF_KIND_ARRAY && arrays)
			id = ((const struct btf_array *)(type + 1))->type;
		else if ((modifiers & 1u << kind) != 0)
			id = type->type;
		else
			return type;
	}
	return NULL;
}

/* ---- questions ---- */

/* What was found under @key, or a fresh memo with *known false; NULL when memory is out. */
static struct memo *recall(struct kernel_btf *btf, const char *key, bool *known)
{
	struct memo *memo = dict_get(&btf->memos, key);
	const char *copy;

	*known = memo != NULL;
	if (memo)
		return memo;
	memo = arena_alloc(btf->arena, sizeof(*memo));
	copy = arena_strdup(btf->arena, key);
	if (!memo || !copy)
		return NULL;
	return dict_set(&btf->memos, copy, memo) < 0 ? NULL : memo;
}

static uint32_t find(struct kernel_btf *btf, uint32_t kinds, const char *name)
{
	/* Functions stand behind a third of all types in the kernel's BTF. */
	struct cursor cursor = kinds == 1u << BTF_KIND_FUNC ? btf->functions : (struct cursor){0};
	struct memo *memo = NULL;
	bool known = false;
	char key[NAME_LIMIT];
	int length = snprintf(key, sizeof(key), "%x %s", kinds, name);

	if (length > 0 && (size_t)length < sizeof(key))
		memo = recall(btf, key, &known);
	if (known)
		return memo->id;
	if (!find_next(btf, &cursor, kinds, name))
		return 0;
	if (memo)
		memo->id = cursor.id;
	return cursor.id;
}

int kernel_btf_damage(const struct kernel_btf *btf)
{
	return btf->damage;
}

uint32_t kernel_btf_find(struct kernel_btf *btf, int kind, const char *name)
{
	return kind <= 0 || kind >= 32 || *name == '\0' ? 0 : find(btf, 1u << kind, name);
}

uint32_t kernel_btf_found(struct kernel_btf *btf, int kind, const char *name)
{
	const struct memo *memo;
	char key[NAME_LIMIT];

	snprintf(key, sizeof(key), "%x %s", 1u << kind, name);
	memo = dict_get(&btf->memos, key);
	return memo ? memo->id : 0;
}

int kernel_btf_args(struct kernel_btf *btf, const char *function)
{
	const struct btf_type *type = by_id(btf, kernel_btf_find(btf, BTF_KIND_FUNC, function));

	if (!type)
		return -ENOENT;
	type = by_id(btf, type->type);
	if (!type || INFO_KIND(type->info) != BTF_KIND_FUNC_PROTO)
		return -EBADMSG;
	return (int)INFO_COUNT(type->info);
}

/* ---- shapes ---- */

struct writing {
	struct kernel_btf *btf;
	struct btf_shape *shape;
};

static void write_shape(struct writing *writing, uint32_t id, int depth);

static void write_prototype(struct writing *writing, const struct btf_type *type, int depth)
{
	const struct btf_param *params = (const struct btf_param *)(type + 1);

	for (uint32_t i = 0; i < INFO_COUNT(type->info); i++)
		write_shape(writing, params[i].type, depth + 1);
	btf_shape_put(writing->shape, BTF_SHAPE_RETURNS);
	write_shape(writing, type->type, depth + 1);
}

static void write_shape(struct writing *writing, uint32_t id, int depth)
{
	const struct btf_type *type = bare(writing->btf, id, false);
	uint32_t kind = type ? INFO_KIND(type->info) : 0;

	btf_shape_put(writing->shape, btf_shape_letter((int)kind));
	if (depth >= DEPTH_LIMIT)
		return;
	if (kind == BTF_KIND_PTR)
		write_shape(writing, type->type, depth + 1);
	else if (kind == BTF_KIND_ARRAY)
		write_shape(writing, ((const struct btf_array *)(type + 1))->type, depth + 1);
	else if (kind == BTF_KIND_FUNC_PROTO)
		write_prototype(writing, type, depth);
}

int kernel_btf_shape(struct kernel_btf *btf, int kind, const char *name, struct btf_shape *ret)
{
	const struct btf_type *type = by_id(btf, kernel_btf_find(btf, kind, name));
	struct writing writing = {.btf = btf, .shape = ret};

	if (!type)
		return -ENOENT;
	ret->length = 0;
	write_shape(&writing, type->type, 0);
	return 0;
}

static bool is_composite(const struct btf_type *type)
{
	return type && (INFO_KIND(type->info) == BTF_KIND_STRUCT ||
			INFO_KIND(type->info) == BTF_KIND_UNION);
}

/* Looks at a hostile blob at most this often: a struct of anonymous structs of ... multiplies. */
#define MEMBER_BUDGET 100000

/* Where a member lies, in bits from the start, and what it is. */
struct place {
	uint64_t bits;
	uint32_t type;
	uint32_t bitfield; /* bits of a bit field, 0: it is none */
};

static void take_place(const struct btf_type *type, const struct btf_member *member,
		       struct place *ret)
{
	bool flagged = INFO_FLAG(type->info);

	ret->bits += flagged ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
	ret->bitfield = flagged ? BTF_MEMBER_BITFIELD_SIZE(member->offset) : 0;
	ret->type = member->type;
}

static bool member_find(struct kernel_btf *btf, const struct btf_type *type, const char *name,
			size_t length, int depth, unsigned int *budget, struct place *ret)
{
	const struct btf_member *member = (const struct btf_member *)(type + 1);
	const struct place start = *ret;

	for (uint32_t i = 0; i < INFO_COUNT(type->info) && *budget > 0; i++, member++) {
		const char *own = name_at(btf, member->name_off);
		const struct btf_type *inner;

		(*budget)--;
		*ret = start;
		take_place(type, member, ret);
		if (strncmp(own, name, length) == 0 && own[length] == '\0')
			return true;
		if (*own != '\0' || depth == DEPTH_LIMIT)
			continue;
		inner = bare(btf, member->type, false);
		if (is_composite(inner) &&
		    member_find(btf, inner, name, length, depth + 1, budget, ret))
			return true;
	}
	return false;
}

/* Follow the dotted path through embedded structs, unions and arrays of them; never through a
 * pointer. */
static bool has_member(struct kernel_btf *btf, const struct btf_type *type, const char *path,
		       struct place *ret)
{
	unsigned int budget = MEMBER_BUDGET;

	*ret = (struct place){0};
	for (;;) {
		size_t length = strcspn(path, ".");

		if (length == 0 || !is_composite(type) ||
		    !member_find(btf, type, path, length, 0, &budget, ret))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
		type = bare(btf, ret->type, true);
	}
}

static bool member_place(struct kernel_btf *btf, const char *type, const char *member,
			 struct place *ret)
{
	static const uint32_t kinds = 1u << BTF_KIND_STRUCT | 1u << BTF_KIND_UNION;
	const struct btf_type *first = by_id(btf, find(btf, kinds, type));
	struct cursor cursor = {0};

	if (!first)
		return false;
	if (has_member(btf, first, member, ret))
		return true;
	/* Several types may bear one name. */
	while (find_next(btf, &cursor, kinds, type))
		if (has_member(btf, cursor.type, member, ret))
			return true;
	return false;
}

int kernel_btf_member(struct kernel_btf *btf, const char *type, const char *member)
{
	struct place place;

	return member_place(btf, type, member, &place) ? 0 : -ENOENT;
}

/* Of what is not as large as it says, and of arrays that are not simply that, nothing is told. */
static bool size_of(struct kernel_btf *btf, uint32_t id, uint64_t *ret)
{
	const struct btf_type *type = bare(btf, id, false);
	uint64_t times = 1;

	while (type && INFO_KIND(type->info) == BTF_KIND_ARRAY && times < UINT32_MAX) {
		times *= ((const struct btf_array *)(type + 1))->nelems;
		type = bare(btf, ((const struct btf_array *)(type + 1))->type, false);
	}
	if (!type)
		return false;
	switch (INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
		*ret = times * sizeof(void *);
		return true;
	case BTF_KIND_INT:
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case KIND_ENUM64:
		*ret = times * type->size;
		return true;
	default:
		return false;
	}
}

static bool is_signed(struct kernel_btf *btf, uint32_t id, uint64_t *ret)
{
	const struct btf_type *type = bare(btf, id, false);
	uint32_t kind = type ? INFO_KIND(type->info) : 0;

	if (kind == BTF_KIND_ENUM || kind == KIND_ENUM64)
		*ret = INFO_FLAG(type->info);
	else if (kind == BTF_KIND_INT)
		*ret = (BTF_INT_ENCODING(*(const uint32_t *)(type + 1)) & BTF_INT_SIGNED) != 0;
	else
		return false;
	return true;
}

bool kernel_btf_member_number(struct kernel_btf *btf, enum object_number kind, const char *type,
			      const char *member, uint64_t *ret)
{
	struct place place;

	if (!member_place(btf, type, member, &place))
		return false;
	*ret = 0;
	if (kind == OBJECT_FIELD_FORM && place.bitfield)
		return true;
	if (place.bitfield || place.bits % 8)
		return false;
	if (kind == OBJECT_FIELD_SIZE || kind == OBJECT_FIELD_FORM)
		return size_of(btf, place.type, ret);
	if (kind == OBJECT_FIELD_SIGNED)
		return is_signed(btf, place.type, ret);
	*ret = place.bits / 8;
	return kind == OBJECT_FIELD_OFFSET;
}

bool kernel_btf_size(struct kernel_btf *btf, int kind, const char *name, uint64_t *ret)
{
	uint32_t id = kernel_btf_find(btf, kind, name);

	return id && size_of(btf, id, ret);
}

int kernel_btf_member_index(struct kernel_btf *btf, const char *type, const char *member,
			    uint32_t *id)
{
	const struct btf_type *found;
	const struct btf_member *members;
	const char *name;

	*id = kernel_btf_find(btf, BTF_KIND_STRUCT, type);
	found = *id ? by_id(btf, *id) : NULL;
	if (!found)
		return -ENOENT;
	members = (const struct btf_member *)(found + 1);
	for (unsigned int i = 0; i < BTF_INFO_VLEN(found->info); i++) {
		name = name_at(btf, members[i].name_off);
		if (strcmp(name, member) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static bool enumerator_in(const struct kernel_btf *btf, const struct btf_type *type,
			  const char *name, int64_t *ret)
{
	const uint32_t *words = (const uint32_t *)(type + 1);
	bool wide = INFO_KIND(type->info) == KIND_ENUM64;
	bool is_signed = INFO_FLAG(type->info);

	for (uint32_t i = 0; i < INFO_COUNT(type->info); i++, words += wide ? 3 : 2) {
		if (strcmp(name_at(btf, words[0]), name) != 0)
			continue;
		if (wide)
			*ret = (int64_t)((uint64_t)words[2] << 32 | words[1]);
		else /* before 6.0 no enum carries the sign: then a negative value comes out as
			unsigned */
			*ret = is_signed ? (int64_t)(int32_t)words[1] : (int64_t)words[1];
		return true;
	}
	return false;
}

#define ENUM_KINDS (1u << BTF_KIND_ENUM | 1u << KIND_ENUM64)

static bool enumerator_find(struct kernel_btf *btf, const char *enum_name, const char *name,
			    int64_t *ret)
{
	const struct btf_type *first =
		enum_name ? by_id(btf, find(btf, ENUM_KINDS, enum_name)) : NULL;
	struct cursor cursor = {0};

	/* Where it is was found out once. */
	if (enum_name && !first)
		return false;
	if (first && enumerator_in(btf, first, name, ret))
		return true;
	while (step(btf, &cursor)) {
		uint32_t kind = INFO_KIND(cursor.type->info);

		if (kind != BTF_KIND_ENUM && kind != KIND_ENUM64)
			continue;
		if (enum_name && strcmp(name_at(btf, cursor.type->name_off), enum_name) != 0)
			continue;
		if (enumerator_in(btf, cursor.type, name, ret))
			return true;
	}
	return false;
}

int kernel_btf_enumerator(struct kernel_btf *btf, const char *enum_name, const char *name,
			  int64_t *ret)
{
	struct memo fresh = {0}, *memo = NULL;
	bool known = false;
	char key[NAME_LIMIT];
	int length = snprintf(key, sizeof(key), "enum %s.%s", enum_name ? enum_name : "", name);

	if (length > 0 && (size_t)length < sizeof(key))
		memo = recall(btf, key, &known);
	if (!memo)
		memo = &fresh;
	if (!known)
		memo->found = enumerator_find(btf, enum_name, name, &memo->value);
	if (!memo->found)
		return -ENOENT;
	*ret = memo->value;
	return 0;
}
