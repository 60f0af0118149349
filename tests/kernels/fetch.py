#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""fetch.py - real distribution kernels by series, out of Debian's archive into a cache directory

    fetch.py CACHE ARCH SERIES...        e.g. fetch.py ~/.cache/featsel-kernels amd64 5.10 6.1 newest

The machine's own package selection is not touched: the apt that runs here has lists, cache and state of its own
under CACHE. Mirrors are those of the machine. A series is asked for, never a version: superseded versions
vanish; 6.1-rt is its kernel with PREEMPT_RT. Each series becomes CACHE/ARCH/SERIES/ with vmlinuz, config, release and, on amd64, the ELF vmlinux that
boots faster than its compressed form and carries the kernel's .BTF; module.ko, empty where the archive has no
modules for that kernel; and in modules/ those that attaching to interfaces takes, which no distribution builds in.
"""
import glob
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
import lzma

KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
SUITES = ('bullseye', 'bookworm', 'bookworm-backports', 'trixie', 'trixie-backports', 'sid')
SECURITY_SUITES = ('bullseye-security', 'bookworm-security', 'trixie-security')
MODULE = 'nls_ascii'  # one that needs no other, and that nobody misses
MODULES = ('sch_ingress', 'cls_bpf', 'veth')
FLAVOUR = {'amd64': 'cloud-amd64', 'arm64': 'cloud-arm64', 's390x': 's390x'}
REAL_TIME = '-rt'


class Missing(Exception):
    """Why something cannot be had here."""


def machine_sources():
    """(URI, suites) of every binary entry in the machine's own sources, both formats."""
    for path in glob.glob('/etc/apt/sources.list.d/*.sources'):
        with open(path, encoding='utf-8') as file:
            for stanza in re.split(r'\n\s*\n', file.read()):
                fields = dict(re.findall(r'^(\w[\w-]*):[ \t]*(.*)$', stanza, re.M))
                if 'URIs' in fields and 'Suites' in fields:
                    yield fields['URIs'].split()[0], fields['Suites'].split()
    for path in ['/etc/apt/sources.list'] + glob.glob('/etc/apt/sources.list.d/*.list'):
        if not os.path.exists(path):
            continue
        with open(path, encoding='utf-8') as file:
            for line in file:
                match = re.match(r'deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)', line)
                if match:
                    yield match.group(1), [match.group(2)]


def mirrors():
    """The URIs of Debian's archive and of its security archive, as this machine reaches them."""
    main = security = None
    for uri, suites in machine_sources():
        if any(suite.endswith('-security') for suite in suites):
            security = security or uri
        elif '/debian' in uri:
            main = main or uri
    if not main:
        raise Missing("no Debian archive in this machine's apt sources")
    return main, security


