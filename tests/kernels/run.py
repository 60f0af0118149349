#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""run.py - boot real distribution kernels and hold featsel's predictions against what happens on them

    run.py [--results FILE] [--keep]

What is tried comes from the environment, as make check-kernels sets it: FEATSEL (the command), OBJECT_DIR, MANIFEST, ACTS,
KERNELS (series, "newest"), ARCH (amd64, arm64, s390x), CASES, EVENTS, KERNEL_CACHE, KERNEL_JOBS, KERNEL_LIMIT (seconds a
boot). Prints TAP. A kernel that cannot be had is a skip; a panic, a guest that hangs, a wrong prediction and a wrong choice are told apart.
"""
import argparse
import collections
import concurrent.futures
import glob
import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time

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

# What each host should choose for mmap: one of these, or None with the exit status of the command.
ROOT = ('fentry',)
WITHOUT_BTF = ('kprobe', 'kprobe-perf')
EXPECTED = {
    'root': (ROOT, 0),
    'foreign': (None, 0),
    'no_tracefs': (ROOT, 0),
    'no_btf': (WITHOUT_BTF, 0),
    'no_sys': (('raw_tracepoint',), 0),
    'ftrace_off': (('tracepoint',), 0),
    'kprobes_off': (ROOT, 0),
    'no_jit': (ROOT, 0),
    'nobody': (None, 4),
    'bpf_only': (None, 4),
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

# What is verified where not everything is: of each kind of candidate one. EVENTS="mmap exec" names others, EVENTS=all
# takes all of them, for which a slow machine needs a multiple of the time.
FEW_EVENTS = 'mmap exec mprotect'

# Where a kernel can do less: 5.10 knows a task's parent by reading memory alone, which lockdown forbids; arm64 has no
# trampolines before 6.0, and no direct calls of ftrace before 6.4. s390x has no kernel BTF in 6.1.
EXPECTED_OF = {
    ('amd64', '5.10', 'confidentiality'): (None, 4),
    ('arm64', '5.10', 'root'): (('kprobe',), 0),
    ('arm64', '6.1', 'root'): (('kprobe',), 0),
    ('arm64', '5.10', 'no_tracefs'): (('kprobe',), 0),
    ('arm64', '6.1', 'no_tracefs'): (('kprobe',), 0),
    ('s390x', '6.1', 'root'): (('kprobe-perf',), 0),
    ('s390x', '6.1', 'no_tracefs'): (('kprobe-perf',), 0),
}

# What emulates a machine; where it has one serial port, the results stand among the kernel's messages. What is tried
# there unless something else is named.
Machine = collections.namedtuple('Machine', 'emulator package options append ports kernels cases')
MACHINES = {
    'amd64': Machine('qemu-system-x86_64', 'qemu-system-x86', ('-machine', 'pc', '-cpu', 'max'),
                     'console=ttyS0 no_timer_check tsc=reliable', 2, '5.10 6.1 6.12 6.18 newest', ' '.join(EXPECTED)),
    'arm64': Machine('qemu-system-aarch64', 'qemu-system-arm', ('-machine', 'virt', '-cpu', 'cortex-a72'),
                     'console=ttyAMA0', 1, '6.1 6.12', 'root no_tracefs'),
    # Big endian. Vector instructions off: emulated they get checksums wrong, and nothing arrives on the loopback device.
    's390x': Machine('qemu-system-s390x', 'qemu-system-misc', ('-machine', 's390-ccw-virtio', '-cpu', 'max,vx=off'),
                     'console=ttysclp0', 1, '6.1 6.12', 'root no_tracefs'),
}

# A boot for each kernel command line, with the cases that run under it.
BOOTS = {
    '': ('root', 'foreign', 'no_tracefs', 'no_btf', 'ftrace_off', 'kprobes_off', 'no_jit', 'nobody', 'bpf_only',
         'bpf_perfmon_3', 'bpf_perfmon_2', 'memlock', 'no_sys'),
    'lockdown=integrity': ('integrity',),
    'lockdown=confidentiality': ('confidentiality',),
    'lsm=lockdown,yama': ('lsm_without_bpf',),
    'lsm=lockdown,yama,bpf': ('lsm_with_bpf',),
}


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
    # busybox's own is static and maps nothing.
    archive.program('bin/true', settings.true, settings.libraries)
    if settings.bash:
        archive.program('bin/bash', settings.bash)
    archive.file('etc/passwd', b'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
    archive.file('etc/group', b'root:x:0:\nnogroup:x:65534:\n')
    archive.copy('featsel/manifest.yaml', settings.manifest)
    for name in sorted(os.listdir(settings.objects)):
        if name.endswith('.bpf.o'):
            archive.copy(f'featsel/bpf/{name}', os.path.join(settings.objects, name))
    archive.copy('featsel/unfit.yaml', os.path.join(HERE, 'unfit.yaml'))
    archive.copy('featsel/unfit/unfit.bpf.o', os.path.join(settings.test_objects, 'unfit.bpf.o'))
    archive.file('featsel/overruled', ''.join(f'{event} {row[0]}\n' for event, row in UNFIT.items()).encode())
    for path in settings.foreign:
        archive.copy(f'featsel/foreign/{os.path.basename(path)}', path)
    archive.file('featsel/options', b'-m /featsel/manifest.yaml --object-dir /featsel/bpf\n')
    if has_module(kernel):
        archive.copy('featsel/module.ko', os.path.join(kernel, 'module.ko'))
    config = os.path.join(kernel, 'config')
    if os.path.exists(config):
        archive.copy(f'boot/config-{release_of(kernel)}', config)
    return archive.finished()


def has_module(kernel):
    return os.path.exists(os.path.join(kernel, 'module.ko'))


def release_of(kernel):
    with open(os.path.join(kernel, 'release'), encoding='utf-8') as file:
        return file.read().strip()


class Outcome:
    """How one boot ended, and what its cases reported: {(case, step): (status, stdout, stderr)}."""

    def __init__(self, series, append, cases):
        self.series, self.append, self.cases = series, append, cases
        self.problem, self.steps, self.impossible, self.seconds = None, {}, {}, 0.0
        self.silent = ()  # events that nothing in the guest can cause
        self.release, self.arch = '', 'amd64'

    def read(self, console, results):
        case = out = err = None
        finished = False
        for line in results.splitlines():
            words = line.split(' ')
            if line.startswith('@@ begin'):
                case, out, err = tuple(words[2:4]), [], []
            elif line.startswith('@@ end') and case:
                self.steps[case] = (int(words[4]), '\n'.join(out), '\n'.join(err))
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
    label = f'{series} {append}'.strip().replace(' ', '_').replace('/', '_').replace(',', '_')
    base = os.path.join(settings.work, label)
    with open(base + '.cpio', 'wb') as file:
        file.write(initramfs(settings, kernel))
    vmlinux = os.path.join(kernel, 'vmlinux')
    results = base + ('.results' if machine.ports > 1 else '.console')
    command = [
        machine.emulator, '-accel', 'tcg,thread=multi', *machine.options, '-m', '512', '-smp', '1', '-no-reboot',
        '-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none', '-serial', f'file:{base}.console',
        *(['-serial', f'file:{results}'] if machine.ports > 1 else []),
        '-kernel', vmlinux if os.path.exists(vmlinux) else os.path.join(kernel, 'vmlinuz'),
        '-initrd', base + '.cpio',
        '-append', f'{machine.append} panic=-1 quiet {append} featsel_cases={",".join(cases)} '
                   f'featsel_events={",".join(settings.events)}',
    ]
    started = time.monotonic()
    try:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                       timeout=settings.limit)
    except subprocess.TimeoutExpired:
        outcome.problem = f'no end within {settings.limit} s'
    outcome.seconds = time.monotonic() - started
    outcome.read(contents(base + '.console'), contents(results))
    return outcome


def contents(path):
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8', errors='replace') as file:
        return file.read().replace('\r', '')


class Tap:
    """Test Anything Protocol on standard output."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

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


