package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mdlayher/packet"
	"golang.org/x/sys/unix"

	"frr-speaker/test/lab"
	"frr-speaker/test/lab/labtest"
)

// requestsPerSecond is the load under which answers are measured.
const requestsPerSecond = 10_000

// requestBurst is how many requests go at a time: a timer of 100 µs is no timer.
const requestBurst = 10

// lanObjects make node announce one address by L2.
const lanObjects = `apiVersion: v1
kind: Node
metadata: {name: node}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system}
spec: {addresses: [10.10.0.200/32]}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan, namespace: metallb-system}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 10.10.0.200}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.9], nodeName: node, conditions: {ready: true}}]
`

// BenchmarkL2Answers measures how long an ARP request waits for its answer, by the
// time stamps of the client's kernel, while so many come each second. Only
// speaker runs on the node: L2 needs no FRR.
func BenchmarkL2Answers(b *testing.B) {
	ctx := b.Context()
	l := labtest.New(b, lab.Options{Name: "bench-l2"})
	network := labtest.Network(ctx, b, l)
	objects := filepath.Join(l.Dir(), "objects")
	if err := errors.Join(os.MkdirAll(objects, 0o755), os.WriteFile(filepath.Join(objects, "lan.yaml"), []byte(lanObjects), 0o644)); err != nil {
		b.Fatal(err)
	}
	node := labtest.Must(l.NewNode(ctx, lab.NodeOptions{
		HostOptions: lab.HostOptions{Name: "node", Networks: lab.On(network)}, Version: lab.FRRVersions()[0], ObjectsDir: objects,
	}))(b)
	client := labtest.Must(l.NewHost(ctx, lab.HostOptions{Name: "client", Networks: lab.On(network)}))(b)
	if err := node.StartSpeaker(); err != nil {
		b.Fatal(err)
	}
	w := newARPWatch(b, client)
	if err := lab.Eventually(ctx, settleTimeout, func() error { return w.answered(0) }); err != nil {
		b.Fatal(err)
	}

	began, sent := time.Now(), uint32(1)
	for b.Loop() {
		if sent%requestBurst == 1 {
			due := began.Add(time.Duration(sent) * time.Second / requestsPerSecond)
			<-time.After(time.Until(due))
		}
		if err := w.ask(sent); err != nil {
			b.Fatal(err)
		}
		sent++
	}
	took := time.Since(began)
	b.StopTimer()
	if err := lab.Eventually(ctx, 5*time.Second, func() error { return w.answered(sent - 1) }); err != nil {
		b.Error(err)
	}
	waits := w.waits()
	if missing := int(sent) - 1 - len(waits); missing > 0 {
		b.Errorf("%d of %d requests are not answered", missing, sent-1)
	}
	slices.Sort(waits)
	for _, q := range []struct {
		name string
		of   float64
	}{{"p50-µs", 0.5}, {"p99-µs", 0.99}, {"max-µs", 1}} {
		at := max(0, int(q.of*float64(len(waits)))-1)
		b.ReportMetric(float64(waits[at])/float64(time.Microsecond), q.name)
	}
	b.ReportMetric(float64(sent-1)/took.Seconds(), "requests/s")
}

// arpWatch asks for the address, each time in the name of another sender, and
// notes when its kernel saw the questions leave and the answers come.
type arpWatch struct {
	socket *packet.Conn // to send
	seen   *packet.Conn
	mac    net.HardwareAddr
	times  chan map[uint32]exchange // one slot: what was seen so far
}

// exchange are the times of one question; zero: not seen.
type exchange struct{ asked, answered time.Time }

