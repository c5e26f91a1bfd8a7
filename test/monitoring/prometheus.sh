#!/bin/bash
# Builds Prometheus and promtool for the tests from tools/monitoring/go.mod, and prints
# the directory that holds them. It is kept outside the source tree and reused.
#
#   test/monitoring/prometheus.sh [-dir]     -dir: only print the directory
#
# Environment:
#   FRR_SPEAKER_CACHE   where to keep it (default: the user's cache directory)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
module=$here/../../tools/monitoring
cache=${FRR_SPEAKER_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/frr-speaker}
export GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off CGO_ENABLED=0

# A changed script, module or compiler makes another directory.
key=$({
	cat "$here/prometheus.sh" "$module/go.mod" "$module/go.sum"
	go env GOVERSION
} | sha256sum | cut -c1-12)
target=$cache/prometheus-$key
if [ "${1:-}" = -dir ] || [ -x "$target/prometheus" ]; then
	echo "$target"
	exit 0
fi

mkdir -p "$target"
exec 9>"$cache/prometheus.lock"
flock 9 # two runs at once: the second finds the work of the first
start=$SECONDS
# Without the clouds that Prometheus can ask for targets: they are half of it.
for program in promtool prometheus; do # prometheus last: it says that all is there
	[ ! -x "$target/$program" ] || continue
	echo "prometheus.sh: building $program in $target (all from nothing: 4 minutes on two cores)" >&2
	go -C "$module" build -trimpath -tags remove_all_sd -ldflags '-s -w' -o "$target/.new" \
		"github.com/prometheus/prometheus/cmd/$program" 9>&-
	mv "$target/.new" "$target/$program"
	echo "prometheus.sh: $program is there after $((SECONDS - start)) s" >&2
done
echo "$target"
