package handlers

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mockserver/internal/faults"
)

// This file does to calls what package faults decides. A call is looked at once
// it is known which operation it is for and who makes it, and before anything is
// refused or counted: a fault comes in the place of all that follows, the check
// of the token and the rate limit among it.

// The headers of an answer that is made or changed by a fault.
const (
	faultHeader  = "X-Mock-Fault"        // whose it is: the rule's id
	effectHeader = "X-Mock-Fault-Effect" // what was done
)

// Operations are those that faults can befall: the API's and the OAuth side's.
func Operations() []faults.Operation {
	var all []faults.Operation
	for _, rt := range routes() {
		op := faults.Operation{ID: rt.operationID, Params: paramsOf(rt.path), Versioned: true}
		for _, v := range versions() {
			if name := v.operationID(op.ID); name != op.ID && !slices.Contains(op.Names, name) {
				op.Names = append(op.Names, name)
			}
		}
		op.Statuses = failing(rt.errors)
		if rt.method != http.MethodGet {
			op.Statuses = failing(rt.errors, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
		}
		all = append(all, op)
	}
	for _, e := range endpoints() {
		all = append(all, faults.Operation{ID: e.operationID, Statuses: failing(e.errors), Bodyless: e.bodyless})
	}
	return all
}

// failing are the statuses with which an operation can be made to fail: those
// that it has by itself, and those that the layers before any service have.
func failing(own []int, more ...int) []int {
	all := slices.Concat(own, more, []int{401, 403, 404, 429, 500, 502, 503, 504})
	slices.Sort(all)
	return slices.Compact(all)
}

// paramsOf are the names in braces of a path.
func paramsOf(path string) []string {
	var names []string
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") {
			names = append(names, strings.Trim(segment, "{}"))
		}
	}
	return names
}

// Versions are the names of the versions in which the API is served.
func Versions() []string {
	var names []string
	for _, v := range versions() {
		names = append(names, v.name)
	}
	return names
}

// subject is a call that a fault may befall.
type subject struct {
	call   faults.Call
	serve  func(w http.ResponseWriter)              // as if there were no fault
	fail   func(w http.ResponseWriter, status int)  // in the form that the operation has for it
	reject func(w http.ResponseWriter, text string) // a 400 for a header Prefer that asks for what is not possible
}

// disturbed says whether there can be a fault for a request at all.
func (a *API) disturbed(r *http.Request) bool {
	return a.faults.Active() || a.switches.Prefer.Load() && len(r.Header["Prefer"]) > 0
}

// disturb serves a call with the fault that there is for it, if any. What the
// request asks for itself goes before the rules.
func (a *API) disturb(w http.ResponseWriter, r *http.Request, s subject) {
	s.call.Bodyless = r.Method == http.MethodHead
	var f faults.Fault
	var found bool
	if a.switches.Prefer.Load() {
		var err error
		if f, found, err = a.faults.Prefers(r.Header["Prefer"], s.call.Operation); err != nil {
			s.reject(w, err.Error())
			return
		}
	}
	if !found {
		f, found = a.faults.Decide(s.call)
	}
	if !found {
		s.serve(w)
		return
	}
	note(w, func(n *notes) { n.fault = f.ID })
	h := w.Header()
	h.Set(faultHeader, f.ID)
	h.Set(effectHeader, f.Effect())
	if f.Applied != "" {
		h.Set("Preference-Applied", f.Applied)
	}
	a.befall(w, r, s, f)
}