func newARPWatch(b *testing.B, client *lab.Host) *arpWatch {
	b.Helper()
	w := &arpWatch{times: make(chan map[uint32]exchange, 1)}
	w.times <- map[uint32]exchange{}
	err := client.Do(func() error {
		device, err := net.InterfaceByName("eth0")
		if err != nil {
			return err
		}
		w.mac = device.HardwareAddr
		if w.socket, err = packet.Listen(device, packet.Raw, 0, nil); err != nil {
			return err
		}
		w.seen, err = packet.Listen(device, packet.Raw, unix.ETH_P_ALL, nil)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := w.seen.SyscallConn()
	if err != nil {
		b.Fatal(err)
	}
	var options error
	err = raw.Control(func(fd uintptr) {
		options = errors.Join(
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20),
		)
	})
	if err := errors.Join(err, options); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buffer, control := make([]byte, 2048), make([]byte, 128)
		for {
			var size, controlSize int
			var received error
			err := raw.Read(func(fd uintptr) bool {
				size, controlSize, _, _, received = unix.Recvmsg(int(fd), buffer, control, unix.MSG_DONTWAIT)
				return !errors.Is(received, unix.EAGAIN)
			})
			if err != nil || received != nil {
				return // it is closed in the end
			}
			w.note(buffer[:size], control[:controlSize])
		}
	}()
	b.Cleanup(func() {
		if err := errors.Join(w.seen.Close(), w.socket.Close()); err != nil {
			b.Error(err)
		}
		<-ended
	})
	return w
}

// The address, and the first of the senders, which are nobody's.
var (
	lanVIP     = netip.MustParseAddr("10.10.0.200").As4()
	lanSenders = binary.BigEndian.Uint32([]byte{10, 64, 0, 0})
)

// ask sends the question with a number.
func (w *arpWatch) ask(number uint32) error {
	frame := slices.Concat([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, w.mac, []byte{8, 6, 0, 1, 8, 0, 6, 4, 0, 1}, w.mac,
		binary.BigEndian.AppendUint32(nil, lanSenders+number), make([]byte, 6), lanVIP[:])
	_, err := w.socket.WriteTo(frame, &packet.Addr{HardwareAddr: frame[:6]})
	return err
}

// note notes a frame if it is a question of ours or the answer to one.
func (w *arpWatch) note(frame, control []byte) {
	if len(frame) < 42 || frame[12] != 8 || frame[13] != 6 {
		return
	}
	at, ok := stampOf(control)
	if !ok {
		return
	}
	times := <-w.times
	defer func() { w.times <- times }()
	switch {
	case frame[21] == 1 && [4]byte(frame[38:42]) == lanVIP && slices.Equal(frame[6:12], w.mac):
		number := binary.BigEndian.Uint32(frame[28:32]) - lanSenders
		times[number] = exchange{asked: at}
	case frame[21] == 2 && [4]byte(frame[28:32]) == lanVIP && slices.Equal(frame[:6], w.mac):
		number := binary.BigEndian.Uint32(frame[38:42]) - lanSenders
		e := times[number]
		e.answered = at
		times[number] = e
	}
}

// stampOf is when the kernel saw a packet (SO_TIMESTAMPNS, socket(7)).
func stampOf(control []byte) (time.Time, bool) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return time.Time{}, false
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data[:8])), int64(binary.NativeEndian.Uint64(m.Data[8:16]))), true
		}
	}
	return time.Time{}, false
}

// answered is nil once the question with a number is answered. Number 0 is asked
// again each time.
func (w *arpWatch) answered(number uint32) error {
	if number == 0 {
		if err := w.ask(0); err != nil {
			return err
		}
	}
	times := <-w.times
	defer func() { w.times <- times }()
	if times[number].answered.IsZero() {
		return fmt.Errorf("question %d is not answered", number)
	}
	return nil
}

// waits is how long each question but number 0 waited for its answer.
func (w *arpWatch) waits() []time.Duration {
	times := <-w.times
	defer func() { w.times <- times }()
	var out []time.Duration
	for number, e := range times {
		if number != 0 && !e.asked.IsZero() && !e.answered.IsZero() {
			out = append(out, e.answered.Sub(e.asked))
		}
	}
	return out
}
