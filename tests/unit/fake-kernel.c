/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * fake-kernel.c - a kernel that is a script; fake-kernel.h describes the language
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake-kernel.h"
#include "host/private.h"

enum call {
	CALL_PROG_LOAD,
	CALL_MAP_CREATE,
	CALL_BTF_LOAD,
	CALL_RAW_TRACEPOINT_OPEN,
	CALL_LINK_CREATE,
	CALL_PERF_EVENT_OPEN,
	CALL_BPF_NONSENSE,
	CALL_OPEN,
	CALL_EXISTS,
	CALL_FILESYSTEM,
	CALL_LSM_LIST,
	CALL_UNAME,
	CALL_COUNT
};

static const char *const calls[] = {
	[CALL_PROG_LOAD] = "prog_load",
	[CALL_MAP_CREATE] = "map_create",
	[CALL_BTF_LOAD] = "btf_load",
	[CALL_RAW_TRACEPOINT_OPEN] = "raw_tracepoint_open",
	[CALL_LINK_CREATE] = "link_create",
	[CALL_PERF_EVENT_OPEN] = "perf_event_open",
	[CALL_BPF_NONSENSE] = "bpf_nonsense",
	[CALL_OPEN] = "open",
	[CALL_EXISTS] = "exists",
	[CALL_FILESYSTEM] = "filesystem",
	[CALL_LSM_LIST] = "lsm_list",
	[CALL_UNAME] = "uname",
};
_Static_assert(ARRAY_SIZE(calls) == CALL_COUNT, "a call has no name");

enum { MAX_CONDITIONS = 8, MAX_FDS = 4096 };

struct rule {
	struct rule *next;
	enum call call;
	size_t n;
	const char *keys[MAX_CONDITIONS], *values[MAX_CONDITIONS];
	int result;
	const char *log;
};

enum file_kind { FILE_TEXT, FILE_DIRECTORY, FILE_ERROR, FILE_TREE, FILE_MAGIC };

struct file {
	struct file *next;
	enum file_kind kind;
	const char *path;
	const char *data; /* or the tree's directory */
	size_t size;
	long value;
};

struct fake {
	struct kernel kernel;
	const char *script; /* what it was made of */
	struct arena *arena;
	struct rule *rules;
	struct file *files;
	const char *release, *machine;
	uint64_t caps;
	int seccomp;
	int lsm_result;
	uint64_t lsms[16];
	unsigned int counts[CALL_COUNT];
	bool open[MAX_FDS];
};

/* One fact about a call that conditions are held against: text, or a number with names in a
 * vocabulary. */
struct fact {
	const char *key;
	int vocabulary; /* -1: plain number */
	const char *text;
	long number;
};

static const char builtin_rules[] =
	"prog_load helper=212- -> EINVAL \"invalid func unknown#%h\"\n"
	"prog_load type=socket_filter helper=redirect_map -> EINVAL "
	"\"program of this type cannot use helper bpf_redirect_map#%h\"\n"
	"prog_load helper=1- -> EACCES \"R1 !read_ok\"\n"
	"raw_tracepoint_open -> ok\n"
	"bpf_nonsense -> EINVAL\n";

#define FAIL(...)                                             \
	do {                                                  \
		fprintf(stderr, "fake kernel: " __VA_ARGS__); \
		fputc('\n', stderr);                          \
		abort();                                      \
	} while (0)

static struct fake *fake_of(const struct kernel *kernel)
{
	return (struct fake *)(uintptr_t)kernel;
}

/* ---- reading the script ---- */

static int parse_errno(const char *word)
{
	int number;

	if (strcmp(word, "ok") == 0)
		return 0;
	if (isdigit((unsigned char)word[0]))
		return -atoi(word);
	for (number = 1; number < 600; number++) {
		if (strcmp(errno_name(number), word) == 0)
			return -number;
	}
	FAIL("'%s' is no errno", word);
}

static char *word(char **rest)
{
	char *start = *rest + strspn(*rest, " \t"), *end = start + strcspn(start, " \t");

	*rest = end + (*end != '\0');
	*end = '\0';
	return start;
}

static const char *unescape(struct fake *fake, const char *text)
{
	char *copy = arena_strdup(fake->arena, text), *to = copy;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1]) {
			text++;
			*to++ = *text == 'n' ? '\n' : *text == 't' ? '\t' : *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
	return copy;
}