// befall does to a call what a fault says.
func (a *API) befall(w http.ResponseWriter, r *http.Request, s subject, f faults.Fault) {
	var got *kept
	if f.Performed {
		got = keep(w, s.serve)
	}
	if f.Wait > 0 && !a.pause(w, r, f.Wait) {
		return
	}
	switch {
	case f.Connection != "":
		cut(w, r, f.Connection)
		return
	case f.Status > 0:
		got = keep(w, func(w http.ResponseWriter) {
			if seconds, ok := f.RetryAfterSeconds(); ok {
				w.Header().Set("Retry-After", strconv.Itoa(seconds))
			}
			s.fail(w, f.Status)
		})
	case got == nil && f.Body == "" && f.Slow == nil: // late, and no more
		s.serve(w)
		return
	case got == nil:
		got = keep(w, s.serve)
	}
	a.send(w, r, got, f)
}

// pause waits, and says whether the client did, too. The time that passes is the
// machine's, whatever the clock of the tenant does: it is a client that waits.
func (a *API) pause(w http.ResponseWriter, r *http.Request, d time.Duration) bool {
	unbound(w)
	if a.machine.Wait(r.Context(), a.machine.Now().Add(d)) == nil {
		return true
	}
	a.refuse(w, r, r.Context().Err())
	return false
}

// unbound takes the server's bounds off a request: they are against clients that
// are slow, and here it is the server.
func unbound(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // errors are of transports that have no bounds
	_ = c.SetWriteDeadline(time.Time{})
}

// cut ends the connection without an answer.
func cut(w http.ResponseWriter, r *http.Request, how faults.Connection) {
	if how == faults.Close { // what was sent and not read would make a reset of it
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody+1))
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // no connection of its own: net/http ends it in its own way
		panic(http.ErrAbortHandler)
	}
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(interface{ SetLinger(seconds int) error }); ok && how == faults.Reset {
		_ = tcp.SetLinger(0) // so that closing it sends RST
	}
	_ = conn.Close()
}

// kept is an answer that does not go to the client yet, or ever.
type kept struct {
	under  http.ResponseWriter
	header http.Header
	status int
	body   bytes.Buffer
}

// keep lets serve answer and keeps what it says.
func keep(w http.ResponseWriter, serve func(http.ResponseWriter)) *kept {
	k := &kept{under: w, header: w.Header().Clone()}
	serve(k)
	if k.status == 0 {
		k.status = http.StatusOK
	}
	return k
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write implements http.ResponseWriter.
func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// Refused implements auth.Witness.
func (k *kept) Refused(why string) { note(k.under, func(n *notes) { n.refusal = why }) }

// Unwrap lets notes reach the recorder.
func (k *kept) Unwrap() http.ResponseWriter { return k.under }

// send writes an answer as its fault leaves it. Of a body that is written in part
// while all of it is announced, net/http ends the connection afterwards.
func (a *API) send(w http.ResponseWriter, r *http.Request, k *kept, f faults.Fault) {
	body := k.body.Bytes()
	announced := len(body)
	switch f.Body {
	case faults.Truncate:
		body = body[:len(body)/2]
	case faults.Malformed:
		body = body[:len(body)/2]
		announced = len(body)
	}
	maps.Copy(w.Header(), k.header)
	w.Header()["Content-Length"] = []string{strconv.Itoa(announced)}
	w.WriteHeader(k.status)
	if f.Slow == nil {
		_, _ = w.Write(body) // an error here means that nobody listens any more
		return
	}
	a.trickle(w, r, body, f.Slow.BytesPerSecond)
}

// trickle writes a body at a rate, in ten pieces a second or, if that is less
// than a byte, byte by byte. The head goes out at once.
func (a *API) trickle(w http.ResponseWriter, r *http.Request, body []byte, perSecond int) {
	unbound(w)
	out, start := http.NewResponseController(w), a.machine.Now()
	_ = out.Flush() // an error shows at the next write
	for sent := 0; sent < len(body); {
		next := min(sent+max(1, perSecond/10), len(body))
		if a.machine.Wait(r.Context(), start.Add(time.Duration(next)*time.Second/time.Duration(perSecond))) != nil {
			return
		}
		if _, err := w.Write(body[sent:next]); err != nil {
			return
		}
		_ = out.Flush()
		sent = next
	}
}
