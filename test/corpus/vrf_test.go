package corpus

import (
	"errors"
	"runtime"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// vrfHere says whether the kernel has VRF devices, as why a session in a VRF is
// not seen at a router.
var vrfHere = sync.OnceValue(func() string {
	found := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends, and its namespace with it
		found <- tryVRF()
	}()
	if err := <-found; err != nil {
		return "the kernel has no VRF devices (" + err.Error() + ")"
	}
	return "the routers here are in the default VRF alone"
})

func tryVRF() error {
	ns, err := netns.New()
	if err != nil {
		return err
	}
	vrf := &netlink.Vrf{LinkAttrs: netlink.NewLinkAttrs(), Table: 1}
	vrf.Name = "red"
	return errors.Join(netlink.LinkAdd(vrf), ns.Close())
}
