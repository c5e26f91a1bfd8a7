# First process of a host of the lab; it is process 1 of its PID namespace.
# $1: host name, $2: the host's directory, $3: where /usr and /etc come from, if not from here.
name=$1 dir=$2 root=$3

hostname "$name"
mount --make-rprivate /
if [ -n "$root" ]; then
	for part in usr etc; do
		mount --bind "$root/$part" "/$part"
		mount -o remount,bind,ro "/$part"
	done
fi
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /var/log
case $dir in
/var/tmp/*) ;; # the lab itself is there
*) mount -t tmpfs -o mode=1777 tmpfs /var/tmp ;; # FRR's crash logs
esac
mkdir -p /run/frr /run/lock /var/log/frr
if [ -d /etc/frr ]; then
	chown frr:frr "$dir/run" "$dir/etc" "$dir/log"
	: >"$dir/etc/vtysh.conf"
	mount --bind "$dir/run" /run/frr
	mount --bind "$dir/etc" /etc/frr
	mount --bind "$dir/log" /var/log/frr
fi
# What is mounted here later is seen by containers of this host too.
mount --make-rshared /

echo ready
exec >/dev/null 2>&1 </dev/null
# Wait for ever, and reap what other processes leave behind.
while :; do
	sleep 86400 &
	wait
done
