/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-host-files.c - what files say, on scripted kernels
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../fake-kernel.h"
#include "../unit.h"
#include "host/private.h"

struct scene {
	struct featsel_context *context;
	struct kernel *kernel;
	struct featsel_host *host;
};

static struct scene scene_new(const char *script, const char *btf)
{
	struct scene scene = {.kernel = fake_kernel_new(script)};

	ck_assert_int_eq(featsel_context_new(&scene.context, NULL), 0);
	if (btf)
		ck_assert_int_eq(featsel_context_set_btf(scene.context, btf, NULL), 0);
	ck_assert_int_eq(host_live_on(scene.context, scene.kernel, 0, &scene.host, NULL), 0);
	return scene;
}

static void scene_end(struct scene *scene)
{
	ck_assert_uint_eq(fake_kernel_open_fds(scene->kernel), 0);
	featsel_host_free(scene->host);
	featsel_context_free(scene->context);
}

static struct live *live_of(const struct scene *scene)
{
	return scene->host->data;
}

/* One line: "yes", "no not-configured" and so on; @remedy and @evidence are parts of what must be
 * said, or NULL. */
static void expect(struct scene *scene, const char *feature, const char *verdict,
		   const char *evidence, const char *remedy)
{
	struct featsel_answer answer = {.size = sizeof(answer)};
	struct featsel_error err = {0};
	char text[128];

	ck_assert_msg(featsel_host_ask(scene->host, feature, &answer, &err) == 0, "%s: %s", feature,
		      err.text);
	snprintf(text, sizeof(text), "%s%s%s", featsel_verdict_name(answer.verdict),
		 answer.reason ? " " : "", answer.reason ? answer.reason : "");
	ck_assert_msg(strcmp(text, verdict) == 0, "%s: %s, not %s (%s)", feature, text, verdict,
		      answer.evidence);
	ck_assert_msg(!evidence || strstr(answer.evidence, evidence), "%s: evidence '%s'", feature,
		      answer.evidence);
	ck_assert_msg(!remedy || (answer.remedy && strstr(answer.remedy, remedy)),
		      "%s: remedy '%s'", feature, answer.remedy ? answer.remedy : "");
}

/* ---- kconfig ---- */

#define CONFIG                                                                          \
	"# Linux/x86 6.1.0 Kernel Configuration\\nCONFIG_BPF=y\\nCONFIG_NET_CLS=m\\n# " \
	"CONFIG_KPROBES is not set\\n"                                                  \
	"CONFIG_HZ=250\\nCONFIG_LSM=\"lockdown,bpf\"\\nCONFIG_BPF_JIT=y"

START_TEST(kconfig_is_read_from_boot)
{
	static const char *const cases[][3] = {
		{"kconfig:CONFIG_BPF", "yes", "/boot/config-6.1.0-9-amd64: CONFIG_BPF=y"},
		{"kconfig:CONFIG_BPF=y", "yes", "CONFIG_BPF=y"},
		{"kconfig:CONFIG_BPF=m", "no not-configured", "CONFIG_BPF=y"},
		{"kconfig:CONFIG_BPF=n", "no not-configured", "CONFIG_BPF=y"},
		{"kconfig:CONFIG_NET_CLS", "yes", "CONFIG_NET_CLS=m"},
		{"kconfig:CONFIG_NET_CLS=m", "yes", NULL},
		{"kconfig:CONFIG_NET", "no not-configured", "CONFIG_NET is not set"},
		{"kconfig:CONFIG_KPROBES", "no not-configured", "CONFIG_KPROBES is not set"},
		{"kconfig:CONFIG_KPROBES=n", "yes", "CONFIG_KPROBES is not set"},
		{"kconfig:CONFIG_HZ=250", "yes", NULL},
		{"kconfig:CONFIG_HZ=25", "no not-configured", "CONFIG_HZ=250"},
		{"kconfig:CONFIG_LSM=\"lockdown,bpf\"", "yes", NULL},
		{"kconfig:CONFIG_LSM=lockdown,bpf", "yes", NULL},
		{"kconfig:CONFIG_LSM=lockdown", "no not-configured", NULL},
		{"kconfig:CONFIG_BPF_JIT", "yes", NULL}, /* the last line, without a newline */
	};
	struct scene scene = scene_new(
		"release 6.1.0-9-amd64\nfile /boot/config-6.1.0-9-amd64 " CONFIG "\n", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(&scene, cases[i][0], cases[i][1], cases[i][2], NULL);
	scene_end(&scene);
}
END_TEST

static size_t gzip(const char *text, char *to, size_t room)
{
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text)};

	ck_assert_int_eq(
		deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_out = (Bytef *)to;
	stream.avail_out = (uInt)room;
	ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return stream.total_out;
}

