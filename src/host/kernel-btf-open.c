/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * kernel-btf-open.c - the position of the kernel's types in a file, and whether they can be walked
 *
 * The input may be hostile: every offset and length is checked before it is followed. The blob of
 * /sys/kernel/btf/vmlinux cannot shrink and is mapped; a file given by the user can, and is read.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/btf.h>

#include "host/kernel-btf.h"

#define VMLINUX_PATH "/sys/kernel/btf/vmlinux"
#define BTF_LIMIT    (256u << 20) /* the largest kernels have 20 MiB */

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

/* The part of the file that is BTF. */
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

/* Unknown newer kinds can be stepped over if the blob describes their layout. */
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
	/* Split BTF may also use its base's names. */
	if (btf->strings_size == 0 || btf->strings[btf->strings_size - 1] != '\0')
		return btf->base && btf->strings_size == 0 ? take_layout(btf, words) : -EBADMSG;
	if (!btf->base && btf->strings[0] != '\0')
		return -EBADMSG;
	return take_layout(btf, words);
}

static int take_data(struct kernel_btf *btf)
{
	btf->arena = arena_new();
	return btf->arena ? take_header(btf) : -ENOMEM;
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
	return err < 0 ? err : take_data(btf);
}

int kernel_btf_open_split(struct kernel *kernel, const char *path, struct kernel_btf *base,
			  struct kernel_btf **ret)
{
	struct kernel_btf *btf;
	int fd, err = -ENOMEM;

	fd = kernel->ops->open(kernel, path ? path : VMLINUX_PATH);
	if (fd < 0)
		return fd;
	btf = calloc(1, sizeof(*btf));
	if (btf) {
		btf->base = base;
		btf->base_count = base ? kernel_btf_count(base) : 0;
		err = take(btf, fd, !path);
	}
	kernel->ops->close(kernel, fd);
	if (err < 0) {
		kernel_btf_close(btf);
		return err;
	}
	*ret = btf;
	return 0;
}

int kernel_btf_open(struct kernel *kernel, const char *path, struct kernel_btf **ret)
{
	return kernel_btf_open_split(kernel, path, NULL, ret);
}

int kernel_btf_open_data(void *data, size_t size, struct kernel_btf **ret)
{
	struct kernel_btf *btf = calloc(1, sizeof(*btf));
	int err;

	if (!btf) {
		free(data);
		return -ENOMEM;
	}
	btf->data = data;
	btf->size = size;
	err = size < HEADER_MIN ? -EBADMSG : take_data(btf);
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