static void add_file(struct fake *fake, struct file ***tail, enum file_kind kind, const char *path,
		     const char *data, size_t size, long value)
{
	struct file *file = arena_alloc(fake->arena, sizeof(*file));

	*file = (struct file){**tail, kind, arena_strdup(fake->arena, path), data, size, value};
	**tail = file;
	*tail = &file->next;
}

static const char *slurp(struct fake *fake, const char *name, size_t *size)
{
	FILE *stream = fopen(name, "rb");
	char *data = NULL;
	long end;

	if (!stream || fseek(stream, 0, SEEK_END) != 0 || (end = ftell(stream)) < 0)
		FAIL("cannot read '%s'", name);
	rewind(stream);
	*size = (size_t)end;
	data = arena_alloc(fake->arena, *size + 1);
	if (fread(data, 1, *size, stream) != *size)
		FAIL("cannot read '%s'", name);
	fclose(stream);
	return data;
}

static void parse_file(struct fake *fake, char *rest, struct file ***tail)
{
	const char *path = word(&rest), *text = unescape(fake, rest);
	size_t size = strlen(text);

	if (rest[0] == '@')
		text = slurp(fake, rest + 1, &size);
	add_file(fake, tail, FILE_TEXT, path, text, size, 0);
}

static void parse_directory(struct fake *fake, char *rest, struct file ***tail)
{
	add_file(fake, tail, FILE_DIRECTORY, word(&rest), NULL, 0, 0);
}

static void parse_error(struct fake *fake, char *rest, struct file ***tail)
{
	const char *path = word(&rest);

	add_file(fake, tail, FILE_ERROR, path, NULL, 0, parse_errno(word(&rest)));
}

static void parse_tree(struct fake *fake, char *rest, struct file ***tail)
{
	add_file(fake, tail, FILE_TREE, "/", arena_strdup(fake->arena, word(&rest)), 0, 0);
}

static void parse_filesystem(struct fake *fake, char *rest, struct file ***tail)
{
	static const struct {
		const char *name;
		long magic;
	} known[] = {
		{"tracefs", TRACEFS_MAGIC}, {"securityfs", SECURITYFS_MAGIC},
		{"bpf", BPF_FS_MAGIC},	    {"debugfs", DEBUGFS_MAGIC},
		{"sysfs", SYSFS_MAGIC},	    {"proc", PROC_SUPER_MAGIC},
		{"tmpfs", TMPFS_MAGIC},	    {"cgroup2", CGROUP2_SUPER_MAGIC},
	};
	const char *path = word(&rest), *name = word(&rest);
	long magic = strtol(name, NULL, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].name, name) == 0)
			magic = known[i].magic;
	}
	if (!magic)
		FAIL("'%s' is no file system", name);
	add_file(fake, tail, FILE_MAGIC, path, NULL, 0, magic);
}

static void parse_release(struct fake *fake, char *rest, struct file ***tail)
{
	(void)tail;
	fake->release = arena_strdup(fake->arena, word(&rest));
}

static void parse_machine(struct fake *fake, char *rest, struct file ***tail)
{
	(void)tail;
	fake->machine = arena_strdup(fake->arena, word(&rest));
}

static void parse_seccomp(struct fake *fake, char *rest, struct file ***tail)
{
	(void)tail;
	fake->seccomp = atoi(rest);
}

static void parse_caps(struct fake *fake, char *rest, struct file ***tail)
{
	char *list = word(&rest), *name, *save = NULL;

	(void)tail;
	fake->caps = strcmp(list, "all") == 0 ? 0x1ffffffffff : 0;
	if (strcmp(list, "all") == 0 || strcmp(list, "none") == 0)
		return;
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		int number = names_number(VOCABULARY_CAP, name);

		if (number < 0)
			FAIL("'%s' is no capability", name);
		fake->caps |= (uint64_t)1 << number;
	}
}