START_TEST(kconfig_is_read_from_proc)
{
	char bytes[256];
	size_t size = gzip("CONFIG_BPF=y\nCONFIG_X=m\n", bytes, sizeof(bytes));
	struct scene scene =
		scene_new("release 5.10.0\nfile /boot/config-5.10.0 CONFIG_BPF=n\n", NULL);

	fake_kernel_file(scene.kernel, "/proc/config.gz", bytes, size);
	expect(&scene, "kconfig:CONFIG_X", "yes", "/proc/config.gz: CONFIG_X=m", NULL);
	scene_end(&scene);

	/* Damaged: the next place counts. */
	scene = scene_new("release 5.10.0\nfile /boot/config-5.10.0 CONFIG_BPF=y\n", NULL);
	fake_kernel_file(scene.kernel, "/proc/config.gz", bytes, size / 2);
	expect(&scene, "kconfig:CONFIG_BPF", "yes", "/boot/config-5.10.0: CONFIG_BPF=y", NULL);
	scene_end(&scene);
}
END_TEST

static const struct kconfig *named_kconfig(struct scene *scene)
{
	const char *path = unit_source("tests/unit/host/named.config");
	const struct kconfig *kconfig = NULL;

	ck_assert_int_eq(featsel_context_set_kconfig(scene->context, path, NULL), 0);
	ck_assert_int_eq(host_kconfig(scene->host, NULL, &kconfig, NULL), 0);
	ck_assert_ptr_nonnull(kconfig);
	return kconfig;
}

/* It goes before what the kernel shows, which counts where it says nothing. */
START_TEST(a_file_says_how_the_kernel_was_configured)
{
	struct scene scene = scene_new("release 5.10.0\nfile /boot/config-5.10.0 "
				       "CONFIG_HZ=8\\nCONFIG_X=y\\nCONFIG_Y=y\n",
				       NULL);
	uint64_t number = 0;

	expect(&scene, "kconfig:CONFIG_X", "yes", "/boot/config-5.10.0: CONFIG_X=y", NULL);
	host_use_kconfig(scene.host, named_kconfig(&scene));
	expect(&scene, "kconfig:CONFIG_X", "no not-configured", "config: CONFIG_X is not set",
	       NULL);
	expect(&scene, "kconfig:CONFIG_Y", "yes", "/boot/config-5.10.0: CONFIG_Y=y", NULL);
	expect(&scene, "kconfig:CONFIG_HZ=7", "yes", "config: CONFIG_HZ=7", NULL);
	ck_assert(kconfig_number(live_of(&scene), "CONFIG_HZ", &number));
	ck_assert_uint_eq(number, 7);
	host_use_kconfig(scene.host, NULL);
	expect(&scene, "kconfig:CONFIG_X", "yes", "/boot/config-5.10.0: CONFIG_X=y", NULL);
	scene_end(&scene);

	/* Of a kernel that shows nothing it is all that is known. */
	scene = scene_new("release 5.10.0\n", NULL);
	host_use_kconfig(scene.host, named_kconfig(&scene));
	expect(&scene, "kconfig:CONFIG_Y", "no not-configured", "config: CONFIG_Y is not set",
	       NULL);
	scene_end(&scene);
}
END_TEST

