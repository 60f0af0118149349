/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * files.c - answers that stand in files: types, LSMs, capabilities, versions
 *
 * None of this needs bpf(2). Each file is read at the first question that needs it, and once.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/btf.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

#define BTF_PATH     "/sys/kernel/btf/vmlinux"
#define LSM_PATH     "/sys/kernel/security/lsm"
#define SECURITY_DIR "/sys/kernel/security"

enum { SMALL_LIMIT = 4096 };

struct host_files {
	bool types_tried;
	int types_error;
	struct kernel_btf *types; /* of --btf FILE; NULL if the kernel's count */
};

static struct host_files *files_of(struct live *live)
{
	if (!live->files)
		live->files = calloc(1, sizeof(*live->files));
	return live->files;
}

void host_files_free(struct live *live)
{
	if (!live->files)
		return;
	kernel_btf_close(live->files->types);
	free(live->files);
	live->files = NULL;
}

/* A file that could not be read is never a no. */
static struct featsel_answer unreadable(struct live *live, const char *path, int error,
					const char *remedy)
{
	if (errno_is_refusal(error))
		return live_refused(live, error, CAP_DAC_READ_SEARCH_MASK,
				    arena_printf(live->arena, "open(%s)", path));
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, remedy, "%s: %s",
			   path, errno_name(error));
}

/* ---- btf ---- */

static const char *types_path(const struct live *live)
{
	const char *path = live->host->context->btf_path;

	return path ? path : BTF_PATH;
}

/* The types that CO-RE relocations will see: those of --btf FILE where it is given, else the
 * kernel's. */
static struct kernel_btf *types_of(struct live *live, int *error)
{
	struct host_files *files = files_of(live);
	struct kernel_btf *btf;
	char path[32];

	*error = -ENOMEM;
	if (!files)
		return NULL;
	if (!live->host->context->btf_path) {
		btf = live_btf(live);
		*error = live->btf_error;
		return btf;
	}
	if (!files->types_tried)
		files->types_error = kernel_btf_open(
			live->kernel, context_btf(live->host->context, path, sizeof(path)),
			&files->types);
	files->types_tried = true;
	*error = files->types_error;
	return files->types;
}

/* A walk that ended early may have missed it. */
static struct featsel_answer type_absent(struct live *live, struct kernel_btf *btf,
					 enum reason reason, const char *what, const char *name)
{
	if (kernel_btf_damage(btf))
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "%s: damaged, no %s '%s' before the damage", types_path(live),
				   what, name);
	return answer_make(live->arena, FEATSEL_NO, reason, NULL, "%s: no %s '%s'",
			   types_path(live), what, name);
}

static struct featsel_answer type_found(struct live *live, const char *what, const char *name,
					uint32_t id)
{
	return answer_yes(live->arena, "%s: %s '%s' is type %u", types_path(live), what, name, id);
}

static struct featsel_answer ask_type(struct live *live, struct kernel_btf *btf, int kind,
				      const char *what, const char *name)
{
	uint32_t id = kernel_btf_find(btf, kind, name);

	return id ? type_found(live, what, name, id)
		  : type_absent(live, btf, REASON_TYPE_MISSING, what, name);
}

static struct featsel_answer ask_composite(struct live *live, struct kernel_btf *btf, int kind,
					   const char *what, const char *operand)
{
	size_t length = strcspn(operand, ".");
	const char *member = operand + length + 1;
	char *name;

	if (!operand[length])
		return ask_type(live, btf, kind, what, operand);
	name = arena_strndup(live->arena, operand, length);
	if (!name)
		return live_no_memory(live);
	if (!kernel_btf_find(btf, kind, name))
		return type_absent(live, btf, REASON_TYPE_MISSING, what, name);
	if (kernel_btf_member(btf, name, member) == 0)
		return answer_yes(live->arena, "%s: %s '%s' has member '%s'", types_path(live),
				  what, name, member);
	return type_absent(live, btf, REASON_TYPE_MISSING,
			   arena_printf(live->arena, "member '%s' in %s", member, what), name);
}

