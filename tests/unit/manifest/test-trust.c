/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * test-trust.c - which files a process with privilege believes, and that one without takes what it
 * can read
 *
 * What depends on owners is tried by root only; check runs every test in a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit.h"
#include "manifest/private.h"

#define OTHER 4321 /* a uid that is nobody's */
#define LIMIT ((size_t)1 << 20)

static char top[PATH_MAX];
static struct featsel_error error;
static int fd;

static void make_file(const char *name, mode_t mode, uid_t owner)
{
	int file = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(file, 0);
	ck_assert_int_eq(write(file, "text", 4), 4);
	if (geteuid() == 0)
		ck_assert_int_eq(fchown(file, owner, (gid_t)-1), 0);
	ck_assert_int_eq(fchmod(file, mode), 0);
	close(file);
}

static void make_dir(const char *name, mode_t mode, uid_t owner)
{
	ck_assert_int_eq(mkdir(name, 0700), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown(name, owner, (gid_t)-1), 0);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void setup(void)
{
	snprintf(top, sizeof(top), "%s/featsel-trust.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
	ck_assert_int_eq(chdir(top), 0);
	unsetenv("SUDO_UID");
	error = (struct featsel_error){0};
	fd = -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void teardown(void)
{
	if (fd >= 0)
		close(fd);
	ck_assert_int_eq(chdir("/"), 0);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void assert_opens(const char *path)
{
	char text[8] = "";

	error = (struct featsel_error){0};
	ck_assert_msg(trust_open(path, LIMIT, &fd, &error) == 0, "%s: %s", path, error.text);
	ck_assert_int_eq(read(fd, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "text");
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(fd);
	fd = -1;
}

static void assert_refused(const char *path, int code, const char *words)
{
	error = (struct featsel_error){0};
	ck_assert_msg(trust_open(path, LIMIT, &fd, &error) == code, "%s: %s", path, error.text);
	ck_assert_int_eq(fd, -1);
	ck_assert_str_eq(error.source, path);
	ck_assert_int_eq(error.failure, FEATSEL_FAILURE_INVALID);
	ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
}

START_TEST(test_plain)
{
	char path[PATH_MAX + 8];

	make_file("f", 0644, 0);
	make_dir("d", 0755, 0);
	assert_opens("f");
	assert_opens("./f");
	assert_opens("d/../f");
	snprintf(path, sizeof(path), "%s/f", top);
	assert_opens(path);
	assert_refused("absent", -ENOENT, "No such file");
	assert_refused("d/absent", -ENOENT, "No such file");
	assert_refused("absent/f", -ENOENT, "No such file");
	assert_refused("f/f", -ENOTDIR, "Not a directory");
	assert_refused("f/", -ENOTDIR, "Not a directory");
	assert_refused("", -ENOENT, "No such file");
	assert_refused("d", -EINVAL, "not a regular file");
	assert_refused("/", -EINVAL, "not a regular file");
	assert_refused("/dev/null", -EINVAL, "not a regular file");
}
END_TEST

START_TEST(test_fifo)
{
	ck_assert_int_eq(mkfifo("fifo", 0644), 0);
	assert_refused("fifo", -EINVAL, "not a regular file");
}
END_TEST

START_TEST(test_size)
{
	make_file("f", 0644, 0);
	ck_assert_int_eq(truncate("f", LIMIT), 0);
	ck_assert_int_eq(trust_open("f", LIMIT, &fd, &error), 0);
	close(fd);
	fd = -1;
	ck_assert_int_eq(truncate("f", LIMIT + 1), 0);
	assert_refused("f", -EFBIG, "larger than 1 MiB");
}
END_TEST

START_TEST(test_links)
{
	make_dir("d", 0755, 0);
	make_file("d/f", 0644, 0);
	ck_assert_int_eq(symlink("d/f", "relative"), 0);
	ck_assert_int_eq(symlink("relative", "twice"), 0);
	ck_assert_int_eq(symlink("../relative", "d/up"), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(symlink("d", "dir"), 0);
	assert_opens("relative");
	assert_opens("twice");
	assert_opens("d/up");
	assert_opens("dir/f");
	assert_refused("loop", -ELOOP, "symbolic links");
	assert_refused("dangling", -ENOENT, "No such file");
}
END_TEST

/* Root for the rest: files of others, and modes. */

START_TEST(test_mode)
{
	make_file("group", 0664, 0);
	make_file("others", 0646, 0);
	assert_refused("group", -EPERM, "can be written by its group");
	ck_assert_msg(strstr(error.text, "chmod go-w group") != NULL, "%s", error.text);
	assert_refused("others", -EPERM, "can be written by others");
}
END_TEST

START_TEST(test_owner)
{
	make_file("f", 0644, OTHER);
	assert_refused("f", -EPERM, "belongs to uid 4321");
	setenv("SUDO_UID", "4321", 1);
	assert_opens("f");
	setenv("SUDO_UID", "4321x", 1);
	assert_refused("f", -EPERM, "belongs to");
	setenv("SUDO_UID", "", 1);
	assert_refused("f", -EPERM, "belongs to");
	setenv("SUDO_UID", "-1", 1);
	assert_refused("f", -EPERM, "belongs to");
	setenv("SUDO_UID", "4294971617", 1); /* 4321 in 32 bits */
	assert_refused("f", -EPERM, "belongs to");
}
END_TEST

START_TEST(test_directory)
{
	make_dir("group", 0775, 0);
	make_dir("others", 0757, 0);
	make_dir("sticky", 01777, 0);
	make_dir("foreign", 0755, OTHER);
	make_dir("foreign-sticky", 01777, OTHER);
	make_file("group/f", 0644, 0);
	make_file("others/f", 0644, 0);
	make_file("sticky/f", 0644, 0);
	make_file("foreign/f", 0644, 0);
	make_file("foreign-sticky/f", 0644, 0);
	assert_opens("sticky/f");
	assert_refused("group/f", -EPERM, "its directory 'group' can be written by its group");
	assert_refused("others/f", -EPERM, "chmod go-w others");
	assert_refused("foreign/f", -EPERM, "its directory 'foreign' belongs to uid 4321");
	assert_refused("foreign-sticky/f", -EPERM, "its directory 'foreign-sticky' belongs to");
	ck_assert_int_eq(chdir("group"), 0);
	assert_refused("f", -EPERM, "its directory '.'");
	ck_assert_int_eq(chdir(".."), 0);
}
END_TEST

/*
 * A link is as good as the directory that it lies in and the one that it points into, and as its
 * owner.
 */
START_TEST(test_link_directories)
{
	make_dir("safe", 0755, 0);
	make_dir("open", 0777, 0);
	make_dir("sticky", 01777, 0);
	make_file("safe/f", 0644, 0);
	make_file("open/f", 0644, 0);
	ck_assert_int_eq(symlink("../open/f", "safe/into"), 0);
	ck_assert_int_eq(symlink("../safe/f", "open/out"), 0);
	ck_assert_int_eq(symlink("../safe/f", "sticky/ours"), 0);
	ck_assert_int_eq(symlink("../safe/f", "sticky/theirs"), 0);
	ck_assert_int_eq(lchown("sticky/theirs", OTHER, (gid_t)-1), 0);
	assert_refused("safe/into", -EPERM, "its directory 'safe/../open'");
	assert_refused("open/out", -EPERM, "its directory 'open'");
	assert_opens("sticky/ours");
	assert_refused("sticky/theirs", -EPERM, "symbolic link that belongs to uid 4321");
}
END_TEST

/* Each step of the way could lead elsewhere. */
START_TEST(test_steps)
{
	make_dir("safe", 0755, 0);
	make_dir("safe/more", 0755, 0);
	make_file("safe/more/f", 0644, 0);
	make_dir("open", 0777, 0);
	make_dir("open/more", 0755, 0);
	make_file("open/more/f", 0644, 0);
	make_dir("foreign", 0755, OTHER);
	make_dir("foreign/more", 0755, 0);
	make_file("foreign/more/f", 0644, 0);
	make_dir("sticky", 01777, 0);
	ck_assert_int_eq(symlink("../safe", "sticky/ours"), 0);
	ck_assert_int_eq(symlink("../safe", "sticky/theirs"), 0);
	ck_assert_int_eq(lchown("sticky/theirs", OTHER, (gid_t)-1), 0);
	ck_assert_int_eq(symlink("sticky/theirs/more", "through"), 0);
	assert_opens("safe/more/f");
	assert_opens("safe//more/./../more//f");
	assert_opens("sticky/ours/more/f");
	assert_refused("open/more/f", -EPERM, "its directory 'open' can be written by others");
	assert_refused("safe/../open/more/f", -EPERM, "its directory 'safe/../open'");
	assert_refused("foreign/more/f", -EPERM, "its directory 'foreign' belongs to uid 4321");
	assert_refused("sticky/theirs/more/f", -EPERM, "symbolic link that belongs to uid 4321");
	assert_refused("through/f", -EPERM, "symbolic link that belongs to uid 4321");
}
END_TEST

/*
 * What opening @path gives to another user, who keeps @caps of root's capabilities; in a child,
 * which cleans nothing up.
 */
static int open_as_other(const char *path, uint32_t caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{.effective = caps, .permitted = caps}};
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (prctl(PR_SET_KEEPCAPS, 1) || setresgid(OTHER, OTHER, OTHER) ||
		    setresuid(OTHER, OTHER, OTHER) || syscall(SYS_capset, &header, data))
			_exit(255);
		_exit(-trust_open(path, LIMIT, &fd, &error));
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

/*
 * Without privilege there is nothing to protect: whatever can be read is read. One capability is
 * privilege.
 */
START_TEST(test_without_privilege)
{
	make_dir("open", 0777, 0);
	make_file("open/f", 0666, 0);
	assert_refused("open/f", -EPERM, "not trusted");
	ck_assert_int_eq(open_as_other("open/f", 0), 0);
	ck_assert_int_eq(open_as_other("open/f", 1u << CAP_NET_RAW), -EPERM);
}
END_TEST

/* The real uid is the caller's where only the effective one is root's. */
START_TEST(test_effective_root)
{
	make_file("f", 0644, OTHER);
	make_file("other", 0644, OTHER + 1);
	ck_assert_int_eq(setresuid(OTHER, 0, 0), 0);
	assert_opens("f");
	assert_refused("other", -EPERM, "belongs to uid 4322");
}
END_TEST

static Suite *trust_suite(void)
{
	Suite *suite = suite_create("trust");
	TCase *tcase = tcase_create("trust");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_fifo);
	tcase_add_test(tcase, test_size);
	tcase_add_test(tcase, test_links);
	if (geteuid() == 0) {
		tcase_add_test(tcase, test_mode);
		tcase_add_test(tcase, test_owner);
		tcase_add_test(tcase, test_directory);
		tcase_add_test(tcase, test_link_directories);
		tcase_add_test(tcase, test_steps);
		tcase_add_test(tcase, test_without_privilege);
		tcase_add_test(tcase, test_effective_root);
	}
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return unit_run(trust_suite);
}