START_TEST(no_kconfig_is_unknown)
{
	struct scene scene = scene_new("release 5.10.0\n", NULL);

	expect(&scene, "kconfig:CONFIG_BPF", "unknown inconclusive",
	       "/proc/config.gz: ENOENT, /boot/config-5.10.0: ENOENT, /lib/modules/5.10.0/config: "
	       "ENOENT, "
	       "/lib/modules/5.10.0/build/.config: ENOENT",
	       "/boot/config-");
	scene_end(&scene);
	scene = scene_new("release 5.10.0\ncaps none\nerror /boot/config-5.10.0 EACCES\n", NULL);
	expect(&scene, "kconfig:CONFIG_BPF", "denied no-capability", "/boot/config-5.10.0: EACCES",
	       "CAP_DAC_READ_SEARCH");
	scene_end(&scene);
}
END_TEST

/* ---- lsm, lockdown ---- */

START_TEST(lsm_by_securityfs_or_the_system_call)
{
	static const struct {
		const char *script, *feature, *verdict, *evidence, *remedy;
	} cases[] = {
		{"file /sys/kernel/security/lsm lockdown,capability,bpf\n", "lsm:bpf", "yes",
		 "/sys/kernel/security/lsm: lockdown,capability,bpf", NULL},
		{"file /sys/kernel/security/lsm lockdown,yama\\n\n", "lsm:bpf", "no lsm-inactive",
		 "/sys/kernel/security/lsm: lockdown,yama", "add bpf to the lsm= list"},
		{"file /sys/kernel/security/lsm lockdown,yama\n", "lsm:yam", "no lsm-inactive",
		 NULL, NULL},
		{"lsm_list lockdown,capability,bpf\n", "lsm:bpf", "yes",
		 "lsm_list_modules(2): lockdown,capability,bpf", NULL},
		{"lsm_list lockdown,capability\n", "lsm:bpf", "no lsm-inactive",
		 "lsm_list_modules(2)", NULL},
		{"lsm_list ENOSYS\nerror /sys/kernel/security/lsm ENOENT\n", "lsm:bpf",
		 "unknown inconclusive", "/sys/kernel/security/lsm: ENOENT",
		 "mount -t securityfs nodev /sys/kernel/security"},
		{"lsm_list ENOSYS\nfilesystem /sys/kernel/security securityfs\n", "lsm:bpf",
		 "no lsm-inactive", "securityfs is mounted", "not built into this kernel"},
		{"lsm_list ENOSYS\ncaps none\nerror /sys/kernel/security/lsm EACCES\n", "lsm:bpf",
		 "denied no-capability", NULL, "CAP_DAC_READ_SEARCH"},
	};
	struct scene scene = scene_new(cases[_i].script, NULL);

	expect(&scene, cases[_i].feature, cases[_i].verdict, cases[_i].evidence, cases[_i].remedy);
	scene_end(&scene);
}
END_TEST

START_TEST(lockdown_is_what_stands_in_brackets)
{
	static const char *const cases[][2] = {
		{"file /sys/kernel/security/lockdown [none] integrity confidentiality\\n\n",
		 "none"},
		{"file /sys/kernel/security/lockdown none integrity [confidentiality]\\n\n",
		 "confidentiality"},
		{"file /sys/kernel/security/lockdown none integrity confidentiality\\n\n", NULL},
		{"file /sys/kernel/security/lockdown none [integrity\\n\n", NULL},
		{"error /sys/kernel/security/lockdown ENOENT\n", NULL},
	};
	struct scene scene = scene_new(cases[_i][0], NULL);
	const char *lockdown = live_lockdown(live_of(&scene));

	ck_assert_pstr_eq(lockdown, cases[_i][1]);
	scene_end(&scene);
}
END_TEST

/* ---- caps, arch, kernel ---- */

START_TEST(caps_are_seen)
{
	struct scene scene = scene_new("caps bpf,perfmon\n", NULL);

	expect(&scene, "cap:bpf", "yes", "CapEff", NULL);
	expect(&scene, "cap:perfmon", "yes", NULL, NULL);
	expect(&scene, "cap:sys_admin", "no no-capability", "lacks bit 21", "sys_admin");
	scene_end(&scene);
	scene = scene_new("error /proc/self/status ENOENT\n", NULL);
	expect(&scene, "cap:bpf", "unknown inconclusive", NULL, "mount -t proc");
	scene_end(&scene);
}
END_TEST

