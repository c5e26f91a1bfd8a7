package l2

import (
	"net/netip"
	"sync/atomic"
)

// listener answers the packets of one protocol on one link. The goroutine that
// receives shares nothing with the owner but the table.
type listener struct {
	at     at
	name   string // of the link when it was opened
	socket Socket
	closed atomic.Bool
	want   []netip.Addr // what the socket was told last; the owner's
}

// at is where a listener listens.
type at struct {
	link     int // index
	protocol Protocol
}

// heard is a claim of another host, and where it was heard.
type heard struct {
	link  int
	claim Claim
}

// maxFrame is more than any packet that is to be answered: ND fits in 1,280 octets.
const maxFrame = 2048

// listen answers until the socket is closed or fails. Then, if it was not closed
// on purpose, the listener goes to broken.
func (a *Announcer) listen(l *listener, claims chan<- heard, broken chan<- failure) {
	answer := answerARP
	if l.at.protocol == NDP {
		answer = answerNDP
	}
	buffer := make([]byte, maxFrame)
	for {
		n, err := l.socket.Receive(buffer)
		if l.closed.Load() {
			return
		}
		if err != nil {
			broken <- failure{l, err}
			return
		}
		got := answer(buffer[:n], l.at.link, a.table.Load())
		if got.Claim.Addr.IsValid() {
			select {
			case claims <- heard{l.at.link, got.Claim}:
			default:
				a.metrics.missed.Inc()
			}
		}
		a.reply(l, got)
	}
}

// reply sends an answer and counts it.
func (a *Announcer) reply(l *listener, got Answer) {
	if got.Frame != nil {
		ip := got.Addr.String()
		a.metrics.requests.WithLabelValues(ip).Inc()
		if l.socket.Send(got.Frame) == nil { // who asks again is answered again
			a.metrics.responses.WithLabelValues(ip).Inc()
			return
		}
		got.Drop = DropError
	}
	a.metrics.dropped.WithLabelValues(l.at.protocol.String(), got.Drop.String()).Inc()
}

// failure is a listener that cannot go on.
type failure struct {
	listener *listener
	err      error
}
