#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""generate.py - small random BPF programs: what loading decides, and what stands behind it

usage: generate.py SEED NUMBER [plain]

Prints one object's source with so many programs, program_0 and on. The same seed prints the same. Each program is
straight C that a verifier has no quarrel with but for what is reached of it: helpers, kfuncs, members and values that the
kernel lacks, or does not give to the type of program. What they stand behind is what loading decides: CO-RE existence,
sizes and values, kconfig variables, constants of .rodata, weak symbols, constant arguments of functions; and what the
verifier knows of a number that only the run decides, or that is on the stack. Plain ones need nothing that libbpf takes long to look for: no types
of the kernel, no configuration, no symbols.
"""
import os
import random
import subprocess
import sys

import arithmetic

BATCH = 100  # programs an object

PRELUDE = '''/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* made by generate.py %(seed)s %(number)s */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid, tgid;
	unsigned int flags;
	int never_one, never_two;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));
struct file {
	unsigned int f_flags;
} __attribute__((preserve_access_index));
struct never_struct {
	long never;
} __attribute__((preserve_access_index));
struct bpf_ringbuf {
	int unused;
} __attribute__((preserve_access_index));

enum bpf_func_id___own {
	BPF_FUNC_ktime_get_tai_ns___own = 1,
	BPF_FUNC_ringbuf_output___own = 2,
	BPF_FUNC_never___own = 3,
};
enum bpf_map_type___own {
	BPF_MAP_TYPE_LRU_HASH___own = 1,
	BPF_MAP_TYPE_NEVER___own = 2,
};

extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern _Bool CONFIG_NEVER_ONE __kconfig __weak;
extern enum libbpf_tristate CONFIG_BPF_EVENTS __kconfig __weak;
extern enum libbpf_tristate CONFIG_NEVER_TWO __kconfig __weak;
extern int CONFIG_HZ __kconfig __weak;
extern int CONFIG_NEVER_NUMBER __kconfig __weak;
extern const void vfs_read __ksym __weak;
extern const void never_symbol __ksym __weak;
extern long never_kfunc(long number) __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} table SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} list SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static long (*never)(void) = (void *)5000;

#define TASK ((struct task_struct *)bpf_get_current_task())
#define NOINLINE __attribute__((noinline))
#define HIDE(number) asm volatile("" : "+r"(number))
#define KEEP(place) asm volatile("" : : "r"(&(place)) : "memory")

struct shelf {
	__u32 a, b;
	__u64 c;
	__u32 d, e;
	__u64 f;
};
'''

# Of each kind of program what it may return, and whether it traces: what it may ask of the running task.
KINDS = (('raw_tp/sched_process_exec', '0', True),
         ('raw_tp/sched_process_exit', '0', True),
         ('tp_btf/sched_process_exec', '0', True),
         ('perf_event', '0', True),
         ('cgroup_skb/egress', '1', False),
         ('sockops', '1', False))

# What loading decides.
ATOMS = ('bpf_core_field_exists(struct task_struct, pid)',
         'bpf_core_field_exists(struct task_struct, never_one)',
         'bpf_core_field_exists(struct file, f_flags)',
         'bpf_core_type_exists(struct never_struct)',
         'bpf_core_type_exists(struct bpf_ringbuf)',
         'bpf_core_enum_value_exists(enum bpf_func_id___own, BPF_FUNC_ktime_get_tai_ns___own)',
         'bpf_core_enum_value_exists(enum bpf_func_id___own, BPF_FUNC_never___own)',
         'bpf_core_enum_value_exists(enum bpf_map_type___own, BPF_MAP_TYPE_NEVER___own)',
         '(bpf_core_field_size(struct task_struct, pid) == 4)',
         '(bpf_core_field_size(struct task_struct, pid) > 4)',
         '(bpf_core_field_offset(struct task_struct, pid) > 16)',
         '(bpf_core_type_size(struct task_struct) > 64)',
         '(bpf_core_type_size(struct never_struct) != 0)',
         '(bpf_core_enum_value(enum bpf_func_id___own, BPF_FUNC_ringbuf_output___own) == 130)',
         '(bpf_core_enum_value(enum bpf_map_type___own, BPF_MAP_TYPE_LRU_HASH___own) < 4)',
         '(LINUX_KERNEL_VERSION >= (5 << 16))',
         '(LINUX_KERNEL_VERSION < (99 << 16))',
         '(LINUX_KERNEL_VERSION > (99 << 16))',
         'CONFIG_BPF_SYSCALL',
         'CONFIG_NEVER_ONE',
         '(CONFIG_BPF_EVENTS == TRI_YES)',
         '(CONFIG_NEVER_TWO != TRI_NO)',
         '(CONFIG_HZ >= 50)',
         '(CONFIG_HZ > 10000)',
         '(CONFIG_NEVER_NUMBER == 0)',
         '(&never_symbol != 0)',
         '(&never_kfunc != 0)')

# Of plain programs.
PLAIN = ('BTF', 'bpf_core', 'BPF_CORE', 'btf', 'CONFIG', 'never_symbol', 'never_kfunc')

# What every kernel gives to every program, and what to programs that trace.
FINE = ('sum += bpf_ktime_get_ns();', 'sum += bpf_get_prandom_u32();', 'sum ^= 5;', 'sum += sum >> 3;')
FINE_TRACING = ('sum += bpf_get_current_pid_tgid();', 'sum += BPF_CORE_READ(TASK, pid);',
                'sum += BPF_CORE_READ(TASK, group_leader, tgid);')
# What some kernel, or every one, refuses.
WRONG = ('sum += never();', 'sum += never_kfunc(sum);', 'sum += bpf_ktime_get_tai_ns();',
         'sum += bpf_core_enum_value(enum bpf_func_id___own, BPF_FUNC_never___own);',
         'sum += bpf_skb_store_bytes(ctx, 0, &word, sizeof(word), 0);',
         'sum += bpf_ringbuf_output(&ring, &word, sizeof(word), 0);',
         'sum += bpf_get_func_ip(ctx);')
WRONG_TRACING = ('sum += BPF_CORE_READ(TASK, never_one);', 'sum += TASK ? BPF_CORE_READ(TASK, never_two) : 1;')

LEAST_LOOP, MOST_LOOP = 2, 6

# What makes a number known by its bits or bounds, though only the run decides it; what then asks about it. {0} is the
# number, {1} and {2} are constants. The compiler sees none of it: HIDE() hides what it knows.
NARROWED = ('{0} &= {1};', '{0} = (__u64){0} % ({1} + 1U);', '{0} = (__u64){0} >> 5;', '{0} = ({0} & 3) + {1};', '{0} = ({0} & 3) * {1};',
            '{0} = ({0} & 6) | {1};', '{0} = ({0} & 6) ^ {1};', '{0} = ({0} & 1) << {1};', '{0} = {0} & 1 ? {1} : {2};',
            'if ({0} > {1}) return {result};', 'if ({0} < {1}) return {result};', 'if (!({0} < {1})) return {result};',
            'if ({0} == {1}) return {result};', 'if ({0} != {1}) return {result};', 'if ({0} & {1}) return {result};',
            '{0} = ({0} & 15) - {1};', '{0} = (__u64)({0} & 15) / ({1} + 1U);', '{0} = -({0} & 3);')
ASKED = ('{0} > {1}', '{0} < {1}', '{0} == {1}', '{0} != {1}', '{0} & {1}', '{0} >= {1}', '({0} & 1) > {1}', '{0} + 1 > {1}',
         '{0} >> 1 > {1}', '({0} | 4) < {1}', '{1} > {0}')
NUMBERS = ('__u64', '__u64', '__u32', '__s64', 'int', 'unsigned char', 'unsigned short')
DRAWN = ('bpf_get_prandom_u32()', 'bpf_get_prandom_u32()', 'bpf_ktime_get_ns()')


# What may happen to a shelf: {0} is its name, {1} a place of four bytes on it, {2} one of eight, {3} any, {4} a number.
SHELVED = ('bpf_map_lookup_elem(&table, &{0}.{1});', 'bpf_map_lookup_elem(&list, &{0}.{1});', 'bpf_map_delete_elem(&table, &{0}.{1});',
           'bpf_map_update_elem(&recent, &{0}.{1}, &{0}.{2}, 0);', '{0}.{3} = {4};', '{0}.{3} = 0;',
           '{0}.{3} = bpf_get_prandom_u32() & 3;', '{0}.{3} = bpf_get_prandom_u32();', '*(__u8 *)&{0}.{3} = {4};')
SHELVED_TRACING = ('bpf_get_current_comm(&{0}.{3}, sizeof({0}.{3}));', 'bpf_probe_read(&{0}.{3}, sizeof({0}.{3}), 0);',
                   'bpf_probe_read(&{0}.{3}, bpf_get_prandom_u32() & 3, 0);')
FROM_SHELF = ('{0}.{3} == {4}', '{0}.{3} != {4}', '{0}.{3} == 0', '*(__u32 *)&{0}.{2} == {4}', '*(__u8 *)&{0}.{3} == {4}', '{0}.{3} > {4}')


class Program:
    """One program, with the constants and functions of its own."""

    def __init__(self, number, chance, plain):
        self.number = number
        self.chance = chance
        self.plain = plain
        self.section, self.result, self.traces = self.one_of(KINDS)
        self.constants, self.functions = [], []
        self.known = []  # variables that hold a guard
        self.names = 0
        self.measures = chance.choice((0, 0.15, 0.4))

    def name(self, what):
        self.names += 1
        return f'{what}_{self.number}_{self.names}'

    def one_of(self, rows):
        """One of the rows that suit the program."""
        if self.plain:
            rows = [row for row in rows if not any(word in str(row) for word in PLAIN)]
        return self.chance.choice(rows)

    # ---- conditions ----

    def constant(self):
        """A comparison of what stands in .rodata, and may as well be computed with."""
        name, value = self.name('constant'), self.chance.randrange(8)
        self.constants.append(f'const volatile {self.chance.choice(("int", "unsigned char", "__u64"))} {name} = {value};')
        form = self.chance.choice(('{0} == {1}', '{0} > {1}', '({0} & {1}) != 0', '({0} << 2) + 1 > {1}', '{0} * 3 != {1}',
                                   '({0} ^ 5) < {1}'))
        return '(' + form.format(name, self.chance.randrange(8)) + ')'

    def atom(self):
        draw = self.chance.random()
        if draw < 0.2:
            return self.constant()
        if draw < 0.3 and self.known:
            return self.chance.choice(self.known)
        if draw < 0.4:
            return '(bpf_get_prandom_u32() & 1)'
        return self.one_of(ATOMS)

    def guard(self, depth=2):
        draw = self.chance.random()
        if depth and draw < 0.15:
            return f'({self.guard(depth - 1)} && {self.guard(depth - 1)})'
        if depth and draw < 0.25:
            return f'({self.guard(depth - 1)} || {self.guard(depth - 1)})'
        if depth and draw < 0.32:
            return f'({self.one_of(ATOMS)} + {self.one_of(ATOMS)} > {self.chance.randrange(2)})'
        if draw < 0.5:
            return f'!{self.atom()}'
        return self.atom()

    # ---- statements ----

    def fine(self):
        return self.one_of(FINE + (FINE_TRACING if self.traces else ()))

    def wrong(self):
        return self.one_of(WRONG + (WRONG_TRACING if self.traces else ()))

    def leaf(self):
        return self.wrong() if self.chance.random() < 0.6 else self.fine()

    def function(self):
        """A call with a constant: a function that does one thing or another by its argument."""
        name = self.name('function')
        kind = 'static ' if self.chance.random() < 0.8 else ''
        self.functions.append(
            f'{kind}NOINLINE long {name}(long number)\n{{\n\t__u64 sum = number, word = 1;\n\tvoid *ctx = 0;\n\n\t(void)word;\n'
            f'\t(void)ctx;\n\tif (number {self.chance.choice((">", "==", "<"))} {self.chance.randrange(4)})\n'
            f'\t\t{self.plain_leaf()}\n\telse\n\t\t{self.fine()}\n\treturn sum;\n}}\n')
        argument = self.chance.choice((str(self.chance.randrange(5)), str(self.chance.randrange(5)), self.guard(1),
                                       'bpf_get_prandom_u32()'))
        return [f'sum += {name}({argument});']

    def plain_leaf(self):
        """Functions have no context of ours."""
        while True:
            leaf = self.leaf()
            if 'ctx' not in leaf:
                return leaf

    def stored(self):
        name = self.name('known')
        lines = [f'int {name} = {self.guard()};']
        self.known.append(name)
        return lines

    def lookup(self):
        map_name, key = self.chance.choice(('table', 'list', 'recent')), self.chance.randrange(4)
        return ([f'key = {key};', f'value = bpf_map_lookup_elem(&{map_name}, &key);', 'if (value) {', '\tsum += *value;']
                + ['\t' + line for line in self.block(1)] + ['}'])

    def shelf(self, depth):
        """Numbers on the stack, of which helpers get some: verifiers know of the others what they were."""
        name = self.name('shelf')
        places = ', '.join(f'.{place} = {self.chance.choice((0, 0, 1, 2, 5))}' for place in 'abcdef')

        def filled(form):
            return form.format(name, self.chance.choice('abde'), self.chance.choice('cf'), self.chance.choice('abcdef'),
                               self.chance.choice((0, 1, 2, 5)))
        lines = [f'struct shelf {name} = {{{places}}};', f'KEEP({name});']
        for _ in range(self.chance.randrange(1, 4)):
            lines += [filled(self.one_of(SHELVED + (SHELVED_TRACING if self.traces else ()))), f'KEEP({name});']
        return lines + [f'if ({filled(self.chance.choice(FROM_SHELF))}) {{'] + ['\t' + line for line in self.block(depth - 1, True)] + ['}']

    def loop(self, depth):
        """A counter of four bytes that shares eight of the stack with another variable is lost to verifiers, and so the loop."""
        index, turns = self.name('i'), self.chance.randrange(LEAST_LOOP, MOST_LOOP)
        lines = ['#pragma clang loop unroll(disable)', f'for (long {index} = 0; {index} < {turns}; {index}++) {{']
        return lines + ['\t' + line for line in self.block(depth - 1)] + ['}']

    def choice(self, depth):
        lines = [f'if ({self.guard()}) {{'] + ['\t' + line for line in self.block(depth - 1, True)]
        if self.chance.random() < 0.5:
            lines += ['} else {'] + ['\t' + line for line in self.block(depth - 1, True)]
        return lines + ['}']

    def leave(self):
        return [f'if ({self.guard()})', f'\treturn {self.result};']

    def measured(self, depth):
        """A number that every run draws anew, of which the verifier knows bits and bounds."""
        name, numbers = self.name('drawn'), [self.chance.randrange(16) for _ in range(4)]
        lines = [f'{self.chance.choice(NUMBERS)} {name} = {self.chance.choice(DRAWN)};', f'HIDE({name});']
        for i in range(self.chance.randrange(1, 3)):
            narrow = self.chance.choice(NARROWED)
            lines += [narrow.format(name, numbers[i], numbers[3], result=self.result), f'HIDE({name});']
        lines += [f'if ({self.chance.choice(ASKED).format(name, self.chance.randrange(20))}) {{']
        lines += ['\t' + line for line in self.block(depth - 1, True)]
        if self.chance.random() < 0.3:
            lines += ['} else {'] + ['\t' + line for line in self.block(depth - 1, True)]
        return lines + ['}']

    def statement(self, depth, guarded):
        draw = self.chance.random()
        if depth and draw < self.measures:
            return self.measured(depth)
        draw = (draw - self.measures) / (1 - self.measures) if depth else draw
        if depth and draw < 0.4:
            return self.choice(depth)
        if depth and draw < 0.46:
            return self.loop(depth)
        if depth and draw < 0.54:
            return self.function()
        if depth and draw < 0.57:
            return self.lookup()
        if depth and draw < 0.6:
            return self.shelf(depth)
        if draw < 0.64:
            return self.leave()
        if guarded and draw < 0.85:
            return [self.leaf()]
        return [self.fine()]

    def block(self, depth, guarded=False):
        lines, known = [], len(self.known)
        if self.chance.random() < 0.3:
            lines += self.stored()
        for _ in range(self.chance.randrange(1, 4)):
            lines += self.statement(depth, guarded)
        del self.known[known:]
        return lines

    def source(self):
        body = self.block(3)
        last = self.leave() if self.chance.random() < 0.3 else []
        if self.chance.random() < 0.05:
            last += [self.wrong()]
        lines = (['__u64 sum = 1, word = 1, *value = 0;', '__u32 key = 0;', '', '(void)word;', '(void)value;', '(void)key;']
                 + body + last + [f'return sum == 7 ? {self.result} : {self.result};'])
        text = ''.join(f'{line}\n' if line.startswith('#') or not line else f'\t{line}\n' for line in lines)
        head = f'SEC("{self.section}")\nint program_{self.number}(void *ctx)\n{{\n'
        return '\n'.join(self.constants + ['']) + '\n'.join(self.functions) + f'\n{head}{text}}}\n'


def sources(seed, number, plain=False):
    """The prelude and the source of each program."""
    chance = random.Random(seed)
    return (PRELUDE % {'seed': seed, 'number': f'{number} plain' if plain else number},
            [Program(i, chance, plain).source() for i in range(number)])


def compile_all(directory, name, text, *options):
    """Where the object is, or None and what the compiler said."""
    end = 's' if text.startswith('.') else 'c'
    source, made = os.path.join(directory, f'{name}.bpf.{end}'), os.path.join(directory, f'{name}.bpf.o')
    with open(source, 'w', encoding='utf-8') as file:
        file.write(text)
    ran = subprocess.run([os.environ['BPF_CLANG'], '-target', os.environ.get('bpf_target', 'bpf'), '-g', '-O2', '-w', *options,
                          *os.environ.get('bpf_includes', '').split(), '-c', '-o', made, source],
                         text=True, capture_output=True, check=False)
    return (made if ran.returncode == 0 else None), ran.stderr


def parts(kind, seed, number):
    """What stands before such programs - 'full', 'plain' or 'arithmetic' -, the source of each, and what stands behind."""
    if kind == 'arithmetic':
        return *arithmetic.sources(seed, number), arithmetic.END
    return *sources(seed, number, kind == 'plain'), END


def make(directory, name, kind, seed, number):
    """Where the object of such programs is, or None and what the compiler said; the source of each."""
    prelude, programs, end = parts(kind, seed, number)
    return *compile_all(directory, name, prelude + '\n'.join(programs) + end, processor(seed)), programs


def batches(seed, numbers):
    """The kind, the seed and the number of programs of each object: numbers is {kind: how many in all}."""
    for kind, number in numbers.items():
        for first in range(0, number, BATCH):
            yield kind, seed + first // BATCH, min(number - first, BATCH)


def manifest(path, number):
    """Each program of the object as the only candidate of an event."""
    return 'version: 1\nevents:\n' + ''.join(
        f'  event_{i}:\n    object: {path}\n    candidates: [{{name: only, programs: [program_{i}]}}]\n'
        for i in range(number))


def processor(seed):
    """With and without instructions for halves of registers, in turn."""
    return '-mcpu=v3' if seed % 2 else '-mcpu=v2'


END = '\nchar LICENSE[] SEC("license") = "Dual BSD/GPL";\n'


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    prelude, programs = sources(int(sys.argv[1]), int(sys.argv[2]), len(sys.argv) == 4)
    print(prelude + '\n'.join(programs) + END, end='')


if __name__ == '__main__':
    main()
