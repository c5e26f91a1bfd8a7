#!/bin/sh
# Puts FRR's Debian packages, and those they depend on, into a directory for the
# architecture that is wanted, without running anything of them. An image that has
# FRR already is taken as it is.
#
#   packages.sh DIRECTORY [ARCHITECTURE]     DIRECTORY becomes a link to / in that case
set -eu
to=$1
arch=${2:-}

if [ -x /usr/lib/frr/bgpd ]; then
	ln -s / "$to"
	exit
fi
[ -n "$arch" ] || arch=$(dpkg --print-architecture)
dpkg --add-architecture "$arch"
apt-get -qq update
mkdir -p "$to/var/lib/dpkg/info" /tmp/debs/partial
# A root of its own without any package: so apt names every package that is needed.
apt-get -qq -o Dir::State::status=/dev/null -o Dir::Cache::archives=/tmp/debs -o APT::Architecture="$arch" \
	-o APT::Architectures="$arch" --no-install-recommends --download-only -y install frr
# As dpkg would have noted it, for the list of what the image is made of.
for deb in /tmp/debs/*.deb; do
	dpkg-deb --extract "$deb" "$to"
	dpkg-deb --field "$deb" Package Version Architecture >>"$to/var/lib/dpkg/status"
	echo >>"$to/var/lib/dpkg/status"
	dpkg-deb --fsys-tarfile "$deb" | tar --list | sed 's/^\.//' >"$to/var/lib/dpkg/info/$(dpkg-deb --field "$deb" Package).list"
done
