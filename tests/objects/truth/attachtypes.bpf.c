/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers that hang on the attach type and not on the program type alone: get_retval (5.18) is for
 * the attach types whose result counts and not for those that only look on; bind is for connect;
 * setsockopt came to bind in 5.12 and to sendmsg and recvmsg in 5.18.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int result, number = 1;

#define RESULT(section, name, context)     \
	SEC(section)                       \
	int name(struct context *ctx)      \
	{                                  \
		result = bpf_get_retval(); \
		return 1;                  \
	}
RESULT("cgroup/dev", result_of_device, bpf_cgroup_dev_ctx)
RESULT("cgroup/sysctl", result_of_sysctl, bpf_sysctl)
RESULT("cgroup/sock_create", result_of_socket, bpf_sock)
RESULT("cgroup/bind6", result_of_bind, bpf_sock_addr)
RESULT("cgroup/recvmsg6", result_of_recvmsg, bpf_sock_addr)
RESULT("cgroup/getsockname6", result_of_getsockname, bpf_sock_addr)
RESULT("cgroup/getpeername6", result_of_getpeername, bpf_sock_addr)

#define OPTION(section, name)                                        \
	SEC(section)                                                 \
	int name(struct bpf_sock_addr *ctx)                          \
	{                                                            \
		bpf_setsockopt(ctx, 1, 12, &number, sizeof(number)); \
		return 1;                                            \
	}
OPTION("cgroup/connect6", option_at_connect)
OPTION("cgroup/bind6", option_at_bind)
OPTION("cgroup/sendmsg6", option_at_sendmsg)
OPTION("cgroup/recvmsg6", option_at_recvmsg)

#define BIND(section, name)                                                 \
	SEC(section)                                                        \
	int name(struct bpf_sock_addr *ctx)                                 \
	{                                                                   \
		char address[16] = {2};                                     \
		bpf_bind(ctx, (struct sockaddr *)address, sizeof(address)); \
		return 1;                                                   \
	}
BIND("cgroup/connect4", bind_at_connect)
BIND("cgroup/sendmsg4", bind_at_sendmsg)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