def judge_verify(tap, name, step):
    found = document(step)
    trials = found.get('trials') if found else None
    if not trials:
        tap.result(False, f'{name}: predictions', *lines_of(step))
        return
    wrong = [f"{trial['event']}/{trial['candidate']}: predicted {trial['predicted']['verdict']} "
             f"({trial['predicted'].get('reason')}, {trial['predicted'].get('evidence')}), "
             f"real: {trial['real'].get('stage') or 'works'} ({trial['real'].get('reason')}, "
             f"{trial['real'].get('evidence')})"
             for trial in trials if trial['prediction'] == 'wrong']
    tap.result(not wrong and step[0] in (0, 3), f'{name}: {len(trials)} predictions', f'exit status {step[0]}', *wrong)


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


def judge_foreign(tap, name, steps):
    """Objects that were not written for featsel: no false yes, and nearly all predictions right."""
    tally = verify.Tally()
    for (case, step), result in steps.items():
        if case == 'foreign':
            found = document(result)
            tally.add(step, found.get('trials') if found else None, ' '.join(lines_of(result)))
    for good, what, lines in tally.results(name):
        tap.result(good, what, *lines)


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
    tap.result(step and step[0] == 0 and records, f'{name}: a record arrives', *lines_of(step))


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


def judge(tap, outcome):
    where = f'{outcome.series} {outcome.append}'.strip()
    tap.result(not outcome.problem, f'{where}: runs to the end ({outcome.seconds:.0f} s)', str(outcome.problem))
    for case in outcome.cases:
        name = f'{outcome.series} {case}'
        if case in outcome.impossible:
            tap.skip(name, outcome.impossible[case])
            continue
        if case == 'foreign':
            judge_foreign(tap, name, outcome.steps)
            continue
        step = outcome.steps.get((case, 'verify'))
        judge_verify(tap, name, step)
        judge_pairs(tap, name, [pair for pair in (document(step) or {}).get('equivalence', ())
                                if pair['event'] not in outcome.silent])
        expectation = EXPECTED_OF.get((outcome.arch, outcome.series, case), EXPECTED[case])
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


