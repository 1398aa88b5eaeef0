// Package serving puts a whole server on the network: its listeners, the bounds
// on slow clients, and an orderly end. The command serve and package mocktest
// run the very same server by it.
package serving

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"mockserver/internal/app"
	"mockserver/internal/config"
)

const (
	// drainTime is how long requests under way may take once the end has come.
	drainTime = 5 * time.Second
	// The bounds on slow and idle clients.
	headerTime = 10 * time.Second
	readTime   = 2 * time.Minute
	writeTime  = 5 * time.Minute
	idleTime   = 2 * time.Minute
	maxHeaders = 64 << 10
)

// Server is a whole server that listens. It answers from Run on; what connects
// before that waits.
type Server struct {
	App *app.App

	api     net.Listener
	control net.Listener // nil where the control plane is with the API
	log     *slog.Logger
}

// Open listens where the settings say and loads the server. An address that is
// taken is an error that wraps syscall.EADDRINUSE; the others are those of
// app.New. After an error nothing is left open.
func Open(ctx context.Context, o app.Options) (*Server, error) {
	s := &Server{log: o.Log}
	if err := s.listen(ctx, o.Config); err != nil {
		return nil, errors.Join(err, s.closeListeners())
	}
	if s.control != nil {
		o.API = s.api.Addr()
	}
	var err error
	if s.App, err = app.New(ctx, o); err != nil {
		return nil, errors.Join(err, s.closeListeners())
	}
	s.warn(o.Config.Auth)
	return s, nil
}

// listen opens the listeners: first of all, so that an address that is taken is
// told before a large organisation is loaded.
func (s *Server) listen(ctx context.Context, c config.Config) (err error) {
	if s.api, err = s.listenOn(ctx, c.Addr, c.MaxConnections); err != nil || c.ControlAddr == "" {
		return err
	}
	s.control, err = s.listenOn(ctx, c.ControlAddr, c.MaxConnections)
	return err
}

// listenOn listens for at most so many connections at once.
func (s *Server) listenOn(ctx context.Context, addr string, connections int) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		if said := (*net.OpError)(nil); errors.As(err, &said) {
			err = said.Err // without the address once more
		}
		return nil, fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	return newLimit(l.(*net.TCPListener), connections, func() {
		s.log.Warn("as many connections are open as there may be: others get no answer until one ends; this is said once",
			"addr", l.Addr().String(), "maxConnections", connections)
	}), nil
}

// closeListeners closes what was opened. A listener that its http.Server has
// closed already is no error.
func (s *Server) closeListeners() error {
	var errs []error
	for _, l := range []net.Listener{s.api, s.control} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// URL is how a client on this machine reaches the API, without a slash at the end.
func (s *Server) URL() string { return baseURL(s.api.Addr()) }

// ControlURL is how a client on this machine reaches /_mock. It is the URL
// unless the control plane has a listener of its own.
func (s *Server) ControlURL() string {
	if s.control == nil {
		return s.URL()
	}
	return baseURL(s.control.Addr())
}

// Addr is where the API listens.
func (s *Server) Addr() net.Addr { return s.api.Addr() }

// Run answers requests and does the background work until the context ends;
// then it lets requests under way finish, stops the work and closes everything.
// The Server cannot be used after it.
func (s *Server) Run(ctx context.Context) (err error) {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer func() { err = errors.Join(err, s.Close()) }()
	var work sync.WaitGroup
	work.Go(func() { s.App.Run(background) })
	defer work.Wait()
	defer stop()

	var webs []*http.Server
	failed := make(chan error, 2)
	serve := func(on net.Listener, handler http.Handler) {
		web := newWeb(handler, s.log)
		webs = append(webs, web)
		go func() { failed <- web.Serve(on) }()
	}
	serve(s.api, s.App.Handler)
	if s.control != nil {
		serve(s.control, s.App.Control)
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.log.Info("stopping")
	}
	s.App.Drain()
	return errors.Join(err, shutdown(background, webs, s.log))
}

// Close closes a Server that is not Run.
func (s *Server) Close() error { return errors.Join(s.closeListeners(), s.App.Close()) }

func newWeb(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeaders,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// shutdown lets requests under way finish, within their time all together.
func shutdown(ctx context.Context, webs []*http.Server, log *slog.Logger) error {
	bounded, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	errs := make([]error, len(webs))
	var ended sync.WaitGroup
	for i, web := range webs {
		ended.Go(func() {
			if err := web.Shutdown(bounded); err != nil {
				log.Warn("requests were cut off", "error", err)
				errs[i] = web.Close()
			}
		})
	}
	ended.Wait()
	return errors.Join(errs...)
}

// baseURL is how a client on this machine reaches a listener.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
