#!/bin/sh
# Puts FRR's Debian packages, and those they depend on, into a directory for the
# processor that is wanted, without running anything of them. An image that has
# FRR for it already is taken as it is.
#
#   packages.sh IMAGE DIRECTORY ARCHITECTURE
#
# IMAGE is the root of that image; DIRECTORY becomes a link to it if it has FRR.
set -eu
image=$1
to=$2
arch=$3

# machine prints e_machine of an ELF file (elf(5)), little-endian.
machine() { od -An -tx1 -j18 -N2 "$1" | tr -d ' \n'; }
case $arch in
amd64) want=3e00 ;;
arm64) want=b700 ;;
*)
	echo "packages.sh: no image is made for $arch" >&2
	exit 2
	;;
esac
bgpd=$image/usr/lib/frr/bgpd
if [ -x "$bgpd" ] && [ "$(machine "$bgpd")" = "$want" ]; then
	ln -s "$image" "$to"
	exit
fi
if ! command -v apt-get >/dev/null; then
	echo "packages.sh: the base has no FRR for $arch in /usr/lib/frr, and is no Debian to take it from" >&2
	exit 1
fi

dpkg --add-architecture "$arch"
apt-get -qq update
mkdir -p "$to/var/lib/dpkg/info" /tmp/debs/partial
for dir in bin lib lib64 sbin; do # no package brings these links that frr depends on
	mkdir -p "$to/usr/$dir"
	ln -s "usr/$dir" "$to/$dir"
done
# A root of its own without any package: so apt names every package that is needed.
apt-get -qq -o Dir::State::status=/dev/null -o Dir::Cache::archives=/tmp/debs -o APT::Architecture="$arch" \
	-o APT::Architectures="$arch" --no-install-recommends --download-only -y install frr
# As dpkg would have noted it, for the list of what the image is made of.
for deb in /tmp/debs/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar --extract --keep-directory-symlink --directory "$to"
	dpkg-deb --field "$deb" Package Version Architecture >>"$to/var/lib/dpkg/status"
	echo >>"$to/var/lib/dpkg/status"
	dpkg-deb --fsys-tarfile "$deb" | tar --list | sed 's/^\.//' >"$to/var/lib/dpkg/info/$(dpkg-deb --field "$deb" Package).list"
done
