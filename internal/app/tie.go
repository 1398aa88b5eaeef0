package app

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"mockserver/internal/handlers"
)

// grace is how long the client of a request to a tenant that is deleted can take to
// read the answer.
const grace = 5 * time.Second

// tie keeps a request from holding up the end of the tenant that it is for: once
// that is deleted, the request's context ends, nothing more of its body is waited
// for, and only for grace that its client takes the answer. untie is called when
// the request has been answered.
func (ts *tenants) tie(w http.ResponseWriter, r *http.Request, g *guest) (tied *http.Request, untie func()) {
	ctx, cancel := context.WithCancelCause(r.Context())
	tied = r.WithContext(ctx)
	body := &upload{ReadCloser: r.Body, w: w, stay: g.stay}
	if r.Body == http.NoBody {
		body.ended.Store(true)
	} else {
		tied.Body = body
	}
	answering, answered := context.WithCancel(context.Background())
	done := make(chan struct{})
	stop := context.AfterFunc(g.stay, func() {
		defer close(done)
		cancel(handlers.ErrGone) // first, to be the cause
		past, c := time.Unix(1, 0), http.NewResponseController(w)
		if !body.ended.Load() {
			_ = c.SetReadDeadline(past) // errors are of transports that have no bounds
		}
		if ts.Clock.Wait(answering, ts.Clock.Now().Add(grace)) == nil {
			_ = c.SetWriteDeadline(past)
		}
	})
	return tied, func() {
		answered()
		if !stop() { // the connection must be left alone from here on
			<-done
		}
		cancel(nil)
	}
}

// upload is the body of a request to a tenant that may be deleted meanwhile. A
// connection whose reading was cut short must not be used again: net/http takes it
// for one that the client has left.
type upload struct {
	io.ReadCloser
	w     http.ResponseWriter
	stay  context.Context // ends with the tenant
	ended atomic.Bool
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if err != nil {
		u.ended.Store(true)
		if u.stay.Err() != nil {
			u.w.Header().Set("Connection", "close")
		}
	}
	return n, err
}
