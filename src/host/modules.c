/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * modules.c - types of loaded modules, and what modules that are not loaded may bring
 *
 * Since 5.11 each loaded module has BTF of its own, which continues the kernel's. These files are
 * opened only for what the kernel's own BTF does not have.
 */
#include <errno.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

enum { LIST_LIMIT = 4 << 20 };

struct module {
	const char *name;
	struct kernel_btf *btf; /* NULL: it has none, or it cannot be read */
};

struct host_modules {
	struct vec modules; /* struct module */
	int error;	    /* why some of them could not be read */
	const char *where;  /* it could not */
};

/* struct module has had it since 5.11 (36e68442d1af), where CONFIG_DEBUG_INFO_BTF_MODULES is on. */
static bool have_types(struct live *live)
{
	struct kernel_btf *btf = live_btf(live);

	return btf && kernel_btf_member(btf, "module", "btf_data") == 0;
}

static void miss(struct host_modules *modules, int error, const char *where)
{
	if (modules->error)
		return;
	modules->error = error;
	modules->where = where ? where : "";
}

static void open_module(struct live *live, struct host_modules *modules, const char *name)
{
	const char *path = arena_printf(live->arena, "/sys/kernel/btf/%s", name);
	struct module *module = vec_add(&modules->modules, sizeof(*module));
	int r = path && module
			? kernel_btf_open_split(live->kernel, path, live_btf(live), &module->btf)
			: -ENOMEM;

	if (module)
		module->name = name;
	/* A module that was built without types brings none. */
	if (r && r != -ENOENT)
		miss(modules, r, path);
}

/* Without this file the kernel does not support modules. */
static void open_all(struct live *live, struct host_modules *modules)
{
	static const char path[] = "/proc/modules";
	const char *list, *name;
	int r = kernel_read(live->kernel, live->arena, path, LIST_LIMIT, &list, NULL);

	if (r && r != -ENOENT)
		miss(modules, r, path);
	while (!r && *list) {
		name = arena_strndup(live->arena, list, strcspn(list, " \n"));
		if (name && *name)
			open_module(live, modules, name);
		list += strcspn(list, "\n");
		list += *list == '\n';
	}
}

/* NULL: memory is out. */
static struct host_modules *modules_of(struct live *live)
{
	if (!live->modules) {
		live->modules = calloc(1, sizeof(*live->modules));
		if (live->modules && have_types(live))
			open_all(live, live->modules);
	}
	return live->modules;
}

void modules_free(struct live *live)
{
	const struct module *modules;
	size_t i;

	if (!live->modules)
		return;
	modules = live->modules->modules.items;
	for (i = 0; i < live->modules->modules.count; i++)
		kernel_btf_close(modules[i].btf);
	vec_free(&live->modules->modules);
	free(live->modules);
	live->modules = NULL;
}

uint32_t modules_find(struct live *live, int kind, const char *name, const char **module,
		      struct kernel_btf **btf)
{
	const struct host_modules *all = modules_of(live);
	const struct module *modules = all ? all->modules.items : NULL;
	uint32_t id;
	size_t i;

	for (i = 0; all && i < all->modules.count; i++) {
		id = modules[i].btf ? kernel_btf_find(modules[i].btf, kind, name) : 0;
		if (!id)
			continue;
		*module = modules[i].name;
		*btf = modules[i].btf;
		return id;
	}
	return 0;
}

/* ---- what is not there ---- */

static const char *list_of(struct live *live)
{
	return arena_printf(live->arena, "/lib/modules/%s/modules.dep", live->host->release);
}

static bool takes_modules(struct live *live)
{
	long disabled = 0;

	if (live->kernel->ops->exists(live->kernel, "/proc/modules"))
		return false;
	return live_number(live, "/proc/sys/kernel/modules_disabled", &disabled) || !disabled;
}

static bool can_be_loaded(struct live *live)
{
	const char *path = list_of(live);

	return path && takes_modules(live) && !live->kernel->ops->exists(live->kernel, path);
}

int modules_installed(struct live *live, const char *name)
{
	const char *path = list_of(live), *file = arena_printf(live->arena, "/%s.ko", name);
	const char *text;
	size_t size;
	int r;

	if (!path || !file)
		return -ENOMEM;
	if (!takes_modules(live))
		return 0;
	r = kernel_read(live->kernel, live->arena, path, LIST_LIMIT, &text, &size);
	if (r)
		return r == -ENOENT ? 0 : r;
	return strstr(text, file) != NULL;
}

struct featsel_answer modules_absent(struct live *live, const struct featsel_answer *absent,
				     bool by_types)
{
	const struct host_modules *all = by_types ? modules_of(live) : NULL;

	if (by_types && !have_types(live))
		return *absent;
	if (all && all->error)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "%s; %s: %s", absent->evidence, all->where,
				   errno_name(all->error));
	if (!can_be_loaded(live))
		return *absent;
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_MODULE_NOT_LOADED, NULL,
			   "%s; nor has any module that is loaded", absent->evidence);
}
