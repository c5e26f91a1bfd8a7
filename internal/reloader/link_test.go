package reloader

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"frr-speaker/internal/vty"
	"frr-speaker/internal/vty/vtytest"
)

// slowLog is a log to which a warning takes a second.
type slowLog struct{ slog.Handler }

func (h slowLog) Enabled(context.Context, slog.Level) bool { return true }

func (h slowLog) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		time.Sleep(time.Second) // the bubble's clock, not the machine's
	}
	return nil
}

// The answer comes while it is being told that there is none.
func TestADaemonThatAnswersLateIsNotCalledHungAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		answered := make(chan error, 1)
		go func() {
			_, err := io.ReadFull(theirs, make([]byte, len("echo PING\x00")))
			time.Sleep(hungAfter + time.Second/2)
			if _, failed := theirs.Write(vtytest.Encode(vty.Reply{Text: "PING\n"})); failed != nil {
				err = failed
			}
			answered <- err
		}()
		l := &link{name: "bgpd", board: newBoard(nil, nil), log: slog.New(slowLog{slog.DiscardHandler}), limit: defaultHangTimeout}
		if err := l.ping(t.Context(), vty.NewConn(ours)); err != nil {
			t.Error(err)
		}
		if err := <-answered; err != nil {
			t.Error(err)
		}
		pass(time.Minute)
		if got := l.board.snapshot().Daemons[0].State; got != stateUp {
			t.Errorf("the daemon is %s, want %s", got, stateUp)
		}
	})
}

// The supervisor has started another by then, and that one would be killed.
func TestADaemonThatDiesWhileItHangsIsNotKilled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		dies time.Duration // after the ping
		want int           // kills
	}{
		{"it dies soon", time.Second, 0},
		{"it dies after it was reported", hungAfter + time.Second, 0},
		{"it does not die", 2 * defaultHangTimeout, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				time.AfterFunc(tt.dies, func() { _ = theirs.Close() })
				killed := 0
				l := &link{
					name: "bgpd", board: newBoard(nil, nil), log: slog.New(slog.DiscardHandler), limit: defaultHangTimeout,
					kill: func(string) { killed++ },
				}
				if err := l.ping(t.Context(), vty.NewConn(ours)); err == nil {
					t.Error("a ping that nobody answers went well")
				}
				if killed != tt.want {
					t.Errorf("killed %d times, want %d", killed, tt.want)
				}
				pass(2 * tt.dies)
			})
		})
	}
}
