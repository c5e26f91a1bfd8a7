#!/usr/bin/env bash
# Measures what decides, renders and compares, which needs no FRR, and shows by benchstat what became slower or larger.
#
#   bench/compare.sh            against bench/results/parts.txt, which "make bench" renews; times there are of its machine
#   bench/compare.sh COMMIT     against that commit, measured here and now in turns with this tree
#
# Environment:
#   COUNT   measurements of each benchmark (default 6, the least that benchstat can judge)
#   ONLY    names of benchmarks, a regular expression (default: all)
#   SAVE=1  make this tree's figures the new bench/results/parts.txt, and compare nothing
set -euo pipefail
cd "$(dirname "$0")/.."
count=${COUNT:-6}
packages=(announce frrconfig frrdiff intent ipam l2 objects page speaker)
out=$(mktemp -d)
trap 'rm -rf "$out"; [ -z "${tree:-}" ] || git worktree remove --force "$tree"' EXIT

# compile DIR SIDE makes the benchmarks of a tree.
compile() {
	mkdir -p "$out/$2"
	for p in "${packages[@]}"; do
		[ ! -d "$1/internal/$p" ] || go -C "$1" test -c -o "$out/$2/$p" "./internal/$p"
	done
}

# measure DIR SIDE runs each benchmark once.
measure() {
	for p in "${packages[@]}"; do
		[ ! -x "$out/$2/$p" ] || (cd "$1/internal/$p" && "$out/$2/$p" -test.run '^$' -test.bench "${ONLY:-.}" -test.benchmem)
	done >>"$out/$2.txt"
}

compile . here
old=bench/results/parts.txt
if [ -n "${1:-}" ]; then
	tree=$(mktemp -d)/base
	git worktree add --quiet --detach "$tree" "$1"
	compile "$tree" base
	old=$out/base.txt
fi
for n in $(seq "$count"); do
	printf '==> %s round %d of %d\n' "$(date +%T)" "$n" "$count" >&2
	measure . here
	[ -z "${tree:-}" ] || measure "$tree" base
done
if [ -n "${SAVE:-}" ]; then
	cp "$out/here.txt" bench/results/parts.txt
	exit
fi
go tool -modfile=tools/go.mod benchstat "$old" "$out/here.txt"