START_TEST(arch_knows_both_names)
{
	static const char *const cases[][3] = {
		{"machine aarch64\n", "arch:arm64", "yes"},
		{"machine aarch64\n", "arch:aarch64", "yes"},
		{"machine x86_64\n", "arch:amd64", "yes"},
		{"machine x86_64\n", "arch:x86", "no arch-mismatch"},
		{"machine x86_64\n", "arch:arm64", "no arch-mismatch"},
		{"machine sparc64\n", "arch:sparc64", "yes"},
		{"machine sparc64\n", "arch:alpha", "no arch-mismatch"},
	};
	struct scene scene = scene_new(cases[_i][0], NULL);

	expect(&scene, cases[_i][1], cases[_i][2], NULL, NULL);
	scene_end(&scene);
}
END_TEST

START_TEST(releases_compare_by_number)
{
	static const struct {
		const char *release, *feature;
		bool holds;
	} cases[] = {
		{"5.10.0-28-amd64", "kernel:>=5.8", true},
		{"5.10.0-28-amd64", "kernel:>=5.10", true},
		{"5.10.0-28-amd64", "kernel:>=5.10.1", false},
		{"5.10.0-28-amd64", "kernel:<5.8", false},
		{"5.10.7", "kernel:=5.10", true},
		{"5.10.7", "kernel:==5.10.7", true},
		{"5.10.7", "kernel:>5.10", false},
		{"5.10.7", "kernel:<=5.10", true},
		{"5.10.7", "kernel:<5.11", true},
		{"4.18.0-147.el8.x86_64", "kernel:>=4.18", true},
		{"4.18.0-147.el8.x86_64", "kernel:>=4.18.1", false},
		{"6.18-rc3", "kernel:>=6.18", true},
		{"6.18-rc3", "kernel:<6.18.1", true},
		{"10.1", "kernel:>9", true},
	};
	char script[64];
	struct scene scene;

	snprintf(script, sizeof(script), "release %s\n", cases[_i].release);
	scene = scene_new(script, NULL);
	expect(&scene, cases[_i].feature, cases[_i].holds ? "yes" : "no kernel-version",
	       cases[_i].release, NULL);
	scene_end(&scene);
}
END_TEST

/* What a distribution's release does not say of the version that it is made from. */
START_TEST(versions_are_those_of_upstream)
{
#define DEBIAN "file /proc/sys/kernel/version #1 SMP Debian 5.10.218-1 (2024-06-01)\n"
#define UBUNTU "file /proc/version_signature Ubuntu 5.15.0-91.101-generic 5.15.131\n"
	static const char *const cases[][4] = {
		{DEBIAN, "kernel:>=5.10.16", "yes", "/proc/sys/kernel/version: Debian 5.10.218"},
		{DEBIAN, "kernel:>=5.10.219", "no kernel-version", "Debian 5.10.218"},
		{UBUNTU, "kernel:>=5.15.131", "yes", "/proc/version_signature: 5.15.131"},
		{UBUNTU, "kernel:<5.15.131", "no kernel-version", "5.15.131"},
		{"file /proc/sys/kernel/version #1 SMP PREEMPT_DYNAMIC\n", "kernel:>=5.10", "yes",
		 "uname(2): release 5.10.0-30-amd64"},
	};
	char script[256];
	struct scene scene;

	snprintf(script, sizeof(script), "release 5.10.0-30-amd64\n%s", cases[_i][0]);
	scene = scene_new(script, NULL);
	expect(&scene, cases[_i][1], cases[_i][2], cases[_i][3], NULL);
	scene_end(&scene);
}
END_TEST

/* ---- kallsyms, numbers, tracefs ---- */

/* /proc without its files gives an empty one: no evidence that anything is missing. */
START_TEST(an_empty_list_of_symbols_is_no_answer)
{
	struct scene scene = scene_new("file /proc/kallsyms\n", NULL);

	expect(&scene, "ksym:vfs_read", "unknown inconclusive", "/proc/kallsyms", NULL);
	ck_assert_int_lt(symbols_count(live_of(&scene), "vfs_read"), 0);
	ck_assert_int_lt(symbols_match(live_of(&scene), "vfs_*"), 0);
	scene_end(&scene);
}
END_TEST