static struct featsel_answer ask_enum(struct live *live, struct kernel_btf *btf, int kind,
				      const char *what, const char *operand)
{
	size_t length = strcspn(operand, ".");
	char *name = arena_strndup(live->arena, operand, length);
	int64_t value;

	if (!name)
		return live_no_memory(live);
	if (operand[length]) {
		if (kernel_btf_enumerator(btf, name, operand + length + 1, &value) == 0)
			return answer_yes(live->arena, "%s: enum '%s' has %s = %lld",
					  types_path(live), name, operand + length + 1,
					  (long long)value);
		return type_absent(live, btf, REASON_TYPE_MISSING, "enumerator", operand);
	}
	/* Since 6.0 an enum whose values need 64 bits is of another kind. */
	if (!kernel_btf_find(btf, kind, name))
		kind = 19;
	return ask_type(live, btf, kind, what, name);
}

/* "name", or "name(6)": with this many parameters. */
static struct featsel_answer ask_function(struct live *live, struct kernel_btf *btf, int kind,
					  const char *what, const char *operand)
{
	size_t length = strcspn(operand, "(");
	char *name = arena_strndup(live->arena, operand, length);
	uint32_t id;
	int wanted, count;

	if (!name)
		return live_no_memory(live);
	id = kernel_btf_find(btf, kind, name);
	if (!id)
		return type_absent(live, btf, REASON_SYMBOL_MISSING, what, name);
	if (!operand[length])
		return type_found(live, what, name, id);
	wanted = atoi(operand + length + 1);
	count = kernel_btf_args(btf, name);
	if (count < 0)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "%s: prototype of '%s': %s", types_path(live), name,
				   errno_name(count));
	if (count != wanted)
		return answer_make(live->arena, FEATSEL_NO, REASON_SIGNATURE_UNSUPPORTED, NULL,
				   "%s: '%s' has %d parameters, not %d", types_path(live), name,
				   count, wanted);
	return answer_yes(live->arena, "%s: '%s' has %d parameters", types_path(live), name, count);
}

static const struct btf_subject {
	const char *word;
	int kind;
	struct featsel_answer (*ask)(struct live *live, struct kernel_btf *btf, int kind,
				     const char *what, const char *name);
} subjects[] = {
	{"struct", BTF_KIND_STRUCT, ask_composite}, {"union", BTF_KIND_UNION, ask_composite},
	{"enum", BTF_KIND_ENUM, ask_enum},	    {"func", BTF_KIND_FUNC, ask_function},
	{"typedef", BTF_KIND_TYPEDEF, ask_type},    {"var", BTF_KIND_VAR, ask_type},
};

/* libbpf looks in loaded modules for what vmlinux does not have. It does not load modules. */
static struct featsel_answer ask_all(struct live *live, struct kernel_btf *btf,
				     const struct btf_subject *subject, const char *operand)
{
	struct featsel_answer answer =
		subject->ask(live, btf, subject->kind, subject->word, operand);
	const char *module, *name;
	struct kernel_btf *its;

	if (answer.verdict != FEATSEL_NO || live->host->context->btf_path)
		return answer;
	name = arena_strndup(live->arena, operand, strcspn(operand, ".("));
	if (!name)
		return live_no_memory(live);
	if (kernel_btf_find(btf, subject->kind, name) ||
	    !modules_find(live, subject->kind, name, &module, &its))
		return answer;
	answer = subject->ask(live, its, subject->kind, subject->word, operand);
	/* It is about the kernel's own BTF. */
	answer.evidence = arena_printf(live->arena, "/sys/kernel/btf/%s%s", module,
				       answer.evidence + strlen(types_path(live)));
	return answer.evidence ? answer : live_no_memory(live);
}

/*
 * A kernel without BTF surely has no vmlinux BTF; whether it has the struct, nobody can tell.
 * Evidence of absence is ENOENT; a file that is damaged or of the other byte order is no evidence
 * of anything.
 */
static struct featsel_answer without_types(struct live *live, int error, bool whole)
{
	enum featsel_verdict verdict = whole ? FEATSEL_NO : FEATSEL_UNKNOWN;
	const char *path = types_path(live), *remedy = NULL;

	if (errno_is_refusal(error))
		return unreadable(live, path, error, NULL);
	if (error != -ENOENT && error != -ENODATA)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "%s: %s", path, errno_name(error));
	if (live->host->context->btf_path)
		remedy = "name a file that holds the kernel's BTF";
	else if (live->kernel->ops->exists(live->kernel, "/sys/kernel") == -ENOENT)
		remedy = "mount -t sysfs nodev /sys";
	return answer_make(live->arena, verdict, REASON_BTF_MISSING, remedy, "%s: %s", path,
			   errno_name(error));
}