static void parse_lsm_list(struct fake *fake, char *rest, struct file ***tail)
{
	static const char *const known[] = {
		"capability", "selinux",  "smack", "tomoyo",   "apparmor", "yama", "loadpin",
		"safesetid",  "lockdown", "bpf",   "landlock", "ima",	   "evm",  "ipe"};
	char *list = word(&rest), *name, *save = NULL;
	size_t i;

	(void)tail;
	if (isupper((unsigned char)list[0])) {
		fake->lsm_result = parse_errno(list);
		return;
	}
	fake->lsm_result = 0;
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		for (i = 0; i < ARRAY_SIZE(known) && strcmp(known[i], name) != 0; i++)
			;
		if (i == ARRAY_SIZE(known) || fake->lsm_result == (int)ARRAY_SIZE(fake->lsms))
			FAIL("'%s' is no LSM", name);
		fake->lsms[fake->lsm_result++] = 100 + i;
	}
}

static const struct {
	const char *word;
	void (*parse)(struct fake *fake, char *rest, struct file ***tail);
} statements[] = {
	{"release", parse_release},   {"machine", parse_machine}, {"caps", parse_caps},
	{"seccomp", parse_seccomp},   {"file", parse_file},	  {"directory", parse_directory},
	{"error", parse_error},	      {"tree", parse_tree},	  {"filesystem", parse_filesystem},
	{"lsm_list", parse_lsm_list},
};

static enum call call_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < CALL_COUNT; i++) {
		if (strcmp(calls[i], name) == 0)
			return (enum call)i;
	}
	FAIL("'%s' is neither a statement nor a call", name);
}

static void parse_rule(struct fake *fake, const char *call, char *rest, struct rule ***tail)
{
	struct rule *rule = arena_alloc(fake->arena, sizeof(*rule));
	char *quote, *token;

	rule->call = call_by_name(call);
	quote = strchr(rest, '"');
	if (quote) {
		*quote = '\0';
		quote[1 + strcspn(quote + 1, "\"")] = '\0';
		rule->log = unescape(fake, quote + 1);
	}
	for (token = word(&rest); strcmp(token, "->") != 0; token = word(&rest)) {
		char *equals = strchr(token, '=');

		if (!equals || rule->n == MAX_CONDITIONS)
			FAIL("%s: '%s' where KEY=VALUE or -> belongs", call, token);
		*equals = '\0';
		rule->keys[rule->n] = arena_strdup(fake->arena, token);
		rule->values[rule->n++] = arena_strdup(fake->arena, equals + 1);
	}
	rule->result = parse_errno(word(&rest));
	rule->next = **tail;
	**tail = rule;
	*tail = &rule->next;
}

static void parse_line(struct fake *fake, char *line, struct rule ***rules, struct file ***files)
{
	char *rest = line, *first;
	size_t i;

	first = word(&rest);
	if (!first[0] || first[0] == '#')
		return;
	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		if (strcmp(statements[i].word, first) == 0) {
			statements[i].parse(fake, rest, files);
			return;
		}
	}
	parse_rule(fake, first, rest, rules);
}

static void parse(struct fake *fake, const char *script)
{
	char *copy = arena_strdup(fake->arena, script), *line, *next;
	struct rule **rules = &fake->rules;
	struct file **files = &fake->files;

	for (line = copy; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		parse_line(fake, line, &rules, &files);
	}
}

/* ---- answering calls ---- */

static bool value_fits(const char *value, size_t length, const struct fact *fact)
{
	char name[64], *end;
	long low, high;

	if (length >= sizeof(name))
		FAIL("'%s' is too long", value);
	memcpy(name, value, length);
	name[length] = '\0';
	if (fact->text)
		return strcmp(name, fact->text) == 0;
	if (fact->vocabulary >= 0 && !isdigit((unsigned char)name[0])) {
		int number = names_number((enum vocabulary)fact->vocabulary, name);

		if (number < 0)
			FAIL("'%s' is no name of '%s'", name, fact->key);
		return number == fact->number;
	}
	low = strtol(name, &end, 0);
	high = low;
	if (*end == '-')
		high = end[1] ? strtol(end + 1, &end, 0) : 0x7fffffff;
	return fact->number >= low && fact->number <= high;
}

static bool condition_holds(const char *key, const char *value, const struct fact *facts, size_t n)
{
	size_t i, length;

	for (i = 0; i < n && strcmp(facts[i].key, key) != 0; i++)
		;
	if (i == n)
		FAIL("no call has a '%s' like that", key);
	for (;; value += length + 1) {
		length = strcspn(value, "|");
		if (value_fits(value, length, &facts[i]))
			return true;
		if (!value[length])
			return false;
	}
}

