package reloader

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// account is the unprivileged user that daemons run as, or nil when this process is not root and
// passes on what it is.
type account struct {
	uid, gid uint32
	groups   []uint32
}

// daemonAccount is frr:frr with group frrvty, which may use the vty sockets.
func daemonAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("frr")
	if err != nil {
		return nil, fmt.Errorf("find the user that FRR runs as: %w", err)
	}
	g, err := user.LookupGroup("frrvty")
	if err != nil {
		return nil, fmt.Errorf("find the group of FRR's vty sockets: %w", err)
	}
	uid, err1 := id(u.Uid)
	gid, err2 := id(u.Gid)
	vty, err3 := id(g.Gid)
	return &account{uid: uid, gid: gid, groups: []uint32{vty}}, errors.Join(err1, err2, err3)
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}

// attributes make a child run as the account with exactly the given capabilities, in its own process group so
// that a terminal's interrupt reaches only this process, which stops the daemons in order.
func (a *account) attributes(caps []uintptr) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid, Groups: a.groups}
		attr.AmbientCaps = caps
	}
	return attr
}

// own gives a file or directory to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// explain adds to the failure of a start which capabilities are missing.
func explain(err error, caps []uintptr) error {
	if !errors.Is(err, syscall.EPERM) {
		return err
	}
	var names []string
	for _, c := range caps {
		names = append(names, capabilityName(c))
	}
	return fmt.Errorf("%w: the container must allow SETUID, SETGID, %s", err, strings.Join(names, ", "))
}

func capabilityName(c uintptr) string {
	switch c {
	case unix.CAP_NET_ADMIN:
		return "NET_ADMIN"
	case unix.CAP_NET_BIND_SERVICE:
		return "NET_BIND_SERVICE"
	case unix.CAP_NET_RAW:
		return "NET_RAW"
	case unix.CAP_SYS_ADMIN:
		return "SYS_ADMIN"
	default:
		return strconv.Itoa(int(c))
	}
}
