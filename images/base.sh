#!/usr/bin/env bash
# Makes one local base image of the Debian folder with FRR that the tests use and
# of this machine's Go, so that images can be built without a registry. Prints its name.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(test/lab/chroot.sh trixie)
goroot=$(go env GOROOT)
name=localhost/frr-speaker/base:$(basename "$root" | cut -d- -f2)-$(go env GOVERSION)

if ! buildah inspect --type image "$name" >/dev/null 2>&1; then
	echo "base.sh: making $name" >&2
	container=$(buildah from scratch)
	trap 'buildah rm "$container" >/dev/null' EXIT
	buildah copy --quiet "$container" "$root" / >/dev/null
	buildah copy --quiet "$container" "$goroot" /usr/local/go >/dev/null
	buildah copy --quiet "$container" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ >/dev/null
	buildah config --env PATH=/usr/local/go/bin:/usr/sbin:/usr/bin:/sbin:/bin --env GOTOOLCHAIN=local \
		--env GOPROXY=off --env GOFLAGS=-mod=readonly "$container"
	buildah commit --quiet "$container" "$name" >/dev/null
fi
echo "$name"
