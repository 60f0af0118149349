/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * binary.c - functions and USDT probes of user-space programs and libraries, for uprobes
 */
#include <errno.h>
#include <fnmatch.h>
#include <gelf.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "object/private.h"

#define PATH_LIMIT   4096
#define NOTE_SECTION ".note.stapsdt"
#define NOTE_OWNER   "stapsdt"
#define NOTE_TYPE    3

/* ---- where it is ---- */

static bool is_library(const char *name)
{
	const char *ending = strstr(name, ".so");

	return ending && (!ending[3] || ending[3] == '.');
}

/* "a:b:c" */
static bool try_directories(const char *directories, const char *name, binary_exists_fn exists,
			    void *data, char *path, size_t size)
{
	size_t length;
	int n;

	for (; directories && *directories; directories += length + (directories[length] == ':')) {
		length = strcspn(directories, ":");
		n = snprintf(path, size, "%.*s/%s", (int)length, directories, name);
		if (length && n > 0 && (size_t)n < size && exists(data, path) == 0)
			return true;
	}
	return false;
}

/* Multiarch directories of Debian and its derivatives; other distributions have none. */
static const char *architecture_directory(char *buffer, size_t size)
{
	struct utsname name;

	if (uname(&name))
		return NULL;
	snprintf(buffer, size, "/lib/%.32s-linux-gnu", name.machine);
	return buffer;
}

int binary_resolve(const char *name, binary_exists_fn exists, void *data, char *path, size_t size)
{
	char own[64];
	const char *library[] = {secure_getenv("LD_LIBRARY_PATH"), "/usr/lib64:/usr/lib",
				 architecture_directory(own, sizeof(own))};
	const char *program[] = {secure_getenv("PATH"), "/usr/bin:/usr/sbin"};
	const char *const *places = is_library(name) ? library : program;
	size_t n = is_library(name) ? ARRAY_SIZE(library) : ARRAY_SIZE(program), i;

	if (strchr(name, '/'))
		return (size_t)snprintf(path, size, "%s", name) < size ? 0 : -ENAMETOOLONG;
	for (i = 0; i < n; i++)
		if (try_directories(places[i], name, exists, data, path, size))
			return 0;
	return -ENOENT;
}

/* ---- its functions ---- */

static bool matches(const char *name, const char *pattern)
{
	return strpbrk(pattern, "*?") ? fnmatch(pattern, name, 0) == 0 : strcmp(pattern, name) == 0;
}

/* Symbols have virtual addresses; a uprobe needs the offset in the file. */
static int file_offset(Elf *elf, const GElf_Sym *symbol, uint64_t *ret)
{
	GElf_Shdr header;

	if (!gelf_getshdr(elf_getscn(elf, symbol->st_shndx), &header) ||
	    symbol->st_value < header.sh_addr)
		return -ENOENT;
	*ret = symbol->st_value - header.sh_addr + header.sh_offset;
	return 0;
}

static int add_offset(struct vec *offsets, uint64_t offset)
{
	const uint64_t *known = offsets->items;
	uint64_t *slot;
	size_t i;

	/* A function may have several names, and be in both symbol tables. */
	for (i = 0; i < offsets->count; i++)
		if (known[i] == offset)
			return 0;
	slot = vec_add(offsets, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = offset;
	return 0;
}

/* Functions by name, or what begins at one place. */
struct search {
	const char *pattern; /* NULL: any name */
	uint64_t place;
	struct vec *offsets;
	bool whole; /* the file has the table that is for linking, of all functions */
};

static int take_symbols(Elf *elf, Elf_Scn *section, const GElf_Shdr *header,
			const struct search *search)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = data && header->sh_entsize ? data->d_size / header->sh_entsize : 0, i;
	const char *name;
	GElf_Sym symbol;
	uint64_t offset;
	int r = 0;

	for (i = 0; i < n && !r; i++) {
		if (!gelf_getsym(data, (int)i, &symbol) ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC || !symbol.st_shndx)
			continue;
		name = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (!name || (search->pattern && !matches(name, search->pattern)) ||
		    file_offset(elf, &symbol, &offset))
			continue;
		if (search->pattern || offset == search->place)
			r = add_offset(search->offsets, offset);
	}
	return r;
}

static int take_functions(Elf *elf, struct search *search)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	bool any = false;
	int r = 0;

	while (!r && (section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) ||
		    (header.sh_type != SHT_DYNSYM && header.sh_type != SHT_SYMTAB))
			continue;
		any = true;
		search->whole |= header.sh_type == SHT_SYMTAB;
		r = take_symbols(elf, section, &header, search);
	}
	if (r)
		return r;
	if (!any)
		return -ENODATA;
	return search->offsets->count ? 0 : -ENOENT;
}

static Elf *open_elf(int fd)
{
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF)
		return elf;
	elf_end(elf);
	return NULL;
}

static int search(int fd, struct search *search)
{
	Elf *elf = open_elf(fd);
	int r;

	if (!elf)
		return -ENOEXEC;
	r = take_functions(elf, search);
	elf_end(elf);
	return r;
}

int binary_functions(int fd, const char *pattern, struct vec *offsets)
{
	return search(fd, &(struct search){.pattern = pattern, .offsets = offsets});
}

int binary_entry(int fd, uint64_t place)
{
	struct vec offsets = {0};
	struct search by_place = {.place = place, .offsets = &offsets};
	int r = search(fd, &by_place);

	vec_free(&offsets);
	return r == -ENOENT && !by_place.whole ? -ENODATA : r;
}

/* ---- the probes that it carries ---- */

/* Three addresses, then provider, name and arguments, each NUL-terminated. */
static bool is_probe(const char *description, size_t size, bool wide, const char *provider,
		     const char *name)
{
	size_t addresses = 3 * (wide ? sizeof(uint64_t) : sizeof(uint32_t)), length;
	const char *text = description + addresses, *end = description + size;

	if (size <= addresses || end[-1])
		return false;
	length = strlen(text);
	return strcmp(text, provider) == 0 && text + length + 1 < end &&
	       strcmp(text + length + 1, name) == 0;
}

static bool has_probe(Elf_Data *data, bool wide, const char *provider, const char *name)
{
	size_t at = 0, next, owner, description;
	GElf_Nhdr note;

	while (data && (next = gelf_getnote(data, at, &note, &owner, &description)) > 0) {
		at = next;
		if (note.n_type == NOTE_TYPE && note.n_namesz == sizeof(NOTE_OWNER) &&
		    memcmp((char *)data->d_buf + owner, NOTE_OWNER, sizeof(NOTE_OWNER)) == 0 &&
		    is_probe((char *)data->d_buf + description, note.n_descsz, wide, provider,
			     name))
			return true;
	}
	return false;
}

static int find_probe(Elf *elf, const char *provider, const char *name)
{
	bool wide = gelf_getclass(elf) == ELFCLASS64;
	Elf_Scn *section = NULL;
	const char *called;
	GElf_Shdr header;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return -ENOENT;
	while ((section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_NOTE)
			continue;
		called = elf_strptr(elf, names, header.sh_name);
		if (called && strcmp(called, NOTE_SECTION) == 0 &&
		    has_probe(elf_getdata(section, NULL), wide, provider, name))
			return 0;
	}
	return -ENOENT;
}

int binary_probe(int fd, const char *provider, const char *name)
{
	Elf *elf = open_elf(fd);
	int r;

	if (!elf)
		return -ENOEXEC;
	r = find_probe(elf, provider, name);
	elf_end(elf);
	return r;
}