/* The rule that answers, NULL where none does. */
static const struct rule *answer(struct fake *fake, enum call call, const struct fact *facts,
				 size_t n)
{
	const struct rule *rule;
	size_t i;

	fake->counts[call]++;
	for (rule = fake->rules; rule; rule = rule->next) {
		if (rule->call != call)
			continue;
		for (i = 0;
		     i < rule->n && condition_holds(rule->keys[i], rule->values[i], facts, n); i++)
			;
		if (i == rule->n)
			return rule;
	}
	return NULL;
}

static int give(struct fake *fake, int fd)
{
	if (fd < 0 || fd >= MAX_FDS)
		FAIL("no file descriptor: %d", fd);
	fake->open[fd] = true;
	return fd;
}

static int give_any(struct fake *fake)
{
	return give(fake, open("/dev/null", O_RDONLY | O_CLOEXEC));
}

static int result(struct fake *fake, const struct rule *rule)
{
	return rule && rule->result ? rule->result : give_any(fake);
}

static void write_log(const struct rule *rule, long helper, char *log, size_t size)
{
	const char *text = rule && rule->log ? rule->log : "", *mark = strstr(text, "%h");

	if (!log || !size)
		return;
	if (mark)
		snprintf(log, size, "%.*s%ld%s\n", (int)(mark - text), text, helper, mark + 2);
	else
		snprintf(log, size, "%s%s", text, text[0] ? "\n" : "");
}

static int fake_prog_load(struct kernel *kernel, const struct prog_probe *probe, char *log,
			  size_t log_size)
{
	struct fake *fake = fake_of(kernel);
	const struct rule *rule;
	long helper = -1, kfunc = 0;
	size_t i;

	for (i = 0; i < probe->n_insns; i++) {
		if (probe->insns[i].code != (BPF_JMP | BPF_CALL))
			continue;
		if (probe->insns[i].src_reg == 0 && helper < 0)
			helper = probe->insns[i].imm;
		kfunc |= probe->insns[i].src_reg == BPF_PSEUDO_KFUNC_CALL;
	}
	rule = answer(fake, CALL_PROG_LOAD,
		      (struct fact[]){
			      {"type", VOCABULARY_PROG_TYPE, NULL, probe->type},
			      {"attach_type", VOCABULARY_ATTACH_TYPE, NULL, probe->attach_type},
			      {"helper", VOCABULARY_HELPER, NULL, helper},
			      {"btf_id", -1, NULL, (long)probe->attach_btf_id},
			      {"insns", -1, NULL, (long)probe->n_insns},
			      {"sleepable", -1, NULL, (probe->flags & BPF_F_SLEEPABLE) != 0},
			      {"kfunc", -1, NULL, kfunc},
			      {"log", -1, NULL, probe->log_level != 0},
			      {"license", -1, probe->license ? probe->license : "Dual BSD/GPL", 0},
		      },
		      9);
	write_log(rule, helper, probe->log_level ? log : NULL, log_size);
	return result(fake, rule);
}

static int fake_map_create(struct kernel *kernel, const struct map_probe *probe)
{
	struct fake *fake = fake_of(kernel);

	return result(fake, answer(fake, CALL_MAP_CREATE,
				   (struct fact[]){
					   {"type", VOCABULARY_MAP_TYPE, NULL, probe->type},
					   {"flags", -1, NULL, (long)probe->flags},
					   {"entries", -1, NULL, (long)probe->max_entries},
				   },
				   3));
}

static int fake_btf_load(struct kernel *kernel, const void *data, size_t size)
{
	struct fake *fake = fake_of(kernel);

	(void)data;
	(void)size;
	return result(fake, answer(fake, CALL_BTF_LOAD, NULL, 0));
}

static int fake_raw_tracepoint_open(struct kernel *kernel, const char *name, int prog_fd)
{
	struct fake *fake = fake_of(kernel);

	(void)prog_fd;
	return result(fake, answer(fake, CALL_RAW_TRACEPOINT_OPEN,
				   (struct fact[]){{"name", -1, name ? name : "-", 0}}, 1));
}

static bool is_open(const struct fake *fake, int fd)
{
	return fd >= 0 && fd < MAX_FDS && fake->open[fd];
}

