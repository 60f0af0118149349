/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * traffic.c - what the tests of attaching do on the loopback device of a network namespace
 *
 *   traffic up                     the device is up
 *   traffic udp PORT               a datagram to the port; "received 1" or "received 0"
 *   traffic tcp PORT [CONTROL]     a connection to the port, by that congestion control, and five
 *                                  bytes over it: "received 5"
 *   traffic stall PORT             a connection to the port; what comes back over it is lost until
 *                                  it has been sent once more
 *   traffic frame [INTERFACE]      a frame of Ethernet, past all protocols
 *   traffic spin MILLISECONDS      keeps a processor busy, and calls tick() all the time
 *   traffic tick MILLISECONDS      calls tick() a hundred times a second
 *   traffic alone CGROUP           a program for leaving packets that wants no other beside it,
 * until the signal TERM; "attached"
 *   traffic attached [CGROUP]      what is attached in this network namespace, and to the group
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "attached.h"

void tick(void);

#define PATIENCE 500 /* milliseconds for what may not come at all */

static int fail(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	return 1;
}

static struct sockaddr_in address(const char *port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((unsigned short)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

static int up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		return fail("lo");
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? fail("lo up") : 0;
}

/* What comes within a while: bytes. */
static long receive(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char bytes[64];

	return poll(&wait, 1, PATIENCE) == 1 ? (long)recv(fd, bytes, sizeof(bytes), 0) : 0;
}

static int udp(const char *port)
{
	struct sockaddr_in to = address(port);
	int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);

	if (in < 0 || out < 0 || bind(in, (struct sockaddr *)&to, sizeof(to)))
		return fail("bind");
	if (sendto(out, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		return fail("sendto");
	printf("received %ld\n", receive(in));
	return 0;
}

/* A connection to @port: the end that made it, and the end that took it. */
static int join(const char *port, const char *control, int ends[2])
{
	struct sockaddr_in to = address(port);
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || ends[0] < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1))
		return fail("listen");
	if (control &&
	    setsockopt(ends[0], IPPROTO_TCP, TCP_CONGESTION, control, (socklen_t)strlen(control)))
		return fail(control);
	if (connect(ends[0], (struct sockaddr *)&to, sizeof(to)))
		return fail("connect");
	ends[1] = accept(listener, NULL, NULL);
	return ends[1] < 0 ? fail("accept") : 0;
}

static int tcp(const char *port, const char *control)
{
	int ends[2], status = join(port, control, ends);

	if (status)
		return status;
	if (send(ends[0], "12345", 5, 0) != 5)
		return fail("send");
	printf("received %ld\n", receive(ends[1]));
	return 0;
}

/*
 * What the end that took the connection sends is lost, until it has been sent again. Nothing is
 * left of the connection.
 */
static int stall(const char *port)
{
	const struct linger at_once = {.l_onoff = 1};
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog lose = {1, &none};
	int ends[2], status = join(port, NULL, ends);
	struct tcp_info info = {0};
	socklen_t size;

	if (status)
		return status;
	if (setsockopt(ends[0], SOL_SOCKET, SO_ATTACH_FILTER, &lose, sizeof(lose)) ||
	    setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ||
	    setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ||
	    send(ends[1], "12345", 5, 0) != 5)
		return fail("send");
	while (!info.tcpi_total_retrans) {
		size = sizeof(info);
		if (getsockopt(ends[1], IPPROTO_TCP, TCP_INFO, &info, &size))
			return fail("TCP_INFO");
		poll(NULL, 0, 10);
	}
	return 0;
}

/* The kernel looks where its headers begin. */
static int frame(const char *interface)
{
	static const unsigned char bytes[64] = {[12] = ETH_P_IP >> 8, [14] = 0x45, [17] = 50};
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
				       .sll_protocol = htons(ETH_P_IP),
				       .sll_ifindex = (int)if_nametoindex(interface),
				       .sll_halen = ETH_ALEN};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0 || sendto(fd, bytes, sizeof(bytes), 0, (const struct sockaddr *)&to,
			     sizeof(to)) != sizeof(bytes))
		return fail("sendto");
	return 0;
}

/*
 * For uprobes, and a probe traffic:tick of USDT as sys/sdt.h makes it: where it is stands in a
 * note.
 */
__attribute__((noinline)) void tick(void)
{
	__asm__ volatile("990: nop\n"
			 ".pushsection .note.stapsdt,\"\",%note\n"
			 ".balign 4\n"
			 ".4byte 992f-991f, 994f-993f, 3\n"
			 "991: .asciz \"stapsdt\"\n"
			 "992: .balign 4\n"
			 "993: .8byte 990b, _.stapsdt.base, 0\n"
			 ".asciz \"traffic\"\n"
			 ".asciz \"tick\"\n"
			 ".asciz \"\"\n"
			 "994: .balign 4\n"
			 ".popsection\n"
			 ".pushsection .stapsdt.base,\"aG\",%progbits,.stapsdt.base,comdat\n"
			 ".weak _.stapsdt.base\n"
			 ".hidden _.stapsdt.base\n"
			 "_.stapsdt.base: .space 1\n"
			 ".size _.stapsdt.base, 1\n"
			 ".popsection\n");
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000L + time.tv_nsec / 1000000;
}

static int spin(const char *milliseconds, useconds_t pause)
{
	long end = now() + atol(milliseconds);

	while (now() < end) {
		tick();
		if (pause)
			usleep(pause);
	}
	return 0;
}

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(__NR_bpf, command, attr, sizeof(*attr));
}

static int load_pass(void)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SKB;
	attr.expected_attach_type = BPF_CGROUP_INET_EGRESS;
	attr.insn_cnt = 2;
	attr.insns = (unsigned long)insns;
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

/* No flag: neither with others, nor with those of groups below. */
static int alone(const char *cgroup)
{
	int group = open(cgroup, O_RDONLY | O_DIRECTORY), program = load_pass(), signal;
	union bpf_attr attr;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (unsigned int)group;
	attr.attach_bpf_fd = (unsigned int)program;
	attr.attach_type = BPF_CGROUP_INET_EGRESS;
	if (group < 0 || program < 0 || bpf(BPF_PROG_ATTACH, &attr))
		return fail(cgroup);
	puts("attached");
	fflush(stdout);
	sigwait(&set, &signal);
	return bpf(BPF_PROG_DETACH, &attr) ? fail(cgroup) : 0;
}

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "up") == 0)
		return up();
	if (argc == 3 && strcmp(argv[1], "udp") == 0)
		return udp(argv[2]);
	if (argc >= 3 && strcmp(argv[1], "tcp") == 0)
		return tcp(argv[2], argc > 3 ? argv[3] : NULL);
	if (argc == 3 && strcmp(argv[1], "stall") == 0)
		return stall(argv[2]);
	if (argc >= 2 && strcmp(argv[1], "frame") == 0)
		return frame(argc > 2 ? argv[2] : "lo");
	if (argc == 3 && strcmp(argv[1], "spin") == 0)
		return spin(argv[2], 0);
	if (argc == 3 && strcmp(argv[1], "tick") == 0)
		return spin(argv[2], 10000);
	if (argc == 3 && strcmp(argv[1], "alone") == 0)
		return alone(argv[2]);
	if (argc >= 2 && strcmp(argv[1], "attached") == 0)
		return attached(argc > 2 ? argv[2] : NULL);
	fprintf(stderr, "usage: traffic up | udp PORT | tcp PORT [CONTROL] | stall PORT | "
			"frame [INTERFACE] | spin MILLISECONDS | tick MILLISECONDS | alone CGROUP "
			"| attached [CGROUP]\n");
	return 2;
}
