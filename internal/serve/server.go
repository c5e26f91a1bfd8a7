package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server serves one handler on one address.
type Server struct {
	Name    string // of the task, such as "metrics server"
	Flag    string // that sets the address, for messages
	Address string // host:port, or :port for all addresses
	Handler http.Handler
	TLS     *tls.Config // nil: plain HTTP
	Log     *slog.Logger
}

// String names the task.
func (s *Server) String() string { return s.Name }

// headerTimeout is how long a client may take to send its request.
const headerTimeout = 5 * time.Second

// Run serves until ctx ends. A port that is taken is an error: metrics that are
// silently absent look like a node that is gone.
func (s *Server) Run(ctx context.Context) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.Address)
	if err != nil {
		return fmt.Errorf("start the %s: %w; choose another %s, or none", s.Name, err, s.Flag)
	}
	if s.TLS != nil {
		listener = tls.NewListener(listener, s.TLS)
	}
	server := &http.Server{
		Handler:           s.Handler,
		ReadHeaderTimeout: headerTimeout,
		// What clients do wrong, such as a handshake that ends early, is no news.
		ErrorLog: slog.NewLogLogger(s.Log.With("task", s.Name).Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		if err := server.Close(); err != nil {
			s.Log.Debug("close a server", "task", s.Name, "error", err)
		}
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("run the %s: %w", s.Name, err)
	}
	return nil
}
