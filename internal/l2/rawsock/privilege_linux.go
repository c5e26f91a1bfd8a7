package rawsock

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// withNetRaw opens a socket that takes CAP_NET_RAW. A binary with file capabilities is
// started with the capability permitted but not effective (capabilities(7)): it is
// raised on this thread for as long as f runs, and no longer. Where it is not
// permitted, f fails and says so.
func withNetRaw(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var before [2]unix.CapUserData
	if err := unix.Capget(&header, &before[0]); err != nil {
		return f()
	}
	const netRaw = 1 << unix.CAP_NET_RAW
	if before[0].Effective&netRaw != 0 || before[0].Permitted&netRaw == 0 {
		return f()
	}
	raised := before
	raised[0].Effective |= netRaw
	if err := unix.Capset(&header, &raised[0]); err != nil {
		return f()
	}
	defer func() { _ = unix.Capset(&header, &before[0]) }() // giving up what is permitted cannot fail
	return f()
}
