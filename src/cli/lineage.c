/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * lineage.c - all descendants of a process, reported by the kernel as they are created
 *
 * A perf event that counts nothing (PERF_COUNT_SW_DUMMY, Linux 3.12) is inherited by children and
 * reports each fork (attr.task) into a buffer per processor. The report is written before the child
 * runs, so reading the buffers after a record of the child finds it, however short it lived.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"

/* A power of two. 40 bytes a fork: 1,600 of them between two looks on one processor. */
#define BUFFER_BYTES 65536

struct processor {
	int number, fd;
	struct perf_event_mmap_page *page; /* the data follows */
};

struct lineage {
	struct processor *processors;
	size_t n_processors;
	int *others; /* events that write into a processor's buffer */
	size_t n_others;
	size_t page_size;
};

/* As linux/perf_event.h has it in a comment. */
struct fork_report {
	struct perf_event_header header;
	uint32_t pid, ppid, tid, ptid;
	uint64_t time;
};

static int open_event(pid_t tid, int processor)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.inherit = 1,
		.task = 1,
		/* allowed to everybody with perf_event_paranoid=2 */
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, tid, processor, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int open_processor(struct lineage *lineage, pid_t tid, int number)
{
	struct processor *processors;
	void *page;
	int fd = open_event(tid, number);

	if (fd < 0)
		return fd;
	page = mmap(NULL, lineage->page_size + BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	if (page == MAP_FAILED) {
		int err = -errno;

		close(fd);
		return err;
	}
	processors =
		reallocarray(lineage->processors, lineage->n_processors + 1, sizeof(*processors));
	if (!processors) {
		munmap(page, lineage->page_size + BUFFER_BYTES);
		close(fd);
		return -ENOMEM;
	}
	lineage->processors = processors;
	processors[lineage->n_processors++] =
		(struct processor){.number = number, .fd = fd, .page = page};
	return 0;
}

static int join_processor(struct lineage *lineage, pid_t tid, const struct processor *processor)
{
	int fd = open_event(tid, processor->number);
	int *others;

	if (fd < 0)
		return fd;
	others = ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, processor->fd)
			 ? NULL
			 : reallocarray(lineage->others, lineage->n_others + 1, sizeof(*others));
	if (!others) {
		close(fd);
		return -EIO;
	}
	lineage->others = others;
	others[lineage->n_others++] = fd;
	return 0;
}

static int add_first(struct lineage *lineage, pid_t tid)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);
	int r = -ENODEV;

	for (int i = 0; i < n; i++) {
		r = open_processor(lineage, tid, i);
		/* ENODEV: the processor is offline */
		if (r && r != -ENODEV)
			return r;
	}
	return lineage->n_processors ? 0 : r;
}

static int add_thread(struct lineage *lineage, pid_t tid)
{
	int r = 0;

	if (!lineage->n_processors)
		return add_first(lineage, tid);
	for (size_t i = 0; i < lineage->n_processors && !r; i++)
		r = join_processor(lineage, tid, &lineage->processors[i]);
	return r;
}

int lineage_add(struct lineage *lineage, pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	int r = 0;
	DIR *dir;

	if (!numbers_in_proc())
		return add_thread(lineage, pid);
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		r = add_thread(lineage, (pid_t)atoi(entry->d_name));
		if (r == -ESRCH) /* a thread that has ended meanwhile */
			r = 0;
	}
	closedir(dir);
	return r;
}

int lineage_new(struct lineage **ret)
{
	struct lineage *lineage = calloc(1, sizeof(*lineage));

	if (!lineage)
		return -ENOMEM;
	lineage->page_size = (size_t)sysconf(_SC_PAGESIZE);
	*ret = lineage;
	return 0;
}

void lineage_free(struct lineage *lineage)
{
	if (!lineage)
		return;
	for (size_t i = 0; i < lineage->n_others; i++)
		close(lineage->others[i]);
	for (size_t i = 0; i < lineage->n_processors; i++) {
		munmap(lineage->processors[i].page, lineage->page_size + BUFFER_BYTES);
		close(lineage->processors[i].fd);
	}
	free(lineage->others);
	free(lineage->processors);
	free(lineage);
}

/* A report may lie across the buffer's end. */
static void copy_out(const char *data, uint64_t at, void *to, size_t size)
{
	size_t offset = (size_t)(at % BUFFER_BYTES);
	size_t first = size < BUFFER_BYTES - offset ? size : BUFFER_BYTES - offset;

	memcpy(to, data + offset, first);
	memcpy((char *)to + first, data, size - first);
}

static bool read_processor(const struct lineage *lineage, const struct processor *processor,
			   void (*born)(void *data, pid_t pid), void *data)
{
	const char *bytes = (const char *)processor->page + lineage->page_size;
	uint64_t head = __atomic_load_n(&processor->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = processor->page->data_tail;
	bool lost = false;

	while (tail < head) {
		struct fork_report report;

		copy_out(bytes, tail, &report, sizeof(report.header));
		if (report.header.size < sizeof(report.header))
			break;
		if (report.header.type == PERF_RECORD_FORK &&
		    report.header.size >= sizeof(report)) {
			copy_out(bytes, tail, &report, sizeof(report));
			if (report.pid != report.ppid) /* not one more thread */
				born(data, (pid_t)report.pid);
		}
		lost = lost || report.header.type == PERF_RECORD_LOST;
		tail += report.header.size;
	}
	__atomic_store_n(&processor->page->data_tail, head, __ATOMIC_RELEASE);
	return lost;
}

bool lineage_read(struct lineage *lineage, void (*born)(void *data, pid_t pid), void *data)
{
	bool lost = false;

	for (size_t i = 0; i < lineage->n_processors; i++)
		lost |= read_processor(lineage, &lineage->processors[i], born, data);
	return lost;
}
