// Package har writes the entries of a journal as an HTTP Archive, version 1.2: the
// file that the developer tools of browsers save and open.
package har

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"mockserver/internal/journal"
)

// Archive is the whole file.
type Archive struct {
	Log Log `json:"log"`
}

// Log is what is in an Archive.
type Log struct {
	Version string  `json:"version"` // "1.2"
	Creator Creator `json:"creator"`
	Entries []Entry `json:"entries"`
	Comment string  `json:"comment,omitempty"`
}

// Creator is the program that wrote the file.
type Creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Entry is one request with its answer. The members that begin with an underscore
// are ours; readers pass them over.
type Entry struct {
	StartedDateTime string   `json:"startedDateTime"` // RFC 3339 with milliseconds
	Time            float64  `json:"time"`            // milliseconds
	Request         Request  `json:"request"`
	Response        Response `json:"response"`
	Cache           struct{} `json:"cache"`
	Timings         Timings  `json:"timings"`
	Comment         string   `json:"comment,omitempty"`

	Number     uint64 `json:"_number"`
	TrackingID string `json:"_trackingId"`
	Operation  string `json:"_operationId,omitempty"`
	Version    string `json:"_version,omitempty"`
	Client     string `json:"_clientId,omitempty"`
	Refused    string `json:"_refused,omitempty"`
	Hint       string `json:"_hint,omitempty"`
	Fault      string `json:"_fault,omitempty"`
	Error      string `json:"_error,omitempty"`
}

// Request is what was asked.
type Request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []Pair    `json:"cookies"`
	Headers     []Pair    `json:"headers"`
	QueryString []Pair    `json:"queryString"`
	PostData    *PostData `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"` // -1: not known
	BodySize    int64     `json:"bodySize"`    // bytes
}

// PostData is the body of a request.
type PostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"_encoding,omitempty"` // "base64", or text as it is
	Comment  string `json:"comment,omitempty"`
}

// Response is what was answered; a Status of 0 is no answer.
type Response struct {
	Status      int     `json:"status"`
	StatusText  string  `json:"statusText"`
	HTTPVersion string  `json:"httpVersion"`
	Cookies     []Pair  `json:"cookies"`
	Headers     []Pair  `json:"headers"`
	Content     Content `json:"content"`
	RedirectURL string  `json:"redirectURL"`
	HeadersSize int     `json:"headersSize"` // -1: not known
	BodySize    int64   `json:"bodySize"`    // bytes
}

// Content is the body of an answer.
type Content struct {
	Size     int64  `json:"size"` // bytes
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"` // "base64", or text as it is
	Comment  string `json:"comment,omitempty"`
}

// Timings are in milliseconds. All of the time is waiting: what the network took
// is not known here.
type Timings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// Pair is a name and a value.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Of makes an archive. version is the program's.
func Of(entries []journal.Entry, version string) Archive {
	log := Log{
		Version: "1.2", Creator: Creator{Name: "mockserver", Version: version}, Entries: make([]Entry, len(entries)),
		Comment: "Secrets are redacted and long bodies cut. Times are by the tenant's clock.",
	}
	for i := range entries {
		log.Entries[i] = entryOf(&entries[i])
	}
	return Archive{log}
}

func entryOf(e *journal.Entry) Entry {
	took := float64(e.Duration) / float64(time.Millisecond)
	return Entry{
		StartedDateTime: e.Time.Format("2006-01-02T15:04:05.000Z07:00"),
		Time:            took, Timings: Timings{Wait: took},
		Request: requestOf(e), Response: responseOf(e),
		Number: e.Number, TrackingID: e.TrackingID, Operation: e.Operation, Version: e.Version, Client: e.Client,
		Refused: e.Refused, Hint: e.Hint, Fault: e.Fault, Error: e.Aborted,
	}
}

func requestOf(e *journal.Entry) Request {
	address := e.Scheme + "://" + e.Host + e.Prefix + e.Path
	if e.Query != "" {
		address += "?" + e.Query
	}
	r := Request{
		Method: e.Method, URL: address, HTTPVersion: e.Proto, Cookies: []Pair{}, Headers: pairs(e.RequestHeaders),
		QueryString: query(e.Query), HeadersSize: -1, BodySize: e.Request.Size,
	}
	if e.Request.Size > 0 {
		text, encoding := text(e.Request)
		r.PostData = &PostData{
			MimeType: journal.ContentType(e.RequestHeaders),
			Text:     text, Encoding: encoding, Comment: comment(e.Request),
		}
	}
	return r
}

func responseOf(e *journal.Entry) Response {
	text, encoding := text(e.Response)
	r := Response{
		Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: e.Proto,
		Cookies: []Pair{}, Headers: pairs(e.ResponseHeaders),
		Content: Content{
			Size: e.Response.Size, MimeType: journal.ContentType(e.ResponseHeaders),
			Text: text, Encoding: encoding, Comment: comment(e.Response),
		},
		HeadersSize: -1, BodySize: e.Response.Size,
	}
	for _, h := range e.ResponseHeaders {
		if h.Name == "Location" {
			r.RedirectURL = h.Value
		}
	}
	return r
}

func text(b journal.Body) (text, encoding string) {
	if b.Binary {
		return base64.StdEncoding.EncodeToString([]byte(b.Data)), "base64"
	}
	return b.Data, ""
}

func comment(b journal.Body) string {
	if b.Truncated {
		return "only the beginning was kept"
	}
	return ""
}

func pairs(headers []journal.Header) []Pair {
	all := make([]Pair, len(headers))
	for i, h := range headers {
		all[i] = Pair(h)
	}
	return all
}

// query takes a query string apart. What is not well-formed stays as it was sent.
func query(text string) []Pair {
	all := []Pair{}
	for part := range strings.SplitSeq(text, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		all = append(all, Pair{unescape(name), unescape(value)})
	}
	return all
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
