#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""cross.py - featsel for another architecture, built against packages unpacked into a directory

    cross.py CACHE ARCH BUILD_DIR        a build of this source tree for arm64 or s390x in BUILD_DIR

Nothing is installed: the libraries of the other architecture are downloaded by an apt of its own (fetch.py) and
unpacked under CACHE, whatever else lies on the machine. Needs gcc-aarch64-linux-gnu or gcc-s390x-linux-gnu.
"""
import os
import re
import shutil
import subprocess
import sys

import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
TRIPLET = {'arm64': 'aarch64-linux-gnu', 's390x': 's390x-linux-gnu'}
PACKAGES = ('libc6', 'libbpf1', 'libbpf-dev', 'libelf1', 'libelf-dev', 'libyaml-0-2', 'libyaml-dev', 'zlib1g',
            'zlib1g-dev', 'check', 'libsubunit0', 'libsubunit-dev', 'busybox-static', 'bash', 'libtinfo6', 'dash', 'bpftool',
            'libcap2', 'coreutils', 'util-linux', 'libcap-ng0', 'libacl1', 'libattr1', 'libgmp10', 'libselinux1',
            'libpcre2-8-0')


def codename():
    with open('/etc/os-release', encoding='utf-8') as file:
        match = re.search(r'^VERSION_CODENAME=(\w+)', file.read(), re.M)
    if not match:
        raise fetch.Missing('/etc/os-release names no release of Debian')
    return match.group(1)


def sysroot(cache, arch):
    """Directory with the other architecture's libraries and the guest's tools."""
    target = os.path.join(cache, arch, 'sysroot')
    whole = os.path.join(target, 'whole')
    if os.path.exists(whole):
        with open(whole, encoding='utf-8') as file:
            if file.read().split() == list(PACKAGES):
                return target
    apt = fetch.Apt(os.path.join(cache, f'apt-sysroot-{arch}'), arch, (codename(), codename() + '-security'))
    apt.update()
    os.makedirs(target, exist_ok=True)
    for package in PACKAGES:
        if not apt.unpack(package, target):
            raise fetch.Missing(f'{package} for {arch} cannot be downloaded')
    with open(whole, 'w', encoding='utf-8') as file:
        file.write('\n'.join(PACKAGES) + '\n')
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
    linking = ' '.join(f'-L{part} -Wl,-rpath-link={part}' for part in libraries)
    if not os.path.exists(os.path.join(directory, 'config.status')):
        run([os.path.join(source, 'configure'), '-q', f'--host={triplet}', f'CPPFLAGS={include}',
             f'LDFLAGS={linking}', f'CC={triplet}-gcc'], directory, environment)
    run(['make', '-s', f'-j{os.cpu_count()}', 'all', 'kernel-tests'], directory,
        environment)
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
