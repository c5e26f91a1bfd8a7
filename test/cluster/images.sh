#!/bin/bash
# Builds the images that nodes of a test cluster run, into a directory of archives.
#
#   test/cluster/images.sh DIRECTORY
set -euo pipefail
to=$1
cd "$(dirname "$0")/../.."
mkdir -p "$to"

export LOCAL=1 ENGINE=buildah VERSION=test
images/build.sh frr speaker controller >"$to/build.log" 2>&1 || { tail -n 20 "$to/build.log" >&2; exit 1; }

CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$to/backend" ./test/cluster/backend
container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah copy --quiet "$container" "$to/backend" /backend >/dev/null
buildah config --entrypoint '["/backend"]' --cmd '' --user 65532 "$container"
buildah commit --quiet "$container" localhost/frr-speaker/backend:test >/dev/null
buildah config --entrypoint '["/backend", "wait"]' "$container"
buildah commit --quiet "$container" localhost/frr-speaker/pause:test >/dev/null

for name in frr speaker controller backend pause; do
	rm -f "$to/$name.tar"
	buildah push --quiet "localhost/frr-speaker/$name:test" "docker-archive:$to/$name.tar:localhost/frr-speaker/$name:test"
done
