#!/usr/bin/env bash
# Installs what the demo and the tests run and this machine lacks. It asks for
# programs, not for packages: whatever provides them will do.
#
#   hack/deps.sh [nodes]     nodes: what real Kubernetes nodes take, too
#
# Debian starts a service as soon as it is installed, and at every boot after
# that. FRR and BIRD are wanted here as programs only, so neither happens: the
# routes of this machine are not ours to touch. A service that was already
# there is left as it is.
set -euo pipefail
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# what must exist | the Debian package that brings it
wanted='
/usr/lib/frr/bgpd                               frr
/usr/lib/frr/frr-reload.py                      frr-pythontools
bird                                            bird2
gobgpd                                          gobgpd
ip                                              iproute2
ps                                              procps
debootstrap                                     debootstrap
/usr/share/keyrings/debian-archive-keyring.gpg  debian-archive-keyring
/etc/ssl/certs/ca-certificates.crt              ca-certificates
git                                             git
gcc                                             gcc
/usr/include/stdlib.h                           libc6-dev
'
[ "${1:-}" != nodes ] || wanted+='
buildah                                         buildah
runc                                            runc
/usr/lib/cni/bridge                             containernetworking-plugins
nft                                             nftables
'

have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

missing() {
	local thing package
	while read -r thing package; do
		[ -z "$thing" ] || have "$thing" || echo "$package"
	done <<<"$wanted"
}

# as_root runs a command as root, or says which one to run.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "deps: this needs root and there is no sudo; run as root: $*" >&2
		return 1
	fi
}

policy=/usr/sbin/policy-rc.d
hold_services() {
	[ -e $policy ] && return
	trap 'as_root rm -f $policy' EXIT
	printf '#!/bin/sh\n# Put here by frr-speaker for the time of one installation.\nexit 101\n' |
		as_root tee $policy >/dev/null
	as_root chmod 755 $policy
}

# keep_off takes the services of freshly installed packages out of the boot.
keep_off() {
	local package unit
	[ -d /run/systemd/system ] || return 0
	for package in "$@"; do
		case $package in
		frr) unit=frr.service ;;
		bird2) unit=bird.service ;;
		gobgpd) unit=gobgpd.service ;;
		*) continue ;;
		esac
		as_root systemctl disable --quiet --now "$unit"
	done
}

packages=$(missing)
if [ -z "$packages" ]; then
	echo "deps: nothing is missing"
	exit
fi
# shellcheck disable=SC2086 # one word per package
set -- $packages
if ! command -v apt-get >/dev/null; then
	echo "deps: this machine lacks what these Debian packages bring, and has no apt-get to install them: $*" >&2
	exit 1
fi

echo "deps: installing $*"
hold_services
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
# A foreign source that cannot be reached is no reason to stop: the installation tells.
as_root "${apt[@]}" update || echo "deps: apt-get update failed; going on with the lists that are there" >&2
as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@"
keep_off "$@"

packages=$(missing)
if [ -n "$packages" ]; then
	echo "deps: still missing after installation: ${packages//$'\n'/ }" >&2
	exit 1
fi
