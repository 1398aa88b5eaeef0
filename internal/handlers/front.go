package handlers

import (
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/cors"

	"mockserver/internal/clock"
	"mockserver/internal/idgen"
	"mockserver/internal/metrics"
)

// requestIDHeader names a request to the client, to the log and in errors.
const requestIDHeader = "SLPT-Request-ID"

// FrontConfig is what goes around every request, whoever answers it.
type FrontConfig struct {
	IDs   *idgen.Source
	Clock clock.Clock
	// Dates are what answers are dated by; nil is the machine's clock.
	Dates *clock.Dates
	Log   *slog.Logger
	// Origins are those that browsers may call from; ["*"] is all, none is no
	// CORS headers at all.
	Origins []string
	// Journal is told of every request; nil is nobody.
	Journal Journal
	// Metrics counts every request; nil is nobody.
	Metrics *metrics.Tenant
}

// Front gives every answer the headers of the real gateway, logs one line for
// each request and turns a panic into the API's generic fault.
func Front(c FrontConfig, next http.Handler) http.Handler {
	next = withCORS(c.Origins, withVary(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := c.Clock.Now()
		rec := &recorder{ResponseWriter: w, dates: c.Dates, requestID: r.Header.Get(requestIDHeader)}
		if !isRequestID(rec.requestID) {
			rec.requestID = c.IDs.RequestID()
		}
		gatewayHeaders(w.Header(), rec.requestID)
		served := r
		if c.Journal != nil {
			served = rec.tap.watch(r, &c, start, rec.requestID)
		}
		if c.Metrics != nil {
			c.Metrics.Begin()
		}
		defer func() { // of an answer that is broken off, too
			took := c.Clock.Now().Sub(start)
			rec.log(r, c.Log, took)
			if c.Metrics != nil {
				c.Metrics.End(metrics.Request{Operation: rec.route, Version: rec.version, Status: rec.status, Fault: rec.fault != "", Took: took})
			}
		}()
		defer func() {
			fault := recover()
			if fault != nil && fault != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so, too
				rec.recovered(c.Log, r, fault)
				fault = nil
			}
			rec.finish(r, fault != nil)
			if fault != nil {
				panic(fault)
			}
		}()
		next.ServeHTTP(rec, PlainlyEscaped(served))
	})
}

// PlainlyEscaped is the request with a path that is escaped only where it must
// be, so that routing does not depend on how a client likes to write it: %2D is
// a hyphen to everybody, while %2F stays part of its segment.
func PlainlyEscaped(r *http.Request) *http.Request {
	if r.URL.RawPath == "" {
		return r
	}
	segments := strings.Split(r.URL.RawPath, "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil { // net/http has refused such a path before
			return r
		}
		segments[i] = url.PathEscape(plain)
	}
	plain, address := *r, *r.URL
	address.RawPath = strings.Join(segments, "/")
	if address.RawPath == address.Path {
		address.RawPath = ""
	}
	plain.URL = &address
	return &plain
}

// withVary sets the gateway's Vary on what is no preflight. It stands behind
// CORS, which would add to it.
func withVary(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Vary"] = []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}
		next.ServeHTTP(w, r)
	})
}

func withCORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return cors.Handler(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"SLPT-Request-ID", "Content-Type", "Retry-After", "X-Total-Count", "Date"},
		MaxAge:         int((10 * time.Minute).Seconds()),
	})(next)
}

// gatewayHeaders are those that the real gateway sets on everything; Vary comes
// by withVary.
func gatewayHeaders(h http.Header, requestID string) {
	h["Slpt-Request-Id"] = []string{requestID}
	h["Cache-Control"] = []string{"no-cache, no-store, must-revalidate"}
	h["X-Robots-Tag"] = []string{"noindex"}
}

// isRequestID says whether a client's request id is one: 32 lower-case hex digits.
func isRequestID(id string) bool {
	if len(id) != 32 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// notes are what the log says of a request beside what the request itself shows.
type notes struct {
	operation, version, client string
	refusal                    string // why it was refused, as the client was told
	hint                       string // what would have helped
	fault                      string // the id of the rule that made or changed the answer
	// route is the operation as the default version calls it, for the metrics.
	route string
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	notes
	tap       tap
	dates     *clock.Dates
	requestID string
	status    int // 0 until there is an answer
	hijacked  bool
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.begin(status)
	r.ResponseWriter.WriteHeader(status)
}

// begin dates the answer and notes its status, which is the first that is no mere
// information.
func (r *recorder) begin(status int) {
	if r.status == 0 && status >= http.StatusOK {
		r.status = status
		if r.dates != nil {
			r.Header()["Date"] = r.dates.Header()
		}
		r.tap.answering(r.Header())
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.begin(http.StatusOK)
	r.tap.writing(b, r)
	return r.ResponseWriter.Write(b)
}

// finish says what became of a request that nothing was answered to, and tells the
// journal. broken says that the connection ends without a whole answer.
func (r *recorder) finish(req *http.Request, broken bool) {
	gone := req.Context().Err() != nil
	switch {
	case r.status != 0 || broken || r.hijacked:
	case gone:
		r.status = statusGone
	default: // what net/http makes of no answer
		r.status = http.StatusOK
	}
	r.tap.finish(r, broken, gone)
}

// Refused implements auth.Witness.
func (r *recorder) Refused(why string) { r.refusal = why }

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// recorderOf finds the recorder of a request under whatever wraps it.
func recorderOf(w http.ResponseWriter) *recorder {
	for {
		switch got := w.(type) {
		case *recorder:
			return got
		case interface{ Unwrap() http.ResponseWriter }:
			w = got.Unwrap()
		default:
			return nil
		}
	}
}

// note adds to what the log will say of the request.
func note(w http.ResponseWriter, add func(*notes)) {
	if rec := recorderOf(w); rec != nil {
		add(&rec.notes)
	}
}

func (r *recorder) recovered(log *slog.Logger, req *http.Request, fault any) {
	log.Error("panic", "trackingId", r.requestID, "path", req.URL.Path, "fault", fault, "stack", string(debug.Stack()))
	if r.status == 0 {
		writeFailure(r, req, internalFault())
	}
}

// log writes the access line of a request. It shows the path but not the query,
// which may carry credentials.
func (r *recorder) log(req *http.Request, log *slog.Logger, took time.Duration) {
	ctx := req.Context()
	if !log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := make([]slog.Attr, 0, 11)
	attrs = append(attrs,
		slog.String("trackingId", r.requestID),
		slog.String("method", req.Method),
		slog.String("path", req.URL.Path),
		slog.String("operationId", r.operation),
		slog.String("version", r.version),
		slog.Int("status", r.status),
		slog.Float64("durMs", float64(took.Microseconds())/1000),
		slog.String("clientId", r.client),
	)
	if r.refusal != "" {
		attrs = append(attrs, slog.String("refused", r.refusal))
	}
	if r.hint != "" {
		attrs = append(attrs, slog.String("hint", r.hint))
	}
	if r.fault != "" {
		attrs = append(attrs, slog.String("fault", r.fault))
	}
	log.LogAttrs(ctx, slog.LevelInfo, "request", attrs...)
}
