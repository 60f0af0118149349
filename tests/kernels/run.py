#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""run.py - boot real distribution kernels and hold featsel's predictions against what happens on them

    run.py [--results FILE] [--keep]

What is tried comes from the environment, as make check-kernels sets it: FEATSEL (the command), OBJECT_DIR, MANIFEST, ACTS,
KERNELS (series, "newest", of other architectures arm64/6.1), CASES, SCRIPTS (of those that the cases live and places run),
KERNEL_CACHE, KERNEL_JOBS, KERNEL_LIMIT (seconds a boot), FOREIGN (a directory of anybody's objects for the case foreign,
instead of the suite's). Prints TAP. A kernel that cannot be had is a skip; a panic, a guest that hangs, a wrong prediction
and a wrong choice are told apart.
"""
import argparse
import collections
import concurrent.futures
import glob
import importlib.machinery
import importlib.util
import itertools
import json
import os
import re
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time

import chance
import cross
import fetch

HERE = os.path.dirname(os.path.abspath(__file__))


def load_script(path):
    """A test script of ours as a module, though its name has no ending."""
    loader = importlib.machinery.SourceFileLoader(os.path.basename(path), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


verify = load_script(os.path.join(os.path.dirname(HERE), 'objects', 'verify'))
decide = load_script(os.path.join(os.path.dirname(HERE), 'objects', 'decide'))

# What each host should choose for mmap: one of these, or None with the exit status of the command.
ROOT = ('fentry',)
WITHOUT_BTF = ('kprobe', 'kprobe-perf')
EXPECTED = {
    'root': (ROOT, 0),
    'no_tracefs': (ROOT, 0),
    'no_btf': (WITHOUT_BTF, 0),
    'no_sys': (('raw_tracepoint',), 0),
    'ftrace_off': (('tracepoint',), 0),
    'kprobes_off': (ROOT, 0),
    'no_jit': (ROOT, 0),
    'nobody': (None, 4),
    'bpf_only': (None, 4),
    'bpf_net': (None, 4),
    'bpf_perfmon_3': (ROOT, 0),
    'bpf_perfmon_2': (ROOT, 0),
    'memlock': (ROOT + ('kprobe-perf', 'raw_tracepoint'), 0),
    'integrity': (ROOT, 0),
    'confidentiality': (ROOT, 0),
    'lsm_without_bpf': (ROOT, 0),
    'lsm_with_bpf': (ROOT, 0),
}

# Of the events of unfit.yaml: the feature that is predicted to be missing, with which reason, on which kernels.
UNFIT = {
    'missing': ('attach:fentry/featsel_no_such_function', 'symbol-missing', lambda version: True),
    'blacklisted': ('attach:kprobe/get_kprobe', 'symbol-not-probeable', lambda version: True),
    'ambiguous': ('attach:kprobe/t_next', 'symbol-ambiguous', lambda version: True),
    'wide': ('attach:fentry/do_mmap', 'signature-unsupported', lambda version: version < (6, 6)),
    'hook': ('attach:lsm/file_open', 'lsm-inactive', lambda version: version < (5, 11)),
    'multi': ('attach:kprobe.multi/vm_mmap_pgoff', 'attach-type-unsupported', lambda version: version < (6, 12)),
}

# Where a kernel can do less: 5.10 knows a task's parent by reading memory alone, which lockdown forbids, so there is a
# program that does without; arm64 has no trampolines before 6.0, and no direct calls of ftrace before 6.4.
# s390x has no kernel BTF in 6.1.
EXPECTED_OF = {
    ('5.10', 'confidentiality'): (('fentry-bare',), 0),
    ('arm64/5.10', 'root'): (('kprobe',), 0),
    ('arm64/6.1', 'root'): (('kprobe',), 0),
    ('arm64/5.10', 'no_tracefs'): (('kprobe',), 0),
    ('arm64/6.1', 'no_tracefs'): (('kprobe',), 0),
    ('s390x/6.1', 'root'): (('kprobe-perf',), 0),
    ('s390x/6.1', 'no_tracefs'): (('kprobe-perf',), 0),
}

# Where programs for functions load, and their attach fails with errno 524.
WITHOUT_TRAMPOLINES = ('arm64/5.10', 'arm64/6.1')

# Run where they are asked for: quarters of a minute that tell the same wherever the like of it does.
BY_HAND = ('bpf_net',)

# What emulates a machine; where it has one serial port, the results stand among the kernel's messages. The cases that are
# tried there unless others are named.
Machine = collections.namedtuple('Machine', 'emulator package options append ports cases')
MACHINES = {
    'amd64': Machine('qemu-system-x86_64', 'qemu-system-x86', ('-machine', 'pc', '-cpu', 'max,-la57,-erms,-fsrm'),
                     'console=ttyS0 no_timer_check tsc=reliable rcupdate.rcu_expedited=1', 2,
                     ('live', 'foreign', 'random', *(case for case in EXPECTED if case not in BY_HAND))),
    'arm64': Machine('qemu-system-aarch64', 'qemu-system-arm', ('-machine', 'virt', '-cpu', 'cortex-a72'),
                     'console=ttyAMA0 rcupdate.rcu_expedited=1', 1, ('root', 'live', 'no_tracefs')),
    # Big endian. Vector instructions off: emulated they get checksums wrong, and nothing arrives on the loopback device.
    's390x': Machine('qemu-system-s390x', 'qemu-system-misc', ('-machine', 's390-ccw-virtio', '-cpu', 'max,vx=off'),
                     'console=ttysclp0 rcupdate.rcu_expedited=1', 1, ('root', 'no_tracefs')),
}
KERNELS = '5.10 6.1 6.12 newest'

# (what to add to the kernel's command line, the cases that run under it). Several boots of the same kind keep more
# machines busy; the longest come first.
BOOTS = (
    ('', ('root', 'live')),
    ('', ('places',)),
    ('', ('foreign', 'truth', 'no_tracefs', 'no_btf', 'ftrace_off')),
    ('', ('kprobes_off', 'no_jit', 'memlock')),
    ('', ('nobody', 'bpf_only', 'bpf_net', 'bpf_perfmon_3', 'bpf_perfmon_2', 'no_sys')),
    ('', ('random',)),
    ('lockdown=integrity', ('integrity',)),
    ('lockdown=confidentiality', ('confidentiality',)),
    ('lsm=lockdown,yama', ('lsm_without_bpf',)),
    ('lsm=lockdown,yama,bpf', ('lsm_with_bpf',)),
)

# Events that nobody else can cause, and the cases of somebody else.
ONLY_ROOT = ('module_load', 'oom', 'tcp_retransmit')
USERS = ('nobody', 'bpf_only', 'bpf_net', 'bpf_perfmon_3', 'bpf_perfmon_2', 'memlock')

# The suite's own tests that run in guests, with what they need of the source and the build directory.
# Those of places attach again and again: minutes of an emulated machine, so they run for CASES=places.
SCRIPTS = {'live': ('run', 'pin', 'maps', 'configured', 'static', 'test-live'),
           'places': ('attach', 'taken', 'netkit', 'veth', 'agree', 'tags')}
LIVE_TESTS = tuple(itertools.chain(*SCRIPTS.values()))
CHOSEN_TESTS = set(os.environ.get('SCRIPTS', '').split()) or set(LIVE_TESTS)
LIVE_SOURCES = ('tests/lib.sh', *(f'tests/live/{name}' for name in LIVE_TESTS if name != 'test-live'),
                *(f'tests/live/{name}' for name in ('manifest.yaml', 'places.yaml', 'places.sh', 'every.table', 'tags.yaml',
                                                  'veth.yaml')),
                'manifests/default.yaml')


class Archive:
    """An initramfs in the making: a cpio archive of the "newc" kind."""

    def __init__(self):
        self.data, self.seen = bytearray(), set()

    def entry(self, name, mode, content=b''):
        if name in self.seen:
            return
        self.seen.add(name)
        fields = (len(self.seen), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
        self.data += b'070701' + b''.join(b'%08x' % field for field in fields) + name.encode() + b'\0'
        self.pad()
        self.data += content
        self.pad()

    def pad(self):
        self.data += b'\0' * (-len(self.data) % 4)

    def directory(self, name):
        parent = os.path.dirname(name)
        if parent:
            self.directory(parent)
        self.entry(name, stat.S_IFDIR | 0o755)

    def file(self, name, content, mode=0o644):
        if os.path.dirname(name):
            self.directory(os.path.dirname(name))
        self.entry(name, stat.S_IFREG | mode, content)

    def copy(self, name, path, mode=0o644):
        with open(path, 'rb') as file:
            self.file(name, file.read(), mode)

    def program(self, name, path, directories=()):
        """An executable with the shared libraries that the loader says it takes, or that lie in directories."""
        self.copy(name, path, 0o755)
        if directories:
            self.libraries(path, directories)
            return
        listed = subprocess.run(['ldd', path], text=True, capture_output=True, check=False).stdout
        for library in re.findall(r'(/\S+) \(0x', listed):
            directory = os.path.dirname(library)
            # Where the guest's loader looks: the build tree's own libraries move to /lib.
            if not directory.startswith(('/lib', '/usr/lib')):
                directory = '/lib'
            self.copy(os.path.join(directory, os.path.basename(library)).lstrip('/'), library, 0o755)

    def libraries(self, path, directories):
        """Of another architecture, whose loader does not run here."""
        said = subprocess.run(['readelf', '-ld', path], text=True, capture_output=True, check=False).stdout
        names = re.findall(r'\(NEEDED\).*\[(.*)\]', said) + re.findall(r'interpreter: .*/(.*)\]', said)
        for name in names:
            found = [os.path.join(part, name) for part in directories if os.path.exists(os.path.join(part, name))]
            if found and 'lib/' + name not in self.seen:
                self.copy('lib/' + name, os.path.realpath(found[0]), 0o755)
                self.libraries(found[0], directories)

    def finished(self):
        self.entry('TRAILER!!!', 0)
        return bytes(self.data)


def initramfs(settings, kernel):
    archive = Archive()
    for name in ('bin', 'dev', 'proc', 'sys', 'tmp', 'etc', 'root'):
        archive.directory(name)
    archive.entry('dev/console', stat.S_IFCHR | 0o600)
    archive.copy('bin/busybox', settings.busybox, 0o755)
    archive.copy('init', os.path.join(HERE, 'init'), 0o755)
    archive.program('usr/bin/featsel', settings.featsel, settings.libraries)
    archive.program('usr/bin/acts', settings.acts, settings.libraries)
    archive.program('usr/bin/setpriv', settings.setpriv, settings.libraries)
    # A shell that takes no command of busybox for its own: each is executed.
    archive.program('bin/sh', settings.shell, settings.libraries)
    # busybox's own is static and maps nothing.
    archive.program('bin/true', settings.true, settings.libraries)
    if settings.bash:
        archive.program('bin/bash', settings.bash, settings.libraries)
    archive.file('etc/passwd', b'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
    archive.file('etc/group', b'root:x:0:\nnogroup:x:65534:\n')
    for name, silent in (('manifest', () if has_module(kernel) else ('module_load',)), ('manifest.user', ONLY_ROOT)):
        archive.file(f'featsel/{name}.yaml', with_triggers(settings.manifest, silent).encode())
    for name in sorted(os.listdir(settings.objects)):
        if name.endswith('.bpf.o'):
            archive.copy(f'featsel/bpf/{name}', os.path.join(settings.objects, name))
    if settings.arch == 'amd64':
        archive.copy('featsel/unfit.yaml', os.path.join(HERE, 'unfit.yaml'))
        archive.copy('featsel/unfit/unfit.bpf.o', os.path.join(settings.test_objects, 'unfit.bpf.o'))
        archive.file('featsel/overruled', ''.join(f'{event} {row[0]}\n' for event, row in UNFIT.items()).encode())
    for path in settings.foreign:
        archive.copy(f'featsel/foreign/{os.path.basename(path)}', path)
    if settings.truth:
        rows = decide.read_table()
        archive.file('featsel/truth.yaml', decide.manifest(rows, '/featsel/truth').encode())
        archive.file('featsel/truth.steps', ''.join(f'{step} {" ".join(options)}\n' for step, options
                                                    in decide.STEPS.items()).encode())
        for path in settings.truth:
            archive.copy(f'featsel/truth/{os.path.basename(path)}', path)
    if 'random' in settings.cases and settings.arch == 'amd64':
        chance.put(archive)
    for name in LIVE_SOURCES:
        path = os.path.join(settings.source, name)
        archive.copy(f'featsel/top/{name}', path, stat.S_IMODE(os.stat(path).st_mode) & 0o755)
    for path in settings.live_objects:
        archive.copy(f'featsel/top/tests/live/objects/{os.path.basename(path)}', path)
    tags = os.path.join(settings.test_objects, 'tags.bpf.o')
    if os.path.exists(tags):
        archive.copy('featsel/top/tests/objects/tags.bpf.o', tags)
    if settings.live_program:
        archive.program('featsel/top/tests/live/test-live', settings.live_program, settings.libraries)
    if settings.static:
        archive.copy('featsel/top/featsel-static', settings.static, 0o755)
    if settings.traffic:
        archive.program('featsel/top/tests/live/traffic', settings.traffic, settings.libraries)
    if settings.bpftool:
        archive.program('usr/bin/bpftool', settings.bpftool, settings.libraries)
    if has_module(kernel):
        archive.copy('featsel/module.ko', os.path.join(kernel, 'module.ko'))
    if 'places' in settings.cases:
        for path in sorted(glob.glob(os.path.join(kernel, 'modules', '*.ko'))):
            archive.copy(f'featsel/modules/{os.path.basename(path)}', path)
        for tool in filter(None, settings.net_tools):
            archive.program(f'usr/bin/{os.path.basename(tool)}', tool, settings.libraries)
    config = os.path.join(kernel, 'config')
    if os.path.exists(config):
        archive.copy(f'boot/config-{release_of(kernel)}', config)
    return archive.finished()


def with_triggers(manifest, silent):
    """The manifest, where an event has no trigger with its acts for one: no command of any system would do."""
    with open(manifest, encoding='utf-8') as file:
        head, *events = re.split(r'^(?=  [\w-]+:\n)', file.read(), flags=re.M)
    for i, text in enumerate(events):
        name = text.partition(':')[0].strip()
        if not re.search(r'^    trigger:', text, re.M) and name not in silent:
            events[i] = text.replace('\n', f'\n    trigger: [/usr/bin/acts, {name}]\n', 1)
    return head + ''.join(events)


def has_module(kernel):
    path = os.path.join(kernel, 'module.ko')
    return os.path.exists(path) and os.path.getsize(path) > 0


def release_of(kernel):
    with open(os.path.join(kernel, 'release'), encoding='utf-8') as file:
        return file.read().strip()


class Outcome:
    """How one boot ended, and what its cases reported: {(case, step): (status, stdout, stderr)}."""

    def __init__(self, series, append, cases):
        self.series, self.append, self.cases = series, append, cases
        self.problem, self.steps, self.impossible, self.seconds = None, {}, {}, 0.0
        self.spans = {}  # (case, step): seconds of the command itself, and with what it takes to report
        self.silent = ()  # events that nothing in the guest can cause
        self.release, self.arch = '', 'amd64'

    def read(self, console, results):
        case = out = err = None
        finished = False
        for line in results.splitlines():
            words = line.split(' ')
            if line.startswith('@@ begin'):
                case, out, err, began = tuple(words[2:4]), [], [], float(words[4])
            elif line.startswith('@@ end') and case:
                self.steps[case] = (int(words[4]), '\n'.join(out), '\n'.join(err))
                self.spans[case] = (float(words[5]) - began, float(words[6]) - began)
                case = None
            elif line.startswith('@@ guest'):
                self.release = words[2]
            elif line.startswith('@@ impossible'):
                self.impossible[words[2]] = ' '.join(words[3:])
            elif line.startswith('@@ finished'):
                finished = True
            elif case and line.startswith(('O ', 'O')):
                out.append(line[2:])
            elif case and line.startswith(('E ', 'E')):
                err.append(line[2:])
        trouble = re.search(r'Kernel panic.*|BUG: .*|Oops: .*|general protection.*|WARNING: CPU.*', console)
        if trouble:
            self.problem = f'the kernel said: {trouble.group(0).strip()}'
        elif not finished and not self.problem:
            self.problem = f'the guest ended early, in {case}' if case else 'the guest ended early'


def boot(settings, series, kernel, append, cases):
    outcome = Outcome(series, append, cases)
    outcome.arch = settings.arch
    machine = MACHINES[settings.arch]
    if not has_module(kernel):
        outcome.silent = ('module_load',)
    base = os.path.join(settings.work, f'{series.replace("/", "-")}-{cases[0]}')
    vmlinux = os.path.join(kernel, 'vmlinux')
    results = base + ('.results' if machine.ports > 1 else '.console')
    command = [
        machine.emulator, '-accel', 'tcg,thread=multi', *machine.options, '-m', '512', '-smp', '1', '-no-reboot',
        '-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none', '-serial', f'file:{base}.console',
        *(['-serial', f'file:{results}'] if machine.ports > 1 else []),
        '-kernel', vmlinux if os.path.exists(vmlinux) else os.path.join(kernel, 'vmlinuz'),
        '-initrd', archive_path(settings, series),
        '-append', f'{machine.append} panic=-1 quiet {append} featsel_cases={",".join(cases)} '
        f'featsel_scripts={",".join(sorted(CHOSEN_TESTS))}',
    ]
    limit = settings.limit * (4 if 'places' in cases else 1)
    started = time.monotonic()
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                       timeout=limit)
    except subprocess.TimeoutExpired:
        outcome.problem = f'no end within {limit} s'
    outcome.seconds = time.monotonic() - started
    outcome.read(contents(base + '.console'), contents(results))
    return outcome


def archive_path(settings, series):
    return os.path.join(settings.work, f'{series.replace("/", "-")}.cpio')


def contents(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read().replace('\r', '')


class Tap:
    """Test Anything Protocol on standard output."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.scripts = {}  # (kernel, script): its tests that passed, failed, were skipped

    def result(self, good, name, *lines):
        self.passed += bool(good)
        self.failed += not good
        print(f'{"ok" if good else "not ok"} {self.count()} - {name}')
        for line in lines if not good else ():
            print('# ' + line)
        sys.stdout.flush()

    def skip(self, name, reason):
        self.skipped += 1
        print(f'ok {self.count()} - {name} # SKIP {reason}', flush=True)

    def count(self):
        return self.passed + self.failed + self.skipped


def document(step):
    """The JSON document of a step, or None."""
    try:
        return json.loads(step[1]) if step else None
    except ValueError:
        return None


def lines_of(step, limit=20):
    if not step:
        return ['the case was not reached']
    return [f'exit status {step[0]}'] + (step[2].splitlines() + step[1].splitlines())[:limit]


def is_late(trial):
    """Before 5.11 the kernel gives locked memory back some time after a program is gone: it was short then, and is not now."""
    return trial['predicted'].get('reason') == 'memlock' and trial['real']['works']


def judge_verify(tap, name, step, silent=()):
    """No prediction is wrong, and what works fires, but for the events that nobody there can cause."""
    found = document(step)
    trials = found.get('trials') if found else None
    if not trials:
        tap.result(False, f'{name}: predictions', *lines_of(step))
        return
    wrong = [f"{trial['event']}/{trial['candidate']}: predicted {trial['predicted']['verdict']} "
             f"({trial['predicted'].get('reason')}, {trial['predicted'].get('evidence')}), "
             f"real: {trial['real'].get('stage') or 'works'} ({trial['real'].get('reason')}, "
             f"{trial['real'].get('evidence')})"
             for trial in trials if trial['prediction'] == 'wrong' and not is_late(trial)]
    wrong += [f"{trial['event']}/{trial['candidate']}: attached, and not seen to fire" for trial in trials
              if trial['real']['works'] and not trial['real']['fired'] and trial['event'] not in silent]
    fired = sum(trial['real']['fired'] for trial in trials)
    tap.result(not wrong and step[0] in (0, 3), f'{name}: {len(trials)} predictions, {fired} candidates fire',
               f'exit status {step[0]}', *wrong)
    for trial in trials:
        if trial['prediction'] == 'open' or is_late(trial):
            print(f"# {name}: {trial['event']}/{trial['candidate']} is open: {trial['predicted'].get('evidence')}")


def judge_pairs(tap, name, pairs):
    """Candidates that work tell the same of the same acts, and tell something."""
    if not pairs:
        return
    lines = []
    for pair in pairs:
        if pair['differences'] or not pair['records']:
            lines.append(f"{pair['event']}: {pair['first']} and {pair['other']}: {pair['differences']} told by one alone, "
                         f"{pair['records']} records")
            lines += pair['lines']
    tap.result(not lines, f'{name}: {len(pairs)} pairs of candidates tell the same', *lines)


def judge_trampolines(tap, name, step):
    """What cannot be attached is predicted, with the reason that it fails for."""
    trials = [trial for trial in (document(step) or {}).get('trials', ())
              if trial['candidate'].startswith(('fentry', 'fexit'))]
    wrong = [f"{trial['event']}/{trial['candidate']}: predicted {trial['predicted']['verdict']} "
             f"({trial['predicted'].get('reason')}), real: {trial['real'].get('stage')} ({trial['real'].get('reason')})"
             for trial in trials
             if (trial['predicted']['verdict'], trial['predicted'].get('reason'), trial['real'].get('stage'),
                 trial['real'].get('reason')) != ('no', 'attach-type-unsupported', 'attach', 'attach-type-unsupported')]
    tap.result(trials and not wrong, f'{name}: {len(trials)} candidates load and cannot be attached', *wrong)


def judge_foreign(tap, name, outcome):
    """Objects that were not written for featsel: no false yes, and nearly all predictions right."""
    tally = verify.Tally()
    for (case, step), result in outcome.steps.items():
        if case == 'foreign':
            found = document(result)
            tally.add(step, found.get('trials') if found else None, ' '.join(lines_of(result)))
    for good, what, lines in tally.results(name):
        tap.result(good, what, *lines)


def judge_truth(tap, name, outcome):
    """What is said of objects of which the truth is written down."""
    outputs = {step: result for (case, step), result in outcome.steps.items() if case == 'truth'}
    for good, what, lines in decide.judge(name, outcome.release, outputs):
        tap.result(good, what, *lines)


def judge_script(tap, name, step):
    """A script's own TAP, told again line by line."""
    lines = step[1].splitlines() if step else []
    if lines and lines[0].startswith('1..0 # SKIP '):
        tap.skip(name, lines[0].partition('# SKIP ')[2])
        return
    count = 0
    for i, line in enumerate(lines):
        found = re.match(r'(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$', line)
        if not found:
            continue
        count += 1
        if found.group(3):
            tap.skip(f'{name}: {found.group(2)}', found.group(3))
            continue
        notes = itertools.takewhile(lambda note: note.startswith('#'), lines[i + 1:])
        tap.result(not found.group(1), f'{name}: {found.group(2)}', *(note[2:] for note in notes))
    tap.result(count and f'1..{count}' in lines and step[0] in (0, 1), f'{name}: runs to its end', *lines_of(step))


def judge_live_tests(tap, name, outcome):
    of = name.split()[-1]
    for (case, step), result in outcome.steps.items():
        if case == of:
            before = (tap.passed, tap.failed, tap.skipped)
            judge_script(tap, f'{name} {step}', result)
            after = (tap.passed, tap.failed, tap.skipped)
            tap.scripts[name.split()[0], step] = [b - a for a, b in zip(before, after)]
    missing = [step for step in SCRIPTS[of] if step in CHOSEN_TESTS and (of, step) not in outcome.steps]
    tap.result(not missing, f'{name}: all of them were run', f'not run: {missing}')


def judge_choice(tap, name, case, expectation, steps):
    expected, status = expectation
    step = steps.get((case, 'choice'))
    found = document(step)
    chosen = found['events'][0]['chosen'] if found and found.get('events') else '(no answer)'
    good = step and step[0] == status and (chosen in expected if expected else chosen is None)
    wanted = ' or '.join(expected) if expected else f'none, exit status {status}'
    tap.result(good, f'{name}: mmap by {wanted}', f'chosen: {chosen}', *lines_of(step))


def judge_live(tap, name, case, expectation, steps):
    expected, status = expectation
    step = steps.get((case, 'live'))
    if not expected:
        tap.result(step and step[0] == status, f'{name}: a live run exits {status}', *lines_of(step))
        return
    records = [line for line in step[1].splitlines() if '"event"' in line and '"addr"' in line] if step else []
    silently = step and not any('cannot be read' in line for line in step[2].splitlines())
    tap.result(step and step[0] == 0 and records and (silently or case != 'root'), f'{name}: a record arrives',
               *lines_of(step))


def version_of(release):
    match = re.match(r'(\d+)\.(\d+)', release)
    return tuple(int(part) for part in match.groups()) if match else (0, 0)


def judge_unfit(tap, outcome):
    """Candidates that do not suit the kernel are predicted, with the reason; overruled, the next one is taken."""
    name = f'{outcome.series} unfit'
    step = outcome.steps.get(('root', 'unfit'))
    judge_verify(tap, name, step)
    trials = {trial['event']: trial for trial in (document(step) or {}).get('trials', ())
              if trial['candidate'] == 'unfit'}
    for event, (feature, reason, unfit) in UNFIT.items():
        expected = ('no', reason, feature) if unfit(version_of(outcome.release)) else ('yes', None, None)
        predicted = trials.get(event, {}).get('predicted', {})
        found = (predicted.get('verdict'), predicted.get('reason'), predicted.get('decisive'))
        tap.result(found == expected, f'{name}: {event}: {expected[1] or "yes"}', f'predicted: {found}',
                   str(predicted.get('evidence')))
        live = outcome.steps.get(('root', f'overruled-{event}'))
        chosen = 'fit' if expected[1] else 'unfit'
        lines = live[1].splitlines() if live else []
        good = live and live[0] == 0 and len(lines) > 1 and f'"candidate": "{chosen}"' in lines[0]
        tap.result(good, f'{name}: {event}: a live run takes {chosen}', *lines_of(live))


JUDGES = {'foreign': judge_foreign, 'live': judge_live_tests, 'places': judge_live_tests, 'random': chance.judge,
          'truth': judge_truth}


def note_times(outcome):
    """Where a boot's time went, by the guest's clock."""
    for case in outcome.cases:
        spans = {step: span for (of, step), span in outcome.spans.items() if of == case}
        steps = ', '.join(f'{step} {done:.1f}' for step, (done, _) in spans.items() if done >= 1 and case != 'foreign')
        print(f'# {outcome.series} {case}: {sum(whole for _, whole in spans.values()):.1f} s'
              + (f' ({steps}, report {sum(whole - done for done, whole in spans.values()):.1f})' if steps else ''))


def judge(tap, outcome):
    where = f'{outcome.series} {outcome.append}'.strip()
    tap.result(not outcome.problem, f'{where}: runs to the end ({outcome.seconds:.0f} s)', str(outcome.problem))
    note_times(outcome)
    for case in outcome.cases:
        name = f'{outcome.series} {case}'
        if case in outcome.impossible:
            tap.skip(name, outcome.impossible[case])
            continue
        if case in JUDGES:
            JUDGES[case](tap, name, outcome)
            continue
        step = outcome.steps.get((case, 'verify'))
        judge_verify(tap, name, step, outcome.silent + (ONLY_ROOT if case in USERS else ()))
        judge_pairs(tap, name, [pair for pair in (document(step) or {}).get('equivalence', ())
                                if pair['event'] not in outcome.silent])
        if outcome.series in WITHOUT_TRAMPOLINES:
            judge_trampolines(tap, name, step)
        expectation = EXPECTED_OF.get((outcome.series, case), EXPECTED[case])
        judge_choice(tap, name, case, expectation, outcome.steps)
        judge_live(tap, name, case, expectation, outcome.steps)
        if case == 'root' and outcome.arch == 'amd64':
            judge_unfit(tap, outcome)


def verdict_cell(trial, chosen):
    predicted, real = trial['predicted'], trial['real']
    said = predicted['verdict'] + (f" {predicted['reason']}" if predicted.get('reason') else '')
    done = ('fired' if real['fired'] else 'attached') if real['works'] else f"fails at {real['stage']}"
    mark = ' **wrong**' if trial['prediction'] == 'wrong' else ''
    return f"{said} / {done}{' (chosen)' if chosen else ''}{mark}"


def table(head, rows):
    yield '| ' + ' | '.join(head) + ' |'
    yield '|' + '---|' * len(head)
    for row in rows:
        yield '| ' + ' | '.join(row) + ' |'


class Results:
    """What outcomes say, by kernel and case."""

    def __init__(self, outcomes):
        self.kernels = list(dict.fromkeys(outcome.series for outcome in outcomes))
        self.releases = {outcome.series: outcome.release for outcome in outcomes}
        self.cases = [case for case in EXPECTED if any(case in outcome.cases for outcome in outcomes)]
        self.outcomes = {(outcome.series, case): outcome for outcome in outcomes for case in outcome.cases}

    def step(self, kernel, case, step):
        outcome = self.outcomes.get((kernel, case))
        return document(outcome.steps.get((case, step))) if outcome else None

    def chosen(self, kernel, case):
        plan = self.step(kernel, case, 'choice')
        return plan['events'][0]['chosen'] if plan and plan.get('events') else None

    def choice(self, kernel, case):
        return (self.chosen(kernel, case) or 'none') if self.step(kernel, case, 'choice') else ''

    def trials(self, case):
        """{(event, candidate): {kernel: cell}}"""
        rows = {}
        for kernel in self.kernels:
            for trial in (self.step(kernel, case, 'verify') or {}).get('trials', ()):
                key = (trial['event'], trial['candidate'])
                chosen = key == ('mmap', self.chosen(kernel, case))
                rows.setdefault(key, {})[kernel] = verdict_cell(trial, chosen)
        return rows

    def tally(self, kernel, case):
        found = self.step(kernel, case, 'verify')
        if not found:
            outcome = self.outcomes.get((kernel, case))
            return 'cannot be' if outcome and case in outcome.impossible else ''
        return ', '.join(f'{found[kind]} {kind}' for kind in ('right', 'wrong', 'open') if found[kind] or kind == 'wrong')

    def pairs(self, kernel, event):
        found = [pair for pair in (self.step(kernel, 'root', 'verify') or {}).get('equivalence', ())
                 if pair['event'] == event and event not in self.outcomes[kernel, 'root'].silent]
        equal = sum(not pair['differences'] and pair['records'] > 0 for pair in found)
        return f'{equal} of {len(found)}' if found else ''

    def events(self):
        return list(dict.fromkeys(event for event, _ in self.trials('root')))


def section(title, text, head, rows):
    """Nothing where there is nothing to show."""
    if not rows:
        return
    yield from ('', f'## {title}', '', *([text, ''] if text else ()))
    yield from table(head, rows)


def results_document(outcomes, scripts):
    """tests/kernels/RESULTS.md; scripts: {(kernel, script): what became of its tests}"""
    results = Results(outcomes)
    yield '<!-- SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause -->'
    yield '# What was predicted and what happened on real kernels'
    yield ''
    yield 'Generated by `make check-kernels RESULTS=$PWD/tests/kernels/RESULTS.md`; do not edit. The cases are described in run.py'
    yield 'and init.'
    yield ''
    yield from table(['kernel', 'release'], [[name, results.releases[name]] for name in results.kernels])
    yield from section('Predictions', 'One for each candidate of the default manifest, against what came of it.',
                       ['case'] + results.kernels,
                       [[case] + [results.tally(kernel, case) for kernel in results.kernels] for case in results.cases])
    yield from section('The choice for mmap', '', ['case'] + results.kernels,
                       [[case] + [results.choice(kernel, case) for kernel in results.kernels]
                        for case in results.cases])
    yield from section('Pairs of candidates that tell the same',
                       'Each that works against the first that does, over tests/kernels/acts.c.',
                       ['event'] + results.kernels,
                       [[event] + [results.pairs(kernel, event) for kernel in results.kernels]
                        for event in results.events()])
    names = list(dict.fromkeys(script for _, script in scripts))
    yield from section('Live tests', 'Passed, failed, skipped.', ['test'] + results.kernels,
                       [[name] + [' '.join(map(str, scripts.get((kernel, name), ('-',)))) for kernel in results.kernels]
                        for name in names])
    yield from candidates_of(results)


def candidates_of(results):
    """Everything of root; of other cases what differs from it."""
    usual = results.trials('root')
    for case in results.cases:
        rows = []
        for key, cells in results.trials(case).items():
            known = usual.get(key, {}) if case != 'root' else {}
            shown = [cells.get(kernel, '') if cells.get(kernel) != known.get(kernel) else ''
                     for kernel in results.kernels]
            if any(shown):
                rows.append([*key, *shown])
        text = 'Predicted / real.' if case == 'root' else 'As root but for:'
        if rows:
            yield from section(case, text, ['event', 'candidate'] + results.kernels, rows)


def existing(*paths):
    return next((path for path in paths if os.path.exists(path)), None)


def settings_of_environment(work, arch):
    environment = os.environ
    top = environment.get('top_builddir', os.getcwd())
    source = environment.get('top_srcdir', os.path.dirname(os.path.dirname(HERE)))
    cache = environment.get('KERNEL_CACHE') or os.path.join(
        environment.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'featsel-kernels')
    return argparse.Namespace(
        work=work, cache=cache, arch=arch, top=top, source=source, libraries=(),
        bpftool=shutil.which('bpftool'), net_tools=[shutil.which('ip'), shutil.which('tc')],
        live_objects=sorted(glob.glob(os.path.join(top, 'tests/live/objects/*.bpf.o'))),
        traffic=existing(os.path.join(top, 'tests/live/traffic')), static=existing(os.path.join(top, 'featsel-static')),
        live_program=existing(os.path.join(top, 'tests/live/.libs/test-live'), os.path.join(top, 'tests/live/test-live')),
        setpriv=shutil.which('setpriv'), true=shutil.which('true'), bash=shutil.which('bash'), shell=shutil.which('sh'),
        featsel=environment.get('FEATSEL', os.path.join(top, 'featsel')),
        acts=environment.get('ACTS', os.path.join(top, 'tests/kernels/acts')),
        test_objects=environment.get('TEST_OBJECT_DIR', os.path.join(top, 'tests/objects')),
        objects=environment.get('OBJECT_DIR', os.path.join(top, 'bpf')),
        foreign=sorted(glob.glob(f"{environment.get('FOREIGN') or os.path.join(top, 'tests/objects/foreign')}/*.bpf.o")),
        truth=sorted(glob.glob(os.path.join(top, 'tests/objects/truth/*.bpf.o'))),
        manifest=environment.get('MANIFEST') or os.path.join(source, 'manifests/default.yaml'),
        cases=environment.get('CASES', '').split() or MACHINES[arch].cases,
        limit=int(environment.get('KERNEL_LIMIT') or 1200),
        busybox=shutil.which('busybox'))


def cross_settings(settings):
    """The same of a build for the other architecture, with the tools of its packages; or why there is none."""
    directory = os.path.join(settings.top, f'build-{settings.arch}')
    try:
        root = cross.build(settings.cache, settings.arch, directory)
    except (fetch.Missing, OSError) as error:
        return str(error)
    triplet = cross.TRIPLET[settings.arch]
    settings.featsel = existing(os.path.join(directory, '.libs/featsel'), os.path.join(directory, 'featsel'))
    settings.objects, settings.test_objects = (os.path.join(directory, part) for part in ('bpf', 'tests/objects'))
    settings.acts, settings.foreign, settings.truth = os.path.join(directory, 'tests/kernels/acts'), [], []
    settings.busybox, settings.true = os.path.join(root, 'bin/busybox'), os.path.join(root, 'bin/true')
    settings.net_tools = []
    settings.setpriv, settings.bpftool = (os.path.join(root, part) for part in ('usr/bin/setpriv', 'usr/sbin/bpftool'))
    settings.bash, settings.shell = os.path.join(root, 'bin/bash'), os.path.join(root, 'bin/dash')
    settings.live_objects = sorted(glob.glob(os.path.join(directory, 'tests/live/objects/*.bpf.o')))
    settings.traffic, settings.static = (existing(os.path.join(directory, part))
                                         for part in ('tests/live/traffic', 'featsel-static'))
    settings.live_program = existing(*(os.path.join(directory, 'tests/live', part)
                                       for part in ('.libs/test-live', 'test-live')))
    settings.libraries = [os.path.join(directory, 'src/.libs')] + [
        os.path.join(root, part) for part in (f'lib/{triplet}', f'usr/lib/{triplet}', 'lib')]
    return None


def missing_tool(settings):
    machine = MACHINES[settings.arch]
    packages = {machine.emulator: machine.package, 'busybox': 'busybox-static', 'setpriv': 'util-linux',
                'zstd': 'zstd', 'lz4': 'lz4', 'ldd': 'libc-bin'}
    for tool, package in packages.items():
        if not shutil.which(tool):
            return f'{tool} is not installed (Debian: {package})'
    static = subprocess.run(['ldd', settings.busybox], capture_output=True, check=False).returncode
    return None if static else 'busybox is not static (Debian: busybox-static)'


def ready(work, arch):
    """(settings, None), or why kernels of that architecture cannot be tried."""
    if arch not in MACHINES:
        return None, f'{arch} is not among {", ".join(MACHINES)}'
    settings = settings_of_environment(work, arch)
    reason = missing_tool(settings)
    if not reason and arch != 'amd64':
        reason = cross_settings(settings)
    return settings, reason


# One that is there: its name as asked for, the directory with it, and what its guests are made of.
Kernel = collections.namedtuple('Kernel', 'name directory settings')


def provide(tap, work, names):
    """The kernels among names that can be tried; a skip for each other."""
    kernels = []
    by_arch = {}
    for name in names:
        arch, _, series = name.rpartition('/')
        by_arch.setdefault(arch or 'amd64', []).append((name, series))
    for arch, wanted in by_arch.items():
        settings, reason = ready(work, arch)
        found = {} if reason else fetch.fetch(settings.cache, arch, [series for _, series in wanted])
        for name, series in wanted:
            if reason or not isinstance(found[series], str):
                tap.skip(f'kernel {name}', reason or str(found[series]))
                continue
            kernels.append(Kernel(name, found[series], settings))
            with open(archive_path(settings, name), 'wb') as file:
                file.write(initramfs(settings, found[series]))
    return kernels


def boots_of(kernels):
    """The longest first, and those of a machine that is slower to emulate before them."""
    for append, cases in BOOTS:
        for kernel in sorted(kernels, key=lambda one: one.settings.arch == 'amd64'):
            chosen = [case for case in cases if case in kernel.settings.cases]
            if chosen:
                yield kernel.settings, kernel.name, kernel.directory, append, chosen


def run(work, results):
    tap, outcomes, started = Tap(), [], time.monotonic()
    kernels = provide(tap, work, (os.environ.get('KERNELS') or KERNELS).split())
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get('KERNEL_JOBS') or os.cpu_count() + 1)) as pool:
        for future in [pool.submit(boot, *one) for one in boots_of(kernels)]:
            outcomes.append(future.result())
            judge(tap, outcomes[-1])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f'# {len(outcomes)} boots in {time.monotonic() - started:.0f} s, '
          f'{used.ru_utime + used.ru_stime:.0f} s of processor time')
    print(f'1..{tap.count()}')
    if results and outcomes:
        with open(results, 'w', encoding='utf-8') as file:
            file.writelines(line + '\n' for line in results_document(outcomes, tap.scripts))
    print(f'{tap.passed} passed, {tap.failed} failed, {tap.skipped} skipped')
    if tap.failed:
        return 1
    return 0 if tap.passed else 77


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', help='write the tables of RESULTS.md to this file')
    parser.add_argument('--keep', action='store_true', help='keep consoles and results')
    arguments = parser.parse_args()
    work = tempfile.mkdtemp(prefix='featsel-kernels.')
    try:
        return run(work, arguments.results)
    finally:
        if arguments.keep:
            print(f'# consoles and results: {work}')
        else:
            shutil.rmtree(work)


if __name__ == '__main__':
    sys.exit(main())