#define KALLSYMS                                                                                  \
	"file /proc/kallsyms 0000000000000000 D some_data\\n0000000000000000 T vfs_read\\n"       \
	"0000000000000000 t twin\\n0000000000000000 t vfs_read_iter\\n0000000000000000 t twin\\n" \
	"0000000000000000 W weak_one\\n0000000000000000 t moved.isra.0\\n"                        \
	"0000000000000000 t shadowed\\n0000000000000000 t shadowed\\t[ext4]\\n"                   \
	"0000000000000000 t in_module\\t[ext4]\\n0000000000000000 t bpf_prog_1_x\\t[bpf]\\n"      \
	"0000000000000000 t kprobe_insn\\t[__builtin__kprobes]\\nbroken\\n0000000000000000 T "    \
	"last_one\n"

START_TEST(functions_are_counted_by_their_exact_names)
{
	static const struct {
		const char *name;
		int count;
	} cases[] = {
		{"vfs_read", 1},  {"vfs_rea", 0},      {"twin", 2},	    {"weak_one", 1},
		{"moved", 0},	  {"moved.isra.0", 1}, {"some_data", 0},    {"shadowed", 1},
		{"in_module", 1}, {"last_one", 1},     {"bpf_prog_1_x", 0}, {"kprobe_insn", 0},
		{"", 0},
	};
	struct scene scene = scene_new(KALLSYMS, NULL);
	unsigned int opened;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(symbols_count(live_of(&scene), cases[i].name) == cases[i].count, "%s",
			      cases[i].name);
	ck_assert(symbols_in_module(live_of(&scene), "in_module"));
	ck_assert(!symbols_in_module(live_of(&scene), "shadowed"));
	ck_assert(!symbols_in_module(live_of(&scene), "nowhere"));
	/* All that with one reading. */
	opened = fake_kernel_calls(scene.kernel, "open");
	ck_assert_uint_eq(opened, 1);
	ck_assert_int_eq(symbols_match(live_of(&scene), "vfs_*"), 1);
	ck_assert_int_eq(symbols_match(live_of(&scene), "vfs_????"), 1);
	ck_assert_int_eq(symbols_match(live_of(&scene), "xfs_*"), 0);
	scene_end(&scene);
}
END_TEST

/* Lines cut by the end of a buffer, on a list larger than any. */
START_TEST(a_long_kallsyms_is_read_whole)
{
	static const char line[] = "ffffffff81000000 t some_function_with_a_name_of_its_own\n";
	size_t n = 20000, size = n * (sizeof(line) - 1);
	struct scene scene = scene_new("", NULL);
	char *text = malloc(size + 64), *to = text;

	for (size_t i = 0; i < n; i++, to += sizeof(line) - 1) {
		memcpy(to, line, sizeof(line));
		to[19 + i % 36] = 'X';
	}
	memcpy(to - (sizeof(line) - 1),
	       "ffffffff81000000 t the_last_of_them_all                       \n", 56);
	fake_kernel_file(scene.kernel, "/proc/kallsyms", text, size);
	ck_assert_int_eq(symbols_count(live_of(&scene), "Xome_function_with_a_name_of_its_own"), 2);
	ck_assert_int_eq(symbols_count(live_of(&scene), "some_function_with_a_name_of_its_owX"), 2);
	ck_assert_int_eq(symbols_count(live_of(&scene), "some_function_with_a_name_of_its_own"), 0);
	free(text);
	scene_end(&scene);
}
END_TEST

START_TEST(a_hidden_kallsyms_is_an_error)
{
	struct scene scene = scene_new("error /proc/kallsyms EACCES\n", NULL);

	ck_assert_int_eq(symbols_count(live_of(&scene), "vfs_read"), -EACCES);
	fake_kernel_rules(scene.kernel, "file /proc/kallsyms\n");
	ck_assert_int_eq(symbols_count(live_of(&scene), "vfs_read"), -ENODATA);
	scene_end(&scene);
}
END_TEST

