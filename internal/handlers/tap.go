package handlers

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mockserver/internal/auth"
	"mockserver/internal/clock"
	"mockserver/internal/journal"
)

// Journal remembers what passes through Front. It must be safe for concurrent use.
type Journal interface {
	// Now is the tenant's time, which exchanges are dated by.
	Now() time.Time
	// Bodies are how many bytes of the body of a request and of an answer Record
	// makes use of.
	Bodies() (request, response int)
	// Mark is for the Mark of an exchange that begins now.
	Mark() uint64
	// Record is called once for each request, before its answer is complete at
	// the client: who has an answer finds it recorded. It must keep no part of x.
	Record(x *journal.Exchange)
}

// tap is the part of a recorder that tells the journal. The answer passes as it is
// written; a body that is written at once, as nearly all are, is not even copied.
type tap struct {
	journal  Journal     // nil: nothing is told
	clock    clock.Clock // the machine's, which durations are measured by
	start    time.Time   // by that clock
	exchange journal.Exchange
	request  tappedBody
	head     bool  // the answer to a HEAD has no body
	expects  bool  // the client sends its body only when it is asked to
	length   int64 // of the answer as it is announced, -1 for not at all
	written  int64
	limit    int    // how much is kept of the answer
	pieces   []byte // the beginning of an answer that is written in several
	told     bool
}

// watch begins an exchange. The request it returns is the one to serve.
func (t *tap) watch(r *http.Request, c *FrontConfig, start time.Time, trackingID string) *http.Request {
	t.journal, t.clock, t.start, t.length = c.Journal, c.Clock, start, -1
	t.head, t.expects = r.Method == http.MethodHead, r.Header["Expect"] != nil
	t.exchange = journal.Exchange{
		Time: c.Journal.Now(), TrackingID: trackingID, Proto: r.Proto, Scheme: "http", Host: r.Host,
		Method: r.Method, Prefix: auth.Prefix(r), Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, RequestHeader: r.Header,
		Mark: c.Journal.Mark(),
	}
	if r.TLS != nil {
		t.exchange.Scheme = "https"
	}
	t.exchange.Request.Size = max(r.ContentLength, 0)
	var limit int
	limit, t.limit = c.Journal.Bodies()
	if r.Body == nil || r.Body == http.NoBody || limit == 0 {
		return r
	}
	t.request = tappedBody{ReadCloser: r.Body, limit: limit, announced: r.ContentLength}
	tapped := *r
	tapped.Body = &t.request
	return &tapped
}

// answering is called when the head of the answer is about to be written. What the
// handler did not read of the request's body is read now, as net/http itself is
// about to, so that a request that is refused is recorded whole.
func (t *tap) answering(h http.Header) {
	if t.journal == nil {
		return
	}
	if text := h["Content-Length"]; len(text) == 1 {
		if n, err := strconv.ParseInt(text[0], 10, 64); err == nil {
			t.length = n
		}
	}
	if !t.expects {
		t.request.drain()
	}
}

// writing is called with a piece of the answer that is about to be written. With
// the last one the exchange is told.
func (t *tap) writing(b []byte, r *recorder) {
	if t.journal == nil || t.told {
		return
	}
	t.written += int64(len(b))
	body := b
	switch complete := t.length >= 0 && t.written >= t.length; {
	case t.head:
		body = nil
	case !complete || len(t.pieces) > 0:
		t.pieces = append(t.pieces, b[:min(len(b), t.limit-len(t.pieces))]...)
		body = t.pieces
	}
	if t.length >= 0 && t.written >= t.length {
		t.tell(r, body, "")
	}
}

// The ways in which an exchange ends without a whole answer.
const (
	brokenOff = "the server broke the connection off"
	hungUp    = "the client hung up"
)

// finish tells an exchange that was not told yet, because its answer does not say
// how long it is, or is not whole. broken says that the server broke it off, gone
// that the client did not wait for it.
func (t *tap) finish(r *recorder, broken, gone bool) {
	if t.journal == nil || t.told {
		return
	}
	aborted := ""
	switch short := t.written < t.length && !t.head; {
	case r.status == statusGone, gone && short:
		aborted = hungUp
	case broken || short:
		aborted = brokenOff
	}
	t.tell(r, t.pieces, aborted)
}

func (t *tap) tell(r *recorder, body []byte, aborted string) {
	t.told = true
	x := &t.exchange
	x.Duration = t.clock.Now().Sub(t.start)
	x.Operation, x.Version, x.Client, x.Refused, x.Hint, x.Fault = r.operation, r.version, r.client, r.refusal, r.hint, r.fault
	x.Status, x.Aborted, x.ResponseHeader = r.status, aborted, r.Header()
	x.Request.Data = t.request.kept
	if t.request.limit > 0 {
		x.Request.Size, x.Request.More = t.request.size()
	}
	x.Response = journal.Content{Data: body}
	if !t.head {
		x.Response.Size = t.written
	}
	t.journal.Record(x)
}

// tappedBody is the body of a request, whose beginning is kept as it is read.
type tappedBody struct {
	io.ReadCloser
	limit     int   // how much is kept
	announced int64 // how long it is, -1 where that is not known
	read      int64
	kept      []byte
	ended     bool
}

// Read implements io.Reader.
func (b *tappedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if room := b.limit - len(b.kept); room > 0 && n > 0 {
		if b.kept == nil && b.announced > 0 {
			b.kept = make([]byte, 0, min(int64(b.limit), b.announced))
		}
		b.kept = append(b.kept, p[:min(n, room)]...)
	}
	b.read += int64(n)
	b.ended = b.ended || err != nil
	return n, err
}

// drain reads on until enough is kept.
func (b *tappedBody) drain() {
	const piece = 4 << 10
	for !b.ended && len(b.kept) < b.limit {
		b.kept = slices.Grow(b.kept, min(piece, b.limit-len(b.kept)))
		have := len(b.kept)
		n, err := b.ReadCloser.Read(b.kept[have:min(cap(b.kept), b.limit)])
		b.kept = b.kept[:have+n]
		b.read += int64(n)
		b.ended = err != nil
	}
}

// size is how long the body is and, where it did not say so, whether there was
// more of it than was read.
func (b *tappedBody) size() (n int64, more bool) {
	if b.announced >= 0 {
		return b.announced, false
	}
	return b.read, !b.ended
}

// Hijack implements http.Hijacker: there is no answer then, or not all of it.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.hijacked = true
		r.tap.finish(r, true, false)
	}
	return conn, rw, err
}
