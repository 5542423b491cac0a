package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server is the page with its listener.
type Server struct {
	http *http.Server
	ln   net.Listener
	log  *slog.Logger
}

// Listen opens the configured address. Addr tells the port that the system
// chose; Run serves.
func Listen(d Deps, cfg Config) (*Server, error) {
	ln, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("open the page: %w", err)
	}
	d = d.withDefaults()
	return &Server{
		ln:  ln,
		log: d.Log,
		http: &http.Server{
			Handler: New(d, cfg),
			// A reader sends one short request and reads one page. The write
			// limit leaves room for a slow search on a cold index.
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      60 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    32 << 10,
			// The library's own lines name addresses and header errors, which
			// may quote a request.
			ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
		},
	}, nil
}

// Addr is the address that the page listens on.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// URL is where a reader on this machine finds the page.
func (s *Server) URL() string { return "http://" + s.Addr() + "/" }

// grace is how long requests in flight may take to end when the page closes.
const grace = 3 * time.Second

// Run serves until ctx ends, lets requests in flight finish, and returns nil
// after a clean stop. It is called once.
func (s *Server) Run(ctx context.Context) error {
	// Searches end with the page: their context is the page's.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	s.http.BaseContext = func(net.Listener) context.Context { return base }
	served := make(chan error, 1)
	go func() { served <- s.http.Serve(s.ln) }()
	s.log.Info("the page is open", "address", s.Addr())
	select {
	case err := <-served:
		return fmt.Errorf("serve the page: %w", err)
	case <-ctx.Done():
	}
	stop, done := context.WithTimeout(base, grace)
	defer done()
	err := s.http.Shutdown(stop)
	if errors.Is(err, context.DeadlineExceeded) {
		cancel()
		err = s.http.Close()
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	if err != nil {
		return fmt.Errorf("close the page: %w", err)
	}
	return nil
}

// Close frees the address of a server that never ran.
func (s *Server) Close() error { return s.ln.Close() }