START_TEST(numbers_are_whole_files)
{
	struct scene scene = scene_new("file /n/good -3\\n\nfile /n/bad 3x\\n\nfile /n/empty\n"
				       "error /n/shut EACCES\n",
				       NULL);
	long number = 0;

	ck_assert_int_eq(live_number(live_of(&scene), "/n/good", &number), 0);
	ck_assert_int_eq(number, -3);
	ck_assert_int_eq(live_number(live_of(&scene), "/n/bad", &number), -EBADMSG);
	ck_assert_int_eq(live_number(live_of(&scene), "/n/empty", &number), -EBADMSG);
	ck_assert_int_eq(live_number(live_of(&scene), "/n/shut", &number), -EACCES);
	ck_assert_int_eq(live_number(live_of(&scene), "/n/none", &number), -ENOENT);
	ck_assert_int_eq(number, -3);
	scene_end(&scene);
}
END_TEST

START_TEST(tracefs_is_found_by_its_magic)
{
	static const struct {
		const char *script, *where;
		int error;
	} cases[] = {
		{"filesystem /sys/kernel/tracing tracefs\n", "/sys/kernel/tracing", 0},
		{"filesystem /sys/kernel/tracing sysfs\nfilesystem /sys/kernel/debug/tracing "
		 "tracefs\n",
		 "/sys/kernel/debug/tracing", 0},
		{"filesystem /sys/kernel/tracing sysfs\n", NULL, -ENOENT},
		{"filesystem /sys/kernel/tracing sysfs\nerror /sys/kernel/debug/ EACCES\n", NULL,
		 -EACCES},
	};
	struct scene scene = scene_new(cases[_i].script, NULL);
	int error = 0;
	const char *where = live_tracefs(live_of(&scene), &error);

	ck_assert_pstr_eq(where, cases[_i].where);
	if (!cases[_i].where)
		ck_assert_int_eq(error, cases[_i].error);
	scene_end(&scene);
}
END_TEST

/* ---- btf ---- */

/* int; struct s { int a; }; enum e { E = 5 }; func f(int, int); typedef int t; union u {} */
static const uint32_t types[] = {
	1,  1u << 24,	   4, 32,	   /* 1 int */
	5,  4u << 24 | 1,  4, 7,  1, 0,	   /* 2 struct s { a } */
	9,  6u << 24 | 1,  4, 11, 5,	   /* 3 enum e { E } */
	0,  13u << 24 | 2, 1, 0,  1, 0, 1, /* 4 proto */
	13, 12u << 24,	   4,		   /* 5 func f */
	15, 8u << 24,	   1,		   /* 6 typedef t */
	17, 5u << 24,	   4,		   /* 7 union u */
};
static const char strings[] = "\0int\0s\0a\0e\0E\0f\0t\0u";

static void give_btf(struct scene *scene, const char *path, size_t cut)
{
	uint32_t header[6] = {0xeb9f | 1 << 16, 24, 0, sizeof(types), sizeof(types),
			      sizeof(strings)};
	char bytes[sizeof(header) + sizeof(types) + sizeof(strings)];

	header[3] -= (uint32_t)cut;
	memcpy(bytes, header, sizeof(header));
	memcpy(bytes + sizeof(header), types, sizeof(types));
	memcpy(bytes + sizeof(header) + sizeof(types), strings, sizeof(strings));
	fake_kernel_file(scene->kernel, path, bytes, sizeof(bytes));
}

