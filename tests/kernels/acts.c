/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * acts.c - the workload of comparisons: known acts for each event, the same in every run
 *
 *	acts [EVENT...]
 *	acts --needs EVENT
 *	acts --clear
 *	acts --old EVENT
 *
 * Without a name it performs the acts of the event in FEATSEL_EVENT, and without that all; it exits
 * with 2 on an event that has no acts. --needs prints the file that the event's acts need, where
 * there is such a one. --clear removes what they leave for the next run. --old makes only the
 * event's calls by the 32-bit gate, and says which process made how many.
 *
 * Each event's acts happen in a child process of their own, by number through syscall(2), so that
 * the C library has no say in which call is made. Nothing that tells one run from another gets into
 * an argument: addresses are fixed, files have fixed names in a file system that only the child
 * sees. Whether an act succeeds does not matter, as long as it does the same the next time: the
 * kernel may lack a call, and who runs this may lack the right.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Free in every process, also where addresses have 39 bits. */
#define PLACE(n)   (0x2000000000UL + (n)*0x100000UL)
#define NO_FD	   (-1)
#define BAD_FD	   1000
#define NOBODY	   0x3fffffffL /* above every process id */
#define BAD_ADDR   1L
#define SELF	   "/proc/self/exe"
#define BE_QUIET   "--nothing"
#define PAGE	   4096UL
#define LARGE_PAGE 65536UL /* a multiple of every page size */

/* ---- helpers ------------------------------------------------------------------------------- */

