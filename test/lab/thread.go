package lab

import (
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// thread is one operating system thread that lives until stop. The kernel sends
// a child its parent-death signal when the thread that started it ends, so what
// is to live as long as the lab is started from here.
type thread struct {
	calls chan func()
	once  sync.Once
}

func newThread() *thread {
	t := &thread{calls: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for call := range t.calls {
			call()
		}
	}()
	return t
}

// do runs f on the thread and returns what it returns.
func (t *thread) do(f func() error) error {
	done := make(chan error, 1)
	t.calls <- func() { done <- f() }
	return <-done
}

func (t *thread) stop() { t.once.Do(func() { close(t.calls) }) }

// joined runs f on a new thread that has joined the given namespaces (CLONE_NEW…) of
// the process behind pidfd. Sockets made by f, and processes started by it, belong
// there for ever; the thread ends with f.
func joined(pidfd, namespaces int, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the runtime then discards the thread
		if unix.Gettid() == unix.Getpid() {
			// But not the process's first one: hold that and use another.
			done <- joined(pidfd, namespaces, f)
			runtime.UnlockOSThread()
			return
		}
		if namespaces&unix.CLONE_NEWNS != 0 {
			// setns(2): a mount namespace is joined only by who shares no working directory.
			if err := unix.Unshare(unix.CLONE_FS); err != nil {
				done <- fmt.Errorf("unshare working directory: %w", err)
				return
			}
		}
		if err := unix.Setns(pidfd, namespaces); err != nil {
			done <- fmt.Errorf("join namespaces: %w", err)
			return
		}
		done <- f()
	}()
	return <-done
}
