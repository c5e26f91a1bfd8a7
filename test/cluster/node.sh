# Prepares a host of the lab to be a node. $1: the node's directory, $2: where it finds the API server.
dir=$1 api=$2

# Containers need the cgroups of this machine; the host's /sys is its own and has none.
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
while read -r type point options; do
	mkdir -p "$point"
	mount -t "$type" -o "$options" "$type" "$point"
done <"$dir/cgroups"

# kubelet wants these three so, and would set them for the whole machine.
fake() {
	echo "$2" >"$dir/$1"
	mount --bind "$dir/$1" "/proc/sys/$3"
}
fake overcommit 1 vm/overcommit_memory
fake panic 10 kernel/panic
fake oops 1 kernel/panic_on_oops

echo 1 >/proc/sys/net/ipv4/ip_forward
ip addr add "$api/32" dev lo
