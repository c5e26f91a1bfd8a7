#!/bin/bash
# Builds a real Kubernetes for the tests, from the Go modules that tools/go.mod
# and tools/containerd/go.mod name, and prints the directory that holds it. It is
# kept outside the source tree and reused: what is there already costs nothing.
#
#   test/cluster/kube.sh [PROGRAM...]     default: all of them
#   test/cluster/kube.sh -dir             only print the directory
#
# Environment:
#   FRR_SPEAKER_CACHE   where to keep it (default: the user's cache directory)
set -euo pipefail

# By need: API tests run with the first three; the rest makes nodes.
all=(etcd kube-apiserver kubectl
	kube-controller-manager kube-scheduler kubelet kube-proxy
	containerd containerd-shim-runc-v2 ctr)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${FRR_SPEAKER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/frr-speaker}

# No workspace, no flags of the user: every run compiles the same, and once.
export GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off CGO_ENABLED=0

# A changed script, module or compiler makes another directory: package cluster looks for the same key.
key=$({
	cd "$here"
	cat kube.sh tools/go.mod tools/go.sum tools/containerd/go.mod tools/containerd/go.sum
	go env GOVERSION
} | sha256sum | cut -c1-12)
target=$cache/kube-$key

if [ "${1:-}" = -dir ]; then
	echo "$target"
	exit 0
fi

module=$here/tools # where `package` is to be built
package=
find_package() {
	module=$here/tools
	case $1 in
	etcd) package=go.etcd.io/etcd/server/v3 ;;
	kube*) package=k8s.io/kubernetes/cmd/$1 ;;
	containerd | containerd-shim-runc-v2 | ctr)
		module=$here/tools/containerd
		package=github.com/containerd/containerd/v2/cmd/$1
		;;
	*)
		echo "kube.sh: no such program: $1 (${all[*]})" >&2
		exit 2
		;;
	esac
}

# The servers take their version from the linker; without it they call themselves v0.0.0-master.
version=$(go -C "$here/tools" list -m -f '{{.Version}}' k8s.io/kubernetes)
IFS=. read -r major minor _ <<<"${version#v}"
component=k8s.io/component-base/version
ldflags="-s -w -X $component.gitVersion=$version -X $component.gitMajor=$major -X $component.gitMinor=$minor"
ldflags+=" -X $component.gitTreeState=clean -X k8s.io/client-go/pkg/version.gitVersion=$version"

# Shortens what `go build -v` prints to a line per so many packages; all else passes.
progress() {
	local line got=0 built=0
	while IFS= read -r line; do
		case $line in
		'go: downloading '*) ((++got % 50)) || echo "kube.sh: $1: $got modules downloaded" ;;
		*[\ :#]*) echo "$line" ;;
		*) ((++built % 100)) || echo "kube.sh: $1: $built packages compiled" ;;
		esac
	done >&2
}

programs=("$@")
[ ${#programs[@]} -gt 0 ] || programs=("${all[@]}")
missing=()
for program in "${programs[@]}"; do
	find_package "$program"
	[ -x "$target/$program" ] || missing+=("$program")
done
if [ ${#missing[@]} = 0 ]; then
	echo "$target"
	exit 0
fi

mkdir -p "$target"
exec 9>"$cache/kube.lock"
flock 9 # two runs at once: the second finds the work of the first
rm -f "$target"/.new.* # of a run that was killed; the lock is ours

for program in "${missing[@]}"; do
	[ ! -x "$target/$program" ] || continue
	find_package "$program"
	start=$SECONDS
	echo "kube.sh: building $program of $version in $target (all from nothing: 10 minutes on two cores)" >&2
	if ! go -C "$module" build -v -trimpath -ldflags "$ldflags" -o "$target/.new.$program" "$package" 2> >(progress "$program" 9>&-) 9>&-; then
		echo "kube.sh: building $program failed after $((SECONDS - start)) s" >&2
		exit 1
	fi
	mv "$target/.new.$program" "$target/$program"
	echo "kube.sh: $program is there after $((SECONDS - start)) s" >&2
done
echo "$target"