def results_document(outcomes, releases):
    """tests/kernels/RESULTS.md"""
    yield '<!-- SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause -->'
    yield '# What was predicted and what happened on real kernels'
    yield ''
    yield 'Generated by `make check-kernels RESULTS=tests/kernels/RESULTS.md`; do not edit. Each cell: predicted / real.'
    series = list(releases)
    by_case = {(outcome.series, case): outcome for outcome in outcomes for case in outcome.cases}
    yield ''
    yield 'Kernels: ' + ', '.join(f'{name} is {releases[name]}' for name in series) + '.'
    cases = list(dict.fromkeys(case for outcome in outcomes for case in outcome.cases))
    for case in cases:
        rows = {}
        for name in series:
            outcome = by_case.get((name, case))
            found = document(outcome.steps.get((case, 'verify'))) if outcome else None
            plan = document(outcome.steps.get((case, 'choice'))) if outcome else None
            chosen = plan['events'][0]['chosen'] if plan and plan.get('events') else None
            for trial in found['trials'] if found else ():
                key = (trial['event'], trial['candidate'])
                rows.setdefault(key, {})[name] = verdict_cell(trial, key == ('mmap', chosen))
        if not rows:
            continue
        yield ''
        yield f'## {case}'
        yield ''
        yield from table(['event', 'candidate'] + series,
                         [list(key) + [cells.get(name, '') for name in series] for key, cells in rows.items()])