struct featsel_answer probe_btf(struct live *live, const struct feature *feature)
{
	bool whole = strcmp(feature->operand, "vmlinux") == 0;
	struct kernel_btf *btf;
	int error;

	btf = types_of(live, &error);
	if (!btf)
		return without_types(live, error, whole);
	if (whole)
		return answer_yes(live->arena, "%s: readable", types_path(live));
	for (size_t i = 0; i < ARRAY_SIZE(subjects); i++) {
		size_t length = strlen(subjects[i].word);

		if (strncmp(feature->operand, subjects[i].word, length) == 0 &&
		    feature->operand[length] == ' ')
			return ask_all(live, btf, &subjects[i], feature->operand + length + 1);
	}
	return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
			   "'%s' is nothing that BTF holds", feature->operand);
}

/* ---- numbers ---- */

bool files_version(const char *release, uint64_t *ret)
{
	unsigned int major, minor, patch = 0;

	if (sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2)
		return false;
	*ret = (uint64_t)major << 16 | (uint64_t)minor << 8 | (patch > 255 ? 255 : patch);
	return true;
}

/* "struct T.MEMBER": T goes into @type; MEMBER, or NULL. */
static const char *split_member(const char *operand, char *type, size_t size)
{
	const char *member = strchr(operand, '.');
	int length = member ? (int)(member - operand) : 0;

	return member && snprintf(type, size, "%.*s", length, operand) < (int)size ? member + 1
										   : NULL;
}

bool files_leads(struct featsel_host *host, const char *subject, const struct object_step *steps,
		 size_t n)
{
	const char *operand = strchr(subject, ' '), *member;
	struct kernel_btf *btf;
	char type[256];
	int error;

	btf = operand ? types_of(host->data, &error) : NULL;
	member = btf ? split_member(operand + 1, type, sizeof(type)) : NULL;
	/* what is missing by its name is told so */
	return !member || kernel_btf_member(btf, type, member) < 0 ||
	       kernel_btf_leads(btf, type, steps, n);
}

/* "struct T.MEMBER", "struct T", "enum E.VALUE" */
static bool type_number(struct live *live, enum object_number kind, const char *name, uint64_t *ret)
{
	const char *operand = strchr(name, ' '), *member;
	char type[256];
	struct kernel_btf *btf;
	int64_t value;
	int error;

	btf = operand ? types_of(live, &error) : NULL;
	if (!btf)
		return false;
	if (!strchr(++operand, '.'))
		return kernel_btf_size(btf,
				       *name == 's'   ? BTF_KIND_STRUCT
				       : *name == 'u' ? BTF_KIND_UNION
				       : *name == 't' ? BTF_KIND_TYPEDEF
						      : BTF_KIND_ENUM,
				       operand, ret);
	member = split_member(operand, type, sizeof(type));
	if (!member)
		return false;
	if (kind != OBJECT_ENUM_VALUE)
		return kernel_btf_member_number(btf, kind, type, member, ret);
	if (kernel_btf_enumerator(btf, type, member, &value))
		return false;
	*ret = (uint64_t)value;
	return true;
}

bool files_number(struct featsel_host *host, enum object_number kind, const char *name,
		  uint64_t *ret)
{
	if (kind == OBJECT_KERNEL_VERSION)
		return files_version(host->release, ret);
	return kind == OBJECT_KCONFIG ? kconfig_number(host->data, name, ret)
				      : type_number(host->data, kind, name, ret);
}

/* ---- lsm ---- */

/* LSM_ID_* of <linux/lsm.h>, 6.8 and newer. */
static const struct lsm_name {
	uint64_t id;
	const char *name;
} lsm_names[] = {
	{100, "capability"}, {101, "selinux"}, {102, "smack"},	  {103, "tomoyo"},
	{104, "apparmor"},   {105, "yama"},    {106, "loadpin"},  {107, "safesetid"},
	{108, "lockdown"},   {109, "bpf"},     {110, "landlock"}, {111, "ima"},
	{112, "evm"},	     {113, "ipe"},
};

