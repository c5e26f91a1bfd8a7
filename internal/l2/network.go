package l2

import (
	"errors"
	"net/netip"
)

// Network is the node's own, as package rawsock opens it.
type Network interface {
	// Links lists all links. What cannot be read of one link leaves out that one, or
	// a part of it, and is in the error; the others are returned nevertheless.
	Links() ([]Link, error)
	// Watch opens a stream of changes of links and their addresses.
	Watch() (LinkEvents, error)
	// Listen opens a socket for the packets of one protocol on one link.
	Listen(link Link, p Protocol) (Socket, error)
}

// LinkEvents is a stream of changes.
type LinkEvents interface {
	// Next waits for the next change. An error ends the stream.
	Next() (LinkEvent, error)
	Close() error // ends Next
}

// LinkEvent says that something changed; Links says what there is now.
type LinkEvent struct {
	// Again is the index of a link whose neighbors must be told anew where
	// addresses are: it was down, or a bond changed over to another port; 0: none.
	Again int
}

// Socket sends and receives Ethernet frames on one link. Its methods may be
// called at the same time.
type Socket interface {
	// Want says which addresses matter, sorted: packets about others need not be
	// received. For ND it joins the groups in which those addresses are asked for.
	Want(addrs []netip.Addr) error
	// Receive waits for a frame and returns its length.
	Receive(buffer []byte) (int, error)
	// Send sends one frame. ErrBusy says that the link takes no more for now.
	Send(frame []byte) error
	Close() error // ends Receive
}

// ErrBusy is returned by Socket.Send for a frame that may be sent again shortly.
var ErrBusy = errors.New("the link takes no more frames for now")
