/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * report.c - --report: one text for a bug report
 *
 * What decides about BPF on this host, and the decisions. Nothing secret: no environment, no names
 * of users, hosts or files other than the kernel's and the manifest's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/screen.h"

#define NAME_WIDTH 22
/* The inode of the initial PID namespace: PROC_PID_INIT_INO of linux/proc_ns.h. */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFCU

/* "name    value", one line, safe for a terminal. */
static void put(const char *name, const char *value)
{
	struct line_of line;
	FILE *to = line_begin(&line, stdout);

	fprintf(to, "%-*s", NAME_WIDTH, name);
	message_text(to, value);
	line_end(&line, NAME_WIDTH);
}

/* The first line of @path that begins with @key, without it: true where there is one. */
static bool find_line(const char *path, const char *key, char *ret, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(key);
	bool found = false;
	char line[512];

	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, key, length);
	}
	if (file)
		fclose(file);
	if (found)
		snprintf(ret, size, "%s", line + length + strspn(line + length, " \t"));
	return found;
}

/* The first line of a file of the kernel, or why it cannot be read. */
static void put_file(const char *name, const char *path)
{
	char text[512];
	FILE *file = fopen(path, "re");
	int err = errno;
	const char *line = file ? fgets(text, sizeof(text), file) : NULL;

	if (!file)
		snprintf(text, sizeof(text), "%s: %s", path, strerror(err));
	else if (!line)
		snprintf(text, sizeof(text), "%s: nothing in it", path);
	else
		text[strcspn(text, "\n")] = '\0';
	if (file)
		fclose(file);
	put(name, text);
}

static void put_kernel(void)
{
	struct utsname name;
	char text[sizeof(name.release) + sizeof(name.version) + sizeof(name.machine) + 4];

	if (uname(&name))
		return;
	snprintf(text, sizeof(text), "%s %s %s", name.release, name.machine, name.version);
	put("kernel", text);
}

static void put_distribution(void)
{
	char text[256];

	if (!find_line("/etc/os-release", "PRETTY_NAME=", text, sizeof(text)) &&
	    !find_line("/usr/lib/os-release", "PRETTY_NAME=", text, sizeof(text)))
		snprintf(text, sizeof(text), "not known: no os-release");
	put("distribution", text);
}

/* What can be seen from inside: files that container managers leave, and the namespaces. */
static void put_container(void)
{
	static const struct {
		const char *path, *name;
	} marks[] = {
		{"/.dockerenv", "docker"},
		{"/run/.containerenv", "podman"},
		{"/run/systemd/container", "systemd's container=..."},
		{"/var/run/secrets/kubernetes.io", "kubernetes"},
	};
	const char *found = NULL;
	struct stat st;
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(marks) && !found; i++)
		found = access(marks[i].path, F_OK) ? NULL : marks[i].name;
	if (stat("/proc/self/ns/pid", &st))
		snprintf(text, sizeof(text), "%s; /proc is not there", found ? found : "no mark");
	else
		snprintf(text, sizeof(text), "%s; %s PID namespace",
			 found ? found : "no mark of one",
			 st.st_ino == INITIAL_PID_NAMESPACE ? "initial" : "another");
	put("container", text);
}

static void put_process(void)
{
	static const struct {
		const char *name, *key;
	} rows[] = {
		{"capabilities", "CapEff:"},
		{"bounding set", "CapBnd:"},
		{"no new privileges", "NoNewPrivs:"},
		{"seccomp", "Seccomp:"},
	};
	char text[256];

	put("root", geteuid() ? "no" : "yes");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put(rows[i].name, find_line("/proc/self/status", rows[i].key, text, sizeof(text))
					  ? text
					  : "/proc/self/status does not tell");
	put_file("user namespace", "/proc/self/uid_map");
}

static void put_tracefs(void)
{
	char text[256];

	/* "TYPE PLACE TYPE ...": the device is first */
	if (find_line("/proc/mounts", "tracefs ", text, sizeof(text)) ||
	    find_line("/proc/mounts", "nodev /sys/kernel/tracing", text, sizeof(text)))
		put("tracefs", text);
	else
		put("tracefs", access("/sys/kernel/tracing/events", F_OK) ? "not mounted"
									  : "/sys/kernel/tracing");
}

static void put_policy(void)
{
	static const struct {
		const char *name, *path;
	} rows[] = {
		{"lockdown", "/sys/kernel/security/lockdown"},
		{"security modules", "/sys/kernel/security/lsm"},
		{"security context", "/proc/self/attr/current"},
		{"unprivileged bpf", "/proc/sys/kernel/unprivileged_bpf_disabled"},
		{"perf_event_paranoid", "/proc/sys/kernel/perf_event_paranoid"},
		{"kptr_restrict", "/proc/sys/kernel/kptr_restrict"},
		{"ftrace_enabled", "/proc/sys/kernel/ftrace_enabled"},
		{"JIT", "/proc/sys/net/core/bpf_jit_enable"},
		{"kprobes", "/sys/bus/event_source/devices/kprobe/type"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		put_file(rows[i].name, rows[i].path);
	put("kernel BTF", access("/sys/kernel/btf/vmlinux", R_OK) ? strerror(errno) : "readable");
	put_tracefs();
}

static void put_host(const struct program *program)
{
	put("featsel", featsel_version());
	put("libbpf", featsel_libbpf_version());
	put_kernel();
	put_distribution();
	put_container();
	put_process();
	put_policy();
	put("manifest", program->options.manifests.count || program->options.objects.count
				? "named on the command line"
				: "the installed one");
	putchar('\n');
}

int report_run(struct program *program)
{
	struct featsel_error err = {0};
	int status = plans_open_host(program, NULL, &program->host);

	if (!status)
		status = plans_make(program, program->host, FEATSEL_PLAN_ALL, &program->plan);
	if (status)
		return status;
	put_host(program);
	if (!program->options.no_load && featsel_plan_test_load(program->plan, &err))
		return message_failure(&err);
	for (size_t i = 0; i < featsel_plan_events(program->plan); i++)
		explain_event(stdout, program->plan, i, false);
	/* what has no candidate is what is reported */
	return 0;
}