static const char *lsm_name(uint64_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(lsm_names); i++)
		if (lsm_names[i].id == id)
			return lsm_names[i].name;
	return "?";
}

/* Whether the comma-separated @list holds @name. */
static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (*list) {
		size_t length = strcspn(list, ",\n");

		if (length == n && strncmp(list, name, n) == 0)
			return true;
		list += length;
		list += *list != '\0';
	}
	return false;
}

/* The active modules as the file has them, or as lsm_list_modules(2) (6.8) tells; *source names
 * which. */
static int active_lsms(struct live *live, const char **list, const char **source)
{
	uint64_t ids[32];
	int count, err = kernel_read(live->kernel, live->arena, LSM_PATH, SMALL_LIMIT, list, NULL);

	*source = LSM_PATH;
	if (err == 0)
		return 0;
	count = live->kernel->ops->lsm_list(live->kernel, ids, ARRAY_SIZE(ids));
	if (count < 0)
		return err;
	*source = "lsm_list_modules(2)";
	*list = "";
	for (int i = 0; i < count && i < (int)ARRAY_SIZE(ids); i++) {
		*list = arena_printf(live->arena, "%s%s%s", *list, i ? "," : "", lsm_name(ids[i]));
		if (!*list)
			return -ENOMEM;
	}
	return 0;
}

/*
 * Evidence: /sys/kernel/security/lsm (since 4.17), else the system call. If both are missing while
 * securityfs is mounted, the kernel is built without the framework; else it is unknown.
 */
struct featsel_answer files_lsm(struct live *live, const char *name)
{
	const char *list, *source;
	long magic = 0;
	int err = active_lsms(live, &list, &source);
	int length;

	if (err == 0) {
		length = (int)strcspn(list, "\n");
		/* An id that the table does not have may be this LSM. */
		if (!listed(list, name) && listed(list, "?"))
			return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
					   "mount -t securityfs nodev " SECURITY_DIR, "%s: %.*s",
					   source, length, list);
		if (!listed(list, name))
			return answer_make(
				live->arena, FEATSEL_NO, REASON_LSM_INACTIVE,
				arena_printf(live->arena,
					     "add %s to the lsm= list on the kernel command line",
					     name),
				"%s: %.*s", source, length, list);
		return answer_yes(live->arena, "%s: %.*s", source, length, list);
	}
	if (err == -ENOENT &&
	    live->kernel->ops->filesystem(live->kernel, SECURITY_DIR, &magic) == 0 &&
	    magic == SECURITYFS_MAGIC)
		return answer_make(live->arena, FEATSEL_NO, REASON_LSM_INACTIVE,
				   "not built into this kernel",
				   LSM_PATH ": ENOENT, securityfs is mounted");
	return unreadable(live, LSM_PATH, err, "mount -t securityfs nodev " SECURITY_DIR);
}

struct featsel_answer probe_lsm(struct live *live, const struct feature *feature)
{
	return files_lsm(live, feature->name);
}

/* ---- caps, arch, kernel ---- */

/* A missing capability is observed, not refused, so "not: {caps: [...]}" works. */
struct featsel_answer probe_cap(struct live *live, const struct feature *feature)
{
	const struct process_status *status = live_status(live);

	if (feature->number < 0 || feature->number > 63)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE, NULL,
				   "no capability of that name is known");
	/* Without /proc the process gets the benefit of the doubt elsewhere, but a yes here would
	 * be a claim. */
	if (status->caps == UINT64_MAX)
		return answer_make(live->arena, FEATSEL_UNKNOWN, REASON_INCONCLUSIVE,
				   "mount -t proc nodev /proc", "/proc/self/status: no CapEff");
	if (live_has_cap(live, feature->number))
		return answer_yes(live->arena, "/proc/self/status: CapEff %016llx has bit %d",
				  (unsigned long long)status->caps, feature->number);
	return answer_make(live->arena, FEATSEL_NO, REASON_NO_CAPABILITY,
			   arena_printf(live->arena, "grant the capability '%s', or run as root",
					feature->name),
			   "/proc/self/status: CapEff %016llx lacks bit %d",
			   (unsigned long long)status->caps, feature->number);
}