static int fake_link_create(struct kernel *kernel, const struct link_probe *probe)
{
	struct fake *fake = fake_of(kernel);
	const char *symbol = probe->n_symbols && probe->symbols[0] ? probe->symbols[0] : "-";
	const struct rule *rule =
		answer(fake, CALL_LINK_CREATE,
		       (struct fact[]){
			       {"attach_type", VOCABULARY_ATTACH_TYPE, NULL, probe->attach_type},
			       {"symbol", -1, symbol, 0},
			       {"flags", -1, NULL, (long)probe->flags},
		       },
		       3);

	/* Every kernel that has the command looks at the program first. */
	return !rule && !is_open(fake, probe->prog_fd) ? -EBADF : result(fake, rule);
}

static int fake_perf_event_open(struct kernel *kernel, struct perf_event_attr *attr, int pid,
				int cpu)
{
	struct fake *fake = fake_of(kernel);

	(void)cpu;
	return result(fake, answer(fake, CALL_PERF_EVENT_OPEN,
				   (struct fact[]){
					   {"type", -1, NULL, (long)attr->type},
					   {"config", -1, NULL, (long)attr->config},
					   {"pid", -1, NULL, pid},
				   },
				   3));
}

static int fake_bpf_nonsense(struct kernel *kernel)
{
	const struct rule *rule = answer(fake_of(kernel), CALL_BPF_NONSENSE, NULL, 0);

	return rule ? rule->result : 0;
}

