/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* attach-uprobe.c - uprobe and its kin: functions and places in binaries */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/attach.h"

#define UPROBE_PMU "/sys/bus/event_source/devices/uprobe/type"

enum { ATTACH_TYPE_UPROBE_MULTI = 48 /* since 6.6 */ };

static struct featsel_answer uprobe_mechanism(struct live *live)
{
	long type;
	int err = live_number(live, UPROBE_PMU, &type);

	if (err == 0)
		return answer_yes(live->arena, UPROBE_PMU ": %ld", type);
	if (errno_is_refusal(err))
		return live_refused(live, err, CAP_DAC_READ_SEARCH_MASK, "open(" UPROBE_PMU ")");
	if (err == -ENOENT && attach_file_exists(live, "/sys/bus/event_source/devices") == 0)
		return answer_make(live->arena, FEATSEL_NO, REASON_ATTACH_TYPE_UNSUPPORTED,
				   "not built into this kernel (CONFIG_UPROBE_EVENTS)",
				   UPROBE_PMU ": ENOENT");
	return UNKNOWN(live, UPROBE_PMU ": %s", errno_name(err));
}

static int binary_exists(void *live, const char *path)
{
	return attach_file_exists(live, path);
}

static struct featsel_answer binary_absent(struct live *live, const char *path, int err)
{
	if (err == -ENOENT || err == -ENOTDIR)
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING,
				   "install the program that is traced", "%s: %s", path,
				   errno_name(err));
	return UNKNOWN(live, "%s: %s", path, errno_name(err));
}

/*
 * An offset in the file. The kernel does not check the instruction there before the file is
 * executed, and puts its own address in place of the one to return to, which is on top of the stack
 * only where a function begins: what does not tell that is refused, or every process that comes
 * there might crash.
 */
static struct featsel_answer bare_offset(struct live *live, const struct section *section,
					 const char *path, int fd, const char *place)
{
	int err = section->flags & SECTION_RETURN ? binary_entry(fd, strtoull(place, NULL, 0)) : 0;

	if (err == 0)
		return answer_yes(live->arena, "%s: there", path);
	if (err != -ENOENT && err != -ENODATA && err != -ENOEXEC)
		return UNKNOWN(live, "%s: %s", path, errno_name(err));
	return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_NOT_PROBEABLE,
			   err == -ENOENT ? "name a function"
					  : "name a function, or trace a file that has its symbols",
			   err == -ENOENT
				   ? "%s: no function begins at %s, and from the middle of one the "
				     "process would return to anywhere and crash"
				   : "%s: has no symbols that tell whether a function begins at "
				     "%s; were it the middle of one, the process would crash",
			   path, place);
}

/* "SYMBOL", "SYMBOL+0x10", a glob, an offset in the file; of USDT "PROVIDER:NAME". */
static struct featsel_answer place_in_binary(struct live *live, const struct section *section,
					     const char *path, int fd, const char *place)
{
	const char *colon = strchr(place, ':');
	const bool many = section->means == ATTACH_UPROBE_MULTI;
	char *symbol = arena_strndup(live->arena, place, strcspn(place, colon || many ? ":" : "+"));
	struct vec offsets = {0};
	int err;

	if (!symbol)
		return live_no_memory(live);
	if (section->flags & SECTION_RETURN && !many && strtol(place + strlen(symbol), NULL, 0))
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_NOT_PROBEABLE,
				   "leave the offset out",
				   "%s: '%s' is not the beginning of a function: what the kernel "
				   "took for the address to return to would be something else, and "
				   "the process would crash",
				   path, place);
	if (*place >= '0' && *place <= '9')
		return bare_offset(live, section, path, fd, place);
	if (section->means == ATTACH_USDT)
		err = colon ? binary_probe(fd, symbol, colon + 1) : -ENOENT;
	else
		err = binary_functions(fd, symbol, &offsets);
	vec_free(&offsets);
	if (err == 0)
		return answer_yes(live->arena, "%s: has '%s'", path, place);
	if (err == -ENOENT || err == -ENODATA || err == -ENOEXEC)
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING, NULL,
				   err == -ENOENT ? "%s: no '%s'"
						  : "%s: no symbols, '%s' among them",
				   path, place);
	return UNKNOWN(live, "%s: %s", path, errno_name(err));
}

/* "PATH:SYMBOL", "PATH:PROVIDER:NAME", or "PATH" alone, which is not enough. */
static struct featsel_answer binary_target(struct live *live, const struct section *section)
{
	size_t length = strcspn(section->target, ":");
	char *name = arena_strndup(live->arena, section->target, length), path[4096];
	struct featsel_answer answer;
	int fd, err;

	if (!name)
		return live_no_memory(live);
	if (!length)
		return answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING, NULL,
				   "'%s' names no file", section->target);
	err = binary_resolve(name, binary_exists, live, path, sizeof(path));
	if (err < 0)
		return binary_absent(live, name, err);
	if (!section->target[length]) {
		err = attach_file_exists(live, path);
		return err < 0 ? binary_absent(live, path, err)
			       : answer_make(live->arena, FEATSEL_NO, REASON_SYMBOL_MISSING,
					     "name a function behind a colon",
					     "%s: there, but nothing in it is named", path);
	}
	fd = live->kernel->ops->open(live->kernel, path);
	if (fd < 0)
		return binary_absent(live, path, fd);
	answer = place_in_binary(live, section, path, fd, section->target + length + 1);
	live->kernel->ops->close(live->kernel, fd);
	return answer;
}

struct featsel_answer probe_uprobe(struct live *live, const struct section *section)
{
	struct featsel_answer answer = uprobe_mechanism(live), target;

	if (answer.verdict != FEATSEL_YES)
		return answer;
	target = *section->target ? binary_target(live, section) : answer;
	if (target.verdict == FEATSEL_YES && section->on && section->on->pid)
		target = host_process_target(live, section->on->pid);
	if (target.verdict == FEATSEL_NO)
		return target;
	answer = attach_perf_permission(live);
	return answer.verdict == FEATSEL_YES ? target : answer;
}

/* Loads on every kernel, like kprobe.multi; needs no perf event. */
struct featsel_answer probe_uprobe_multi(struct live *live, const struct section *section)
{
	struct featsel_answer answer = attach_answer_of(live, FEATURE_LINK, "uprobe_multi");

	/* uprobe.session, 6.13 */
	if (answer.verdict == FEATSEL_YES && section->attach_type != ATTACH_TYPE_UPROBE_MULTI)
		answer = attach_answer_of(live, FEATURE_ATTACH_TYPE,
					  names_name(VOCABULARY_ATTACH_TYPE, section->attach_type));
	if (answer.verdict == FEATSEL_YES && section->on && section->on->pid)
		answer = host_process_target(live, section->on->pid);
	if (answer.verdict != FEATSEL_YES || !*section->target)
		return answer;
	return binary_target(live, section);
}