/* uname's word first, then what else it is called. */
static const char *const machines[][5] = {
	{"x86_64", "amd64", "x64"},   {"aarch64", "arm64"},   {"i686", "i386", "i586", "x86"},
	{"armv7l", "arm", "armhf"},   {"ppc64le", "ppc64el"}, {"riscv64", "riscv"},
	{"loongarch64", "loongarch"}, {"s390x", "s390"},
};

/* The row that holds @name, ARRAY_SIZE(machines) if none does. */
static size_t machine_row(const char *name)
{
	size_t row;

	for (row = 0; row < ARRAY_SIZE(machines); row++)
		for (size_t i = 0; i < ARRAY_SIZE(machines[0]) && machines[row][i]; i++)
			if (strcmp(machines[row][i], name) == 0)
				return row;
	return row;
}

struct featsel_answer files_arch_answer(struct arena *arena, const char *machine,
					const struct feature *feature)
{
	size_t row = machine_row(machine);

	if (strcmp(machine, feature->name) == 0 ||
	    (row < ARRAY_SIZE(machines) && row == machine_row(feature->name)))
		return answer_yes(arena, "uname(2): machine %s", machine);
	return answer_make(arena, FEATSEL_NO, REASON_ARCH_MISMATCH, NULL, "uname(2): machine %s",
			   machine);
}

struct featsel_answer probe_arch(struct live *live, const struct feature *feature)
{
	return files_arch_answer(live->arena, live->host->machine, feature);
}

/* Compare release with version, as many numbers as the version gives: 5.10.3 equals 5.10. */
static int compare_release(const char *release, const char *version)
{
	while (*version) {
		char *release_end, *version_end;
		unsigned long have =
			isdigit((unsigned char)*release) ? strtoul(release, &release_end, 10) : 0;
		unsigned long want = strtoul(version, &version_end, 10);

		if (have != want)
			return have < want ? -1 : 1;
		if (isdigit((unsigned char)*release))
			release = *release_end == '.' ? release_end + 1 : "";
		if (version_end == version || *version_end != '.')
			return 0;
		version = version_end + 1;
	}
	return 0;
}

struct featsel_answer files_kernel_answer(struct arena *arena, const char *source,
					  const char *release, const struct feature *feature)
{
	size_t length = strspn(feature->operand, "<>=");
	int order = compare_release(release, feature->operand + length);
	char first = feature->operand[0];
	bool equal_counts = length > 0 && feature->operand[length - 1] == '=';
	bool holds = (order == 0 && equal_counts) || (order < 0 && first == '<') ||
		     (order > 0 && first == '>');

	if (holds)
		return answer_yes(arena, "%s %s", source, release);
	return answer_make(arena, FEATSEL_NO, REASON_KERNEL_VERSION, NULL, "%s %s", source,
			   release);
}

/*
 * The upstream version of a distribution's kernel. Debian's release never changes within a series
 * (5.10.0-30-amd64), Ubuntu's has no third number: both tell it elsewhere.
 */
#define UTS_VERSION	  "/proc/sys/kernel/version" /* "#1 SMP Debian 5.10.218-1 (2024-06-01)" */
#define VERSION_SIGNATURE "/proc/version_signature"  /* "Ubuntu 5.15.0-91.101-generic 5.15.131" */

static const char *upstream_version(struct live *live, const char **source)
{
	const char *text, *at;

	if (!kernel_read(live->kernel, live->arena, VERSION_SIGNATURE, SMALL_LIMIT, &text, NULL)) {
		at = strrchr(text, ' ');
		*source = VERSION_SIGNATURE ":";
		if (at && isdigit((unsigned char)at[1]))
			return arena_strndup(live->arena, at + 1, strcspn(at + 1, " \n"));
	}
	if (!kernel_read(live->kernel, live->arena, UTS_VERSION, SMALL_LIMIT, &text, NULL)) {
		at = strstr(text, "Debian ");
		*source = UTS_VERSION ": Debian";
		if (at && isdigit((unsigned char)at[7]))
			return arena_strndup(live->arena, at + 7, strspn(at + 7, "0123456789."));
	}
	return NULL;
}

struct featsel_answer probe_kernel(struct live *live, const struct feature *feature)
{
	const char *source = NULL, *version = upstream_version(live, &source);

	if (!version)
		return files_kernel_answer(live->arena, "uname(2): release", live->host->release,
					   feature);
	return files_kernel_answer(live->arena, source, version, feature);
}