static int open_text(struct fake *fake, const char *data, size_t size)
{
	int fd = give(fake, memfd_create("fake-kernel", MFD_CLOEXEC));
	size_t done = 0;
	ssize_t written;

	for (; done < size; done += (size_t)written) {
		written = write(fd, data + done, size - done);
		if (written <= 0)
			FAIL("cannot write: %s", strerror(errno));
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* Files that every kernel has and no script need repeat. */
static const char *usual_file(struct fake *fake, const char *path)
{
	if (strcmp(path, "/proc/self/status") == 0)
		return arena_printf(fake->arena,
				    "Name:\ttest\nCapInh:\t0000000000000000\nCapPrm:\t%"
				    "016llx\nCapEff:\t%016llx\n"
				    "NoNewPrivs:\t0\nSeccomp:\t%d\nSeccomp_filters:\t%d\n",
				    (unsigned long long)fake->caps, (unsigned long long)fake->caps,
				    fake->seccomp, fake->seccomp ? 1 : 0);
	if (strcmp(path, "/proc/self/uid_map") == 0)
		return "         0          0 4294967295\n";
	return NULL;
}

/* Whether @file is the one that speaks for @path; a directory name that ends in / speaks for all
 * below. */
static bool names_path(const struct file *file, const char *path)
{
	size_t length = strlen(file->path);

	if (file->kind == FILE_MAGIC)
		return false;
	if (file->kind == FILE_TREE)
		return true;
	if (file->kind == FILE_ERROR && length && file->path[length - 1] == '/')
		return strncmp(path, file->path, length) == 0 ||
		       (strlen(path) == length - 1 && strncmp(path, file->path, length - 1) == 0);
	return strcmp(file->path, path) == 0;
}

/* Open (or only look, @flags O_PATH) @path. */
static int reach(struct fake *fake, const char *path, int flags)
{
	const struct file *file;
	const char *usual;
	int fd, err;

	for (file = fake->files; file; file = file->next) {
		if (!names_path(file, path))
			continue;
		if (file->kind == FILE_ERROR)
			return (int)file->value;
		if (file->kind == FILE_TEXT)
			return open_text(fake, file->data, file->size);
		if (file->kind == FILE_DIRECTORY)
			return give(fake, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
		fd = open(arena_printf(fake->arena, "%s%s", file->data, path),
			  flags | O_RDONLY | O_CLOEXEC);
		err = -errno;
		if (fd >= 0)
			return give(fake, fd);
		if (err != -ENOENT)
			return err;
	}
	usual = usual_file(fake, path);
	return usual ? open_text(fake, usual, strlen(usual)) : -ENOENT;
}

static void fake_close(struct kernel *kernel, int fd)
{
	struct fake *fake = fake_of(kernel);

	if (fd < 0 || fd >= MAX_FDS || !fake->open[fd])
		FAIL("close of %d, which is not open", fd);
	fake->open[fd] = false;
	close(fd);
}

static int fake_open(struct kernel *kernel, const char *path)
{
	fake_of(kernel)->counts[CALL_OPEN]++;
	return reach(fake_of(kernel), path, 0);
}

static int fake_exists(struct kernel *kernel, const char *path)
{
	int fd;

	fake_of(kernel)->counts[CALL_EXISTS]++;
	fd = reach(fake_of(kernel), path, O_PATH);
	if (fd < 0)
		return fd;
	fake_close(kernel, fd);
	return 0;
}

static int fake_filesystem(struct kernel *kernel, const char *path, long *magic)
{
	struct fake *fake = fake_of(kernel);
	const struct file *file;
	int err;

	fake->counts[CALL_FILESYSTEM]++;
	for (file = fake->files; file; file = file->next) {
		if (file->kind == FILE_MAGIC && strcmp(file->path, path) == 0) {
			*magic = file->value;
			return 0;
		}
	}
	err = fake_exists(kernel, path);
	if (err)
		return err;
	*magic = SYSFS_MAGIC;
	return 0;
}

static int fake_lsm_list(struct kernel *kernel, uint64_t *ids, size_t room)
{
	struct fake *fake = fake_of(kernel);
	int i;

	fake->counts[CALL_LSM_LIST]++;
	if (fake->lsm_result > (int)room)
		return -E2BIG;
	for (i = 0; i < fake->lsm_result; i++)
		ids[i] = fake->lsms[i];
	return fake->lsm_result;
}

static int fake_uname(struct kernel *kernel, const char **release, const char **machine)
{
	struct fake *fake = fake_of(kernel);

	fake->counts[CALL_UNAME]++;
	*release = fake->release;
	*machine = fake->machine;
	return 0;
}

static void fake_free(struct kernel *kernel)
{
	struct fake *fake = fake_of(kernel);
	int fd;

	for (fd = 0; fd < MAX_FDS; fd++) {
		if (fake->open[fd])
			close(fd);
	}
	arena_free(fake->arena);
	free(fake);
}

static int fake_again(struct kernel *kernel, struct kernel **ret)
{
	*ret = fake_kernel_new(fake_of(kernel)->script);
	return 0;
}

static const struct kernel_ops fake_ops = {
	.again = fake_again,
	.prog_load = fake_prog_load,
	.map_create = fake_map_create,
	.btf_load = fake_btf_load,
	.raw_tracepoint_open = fake_raw_tracepoint_open,
	.link_create = fake_link_create,
	.perf_event_open = fake_perf_event_open,
	.bpf_nonsense = fake_bpf_nonsense,
	.open = fake_open,
	.exists = fake_exists,
	.filesystem = fake_filesystem,
	.lsm_list = fake_lsm_list,
	.uname = fake_uname,
	.close = fake_close,
	.free = fake_free,
};

struct kernel *fake_kernel_new(const char *script)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	fake->kernel.ops = &fake_ops;
	fake->script = script;
	fake->arena = arena_new();
	fake->release = "6.12.0-test";
	fake->machine = "x86_64";
	fake->caps = 0x1ffffffffff;
	fake->lsm_result = -ENOSYS;
	parse(fake, builtin_rules);
	parse(fake, script);
	return &fake->kernel;
}

void fake_kernel_rules(struct kernel *kernel, const char *script)
{
	parse(fake_of(kernel), script);
}

void fake_kernel_file(struct kernel *kernel, const char *path, const void *data, size_t size)
{
	struct fake *fake = fake_of(kernel);
	struct file **files = &fake->files;
	char *copy = arena_alloc(fake->arena, size + 1);

	memcpy(copy, data, size);
	add_file(fake, &files, FILE_TEXT, path, copy, size, 0);
}

unsigned int fake_kernel_calls(const struct kernel *kernel, const char *call)
{
	const struct fake *fake = fake_of(kernel);
	unsigned int sum = 0;
	size_t i;

	if (call)
		return fake->counts[call_by_name(call)];
	for (i = CALL_PROG_LOAD; i <= CALL_BPF_NONSENSE; i++)
		sum += i == CALL_PERF_EVENT_OPEN ? 0 : fake->counts[i];
	return sum;
}

unsigned int fake_kernel_open_fds(const struct kernel *kernel)
{
	const struct fake *fake = fake_of(kernel);
	unsigned int sum = 0, fd;

	for (fd = 0; fd < MAX_FDS; fd++)
		sum += fake->open[fd];
	return sum;
}
