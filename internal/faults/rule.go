package faults

// Rule is a rule as it is written and shown. Its JSON form is the one that a Set
// reads.
type Rule struct {
	ID string `json:"id"`

	// The calls that it is for: an operation, or Any; what is left out does not
	// matter.
	Operation string            `json:"operation"`
	Version   string            `json:"version,omitempty"`
	Client    string            `json:"client,omitempty"`
	Path      map[string]string `json:"path,omitempty"`   // by name of the path parameter
	Header    map[string]string `json:"header,omitempty"` // by canonical name

	// Which of those it takes; 0 is no condition. After is left out of the count
	// of Nth and Every.
	Times       int      `json:"times,omitempty"`
	Nth         int      `json:"nth,omitempty"`
	Every       int      `json:"every,omitempty"`
	After       int      `json:"after,omitempty"`
	Probability *float64 `json:"probability,omitempty"` // 0 to 1

	Action
}

// Any is the operation of a rule that is for all operations.
const Any = "*"

// Action is what is done to a call.
type Action struct {
	// Status answers the call with this status, in the form that the server has
	// for it; 0 leaves the answer as it is.
	Status int `json:"status,omitempty"`
	// RetryAfter is in seconds, for the statuses 429 and 503; nil is 1 for 429
	// and none for 503.
	RetryAfter *int `json:"retryAfter,omitempty"`
	// Delay comes before everything else that is done.
	Delay *Delay `json:"delay,omitempty"`
	// Connection ends the connection in the place of an answer.
	Connection Connection `json:"connection,omitempty"`
	// Body breaks the answer's body.
	Body Body `json:"body,omitempty"`
	// Slow writes the answer's body at a rate.
	Slow *Slow `json:"slow,omitempty"`
	// Performed has the operation carried out first, so that only its answer is
	// late or lost.
	Performed bool `json:"performed,omitempty"`
}

// Slow is a rate at which a body is written.
type Slow struct {
	BytesPerSecond int `json:"bytesPerSecond"` // 1 to 1,000,000,000
}

// Connection is a way to end a connection.
type Connection string

// The ways to end a connection.
const (
	Reset Connection = "reset" // TCP RST
	Close Connection = "close" // an orderly end, without an answer
)

// Body is a way to break a body.
type Body string

// The ways to break a body.
const (
	// Truncate announces the whole body, writes half of it and ends the
	// connection: a fault of the transport.
	Truncate Body = "truncate"
	// Malformed announces and writes half of the body: a fault of its content,
	// since half an object, array or ZIP is none.
	Malformed Body = "malformed"
)

// needsBody says whether the action can only be done to an answer with a body.
// An answer that the action itself makes has one.
func (a Action) needsBody() bool { return a.Body != "" || a.Slow != nil }

// RetryAfterSeconds is what to name in the header Retry-After, false for no such
// header.
func (a Action) RetryAfterSeconds() (seconds int, ok bool) {
	switch {
	case a.RetryAfter != nil:
		return *a.RetryAfter, true
	case a.Status == tooManyRequests:
		return 1, true
	}
	return 0, false
}

// The statuses that may name a time to wait for.
const (
	tooManyRequests    = 429
	serviceUnavailable = 503
)
