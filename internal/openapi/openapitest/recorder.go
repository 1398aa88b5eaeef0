package openapitest

import (
	"bufio"
	"bytes"
	"net"
	"net/http"
)

// recorder passes an answer on and keeps a copy of it.
type recorder struct {
	http.ResponseWriter
	status   int // 0 until the answer's head is written
	header   http.Header
	body     bytes.Buffer
	hijacked bool
}

// WriteHeader keeps the head as the client will see it: later changes of the
// header map have no effect there either.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status, r.header = status, r.Header().Clone()
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status, r.header = http.StatusOK, r.Header().Clone()
	}
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// Hijack hands the connection over, after which there is no answer to check.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.hijacked = true
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
