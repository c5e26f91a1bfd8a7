#!/usr/bin/env bash
# Builds every image of the last commit twice from nothing and fails unless both have one digest.
#
#   images/reproducible.sh [frr|speaker|controller ...]     environment: as of build.sh
set -euo pipefail
cd "$(dirname "$0")/.."
# A tree of its own: what is being worked on must not come between the two.
tree=$(mktemp -d)
trap 'git worktree remove --force "$tree"' EXIT
git worktree add --quiet --detach "$tree" HEAD
export ENGINE=buildah IMAGES=localhost/frr-speaker-twice NO_CACHE=1

differ=0
for name in ${@:-frr speaker controller}; do
	for tag in first second; do
		VERSION=twice TAG=$tag "$tree/images/build.sh" "$name" >/dev/null
	done
	digests=()
	for tag in first second; do
		digests+=("$(buildah inspect --type image --format '{{.FromImageDigest}}' "$IMAGES/$name:$tag")")
	done
	if [ "${digests[0]}" = "${digests[1]}" ]; then
		echo "$name: one digest, ${digests[0]}"
	else
		echo "$name: two digests, ${digests[*]}" >&2
		differ=1
	fi
	buildah rmi "$IMAGES/$name:first" "$IMAGES/$name:second" >/dev/null 2>&1 || true
done
exit $differ
