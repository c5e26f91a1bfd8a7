package lab

import (
	"errors"
	"os"
)

// ErrNotRoot says that the lab cannot be made by this user.
var ErrNotRoot = errors.New("the lab needs root, to make namespaces and links: run it with sudo")

// CheckRoot returns ErrNotRoot for anyone but root.
func CheckRoot() error {
	if os.Geteuid() != 0 {
		return ErrNotRoot
	}
	return nil
}
