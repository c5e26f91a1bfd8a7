//go:build !linux

package rawsock

import (
	"errors"

	"frr-speaker/internal/l2"
)

// Network is not there.
type Network struct{}

var errNoLinux = errors.New("layer 2 announcements need Linux")

// Links fails.
func (Network) Links() ([]l2.Link, error) { return nil, errNoLinux }

// Watch fails.
func (Network) Watch() (l2.LinkEvents, error) { return nil, errNoLinux }

// Listen fails.
func (Network) Listen(l2.Link, l2.Protocol) (l2.Socket, error) { return nil, errNoLinux }
