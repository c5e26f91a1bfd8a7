#!/usr/bin/env bash
# Builds the images with docker, podman or buildah, whichever is there.
#
#   images/build.sh [frr|speaker|controller ...]     default: all
#
# Environment:
#   ENGINE        docker, podman or buildah, to choose
#   IMAGES        what the names begin with (default localhost/frr-speaker)
#   VERSION       what the images say they are (default: of git)
#   TAG           the tag (default: VERSION)
#   NO_CACHE=1    build every layer anew
#   PLATFORM      such as linux/arm64 (default: linux on the processor of this machine)
#   GO_IMAGE, FRR_IMAGE, BASE_IMAGE    other base images
#   LOCAL=1       take base images that images/base.sh makes of this machine, and no registry
set -euo pipefail
cd "$(dirname "$0")/.."

IMAGES=${IMAGES:-localhost/frr-speaker}
VERSION=${VERSION:-$(git describe --tags --always --dirty)}
TAG=${TAG:-$VERSION}
REVISION=$(git rev-parse HEAD)
# Two builds of one commit are one image: every time in it is the commit's.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

works() {
	case $1 in
	docker) docker info >/dev/null 2>&1 ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

engine() {
	local e
	for e in ${ENGINE:-docker podman buildah}; do
		if works "$e"; then
			echo "$e"
			return
		fi
	done
	echo "build.sh: none of these runs here: ${ENGINE:-docker podman buildah}; install one" >&2
	return 1
}

engine=$(engine)
here=linux/$(go env GOHOSTARCH)
PLATFORM=${PLATFORM:-$here}
args=(--platform "$PLATFORM" --build-arg "VERSION=$VERSION" --build-arg "REVISION=$REVISION"
	--build-arg "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --build-arg "CREATED=$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)")

if [ -n "${LOCAL:-}" ]; then
	[ "$engine" != docker ] || { echo "build.sh: LOCAL=1 needs buildah or podman: ENGINE=buildah" >&2; exit 1; }
	base=$(images/base.sh)
	GO_IMAGE=$base FRR_IMAGE=$base
	[ "$PLATFORM" = "$here" ] || FRR_FILES=scratch # packages for other processors come from Debian
	args+=(--pull-never
		--volume "$(go env GOMODCACHE):/root/go/pkg/mod"
		--volume "$(go env GOCACHE):/root/.cache/go-build")
fi
for name in GO_IMAGE FRR_IMAGE FRR_FILES BASE_IMAGE; do
	[ -z "${!name:-}" ] || args+=(--build-arg "$name=${!name}")
done

[ -z "${NO_CACHE:-}" ] || args+=(--no-cache)

case $engine in
docker) build=(docker buildx build --load) ;;
# Not every version of these two knows the platform that it runs on.
podman | buildah) build=("$engine" build --isolation chroot --timestamp "$SOURCE_DATE_EPOCH" --build-arg "BUILDPLATFORM=$here") ;;
esac

for image in "${@:-frr speaker controller}"; do
	for name in $image; do
		printf '==> %s %s/%s:%s with %s\n' "$(date +%T)" "$IMAGES" "$name" "$TAG" "$engine"
		"${build[@]}" "${args[@]}" --file "images/$name/Dockerfile" --tag "$IMAGES/$name:$TAG" .
	done
done