START_TEST(types_are_answered)
{
	static const char *const cases[][3] = {
		{"btf:vmlinux", "yes", "/sys/kernel/btf/vmlinux: readable"},
		{"btf:struct s", "yes", "struct 's' is type 2"},
		{"btf:struct s.a", "yes", "has member 'a'"},
		{"btf:struct s.b", "no type-missing", "no member 'b' in struct 's'"},
		{"btf:struct x.a", "no type-missing", "no struct 'x'"},
		{"btf:union s", "no type-missing", "no union 's'"},
		{"btf:union u", "yes", NULL},
		{"btf:enum e", "yes", NULL},
		{"btf:enum e.E", "yes", "E = 5"},
		{"btf:enum e.F", "no type-missing", "no enumerator 'e.F'"},
		{"btf:typedef t", "yes", NULL},
		{"btf:typedef s", "no type-missing", NULL},
		{"btf:func f", "yes", NULL},
		{"btf:func f(2)", "yes", "'f' has 2 parameters"},
		{"btf:func f(8)", "no signature-unsupported", "'f' has 2 parameters, not 8"},
		{"btf:func g(2)", "no symbol-missing", NULL},
	};
	struct scene scene = scene_new("", NULL);

	give_btf(&scene, "/sys/kernel/btf/vmlinux", 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect(&scene, cases[i][0], cases[i][1], cases[i][2], NULL);
	scene_end(&scene);
}
END_TEST

/* Without the types nobody can tell whether the kernel has the struct. */
START_TEST(without_btf_only_vmlinux_is_a_no)
{
	struct scene scene =
		scene_new("error /sys/kernel/btf/vmlinux ENOENT\ndirectory /sys/kernel\n", NULL);

	expect(&scene, "btf:vmlinux", "no btf-missing", "/sys/kernel/btf/vmlinux: ENOENT",
	       "CONFIG_DEBUG_INFO_BTF");
	expect(&scene, "btf:struct s", "unknown btf-missing", "ENOENT", NULL);
	scene_end(&scene);
	scene = scene_new("error /sys/ ENOENT\n", NULL);
	expect(&scene, "btf:vmlinux", "no btf-missing", NULL, "mount -t sysfs nodev /sys");
	scene_end(&scene);
	scene = scene_new("caps none\nerror /sys/kernel/btf/vmlinux EACCES\n", NULL);
	expect(&scene, "btf:vmlinux", "denied no-capability", NULL, NULL);
	scene_end(&scene);
}
END_TEST

START_TEST(damaged_btf_is_unknown)
{
	struct scene scene = scene_new("", NULL);

	give_btf(&scene, "/sys/kernel/btf/vmlinux", 4);
	expect(&scene, "btf:struct s", "yes", NULL, NULL);
	expect(&scene, "btf:struct x", "unknown inconclusive", "damaged", NULL);
	scene_end(&scene);
	scene = scene_new("file /sys/kernel/btf/vmlinux this is no BTF, but it is long enough\n",
			  NULL);
	expect(&scene, "btf:vmlinux", "unknown inconclusive", "EBADMSG", NULL);
	scene_end(&scene);
}
END_TEST

START_TEST(another_file_may_hold_the_types)
{
	struct scene scene = scene_new("error /sys/kernel/btf/vmlinux ENOENT\n", "/tmp/kernel.btf");

	give_btf(&scene, "/tmp/kernel.btf", 0);
	expect(&scene, "btf:vmlinux", "yes", "/tmp/kernel.btf", NULL);
	expect(&scene, "btf:struct s.a", "yes", "/tmp/kernel.btf", NULL);
	scene_end(&scene);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("host-files");
	TCase *tc = tcase_create("host-files");

	tcase_add_test(tc, kconfig_is_read_from_boot);
	tcase_add_test(tc, kconfig_is_read_from_proc);
	tcase_add_test(tc, a_file_says_how_the_kernel_was_configured);
	tcase_add_test(tc, no_kconfig_is_unknown);
	tcase_add_loop_test(tc, lsm_by_securityfs_or_the_system_call, 0, 8);
	tcase_add_loop_test(tc, lockdown_is_what_stands_in_brackets, 0, 5);
	tcase_add_test(tc, caps_are_seen);
	tcase_add_loop_test(tc, arch_knows_both_names, 0, 7);
	tcase_add_loop_test(tc, versions_are_those_of_upstream, 0, 5);
	tcase_add_test(tc, an_empty_list_of_symbols_is_no_answer);
	tcase_add_loop_test(tc, releases_compare_by_number, 0, 14);
	tcase_add_test(tc, functions_are_counted_by_their_exact_names);
	tcase_add_test(tc, a_long_kallsyms_is_read_whole);
	tcase_add_test(tc, a_hidden_kallsyms_is_an_error);
	tcase_add_test(tc, numbers_are_whole_files);
	tcase_add_loop_test(tc, tracefs_is_found_by_its_magic, 0, 4);
	tcase_add_test(tc, types_are_answered);
	tcase_add_test(tc, without_btf_only_vmlinux_is_a_no);
	tcase_add_test(tc, damaged_btf_is_unknown);
	tcase_add_test(tc, another_file_may_hold_the_types);
	suite_add_tcase(s, tc);
	return s;
}

int main(void)
{
	return unit_run(suite);
}