static void tell(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void say(const char *text)
{
	tell(STDERR_FILENO, text);
}

/* Run @perform in a child, wait for it. Where it dies, it dies alone. */
static void in_child(void (*perform)(void))
{
	pid_t child = fork();

	if (!child) {
		perform();
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static long map(unsigned long addr, unsigned long len, int prot, int flags, int fd,
		unsigned long offset)
{
#ifdef __s390x__
	const long args[] = {(long)addr, (long)len, prot, flags, fd, (long)offset};

	return syscall(SYS_mmap, args);
#else
	return syscall(SYS_mmap, addr, len, (long)prot, (long)flags, (long)fd, offset);
#endif
}

/* Descriptors that came from elsewhere would give ours other numbers. */
static void close_all(void)
{
	for (long fd = STDERR_FILENO + 1; fd < BAD_FD; fd++)
		syscall(SYS_close, fd);
}

static long make(const char *path)
{
	return syscall(SYS_openat, (long)AT_FDCWD, path, (long)(O_CREAT | O_RDWR | O_CLOEXEC),
		       0640L);
}

static long make_dir(const char *path)
{
	syscall(SYS_mkdirat, (long)AT_FDCWD, path, 0750L);
	return syscall(SYS_openat, (long)AT_FDCWD, path, (long)(O_DIRECTORY | O_CLOEXEC), 0L);
}

/* An empty file system that only this process sees becomes its working directory. */
static bool enter_room(void)
{
	if (!unshare(CLONE_NEWNS) && !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	    !mount("acts", "/tmp", "tmpfs", 0, NULL) && !chdir("/tmp"))
		return true;
	say("acts: not allowed to mount a file system of its own, acts on files are left out\n");
	return false;
}

/*
 * A path of @length bytes that means the working directory, at the very end of what is mapped:
 * behind its NUL nothing can be read.
 */
static const char *long_path(size_t length)
{
	char *at = (char *)PLACE(20) + LARGE_PAGE - length - 1;

	map(PLACE(20), LARGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	    NO_FD, 0);
	for (size_t i = 0; i < length; i++)
		at[i] = i % 2 ? '/' : '.';
	at[length] = '\0';
	return at;
}

/* ---- calls by the 32-bit gate -------------------------------------------------------------- */

/* As openat2() takes it. */
struct how {
	uint64_t flags, mode, resolve;
};

#ifdef __x86_64__

/* What arguments point to: it lies where 32 bits reach. */
struct old_memory {
	char path[32], other[32];
	struct how how;
	uint16_t address[8];
	uint32_t bind[3], listen[2], accept[3], map[6];
};

#define OLD_PLACE   0x51000000UL
#define OLD(member) ((long)(OLD_PLACE + offsetof(struct old_memory, member)))

static const struct old_memory old_memory = {
	.path = "/nonexistent/old",
	.other = "/nonexistent/new",
	.how = {O_RDWR | O_CREAT, 0640, 0},
	.address = {AF_INET, 0x5000, 0x007f, 0x0100}, /* 127.0.0.1:80 */
	.bind = {BAD_FD, OLD(address), 16},
	.listen = {BAD_FD, 7},
	.accept = {BAD_FD, 0, 0},
	.map = {0x50000000, PAGE, PROT_READ, MAP_PRIVATE, BAD_FD, 3 * PAGE},
};

/* By i386's numbers. Most are refused, which is told as well. */
static const struct {
	const char *event;
	long number, args[6];
} old_calls[] = {
	{"accept", 364, {BAD_FD, 0, 0, SOCK_CLOEXEC}},
	{"accept", 102, {5, OLD(accept)}},
	{"bind", 361, {BAD_FD, OLD(address), 16}},
	{"bind", 102, {2, OLD(bind)}},
	{"bpf", 357, {9999, OLD(how), 24}},
	{"chmod", 15, {OLD(path), 0640}},
	{"chmod", 94, {BAD_FD, 0600}},
	{"chmod", 306, {AT_FDCWD, OLD(path), 04755}},
	{"chmod", 452, {AT_FDCWD, OLD(path), 0700, AT_SYMLINK_NOFOLLOW}},
	{"kill", 37, {NOBODY, SIGUSR1}},
	{"kill", 238, {NOBODY, SIGTERM}},
	{"kill", 270, {NOBODY, NOBODY, SIGHUP}},
	{"listen", 363, {BAD_FD, 5}},
	{"listen", 102, {4, OLD(listen)}},
	/* mmap2() has the offset in pages. */
	{"mmap", 192, {0x50000000, 5 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 2}},
	{"mmap", 90, {OLD(map)}},
	{"mount", 21, {OLD(path), OLD(other), OLD(path), MS_BIND | MS_REC, 0}},
	{"mount", 429, {AT_FDCWD, OLD(path), AT_FDCWD, OLD(other), 0}},
	{"mprotect", 125, {OLD_PLACE, PAGE, PROT_READ}},
	{"mprotect", 380, {OLD_PLACE, PAGE, PROT_READ, -1}},
	{"open", 5, {OLD(path), O_RDWR | O_CREAT, 0644}},
	{"open", 8, {OLD(path), 0600}},
	{"open", 295, {AT_FDCWD, OLD(path), O_RDONLY | O_CLOEXEC, 0}},
	{"open", 437, {AT_FDCWD, OLD(path), OLD(how), sizeof(struct how)}},
	{"ptrace", 26, {PTRACE_CONT, NOBODY, 1, SIGUSR1}},
	{"rename", 38, {OLD(path), OLD(other)}},
	{"rename", 302, {AT_FDCWD, OLD(path), AT_FDCWD, OLD(other)}},
	{"rename", 353, {AT_FDCWD, OLD(path), AT_FDCWD, OLD(other), 1}},
	{"setuid", 213, {-1}},
	{"setuid", 214, {-1}},
	{"setuid", 203, {-1, -1}},
	{"setuid", 204, {-1, -1}},
	{"setuid", 208, {-1, -1, -1}},
	{"setuid", 210, {-1, -1, -1}},
	/* With ids of 16 bits. */
	{"setuid", 23, {0xffff}},
	{"setuid", 46, {0xffff}},
	{"setuid", 70, {0xffff, 0x3ffff}},
	{"setuid", 71, {0xffff, 0xffff}},
	{"setuid", 164, {0xffff, 0xffff, 0xffff}},
	{"setuid", 170, {0xffff, 0xffff, 0xffff}},
	{"unlink", 10, {OLD(path)}},
	{"unlink", 40, {OLD(path)}},
	{"unlink", 301, {AT_FDCWD, OLD(path), AT_REMOVEDIR}},
};
#define N_OLD_CALLS (sizeof(old_calls) / sizeof(old_calls[0]))

/* Where the kernel has no 32-bit calls the instruction itself is refused. */
static void on_refusal(int number)
{
	(void)number;
	_exit(0);
}

static long call_by_old_gate(long number, const long *args)
{
	register long last __asm__("r12") = args[5];
	long result = number;

	__asm__ volatile("xchg %%rbp, %1\n\t"
			 "int $0x80\n\t"
			 "xchg %%rbp, %1"
			 : "+a"(result), "+r"(last)
			 : "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]), "D"(args[4])
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* With what the instruction syscall leaves in the registers, where there is but one argument. */
static long call_in_disguise(long number, long argument)
{
	long result = number;

	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"
			 "pushfq\n\t"
			 "pop %%r11\n\t"
			 "lea 128(%%rsp), %%rsp\n\t"
			 "lea 1f(%%rip), %%rcx\n\t"
			 "int $0x80\n"
			 "1:"
			 : "+a"(result)
			 : "b"(argument)
			 : "memory", "rcx", "r8", "r9", "r10", "r11");
	return (int)result;
}

/* How many calls the kernel knew. */
static int perform_old_calls(const char *event)
{
	int n = 0;

	signal(SIGSEGV, on_refusal);
	for (size_t i = 0; i < N_OLD_CALLS; i++) {
		const long *args = old_calls[i].args;

		if (strcmp(event, old_calls[i].event) != 0)
			continue;
		n += call_by_old_gate(old_calls[i].number, args) != -ENOSYS;
		if (!args[1])
			n += call_in_disguise(old_calls[i].number, args[0]) != -ENOSYS;
	}
	return n;
}

static void prepare_old_calls(void)
{
	map(OLD_PLACE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NO_FD,
	    0);
	memcpy((void *)OLD_PLACE, &old_memory, sizeof(old_memory));
}

#else

static int perform_old_calls(const char *event)
{
	(void)event;
	return 0;
}

static void prepare_old_calls(void)
{
}

#endif

/* In a process of its own: the gate need not be there. The number of calls that were made. */
static int make_old_calls(const char *event, pid_t *child)
{
	int status = 0;

	prepare_old_calls();
	*child = fork();
	if (!*child)
		_exit(perform_old_calls(event));
	if (*child > 0)
		waitpid(*child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* ---- mmap ---------------------------------------------------------------------------------- */

static void act_mmap(void)
{
	int fd;

	map(PLACE(0), LARGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NO_FD, 0);
	map(PLACE(1), 2 * LARGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE | MAP_POPULATE, NO_FD, 0);
	map(PLACE(2), 3 * LARGE_PAGE, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, NO_FD, 0);
	map(0, 7, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, NO_FD, 0);
	fd = (int)syscall(SYS_openat, AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0);
	map(PLACE(3), LARGE_PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, LARGE_PAGE);
	map(PLACE(4), LARGE_PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_FIXED, fd, 0x123450000UL);
	syscall(SYS_close, fd);
	/* Refused: no length, no such file, no flags. */
	map(PLACE(5), 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NO_FD, 0);
	map(PLACE(6), LARGE_PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, BAD_FD, 0);
	map(PLACE(7), LARGE_PAGE, PROT_READ, 0, NO_FD, 0);
}

/* ---- mprotect ------------------------------------------------------------------------------ */

static void act_mprotect(void)
{
	map(PLACE(0), 4 * LARGE_PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NO_FD, 0);
	syscall(SYS_mprotect, PLACE(0), LARGE_PAGE, (long)PROT_READ);
	syscall(SYS_mprotect, PLACE(0), 2 * LARGE_PAGE, (long)(PROT_READ | PROT_EXEC));
	syscall(SYS_mprotect, PLACE(0) + LARGE_PAGE, 3 * LARGE_PAGE, (long)PROT_NONE);
	/* Refused: nothing is mapped there, no page begins there. */
	syscall(SYS_mprotect, PLACE(9), LARGE_PAGE, (long)PROT_READ);
	syscall(SYS_mprotect, PLACE(0) + 1, LARGE_PAGE, (long)PROT_READ);
#ifdef SYS_pkey_mprotect
	syscall(SYS_pkey_mprotect, PLACE(0), LARGE_PAGE, (long)PROT_READ, -1L);
	syscall(SYS_pkey_mprotect, PLACE(0), LARGE_PAGE, (long)PROT_READ, 15L);
#endif
}

/* ---- exec ---------------------------------------------------------------------------------- */

static void execute(const char *path, const char *const *argv)
{
	static const char *const environment[] = {"ACTS=1", NULL};

	syscall(SYS_execve, path, argv, environment);
	_exit(0);
}

static void exec_plain(void)
{
	static const char *const argv[] = {"acts", BE_QUIET, NULL};

	execute(SELF, argv);
}

static void exec_with_arguments(void)
{
	static const char *const argv[] = {"another name", BE_QUIET, "",  "a b",
					   "\x01\xff\n",   "last",   NULL};

	execute(SELF, argv);
}

static void exec_missing(void)
{
	static const char *const argv[] = {"missing", NULL};

	execute("/nonexistent/program", argv);
}

static void exec_by_descriptor(void)
{
	static const char *const argv[] = {"acts", BE_QUIET, NULL};
	static const char *const environment[] = {NULL};
	long fd = syscall(SYS_openat, AT_FDCWD, SELF, O_RDONLY | O_CLOEXEC, 0);

	syscall(SYS_execveat, fd, "", argv, environment, (long)AT_EMPTY_PATH);
}

/* Refused, and told by nobody: the old program goes on. */
static void exec_refused(void)
{
	static const char *const argv[] = {"acts", NULL};

	execute("/proc", argv);
}

/* More than a record holds, of which the first is told. */
static void exec_with_many_arguments(void)
{
	const char *argv[1000] = {"acts", BE_QUIET};

	for (int i = 2; i < 999; i++)
		argv[i] = "argument";
	execute(SELF, argv);
}

/* The kernel puts the interpreter and the script before the arguments. */
static void exec_script(void)
{
	static const char script[] = "#!" SELF " " BE_QUIET "\n";
	static const char *const argv[] = {"script", "a b", "", NULL};
	long fd;

	if (!enter_room())
		return;
	fd = make("script");
	if (write((int)fd, script, sizeof(script) - 1) < 0)
		return;
	syscall(SYS_fchmod, fd, 0700L);
	syscall(SYS_close, fd);
	execute("./././././././././././././././././././././././././././././././././././././././././"
		"./"
		"./././././././././././././././././././././././././././././././././././././././././"
		"./"
		"././././././././././././././././././././././././././././././././././././././././"
		"script",
		argv);
}

static void act_exec(void)
{
	in_child(exec_plain);
	in_child(exec_with_arguments);
	in_child(exec_missing);
	in_child(exec_by_descriptor);
	in_child(exec_refused);
	in_child(exec_with_many_arguments);
	in_child(exec_script);
}

/* ---- open ---------------------------------------------------------------------------------- */

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

static long open_at(long fd, const char *path, int flags, long mode)
{
	return syscall(SYS_openat, fd, path, (long)flags, mode);
}

static void open_by_how(long fd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve,
			size_t size)
{
	struct how how[2] = {{flags, mode, resolve}};

	syscall(SYS_openat2, fd, path, how, size);
}

static void act_open(void)
{
	long dir;

	if (!enter_room())
		return;
	open_at(AT_FDCWD, "made", O_CREAT | O_RDWR | O_CLOEXEC, 0640);
	open_at(AT_FDCWD, "made", O_RDONLY, 07777);
	open_at(AT_FDCWD, "made", O_WRONLY | O_TRUNC | O_APPEND | O_NONBLOCK | O_SYNC, 0);
	dir = make_dir("dir");
	open_at(dir, "inside", O_CREAT | O_EXCL | O_WRONLY | O_NOATIME, 0104755);
	open_at(dir, ".", O_TMPFILE | O_RDWR, 0600);
	open_at(dir, "../made", O_PATH | O_NOFOLLOW, 0);
	open_at(AT_FDCWD, "na\xc3\xafve \"\x01\n\xff", O_CREAT | O_RDWR, 0600);
	open_at(AT_FDCWD, long_path(PATH_MAX - 1), O_DIRECTORY, 0);
	/* Refused: too long, empty, not there, there already, no directory, no memory. */
	open_at(AT_FDCWD, long_path(PATH_MAX + 100), O_DIRECTORY, 0);
	open_at(AT_FDCWD, "", O_RDONLY, 0);
	open_at(AT_FDCWD, "missing", O_RDWR, 0);
	open_at(dir, "inside", O_CREAT | O_EXCL, 0600);
	open_at(BAD_FD, "made", O_RDONLY, 0);
	open_at(AT_FDCWD, (const char *)BAD_ADDR, O_RDONLY, 0);
#ifdef SYS_open
	syscall(SYS_open, "made by open", (long)(O_CREAT | O_WRONLY), 0604L);
	syscall(SYS_open, "missing", (long)O_RDONLY, 0L);
	syscall(SYS_creat, "made by creat", 0660L);
	syscall(SYS_creat, "missing/made", 0660L);
#endif
	open_by_how(dir, "inside", O_RDONLY | O_CLOEXEC, 0, 0, sizeof(struct how));
	open_by_how(dir, "new", O_CREAT | O_RDWR, 0611, 0x08 /* RESOLVE_BENEATH */,
		    2 * sizeof(struct how));
	/* Refused: leads out, a mode for nothing, no such flag, not all of it, no memory. */
	open_by_how(dir, "../made", O_RDONLY, 0, 0x08, sizeof(struct how));
	open_by_how(dir, "inside", O_RDONLY, 0600, 0, sizeof(struct how));
	open_by_how(dir, "inside", 1ULL << 30, 0, 0, sizeof(struct how));
	open_by_how(dir, "inside", O_RDONLY, 0, 0, 8);
	syscall(SYS_openat2, dir, "inside", BAD_ADDR, sizeof(struct how));
}

/* ---- unlink -------------------------------------------------------------------------------- */

static void act_unlink(void)
{
	long dir;

	if (!enter_room())
		return;
	dir = make_dir("dir");
	make_dir("dir/empty");
	make("a");
	make("b");
	make("dir/c");
	syscall(SYS_unlinkat, (long)AT_FDCWD, "a", 0L);
	syscall(SYS_unlinkat, dir, "c", 0L);
	syscall(SYS_unlinkat, dir, "empty", (long)AT_REMOVEDIR);
	/* Refused: not there, no directory, a directory, no such flag, no descriptor, no memory. */
	syscall(SYS_unlinkat, (long)AT_FDCWD, "a", 0L);
	syscall(SYS_unlinkat, (long)AT_FDCWD, "b", (long)AT_REMOVEDIR);
	syscall(SYS_unlinkat, (long)AT_FDCWD, "dir", 0L);
	syscall(SYS_unlinkat, (long)AT_FDCWD, "b", 0x4000L);
	syscall(SYS_unlinkat, (long)BAD_FD, "b", 0L);
	syscall(SYS_unlinkat, (long)AT_FDCWD, BAD_ADDR, 0L);
#ifdef SYS_unlink
	syscall(SYS_unlink, "b");
	syscall(SYS_unlink, "b");
	syscall(SYS_unlink, "dir");
#endif
#ifdef SYS_rmdir
	syscall(SYS_rmdir, "dir");
	syscall(SYS_rmdir, "dir");
#endif
}

/* ---- rename -------------------------------------------------------------------------------- */

static void act_rename(void)
{
	long dir;

	if (!enter_room())
		return;
	dir = make_dir("dir");
	make("a");
	make("b");
	syscall(SYS_renameat2, (long)AT_FDCWD, "a", dir, "c", 0L);
	syscall(SYS_renameat2, dir, "c", (long)AT_FDCWD, "b", 2L /* RENAME_EXCHANGE */);
	/* Refused: it is there, no such flag, long names, no memory. */
	syscall(SYS_renameat2, dir, "c", (long)AT_FDCWD, "b", 1L /* RENAME_NOREPLACE */);
	syscall(SYS_renameat2, dir, "c", (long)AT_FDCWD, "b", 0x80L);
	syscall(SYS_renameat2, dir, long_path(PATH_MAX - 1), (long)AT_FDCWD,
		(const char *)PLACE(20) + LARGE_PAGE - PATH_MAX, 0L);
	syscall(SYS_renameat2, (long)AT_FDCWD, BAD_ADDR, (long)AT_FDCWD, "d", 0L);
	syscall(SYS_renameat2, (long)AT_FDCWD, "b", (long)BAD_FD, "d", 0L);
#ifdef SYS_renameat
	syscall(SYS_renameat, dir, "c", (long)AT_FDCWD, "d");
	syscall(SYS_renameat, dir, "c", (long)AT_FDCWD, "d");
#endif
#ifdef SYS_rename
	syscall(SYS_rename, "b", "e");
	syscall(SYS_rename, "b", "e");
	syscall(SYS_rename, "e", BAD_ADDR);
#endif
}

/* ---- chmod --------------------------------------------------------------------------------- */

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

static void act_chmod(void)
{
	long dir, file;

	if (!enter_room())
		return;
	dir = make_dir("dir");
	file = make("dir/a");
	syscall(SYS_fchmodat, (long)AT_FDCWD, "dir/a", 0600L);
	syscall(SYS_fchmodat, dir, "a", 04751L);
	syscall(SYS_fchmodat, dir, "a", 0100644L);
	syscall(SYS_fchmodat, dir, "missing", 0600L);
	syscall(SYS_fchmodat, (long)AT_FDCWD, BAD_ADDR, 0600L);
	syscall(SYS_fchmod, file, 01777L);
	syscall(SYS_fchmod, (long)BAD_FD, 0600L);
#ifdef SYS_chmod
	syscall(SYS_chmod, "dir", 0700L);
	syscall(SYS_chmod, "missing", 0700L);
#endif
	syscall(SYS_fchmodat2, dir, "a", 0640L, 0L);
	syscall(SYS_fchmodat2, dir, "a", 0604L, (long)AT_SYMLINK_NOFOLLOW);
	syscall(SYS_fchmodat2, file, "", 0400L, 0x1000L /* AT_EMPTY_PATH */);
	syscall(SYS_fchmodat2, dir, "a", 0400L, 0x4000L);
}

/* ---- mount --------------------------------------------------------------------------------- */

#ifdef SYS_fsopen

static void mount_in_steps(void)
{
	long fs = syscall(SYS_fsopen, "tmpfs", 1L /* FSOPEN_CLOEXEC */), mounted;

	syscall(SYS_fsconfig, fs, 6L /* FSCONFIG_CMD_CREATE */, NULL, NULL, 0L);
	mounted = syscall(SYS_fsmount, fs, 1L /* FSMOUNT_CLOEXEC */, 0L);
	syscall(SYS_move_mount, mounted, "", (long)AT_FDCWD, "c", 4L /* MOVE_MOUNT_F_EMPTY_PATH */);
	syscall(SYS_move_mount, (long)AT_FDCWD, "c", (long)AT_FDCWD, "missing", 0L);
}

#else

static void mount_in_steps(void)
{
}

#endif

static void act_mount(void)
{
	if (!enter_room())
		return;
	make_dir("a");
	make_dir("b");
	make_dir("c");
	syscall(SYS_mount, "something", "a", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64k");
	syscall(SYS_mount, "a", "b", NULL, MS_BIND | MS_REC, NULL);
	syscall(SYS_mount, "none", "b", NULL, 0xc0ed0000UL | MS_REMOUNT | MS_BIND | MS_RDONLY,
		NULL);
	syscall(SYS_mount, NULL, "b", NULL, MS_PRIVATE, NULL);
	/* Refused: nothing there, no such file system, no options, no memory. */
	syscall(SYS_mount, "none", "missing", "tmpfs", 0UL, NULL);
	syscall(SYS_mount, "none", "c", "no such file system", 0UL, NULL);
	syscall(SYS_mount, "none", "c", "tmpfs", 0UL, "no_such_option=1");
	syscall(SYS_mount, long_path(PATH_MAX - 1), (const char *)PLACE(20) + LARGE_PAGE - PATH_MAX,
		"tmpfs", 0UL, "no_such_option=1");
	syscall(SYS_mount, "none", BAD_ADDR, "tmpfs", 0UL, NULL);
	mount_in_steps();
}

/* ---- module_load --------------------------------------------------------------------------- */

/* Only guests have it: what a machine's kernel is made of is not ours to change. */
#define GUEST	    "/featsel"
#define MODULE_FILE GUEST "/module.ko"
#define MODULE_NAME "nls_ascii"

static void act_module_load(void)
{
	long fd = syscall(SYS_openat, AT_FDCWD, MODULE_FILE, O_RDONLY | O_CLOEXEC, 0);
	long size = syscall(SYS_lseek, fd, 0L, (long)SEEK_END);

	syscall(SYS_finit_module, fd, "", 0L);
	/* Refused: it is there already. */
	syscall(SYS_finit_module, fd, "", 0L);
	syscall(SYS_delete_module, MODULE_NAME, (long)O_NONBLOCK);
	map(PLACE(0), (unsigned long)size, PROT_READ, MAP_PRIVATE | MAP_FIXED, (int)fd, 0);
	syscall(SYS_init_module, PLACE(0), size, "");
	syscall(SYS_delete_module, MODULE_NAME, (long)O_NONBLOCK);
}

/* ---- kill ---------------------------------------------------------------------------------- */

static void kill_myself(void)
{
	syscall(SYS_kill, (long)getpid(), (long)SIGKILL);
}

static void act_kill(void)
{
	long self = getpid();

	signal(SIGUSR1, SIG_IGN);
	signal(SIGRTMAX, SIG_IGN);
	syscall(SYS_kill, self, 0L);
	syscall(SYS_kill, self, (long)SIGUSR1);
	syscall(SYS_tkill, self, (long)SIGUSR1);
	syscall(SYS_tgkill, self, self, (long)SIGUSR1);
	syscall(SYS_kill, self, (long)SIGRTMAX);
	in_child(kill_myself);
	/* Refused: nobody bears that number, there is no such signal, not both in one process. */
	syscall(SYS_kill, NOBODY, (long)SIGTERM);
	syscall(SYS_kill, -NOBODY, (long)SIGHUP);
	syscall(SYS_kill, self, 1000L);
	syscall(SYS_tkill, 0L, (long)SIGTERM);
	syscall(SYS_tgkill, self, NOBODY, (long)SIGSTOP);
}

/* ---- ptrace -------------------------------------------------------------------------------- */

static void act_ptrace(void)
{
	syscall(SYS_ptrace, (long)PTRACE_TRACEME, 0L, 0L, 0L);
	/* Refused: has a tracer, nobody bears that number, is not traced, no such request. */
	syscall(SYS_ptrace, (long)PTRACE_TRACEME, 0L, 0L, 0L);
	syscall(SYS_ptrace, (long)PTRACE_ATTACH, NOBODY, 0L, 0L);
	syscall(SYS_ptrace, (long)PTRACE_SEIZE, NOBODY, 0L, (long)PTRACE_O_EXITKILL);
	syscall(SYS_ptrace, (long)PTRACE_PEEKDATA, (long)getppid(), PLACE(0), PLACE(1));
	syscall(SYS_ptrace, 0x7777L, (long)getppid(), 1L, 2L);
}

/* ---- bpf ----------------------------------------------------------------------------------- */

/* The beginnings of union bpf_attr by word, as far as they are not 0. */
static void act_bpf(void)
{
	/* of an array: type, sizes of key and value, entries */
	uint32_t map[32] = {2, 4, 4, 1};
	uint32_t program[32] = {0};
	uint32_t none[32] = {UINT32_MAX};
	long fd;

	memcpy(&map[7], "acts_map", 8);
	memcpy(&program[12], "sixteen_letters_", 16);
	fd = syscall(SYS_bpf, 0L, map, 72UL);
	syscall(SYS_close, fd);
	fd = syscall(SYS_bpf, 0L, map, 28UL);
	syscall(SYS_close, fd);
	/* Refused: no such identifier, no instructions, no arguments, no such command. */
	syscall(SYS_bpf, 11L, none, 72UL);
	syscall(SYS_bpf, 5L, program, 72UL);
	syscall(SYS_bpf, 5L, program, 48UL);
	syscall(SYS_bpf, 5L, NULL, 72UL);
	syscall(SYS_bpf, 1L, NULL, 32UL);
	syscall(SYS_bpf, 9999L, none, 16UL);
}

/* ---- setuid -------------------------------------------------------------------------------- */

static void become_nobody(void)
{
	syscall(SYS_setresgid, 65534UL, 65534UL, 65534UL);
	syscall(SYS_setresuid, 65534UL, -1L, 65534UL);
	syscall(SYS_setuid, 65534UL);
	/* Refused from here on. */
	syscall(SYS_setuid, 0UL);
	syscall(SYS_setgid, 0UL);
	syscall(SYS_setresuid, 0UL, 0UL, 0UL);
}

static void swap_ids(void)
{
	syscall(SYS_setregid, -1L, 4000000000UL);
	syscall(SYS_setreuid, 0UL, 4000000000UL);
	syscall(SYS_setreuid, -1L, 0UL);
}

static void act_setuid(void)
{
	syscall(SYS_setuid, 0UL);
	syscall(SYS_setgid, 0UL);
	syscall(SYS_setresuid, -1L, -1L, -1L);
	in_child(become_nobody);
	in_child(swap_ids);
}

/* ---- sockets ------------------------------------------------------------------------------- */

#define PORT	   6999 /* of a network that nobody else is in, where that can be had */
#define STALE_PORT 4321 /* in no record */
#define RING_PORT  4322 /* only io_uring connects to it */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* A network with nothing but a loopback device. */
static bool enter_network(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	if (unshare(CLONE_NEWNET))
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return true;
}

static union address loopback(int family, uint16_t port)
{
	union address address = {0};

	address.any.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		address.in.sin_port = htons(port);
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	} else {
		address.in6.sin6_port = htons(port);
		address.in6.sin6_addr = in6addr_loopback;
	}
	return address;
}

static socklen_t size_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
}

static int open_socket(int family, int type)
{
	const int one = 1;
	int fd = (int)syscall(SYS_socket, (long)family, (long)type, 0L);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return fd;
}

/* ---- bind ---------------------------------------------------------------------------------- */

static long bind_to(int fd, const void *address, unsigned long size)
{
	return syscall(SYS_bind, (long)fd, address, size);
}

static void bind_names(void)
{
	static const struct sockaddr_un missing = {AF_UNIX, "/nonexistent/socket"};
	static const struct sockaddr_un hidden = {AF_UNIX, "\0acts\n of featsel"};
	int fd = open_socket(AF_UNIX, SOCK_STREAM);

	bind_to(fd, &missing, sizeof(missing));
	bind_to(fd, &hidden, 2 + sizeof("\0acts\n of featsel") - 1);
	close(fd);
	fd = open_socket(AF_UNIX, SOCK_DGRAM);
	bind_to(fd, &hidden, 3);
	close(fd);
}

static void act_bind(void)
{
	union address in = loopback(AF_INET, PORT), in6 = loopback(AF_INET6, PORT);
	int fd;

	enter_network();
	fd = open_socket(AF_INET, SOCK_STREAM);
	bind_to(fd, &in, sizeof(in.in));
	/* Refused: has an address, too short, too long, no length, unreadable, unsuitable. */
	bind_to(fd, &in, sizeof(in.in));
	bind_to(fd, &in, 7);
	bind_to(fd, &in, 129);
	bind_to(fd, &in, (unsigned long)-1);
	bind_to(fd, NULL, sizeof(in.in));
	bind_to(fd, (void *)PLACE(0), sizeof(in.in));
	bind_to(fd, &in6, sizeof(in6.in6));
	bind_to(BAD_FD, &in6, sizeof(in6.in6));
	close(fd);
	fd = open_socket(AF_INET6, SOCK_DGRAM);
	bind_to(fd, &in6, sizeof(in6.storage));
	close(fd);
	in.any.sa_family = 77;
	bind_to(NO_FD, &in, sizeof(in.in));
	bind_names();
}

/* ---- listen -------------------------------------------------------------------------------- */

static void act_listen(void)
{
	static const struct sockaddr_un hidden = {AF_UNIX, "\0acts"};
	union address in = loopback(AF_INET, PORT), in6 = loopback(AF_INET6, PORT);
	int fd;

	enter_network();
	fd = open_socket(AF_INET, SOCK_STREAM);
	bind_to(fd, &in, sizeof(in.in));
	syscall(SYS_listen, (long)fd, 8L);
	syscall(SYS_listen, (long)fd, -1L);
	fd = open_socket(AF_INET6, SOCK_STREAM);
	bind_to(fd, &in6, sizeof(in6.in6));
	syscall(SYS_listen, (long)fd, 0L);
	fd = open_socket(AF_UNIX, SOCK_STREAM);
	bind_to(fd, &hidden, 2 + sizeof("\0acts") - 1);
	syscall(SYS_listen, (long)fd, 1L);
	/* Refused: no name, not for this kind, no socket, no descriptor. */
	syscall(SYS_listen, (long)open_socket(AF_UNIX, SOCK_STREAM), 1L);
	syscall(SYS_listen, (long)open_socket(AF_INET, SOCK_DGRAM), 1L);
	syscall(SYS_listen, syscall(SYS_openat, (long)AT_FDCWD, SELF, (long)O_RDONLY, 0L), 1L);
	syscall(SYS_listen, (long)BAD_FD, 1L);
	syscall(SYS_listen, (long)NO_FD, 1L);
}

/* ---- accept -------------------------------------------------------------------------------- */

/* A socket that listens at @address, and one from a known port that is connected to it and waits
 * there: on a busy machine the last packet comes a while after connect(). */
static int connected(const union address *address, uint16_t port)
{
	union address from = loopback(address->any.sa_family, port);
	int listening = open_socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK), fd;
	struct pollfd waiting = {.fd = listening, .events = POLLIN};

	bind_to(listening, address, size_of(address));
	listen(listening, 8);
	fd = open_socket(address->any.sa_family, SOCK_STREAM);
	bind_to(fd, &from, size_of(&from));
	if (connect(fd, &address->any, size_of(address)) == 0)
		poll(&waiting, 1, 10000);
	return listening;
}

static void act_accept(void)
{
	union address in = loopback(AF_INET, PORT), in6 = loopback(AF_INET6, PORT), peer = {0};
	socklen_t length = sizeof(peer), little = 1, none = 0;
	int fd;

	enter_network();
	fd = connected(&in, PORT + 1);
	syscall(SYS_accept4, (long)fd, &peer, &length, (long)SOCK_CLOEXEC);
	/* Refused: nobody waits, no such flag, no such descriptor. */
	syscall(SYS_accept4, (long)fd, &peer, &length, (long)SOCK_NONBLOCK);
	syscall(SYS_accept4, (long)fd, NULL, NULL, 0x40000000L);
	syscall(SYS_accept4, (long)BAD_FD, &peer, &length, 0L);
	fd = connected(&in6, PORT + 1);
	length = sizeof(peer);
#ifdef SYS_accept
	syscall(SYS_accept, (long)fd, &peer, &length);
	syscall(SYS_accept, (long)fd, NULL, NULL);
#else
	syscall(SYS_accept4, (long)fd, &peer, &length, (long)(SOCK_CLOEXEC | SOCK_NONBLOCK));
#endif
	in.in.sin_port = htons(PORT + 2);
	fd = connected(&in, PORT + 3);
	syscall(SYS_accept4, (long)fd, NULL, NULL, 0L);
	in.in.sin_port = htons(PORT + 4);
	fd = connected(&in, PORT + 5);
	/* Of the peer's address the caller has room for one byte; what lies behind is nobody's. */
	peer = loopback(AF_INET, STALE_PORT);
	syscall(SYS_accept4, (long)fd, &peer, &little, 0L);
	in.in.sin_port = htons(PORT + 6);
	fd = connected(&in, PORT + 7);
	peer = loopback(AF_INET, STALE_PORT);
	syscall(SYS_accept4, (long)fd, &peer, &none, 0L);
}

/* ---- connect ------------------------------------------------------------------------------- */

/* Nobody listens there. */
static void connect_to(int type, const union address *from, const union address *to)
{
	int fd = open_socket(from->any.sa_family, type);

	bind_to(fd, from, size_of(from));
	syscall(SYS_connect, (long)fd, to, (long)size_of(to));
	close(fd);
}

/*
 * As io_uring does it for the process, of which no call tells; nothing where the kernel has no such
 * thing, or refuses it.
 */
#if __has_include(<linux/io_uring.h>) && defined(SYS_io_uring_setup)
#include <linux/io_uring.h>

static void connect_by_ring(const union address *from, const union address *to)
{
	struct io_uring_params set = {0};
	struct io_uring_sqe *entry;
	int ring = (int)syscall(SYS_io_uring_setup, 1L, &set), fd;
	size_t size = set.sq_off.array + set.sq_entries * sizeof(unsigned int);
	char *queue;

	if (ring < 0)
		return;
	entry = mmap(NULL, set.sq_entries * sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED,
		     ring, IORING_OFF_SQES);
	queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	if (entry == MAP_FAILED || queue == MAP_FAILED)
		return;
	fd = open_socket(from->any.sa_family, SOCK_STREAM);
	bind_to(fd, from, size_of(from));
	entry->opcode = IORING_OP_CONNECT;
	entry->fd = fd;
	entry->addr = (uintptr_t)to;
	entry->off = size_of(to);
	*(unsigned int *)(queue + set.sq_off.array) = 0;
	*(unsigned int *)(queue + set.sq_off.tail) = 1;
	syscall(SYS_io_uring_enter, (long)ring, 1L, 1L, (long)IORING_ENTER_GETEVENTS, NULL, 0L);
	close(fd);
	close(ring);
}
#else
static void connect_by_ring(const union address *from, const union address *to)
{
	(void)from;
	(void)to;
}
#endif

static void act_connect(void)
{
	union address in = loopback(AF_INET, PORT), in6 = loopback(AF_INET6, PORT);
	union address from = loopback(AF_INET, PORT + 2), from6 = loopback(AF_INET6, PORT + 2);

	enter_network();
	connected(&in, PORT + 1);
	connected(&in6, PORT + 1);
	in.in.sin_port = htons(9);
	in6.in6.sin6_port = htons(9);
	connect_to(SOCK_STREAM, &from, &in);
	connect_to(SOCK_STREAM | SOCK_NONBLOCK, &from, &in);
	connect_to(SOCK_STREAM, &from6, &in6);
	in.in.sin_port = htons(RING_PORT);
	connect_by_ring(&from, &in);
	in.in.sin_port = htons(9);
	/* IPv4 by a socket of IPv6 */
	from6.in6.sin6_addr = in6addr_any;
	in6.in6.sin6_addr = (struct in6_addr){{{[10] = 0xff, 0xff, 127, 0, 0, 1}}};
	connect_to(SOCK_STREAM, &from6, &in6);
	/* Not TCP, no route, no such descriptor: no record. */
	connect_to(SOCK_DGRAM, &from, &in);
	in.in.sin_addr.s_addr = htonl(0x0a000001);
	connect_to(SOCK_STREAM, &from, &in);
	syscall(SYS_connect, (long)BAD_FD, &in, (long)sizeof(in.in));
}

/* ---- dns ----------------------------------------------------------------------------------- */

/*
 * In the network of who runs this, which is to be one of its own: what is attached to interfaces is
 * attached there. The address is one that no resolver has.
 */
#define DNS_SERVER 0x7f090909 /* 127.9.9.9 */
#define DNS_PORT   53
#define DNS_ANSWER 0x8180

enum { DNS_A = 1, DNS_CNAME = 5, DNS_PTR = 12, DNS_AAAA = 28 };

struct message {
	uint8_t bytes[2048];
	size_t size;
};

static void add_bytes(struct message *message, const void *bytes, size_t size)
{
	memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

static void add_word(struct message *message, unsigned int word)
{
	const uint8_t bytes[] = {(uint8_t)(word >> 8), (uint8_t)word};

	add_bytes(message, bytes, sizeof(bytes));
}

/* "www.example.org" */
static void add_name(struct message *message, const char *name)
{
	for (; *name; name += *name == '.') {
		uint8_t length = (uint8_t)strcspn(name, ".");

		add_bytes(message, &length, 1);
		add_bytes(message, name, length);
		name += length;
	}
	add_bytes(message, "", 1);
}

static struct message ask(unsigned int id, const char *name, unsigned int type)
{
	struct message message = {.size = 0};

	add_word(&message, id);
	add_word(&message, 0x100);
	add_word(&message, 1);
	add_bytes(&message, "\0\0\0\0\0", 6);
	add_name(&message, name);
	add_word(&message, type);
	add_word(&message, 1);
	return message;
}

static struct message answer(const struct message *question, unsigned int rcode,
			     unsigned int answers)
{
	struct message message = *question;

	message.size = 2;
	add_word(&message, DNS_ANSWER | rcode);
	message.size += 2;
	add_word(&message, answers);
	message.size = question->size;
	return message;
}

/* Behind @owner, NULL: the name that was asked for. */
static void add_answer(struct message *message, const char *owner, unsigned int type,
		       const void *data, size_t size)
{
	if (owner)
		add_name(message, owner);
	else
		add_word(message, 0xc00c);
	add_word(message, type);
	add_word(message, 1);
	add_bytes(message, "\0\0\1", 4);
	add_word(message, (unsigned int)size);
	add_bytes(message, data, size);
}

static union address dns_server(int family)
{
	union address address = loopback(family, DNS_PORT);

	if (family == AF_INET)
		address.in.sin_addr.s_addr = htonl(DNS_SERVER);
	return address;
}

static void send_message(int fd, const union address *to, const struct message *message)
{
	if (sendto(fd, message->bytes, message->size, 0, &to->any, size_of(to)) < 0)
		say("acts: a message is not sent\n");
}

/* What comes is taken, so that nothing is lost. */
static void exchange(const int *ends, int family, const struct message *question,
		     const struct message *reply)
{
	union address server = dns_server(family), client = loopback(family, PORT);
	uint8_t taken[2048];

	send_message(ends[0], &server, question);
	recv(ends[1], taken, sizeof(taken), MSG_DONTWAIT);
	if (!reply)
		return;
	send_message(ends[1], &client, reply);
	recv(ends[0], taken, sizeof(taken), MSG_DONTWAIT);
}

/* With names in full, pointers to them, types that have no address, and more than are told. */
static void exchange_addresses(const int *ends, int family)
{
	static const uint8_t alias[] = "\3web\7example\3org";
	static const uint8_t in[] = {192, 0, 2, 1}, in6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
	struct message question = ask(0x1111, "www.example.org", DNS_A);
	struct message reply = answer(&question, 0, 3);

	add_answer(&reply, NULL, DNS_CNAME, alias, sizeof(alias));
	add_answer(&reply, "web.example.org", DNS_A, in, sizeof(in));
	add_answer(&reply, "web.example.org", DNS_AAAA, in6, sizeof(in6));
	exchange(ends, family, &question, &reply);
	question = ask(0x2222, "many.example.org", DNS_AAAA);
	reply = answer(&question, 0, 20);
	for (int i = 0; i < 20; i++)
		add_answer(&reply, NULL, DNS_AAAA, in6, sizeof(in6));
	exchange(ends, family, &question, &reply);
	/* A length that does not fit the type, an answer that is cut, one whose name never ends. */
	question = ask(0x3333, "bad.example.org", DNS_A);
	reply = answer(&question, 0, 3);
	add_answer(&reply, NULL, DNS_A, in, 3);
	add_answer(&reply, NULL, DNS_A, in, sizeof(in));
	add_answer(&reply, "a.b.c.d.e.f.g.h.i", DNS_A, in, sizeof(in));
	exchange(ends, family, &question, &reply);
	reply.size -= 20;
	reply.bytes[7] = 2;
	exchange(ends, family, &question, &reply);
}

static void exchange_names(const int *ends, int family)
{
	static const char backwards[] = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
					"1.0.0.2.ip6.arpa";
	struct message question = ask(0x4444, backwards, DNS_PTR);
	struct message reply = answer(&question, 3, 0);

	exchange(ends, family, &question, &reply);
	question = ask(0x5555, "", 2);
	exchange(ends, family, &question, NULL);
	question = ask(0x6666, "\"\\ \x01\xff", 65280);
	reply = answer(&question, 5, 0);
	exchange(ends, family, &question, &reply);
	/* No question, a name without an end, a header alone that is cut: the last makes no record.
	 */
	question = ask(0x7777, "none", DNS_A);
	question.bytes[5] = 0;
	question.size = 12;
	exchange(ends, family, &question, NULL);
	question = ask(0x8888, "cut.example.org", DNS_A);
	question.size -= 8;
	exchange(ends, family, &question, NULL);
	question.size = 11;
	exchange(ends, family, &question, NULL);
}

/* IP and UDP, from a port that is none of DNS: no record. */
static void send_elsewhere(int family)
{
	union address to = loopback(family, PORT + 1), from = loopback(family, PORT + 2);
	struct message question = ask(0x9999, "elsewhere", DNS_A);
	int ends[2] = {open_socket(family, SOCK_DGRAM), open_socket(family, SOCK_DGRAM)};

	bind_to(ends[1], &to, size_of(&to));
	bind_to(ends[0], &from, size_of(&from));
	send_message(ends[0], &to, &question);
	close(ends[0]);
	close(ends[1]);
}

static void exchange_by(int family)
{
	union address server = dns_server(family), client = loopback(family, PORT);
	int ends[2] = {open_socket(family, SOCK_DGRAM), open_socket(family, SOCK_DGRAM)};

	if (bind_to(ends[1], &server, size_of(&server)) ||
	    bind_to(ends[0], &client, size_of(&client))) {
		say("acts: no socket at port 53, acts of the event dns are left out\n");
		return;
	}
	exchange_addresses(ends, family);
	exchange_names(ends, family);
	send_elsewhere(family);
	close(ends[0]);
	close(ends[1]);
}

static void act_dns(void)
{
	exchange_by(AF_INET);
	exchange_by(AF_INET6);
}

/* ---- tcp_retransmit ------------------------------------------------------------------------- */

/* What comes to the socket is lost from now on. */
static void lose_all(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {1, &none};

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static void set_number(int fd, int level, int option, int value)
{
	setsockopt(fd, level, option, &value, sizeof(value));
}

/* Back when the kernel gives the connection up, or late. */
static void await_end(int fd)
{
	struct pollfd end = {.fd = fd};

	poll(&end, 1, 20000);
	close(fd);
}

/* Sends a SYN that is lost, and after a second one more; has that been lost, too, it gives up. */
static int connect_to_nobody(int family, uint16_t port)
{
	union address to = loopback(family, port), from = loopback(family, port + 1);
	int listening = open_socket(family, SOCK_STREAM), fd;

	bind_to(listening, &to, size_of(&to));
	listen(listening, 1);
	lose_all(listening);
	fd = open_socket(family, SOCK_STREAM | SOCK_NONBLOCK);
	bind_to(fd, &from, size_of(&from));
	set_number(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
	connect(fd, &to.any, size_of(&to));
	return fd;
}

static void act_tcp_retransmit(void)
{
	int ends[2];

	if (!enter_network())
		return;
	ends[0] = connect_to_nobody(AF_INET, PORT);
	ends[1] = connect_to_nobody(AF_INET6, PORT);
	for (int i = 0; i < 2; i++)
		await_end(ends[i]);
}

/* ---- oom ------------------------------------------------------------------------------------ */

#define OOM_LIMIT "8388608"
#define OOM_SIZE  (64UL << 20)

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return done;
}

/* The child asks for more memory than its cgroup may have. */
static void ask_for_too_much(const char *members)
{
	if (!put(members, "0") || !put("/proc/self/oom_score_adj", "777"))
		return;
	map(PLACE(0), OOM_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, NO_FD, 0);
}

static void exceed_memory(void)
{
	ask_for_too_much("cgroup/acts-oom/cgroup.procs");
}

/*
 * The cgroup stays: made anew it would have another number in the records of the next run.
 *
 * Where memory belongs to the first version of cgroups, or to none yet.
 */
static bool oom_by_first_version(void)
{
	bool done;

	if (mount("acts", "cgroup", "cgroup", 0, "memory"))
		return false;
	mkdir("cgroup/acts-oom", 0700);
	put("cgroup/acts-oom/memory.swappiness", "0");
	done = put("cgroup/acts-oom/memory.limit_in_bytes", OOM_LIMIT);
	if (done)
		in_child(exceed_memory);
	umount2("cgroup", MNT_DETACH);
	return done;
}

/* Where it belongs to the second, and the root gives it on; a guest is ours to change. */
static bool oom_by_second_version(void)
{
	bool done;

	if (mount("acts", "cgroup", "cgroup2", 0, NULL))
		return false;
	if (!access(GUEST, F_OK))
		put("cgroup/cgroup.subtree_control", "+memory");
	mkdir("cgroup/acts-oom", 0700);
	put("cgroup/acts-oom/memory.swap.max", "0");
	done = put("cgroup/acts-oom/memory.max", OOM_LIMIT);
	if (done)
		in_child(exceed_memory);
	umount2("cgroup", MNT_DETACH);
	return done;
}

static void act_oom(void)
{
	if (!enter_room())
		return;
	make_dir("cgroup");
	if (!oom_by_second_version() && !oom_by_first_version())
		say("acts: no cgroup that may limit memory, acts of the event oom are left out\n");
}

static void clear_oom(void)
{
	static const struct {
		const char *type, *options;
	} versions[] = {{"cgroup2", NULL}, {"cgroup", "memory"}};

	if (!enter_room())
		return;
	make_dir("cgroup");
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (mount("acts", "cgroup", versions[i].type, 0, versions[i].options))
			continue;
		rmdir("cgroup/acts-oom");
		umount2("cgroup", MNT_DETACH);
	}
}

/* ---- fork, exit ---------------------------------------------------------------------------- */

static char stack[65536] __attribute__((aligned(16)));

static int thread_body(void *data)
{
	syscall(SYS_exit, (long)(intptr_t)data);
	return 0;
}

/* A thread that exits with @status; back when nothing is left of it. */
static void run_thread(long status)
{
	int tid = clone(thread_body, stack + sizeof(stack),
			CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
				CLONE_SYSVSEM,
			(void *)(intptr_t)status);

	while (tid > 0 && syscall(SYS_sched_getscheduler, (long)tid) >= 0)
		sched_yield();
}

/* A process by the call itself, that ends by @perform; 0 for @perform is to exit with @status. */
static void run_process(unsigned long flags, void (*perform)(void), long status)
{
	/* s390 has the stack first */
#ifdef __s390x__
	long child = syscall(SYS_clone, 0UL, flags, NULL, NULL, 0UL);
#else
	long child = syscall(SYS_clone, flags, 0UL, NULL, NULL, 0UL);
#endif

	if (!child) {
		if (perform)
			perform();
		syscall(SYS_exit_group, status);
	}
	if (child > 0)
		syscall(SYS_wait4, child, NULL, (long)__WALL, NULL);
}

static void die_of_memory(void)
{
	*(volatile char *)PLACE(0) = 1;
}

static void die_of_termination(void)
{
	syscall(SYS_kill, (long)getpid(), (long)SIGTERM);
}

static void end_after_thread(void)
{
	run_thread(5);
	syscall(SYS_exit, 6L);
}

static void act_fork(void)
{
	signal(SIGUSR1, SIG_IGN);
	run_process(SIGCHLD, NULL, 0);
	run_process(0, NULL, 0);
	run_process(CLONE_FS | CLONE_FILES | CLONE_NEWUTS | SIGUSR1, NULL, 0);
	run_process(CLONE_IO | SIGCHLD, end_after_thread, 0);
	run_thread(0);
	/* Refused: no thread without memory in common. */
	run_process(CLONE_THREAD, NULL, 0);
}

static void act_exit(void)
{
	run_process(SIGCHLD, NULL, 0);
	run_process(SIGCHLD, NULL, 1);
	run_process(SIGCHLD, NULL, 0x12a);
	run_process(SIGCHLD, kill_myself, 0);
	run_process(SIGCHLD, die_of_termination, 0);
	run_process(SIGCHLD, die_of_memory, 0);
	run_process(SIGCHLD, end_after_thread, 0);
	run_thread(7);
	syscall(SYS_exit, 3L);
}

/* ---- tasks --------------------------------------------------------------------------------- */

/* That there is a process is all that there is to see. */
static void act_tasks(void)
{
}

/* ---- the table ----------------------------------------------------------------------------- */

/* One row an event. */
static const struct {
	const char *event;
	void (*perform)(void);
} rows[] = {
	{"accept", act_accept},
	{"bind", act_bind},
	{"bpf", act_bpf},
	{"chmod", act_chmod},
	{"connect", act_connect},
	{"dns", act_dns},
	{"exec", act_exec},
	{"exit", act_exit},
	{"fork", act_fork},
	{"kill", act_kill},
	{"listen", act_listen},
	{"mmap", act_mmap},
	{"module_load", act_module_load},
	{"mount", act_mount},
	{"mprotect", act_mprotect},
	{"oom", act_oom},
	{"open", act_open},
	{"ptrace", act_ptrace},
	{"rename", act_rename},
	{"setuid", act_setuid},
	{"tasks", act_tasks},
	{"tcp_retransmit", act_tcp_retransmit},
	{"unlink", act_unlink},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* All events where @event is NULL. */
static bool perform(const char *event)
{
	bool found = false;
	pid_t child;

	for (size_t i = 0; i < N_ROWS; i++) {
		if (event && strcmp(event, rows[i].event))
			continue;
		found = true;
		in_child(rows[i].perform);
		make_old_calls(rows[i].event, &child);
	}
	return found;
}

/* Without this file there is nothing to see of them. */
static void tell_needs(const char *event)
{
	if (!strcmp(event, "module_load"))
		tell(STDOUT_FILENO, MODULE_FILE);
}

/* "old calls: PID N", where a test of them can find it. */
static void tell_old_calls(const char *event)
{
	pid_t child = 0;
	int n = make_old_calls(event, &child);

	fprintf(stderr, "old calls: %d %d\n", (int)child, n);
}

static int perform_named(const char *event)
{
	if (perform(event))
		return 0;
	say("acts: there are none for the event '");
	say(event);
	say("'\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *event = getenv("FEATSEL_EVENT");
	const struct rlimit no_core = {0, 0};
	int status = 0;

	if (argc > 1 && !strcmp(argv[1], BE_QUIET))
		return 0;
	if (argc == 3 && !strcmp(argv[1], "--needs"))
		return tell_needs(argv[2]), 0;
	if (argc == 3 && !strcmp(argv[1], "--old"))
		return tell_old_calls(argv[2]), 0;
	if (argc == 2 && !strcmp(argv[1], "--clear"))
		return in_child(clear_oom), 0;
	setrlimit(RLIMIT_CORE, &no_core);
	close_all();
	if (argc == 1 && event)
		return perform_named(event);
	if (argc == 1)
		perform(NULL);
	for (int i = 1; i < argc; i++)
		if (perform_named(argv[i]))
			status = 2;
	return status;
}
