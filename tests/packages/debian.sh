# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# debian.sh - systems of Debian for tests of packages: `. "$top_srcdir/tests/packages/debian.sh"`, after lib.sh, in bash
#
# The archive is the one that this machine's apt uses, with apt's settings for reaching it.

export DEBIAN_FRONTEND=noninteractive
[ "$(id -u)" -eq 0 ] || skip_all 'needs root to make systems of Debian'
command -v debootstrap >/dev/null || skip_all 'no debootstrap (Debian: debootstrap)'
archive=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' 2>/dev/null |
	sed -n 's/^Debian //p' | sed 1q)
[ -n "$archive" ] || skip_all "no archive of Debian in this machine's apt sources, or apt-get update never ran"

# inside SYSTEM COMMAND...: in it, with what the kernel shows. The mounts are gone with the command.
inside() {
	local system=$1
	shift
	unshare --mount --propagation private sh -c '
		mount -t proc proc "$0/proc" && mount -t sysfs sysfs "$0/sys" &&
			mount --bind /dev "$0/dev" && exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive chroot "$0" "$@"' "$system" "$@"
}

apt_in() {
	local system=$1
	shift
	inside "$system" apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# base RELEASE SYSTEM: packages are unpacked without waiting for the disk, since it is thrown away.
base() {
	local script=/usr/share/debootstrap/scripts/$1
	# A release that is newer than debootstrap is made as the newest.
	[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
	debootstrap --variant=minbase "$1" "$2" "$archive" "$script" || return 1
	echo force-unsafe-io >"$2/etc/dpkg/dpkg.cfg.d/unsafe-io"
	apt-config dump | grep -E '^Acquire::(https?|Check|Retries|ForceIPv)' >"$2/etc/apt/apt.conf.d/99machine"
	cp /etc/resolv.conf "$2/etc/resolv.conf"
	apt_in "$2" update
}

# unpack SYSTEM TARBALL: the source package is made as a packager makes it: the tarball, and debian/ beside it.
unpack() {
	local version
	version=$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' "$top_srcdir/packaging/debian/changelog")
	mkdir "$1/build" && cp "$2" "$1/build/featsel_$version.orig.tar.xz" &&
		tar -x -f "$2" -C "$1/build" && cp -r "$top_srcdir/packaging/debian" "$1/build/featsel-$version" &&
		ln -s "featsel-$version" "$1/build/source"
}

# build SYSTEM: the suite itself is run elsewhere.
build() {
	inside "$1" sh -c "cd /build/source/ && DEB_BUILD_OPTIONS='nocheck parallel=$(nproc)' dpkg-buildpackage -us -uc -Pnocheck"
}
