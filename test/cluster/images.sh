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

# FRR's own image has a shell, FRR's init and its users: 100 frr, 101 its group, 102 frrvty.
root=$(test/lab/chroot.sh trixie)
mkdir -p "$to/stock/etc" "$to/stock/usr/lib/frr"
for file in passwd group; do
	sed -E 's/^frr:x:[0-9]+:[0-9]+:/frr:x:100:101:/; s/^frr:x:[0-9]+:$/frr:x:101:/; s/^frrvty:x:[0-9]+:/frrvty:x:102:/' \
		"$root/etc/$file" >"$to/stock/etc/$file"
done
cat >"$to/stock/usr/lib/frr/docker-start" <<'EOF'
#!/bin/bash
. /usr/lib/frr/frrcommon.sh
exec /usr/lib/frr/watchfrr $(daemon_list)
EOF
chmod 755 "$to/stock/usr/lib/frr/docker-start"
stock=$(buildah from scratch)
trap 'buildah rm "$container" "$stock" >/dev/null' EXIT
for tree in "$root" "$to/stock"; do buildah copy --quiet "$stock" "$tree" / >/dev/null; done
buildah config --entrypoint '["/usr/lib/frr/docker-start"]' --cmd '' --env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$stock"
buildah commit --quiet "$stock" localhost/frr-speaker/stock-frr:test >/dev/null

for name in frr speaker controller backend pause stock-frr; do
	rm -f "$to/$name.tar"
	buildah push --quiet "localhost/frr-speaker/$name:test" "docker-archive:$to/$name.tar:localhost/frr-speaker/$name:test"
done
