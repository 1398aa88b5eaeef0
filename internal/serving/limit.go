package serving

import (
	"net"
	"sync"
)

// limit is a listener that accepts so many connections at once; more wait, in
// the queue of the system, until one is closed.
//
// Those of golang.org/x/net/netutil are of no use here: they hide that they are
// TCP connections, and a fault that resets one must know (handlers.cut).
type limit struct {
	*net.TCPListener
	free   chan struct{} // holds one for each open connection
	closed chan struct{}
	once   sync.Once
	full   func() // told once, when the limit is met for the first time
}

func newLimit(l *net.TCPListener, connections int, full func()) *limit {
	return &limit{TCPListener: l, free: make(chan struct{}, connections), closed: make(chan struct{}), full: sync.OnceFunc(full)}
}

// Accept waits for a connection to end if there are too many, and then for the
// next one. Once the listener is closed that is net.ErrClosed.
func (l *limit) Accept() (net.Conn, error) {
	if len(l.free) == cap(l.free) {
		l.full()
	}
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.AcceptTCP()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &limited{TCPConn: c, end: sync.OnceFunc(func() { <-l.free })}, nil
}

func (l *limit) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.TCPListener.Close()
}

// limited is a connection that makes room for another one when it is closed.
type limited struct {
	*net.TCPConn
	end func()
}

func (c *limited) Close() error {
	defer c.end()
	return c.TCPConn.Close()
}
