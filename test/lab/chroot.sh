#!/bin/bash
# Makes a directory that holds another Debian release with its FRR, for the lab
# to run FRR daemons from, and prints its path. It is kept outside the source
# tree and reused; nothing in it is ever started by Debian's own scripts.
#
#   test/lab/chroot.sh [trixie|bookworm]
#
# Packages come from where this machine's apt gets its own. Environment:
#   FRR_SPEAKER_CACHE          where to keep it (default: the user's cache directory)
#   FRR_SPEAKER_DEBIAN_MIRROR  another mirror of the Debian archive
set -euo pipefail

suite=${1:-trixie}
case $suite in
trixie | bookworm) ;;
*)
	echo "chroot.sh: no such suite: $suite (trixie or bookworm)" >&2
	exit 2
	;;
esac
if [ "$(id -u)" != 0 ]; then
	echo "chroot.sh: needs root for chroot and package installation; run it with sudo" >&2
	exit 1
fi

cache=${FRR_SPEAKER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/frr-speaker}
# A changed script makes another directory: the lab looks for the same key.
key=$(sha256sum <"${BASH_SOURCE[0]}" | cut -c1-12)
target=$cache/$suite-$key

mkdir -p "$cache"
exec 9>"$cache/$suite.lock"
flock 9 # two runs at once: the second finds the work of the first
if [ -d "$target" ]; then
	echo "$target"
	exit 0
fi
rm -rf --one-file-system "$cache/$suite".tmp.* # of a run that was killed; the lock is ours

mirror() {
	if [ -n "${FRR_SPEAKER_DEBIAN_MIRROR:-}" ]; then
		echo "$FRR_SPEAKER_DEBIAN_MIRROR"
		return
	fi
	local configured=
	if command -v apt-get >/dev/null; then
		configured=$(apt-get indextargets --format '$(REPO_URI)' \
			"Created-By: Packages" "Origin: Debian" "Component: main" 2>/dev/null |
			grep -v security | head -n 1 || true)
	fi
	echo "${configured:-http://deb.debian.org/debian}"
}

if ! command -v debootstrap >/dev/null; then
	apt-get update -q >&2
	DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends debootstrap >&2
fi

proxy=
if command -v apt-config >/dev/null; then
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
fi

build=$(mktemp -d "$cache/$suite.tmp.XXXXXX")
trap 'rm -rf --one-file-system "$build"' EXIT
chmod 755 "$build"
log=$cache/$suite.log
echo "chroot.sh: building Debian $suite with FRR in $target (log: $log)" >&2

export suite build proxy DEBIAN_MIRROR
DEBIAN_MIRROR=$(mirror)

# Everything is mounted in a mount namespace and started in a PID namespace of
# its own: both end with this command, however it ends.
if ! unshare --mount --propagation private --pid --fork --kill-child bash -euo pipefail -s >"$log" 2>&1 9>&- <<'INSIDE'
[ -z "$proxy" ] || export http_proxy=$proxy
debootstrap --variant=minbase "$suite" "$build" "$DEBIAN_MIRROR"

printf '#!/bin/sh\nexit 101\n' >"$build/usr/sbin/policy-rc.d" # start no service
chmod 755 "$build/usr/sbin/policy-rc.d"
[ -z "$proxy" ] || printf 'Acquire::http::Proxy "%s";\n' "$proxy" >"$build/etc/apt/apt.conf.d/00proxy"
cp /etc/resolv.conf "$build/etc/resolv.conf"

mountpoint -q "$build/proc" || mount -t proc proc "$build/proc"
mount --bind /dev "$build/dev"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
chroot "$build" apt-get update
# Not with debootstrap --include: its single pass configures frr before systemd is there.
chroot "$build" apt-get install -y --no-install-recommends frr frr-pythontools
chroot "$build" apt-get clean
rm -rf "$build"/var/lib/apt/lists/* "$build"/usr/share/{doc,man,locale}/*
chroot "$build" /usr/lib/frr/bgpd --version
INSIDE
then
	tail -n 20 "$log" >&2
	echo "chroot.sh: building Debian $suite failed; the whole log is $log" >&2
	exit 1
fi
mv -T "$build" "$target"
trap - EXIT
echo "$target"