def settings_of_environment(work):
    environment = os.environ
    top = environment.get('top_builddir', os.getcwd())
    source = environment.get('top_srcdir', os.path.dirname(os.path.dirname(HERE)))
    cache = environment.get('KERNEL_CACHE') or os.path.join(
        environment.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'featsel-kernels')
    arch = environment.get('ARCH') or 'amd64'
    return argparse.Namespace(
        work=work, cache=cache, arch=arch, top=top, libraries=(),
        setpriv=shutil.which('setpriv'), true=shutil.which('true'), bash=shutil.which('bash') if arch == 'amd64' else None,
        featsel=environment.get('FEATSEL', os.path.join(top, 'featsel')),
        acts=environment.get('ACTS', os.path.join(top, 'tests/kernels/acts')),
        test_objects=environment.get('TEST_OBJECT_DIR', os.path.join(top, 'tests/objects')),
        objects=environment.get('OBJECT_DIR', os.path.join(top, 'bpf')),
        foreign=sorted(glob.glob(os.path.join(top, 'tests/objects/foreign/*.bpf.o'))),
        manifest=environment.get('MANIFEST') or os.path.join(source, 'manifests/default.yaml'),
        kernels=(environment.get('KERNELS') or MACHINES[arch].kernels).split(),
        cases=(environment.get('CASES') or MACHINES[arch].cases).split(),
        events=[] if environment.get('EVENTS') == 'all' else (environment.get('EVENTS') or FEW_EVENTS).split(),
        jobs=int(environment.get('KERNEL_JOBS') or 2),
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
    settings.featsel = next(path for path in (os.path.join(directory, '.libs/featsel'), os.path.join(directory, 'featsel'))
                            if os.path.exists(path))
    settings.objects, settings.test_objects = (os.path.join(directory, part) for part in ('bpf', 'tests/objects'))
    settings.acts, settings.foreign = os.path.join(directory, 'tests/kernels/acts'), []
    settings.busybox, settings.true = os.path.join(root, 'bin/busybox'), os.path.join(root, 'bin/true')
    settings.setpriv = os.path.join(root, 'usr/bin/setpriv')
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--results', help='write the tables of RESULTS.md to this file')
    parser.add_argument('--keep', action='store_true', help='keep consoles and results')
    arguments = parser.parse_args()
    work = tempfile.mkdtemp(prefix='featsel-kernels.')
    settings = settings_of_environment(work)
    reason = missing_tool(settings)
    if not reason and settings.arch != 'amd64':
        reason = cross_settings(settings)
    if reason:
        print(f'1..0 # SKIP {reason}')
        return 77
    try:
        return run(settings, arguments)
    finally:
        if arguments.keep:
            print(f'# consoles and results: {work}')
        else:
            shutil.rmtree(work)


def run(settings, arguments):
    tap = Tap()
    found = fetch.fetch(settings.cache, settings.arch, settings.kernels)
    kernels = {series: found[series] for series in settings.kernels if isinstance(found[series], str)}
    for series in settings.kernels:
        if series not in kernels:
            tap.skip(f'kernel {series}', str(found[series]))
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(settings.jobs) as pool:
        boots = [(series, kernel, append, [case for case in cases if case in settings.cases])
                 for append, cases in BOOTS.items() for series, kernel in kernels.items()]
        waiting = [pool.submit(boot, settings, *one) for one in boots if one[3]]
        for future in waiting:
            outcomes.append(future.result())
            judge(tap, outcomes[-1])
    print(f'1..{tap.count()}')
    if arguments.results and outcomes:
        releases = {series: release_of(kernel) for series, kernel in kernels.items()}
        with open(arguments.results, 'w', encoding='utf-8') as file:
            file.writelines(line + '\n' for line in results_document(outcomes, releases))
    print(f'{tap.passed} passed, {tap.failed} failed, {tap.skipped} skipped')
    if tap.failed:
        return 1
    return 0 if tap.passed else 77


if __name__ == '__main__':
    sys.exit(main())