class Apt:
    """apt with lists, cache and state of its own."""

    def __init__(self, root, arch, suites=SUITES + SECURITY_SUITES):
        self.root, self.arch = root, arch
        for part in ('lists/partial', 'cache/archives/partial', 'state'):
            os.makedirs(os.path.join(root, part), exist_ok=True)
        open(self.path('state/status'), 'a', encoding='utf-8').close()
        main, security = mirrors()
        options = f'[arch={arch} signed-by={KEYRING}]'
        with open(self.path('sources.list'), 'w', encoding='utf-8') as file:
            for suite in suites:
                uri = security if suite.endswith('-security') else main
                if uri:
                    file.write(f'deb {options} {uri} {suite} main\n')

    def path(self, name):
        return os.path.join(self.root, name)

    def run(self, tool, *args, cwd=None):
        options = {
            'Dir::Etc::sourcelist': self.path('sources.list'),
            'Dir::Etc::sourceparts': '/dev/null',
            'Dir::Etc::preferences': '/dev/null',
            'Dir::Etc::preferencesparts': '/dev/null',
            'Dir::State': self.path('state'),
            'Dir::State::lists': self.path('lists'),
            'Dir::State::status': self.path('state/status'),
            'Dir::Cache': self.path('cache'),
            'Acquire::Languages': 'none',
            'Acquire::Check-Valid-Until': 'false',
            'Acquire::Retries': '3',
            'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled': 'false',
            'APT::Architecture': self.arch,
            'APT::Architectures': self.arch,
            'APT::Sandbox::User': '' if os.geteuid() else 'root',
        }
        command = [tool, '-qq']
        for name, value in options.items():
            command += ['-o', f'{name}={value}']
        return subprocess.run(command + list(args), cwd=cwd, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def update(self):
        # One suite that is gone must not keep the others away: what failed shows when a series is missing.
        result = self.run('apt-get', 'update')
        if result.returncode:
            print(f'fetch: apt-get update: {result.stderr.strip().splitlines()[:2]}', file=sys.stderr)

    def names(self, *prefixes):
        return [name for prefix in prefixes
                for name in self.run('apt-cache', 'pkgnames', prefix).stdout.split()]

    def unpack(self, package, directory):
        """Download and unpack; False where the archive no longer has it."""
        with tempfile.TemporaryDirectory(dir=self.root) as download:
            self.run('apt-get', 'download', package, cwd=download)
            files = glob.glob(os.path.join(download, '*.deb'))
            for file in files:
                subprocess.run(['dpkg', '-x', file, directory], check=True)
            return bool(files)


def series_of(package):
    """linux-image-6.12.43+deb12-cloud-amd64 -> (6, 12)"""
    match = re.match(r'linux-(?:image|binary)-(\d+)\.(\d+)[.+-]', package)
    return (int(match.group(1)), int(match.group(2))) if match else None


def version_key(package):
    return [int(part) for part in re.findall(r'\d+', package)]


def kernel_packages(names, flavour):
    """Series -> packages that hold its vmlinuz, newest first."""
    have = set(names)
    found = {}
    for name in names:
        series = series_of(name)
        if not series or not name.endswith('-' + flavour) or 'unsigned' in name:
            continue
        # Since 6.19 linux-image is an empty shell around linux-binary.
        if name.replace('linux-image-', 'linux-binary-') in have and name.startswith('linux-image-'):
            continue
        found.setdefault(series, set()).add(name)
    return {series: sorted(packages, key=version_key, reverse=True) for series, packages in found.items()}


def decompress(payload):
    """The ELF file inside an x86 bzImage. A payload ends in its uncompressed size, which not all tools like."""
    tools = {b'\x02!L\x18': ['lz4', '-dc'], b'(\xb5/\xfd': ['zstd', '-dcq']}
    if payload.startswith(b'\x1f\x8b'):
        return zlib.decompressobj(31).decompress(payload)
    if payload.startswith(b'\xfd7zXZ'):
        return lzma.LZMADecompressor().decompress(payload)
    tool = tools.get(payload[:4])
    if not tool:
        raise Missing(f'a kernel compressed in a way that is not known: {payload[:4].hex()}')
    if not shutil.which(tool[0]):
        raise Missing(f'{tool[0]} is not installed')
    return subprocess.run(tool, input=payload[:-4], stdout=subprocess.PIPE, check=True).stdout


def extract_vmlinux(vmlinuz, vmlinux):
    with open(vmlinuz, 'rb') as file:
        image = file.read()
    # Documentation/arch/x86/boot.rst: setup_sects, then payload_offset and payload_length
    protected = ((image[0x1f1] or 4) + 1) * 512
    offset, length = struct.unpack_from('<II', image, 0x248)
    elf = decompress(image[protected + offset:protected + offset + length])
    if not elf.startswith(b'\x7fELF'):
        raise Missing(f'no ELF file inside {vmlinuz}')
    with open(vmlinux, 'wb') as file:
        file.write(elf)


def find(tree, pattern):
    found = [path for path in glob.glob(os.path.join(tree, '**', pattern), recursive=True)
             if os.path.isfile(path) and not os.path.islink(path)]
    return found[0] if found else None


def module_content(tree, name):
    """Empty where the packages have none."""
    path = find(tree, name + '.ko') or find(tree, name + '.ko.xz')
    if not path:
        return b''
    with open(path, 'rb') as file:
        content = file.read()
    return lzma.decompress(content) if path.endswith('.xz') else content


def extract_modules(tree, target):
    with open(os.path.join(target, 'module.ko'), 'wb') as file:
        file.write(module_content(tree, MODULE))
    os.makedirs(os.path.join(target, 'modules'), exist_ok=True)
    for name in MODULES:
        content = module_content(tree, name)
        if content:
            with open(os.path.join(target, 'modules', name + '.ko'), 'wb') as file:
                file.write(content)


def take(apt, package, names, target):
    """One package into @target; False where it cannot be downloaded."""
    with tempfile.TemporaryDirectory(dir=apt.root) as tree:
        if not apt.unpack(package, tree):
            return False
        for part in ('linux-base-', 'linux-modules-'):
            other = package.replace('linux-binary-', part)
            if other != package and other in names:
                apt.unpack(other, tree)
        vmlinuz = find(tree, 'vmlinuz*')
        if not vmlinuz:
            return False
        os.makedirs(target, exist_ok=True)
        shutil.copy(vmlinuz, os.path.join(target, 'vmlinuz'))
        config = find(tree, 'config-*') or find(tree, 'config')
        if config:
            shutil.copy(config, os.path.join(target, 'config'))
        extract_modules(tree, target)
    if apt.arch == 'amd64':
        extract_vmlinux(os.path.join(target, 'vmlinuz'), os.path.join(target, 'vmlinux'))
    # Written last: a directory with it is whole.
    with open(os.path.join(target, 'release'), 'w', encoding='utf-8') as file:
        file.write(re.sub(r'^linux-(image|binary)-', '', package) + '\n')
    return True


def is_whole(target):
    """Fetched to the end, by a version of this file that knows of modules."""
    return all(os.path.exists(os.path.join(target, name)) for name in ('release', 'module.ko', 'modules'))


def fetch(cache, arch, wanted):
    """{series: directory or Missing}. "newest" is the highest series of the archive."""
    result, left = {}, []
    for series in wanted:
        target = os.path.join(cache, arch, series)
        if is_whole(target):
            result[series] = target
        else:
            left.append(series)
    if not left:
        return result
    for tool in ('apt-get', 'dpkg'):
        if not shutil.which(tool):
            return result | {series: Missing(f'{tool} is not installed') for series in left}
    try:
        apt = Apt(os.path.join(cache, f'apt-{arch}'), arch)
        apt.update()
    except (Missing, OSError) as error:
        return result | {series: Missing(str(error)) for series in left}
    names = apt.names('linux-image-', 'linux-binary-', 'linux-base-', 'linux-modules-')
    for series in left:
        flavour = f'rt-{arch}' if series.endswith(REAL_TIME) else FLAVOUR[arch]
        packages = kernel_packages(names, flavour)
        try:
            result[series] = fetch_one(apt, packages, names, series, os.path.join(cache, arch, series))
        except (Missing, OSError, subprocess.CalledProcessError) as error:
            result[series] = Missing(str(error))
    return result


def fetch_one(apt, packages, names, series, target):
    if series == 'newest':
        if not packages:
            raise Missing('the archive lists no kernel')
        numbers = max(packages)
    else:
        numbers = tuple(int(part) for part in series.removesuffix(REAL_TIME).split('.'))
    for package in packages.get(numbers, []):
        if take(apt, package, set(names), target):
            return target
    raise Missing(f'the archive has no kernel of series {series} for {apt.arch}')


def main(args):
    if len(args) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    missing = 0
    for series, found in fetch(os.path.abspath(args[0]), args[1], args[2:]).items():
        if isinstance(found, Missing):
            missing += 1
            print(f'{series}: {found}')
        else:
            with open(os.path.join(found, 'release'), encoding='utf-8') as file:
                print(f'{series}: {file.read().strip()}')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
