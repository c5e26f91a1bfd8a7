package main

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// number finds a capability by the name that Kubernetes uses, in lower case.
func number(name string) (uint, error) {
	switch name {
	case "net_admin":
		return unix.CAP_NET_ADMIN, nil
	case "net_bind_service":
		return unix.CAP_NET_BIND_SERVICE, nil
	case "net_raw":
		return unix.CAP_NET_RAW, nil
	case "sys_admin":
		return unix.CAP_SYS_ADMIN, nil
	default:
		return 0, fmt.Errorf("%q is not net_admin, net_bind_service, net_raw or sys_admin", name)
	}
}

// grant lets a program have capabilities whoever starts it (capabilities(7), "File
// capabilities"). They are permitted, not effective: where the container does not
// allow one, the program starts all the same and says what it lacks.
func (c *copier) grant(path, list string) error {
	value, err := fileCapabilities(list)
	if err != nil {
		return err
	}
	return unix.Setxattr(filepath.Join(c.to, path), "security.capability", value, 0)
}

// vfsCapRevision2 is VFS_CAP_REVISION_2 of linux/capability.h, the layout that every kernel reads.
const vfsCapRevision2 = 0x02000000

// fileCapabilities is struct vfs_cap_data of linux/capability.h.
func fileCapabilities(list string) ([]byte, error) {
	var permitted uint32 // all of them are below 32
	for _, name := range strings.Split(list, ",") {
		n, err := number(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		permitted |= 1 << n
	}
	value := make([]byte, 20)
	binary.LittleEndian.PutUint32(value[0:], vfsCapRevision2)
	binary.LittleEndian.PutUint32(value[4:], permitted)
	return value, nil
}
