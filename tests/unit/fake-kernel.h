/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* clang-format off */
/*
 * fake-kernel.h - a kernel that is a script, so that a test can be any host
 *
 * A script is text, one rule a line, '#' begins a comment. Of the rules for a call the first that
 * matches answers; built-in rules come last and make a recent kernel that allows everything to a
 * process with every capability.
 *
 *   release 4.18.0-147.el8.x86_64
 *   machine x86_64
 *   caps all | none | bpf,perfmon   what /proc/self/status says; the default is all
 *   seccomp 2                       the same
 *   file PATH TEXT                  a file with this text; \n \t \\ are known; without TEXT: empty
 *   file PATH @NAME                 the contents of NAME, a file of the machine that tests
 *   directory PATH                  exists, and is a directory
 *   error PATH ERRNO                open and stat fail; a PATH that ends in / means all below it
 *   tree DIRECTORY                  stands for / where no rule above it names the path
 *   filesystem PATH TYPE            tracefs, securityfs, bpf, debugfs, sysfs, proc, tmpfs, cgroup2
 *                                   or a number
 *   lsm_list lockdown,capability,bpf | ERRNO
 *   CALL [KEY=VALUE|VALUE...]... -> ok | ERRNO ["log text"]
 *
 * where CALL and its keys are
 *
 *   prog_load        type= attach_type= helper= btf_id= insns= sleepable=0|1 kfunc=0|1 log=0|1
 *                    license=
 *   map_create       type= flags= entries=
 *   btf_load
 *   raw_tracepoint_open  name=   ("-" is the nameless open of tracing programs)
 *   link_create      attach_type= symbol= flags=   (without a rule and a program: EBADF)
 *   perf_event_open  type= config= pid=
 *   bpf_nonsense
 *
 * Names of types, attach types and helpers are featsel's; every number may be a range: "212-",
 * "5-9". ERRNO is a name or a number ("524"). %h in a log text is the number of the helper called.
 * Paths not named anywhere are ENOENT.
 */
/* clang-format on */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <stddef.h>

struct kernel;

/*
 * Aborts the test on a script that it does not understand. Freed by its own ops->free(). For
 * another thread it is made again of the same @script, which must outlive it.
 */
struct kernel *fake_kernel_new(const char *script);
/* Another binary file; @data is copied. */
void fake_kernel_file(struct kernel *kernel, const char *path, const void *data, size_t size);
/* More rules; they come before the ones that are there. */
void fake_kernel_rules(struct kernel *kernel, const char *script);
/* How often "prog_load" was called, "open" and the like included; NULL: all bpf(2) calls. */
unsigned int fake_kernel_calls(const struct kernel *kernel, const char *call);
/* File descriptors given out and not yet closed. */
unsigned int fake_kernel_open_fds(const struct kernel *kernel);

#endif
