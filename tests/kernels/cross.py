#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""cross.py - featsel for another architecture, built against packages unpacked into a directory

    cross.py CACHE ARCH BUILD_DIR        a build of this source tree for ARCH in BUILD_DIR

For arm64 and s390x with all that a guest needs; for armhf, ppc64el and riscv64 to see that it compiles without a
warning. Nothing is installed: the libraries of the other architecture are downloaded by an
apt of its own (fetch.py) and unpacked under CACHE, whatever else lies on the machine. Needs the cross compiler, for
instance gcc-aarch64-linux-gnu.
"""
import os
import re
import shutil
import subprocess
import sys

import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
TRIPLET = {'arm64': 'aarch64-linux-gnu', 's390x': 's390x-linux-gnu', 'armhf': 'arm-linux-gnueabihf',
           'ppc64el': 'powerpc64le-linux-gnu', 'riscv64': 'riscv64-linux-gnu'}
GUESTS = ('arm64', 's390x')
TARGETS = {'arm64': ['all', 'kernel-tests'], 's390x': ['all', 'kernel-tests']}
FIRST_RELEASE = {'riscv64': 'trixie'}
LIBRARIES = ('libc6', 'libbpf1', 'libbpf-dev', ('libelf1', 'libelf1t64'), 'libelf-dev', 'libyaml-0-2', 'libyaml-dev',
             'zlib1g', 'zlib1g-dev', 'libzstd1', 'libzstd-dev')
PACKAGES = LIBRARIES + (
    'check', 'libsubunit0', 'libsubunit-dev', 'busybox-static', 'bash', 'libtinfo6', 'dash', 'bpftool', 'libcap2',
    'coreutils', 'util-linux', 'libcap-ng0', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1', 'libpcre2-8-0')


def codename():
    with open('/etc/os-release', encoding='utf-8') as file:
        match = re.search(r'^VERSION_CODENAME=(\w+)', file.read(), re.M)
    if not match:
        raise fetch.Missing('/etc/os-release names no release of Debian')
    return match.group(1)


def sysroot(cache, arch):
    """Directory with the other architecture's libraries and, where it has guests, the guest's tools."""
    packages = PACKAGES if arch in GUESTS else LIBRARIES
    target = os.path.join(cache, arch, 'sysroot')
    whole = os.path.join(target, 'whole')
    if os.path.exists(whole):
        with open(whole, encoding='utf-8') as file:
            if file.read() == f'{packages}\n':
                return target
    release = FIRST_RELEASE.get(arch, codename())
    apt = fetch.Apt(os.path.join(cache, f'apt-sysroot-{arch}'), arch, (release, release + '-security'))
    apt.update()
    os.makedirs(target, exist_ok=True)
    for package in packages:
        names = (package,) if isinstance(package, str) else package
        if not any(apt.unpack(name, target) for name in names):
            raise fetch.Missing(f'{names[-1]} for {arch} cannot be downloaded')
    with open(whole, 'w', encoding='utf-8') as file:
        file.write(f'{packages}\n')
    return target


def build(cache, arch, directory):
    """Configure and build in @directory; the program is DIRECTORY/featsel. Returns the sysroot."""
    triplet = TRIPLET[arch]
    if not shutil.which(f'{triplet}-gcc'):
        raise fetch.Missing(f'{triplet}-gcc is not installed (Debian: gcc-{triplet})')
    root = sysroot(cache, arch)
    source = os.path.dirname(os.path.dirname(HERE))
    os.makedirs(directory, exist_ok=True)
    libraries = [os.path.join(root, 'usr/lib', triplet), os.path.join(root, 'lib', triplet)]
    # The compiler brings its own libc; only the other libraries come from the directory.
    environment = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=root,
                       PKG_CONFIG_LIBDIR=':'.join(os.path.join(part, 'pkgconfig') for part in libraries))
    include = f'-idirafter {root}/usr/include'
    # A newer release's libraries want more of libc than the compiler's own has; nothing is run.
    linking = '-Wl,--allow-shlib-undefined ' if arch in FIRST_RELEASE else ''
    linking += ' '.join(f'-L{part} -Wl,-rpath-link={part}' for part in libraries)
    if not os.path.exists(os.path.join(directory, 'config.status')):
        strict = [] if arch in GUESTS else ['--enable-werror']
        run([os.path.join(source, 'configure'), '-q', f'--host={triplet}', f'CPPFLAGS={include}',
             f'LDFLAGS={linking}', f'CC={triplet}-gcc'] + strict, directory, environment)
    run(['make', '-s', f'-j{os.cpu_count()}'] + TARGETS.get(arch, ['all']), directory, environment)
    return root


def run(command, directory, environment):
    result = subprocess.run(command, cwd=directory, env=environment, text=True, check=False,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        tail = ' / '.join(result.stdout.strip().splitlines()[-4:])
        raise fetch.Missing(f'{os.path.basename(command[0])} failed in {directory}: {tail}')


def main(args):
    if len(args) != 3 or args[1] not in TRIPLET:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        build(os.path.abspath(args[0]), args[1], os.path.abspath(args[2]))
    except fetch.Missing as error:
        print(f'cross: {error}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
