package journal

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// maxText is how many bytes are kept of a path, a query, a header or any
	// other text of an entry.
	maxText = 8 << 10
	// maxHeaders is how many bytes are kept of the headers in each direction.
	maxHeaders = 32 << 10
)

// raw is an entry as it was recorded, secrets and all.
type raw struct {
	number         uint64
	time, duration int64 // nanoseconds
	status         int

	trackingID, proto, scheme, host, method, prefix, path, query string
	operation, version, client                                   string
	refused, hint, fault, aborted                                string

	requestHeaders, responseHeaders []Header
	request, response               rawBody
}

// rawBody is a body as it was recorded.
type rawBody struct {
	size int64
	more bool
	data string
}

func (b rawBody) truncated() bool { return b.more || int64(len(b.data)) < b.size }

// Header is one header of a request or an answer.
type Header struct{ Name, Value string }

// texts are the texts of an entry in the order of its record.
func (r *raw) texts() [15]*string {
	return [...]*string{
		&r.trackingID, &r.proto, &r.scheme, &r.host, &r.method, &r.prefix, &r.path, &r.query,
		&r.operation, &r.version, &r.client, &r.refused, &r.hint, &r.fault, &r.aborted,
	}
}

// appendMeta appends all of a record but the bodies, of which it gets the length
// that is kept.
func appendMeta(b []byte, number uint64, x *Exchange, request, response int) []byte {
	b = binary.AppendUvarint(b, number)
	b = binary.AppendVarint(b, x.Time.UnixNano())
	// In as many bytes whatever it is: which entries there is room for is not to
	// depend on how fast the machine was.
	b = binary.LittleEndian.AppendUint64(b, uint64(x.Duration))
	b = binary.AppendVarint(b, int64(x.Status))
	for _, text := range [...]string{
		x.TrackingID, x.Proto, x.Scheme, x.Host, x.Method, x.Prefix, x.Path, x.Query,
		x.Operation, x.Version, x.Client, x.Refused, x.Hint, x.Fault, x.Aborted,
	} {
		b = appendText(b, text)
	}
	b = appendHeaders(b, x.RequestHeader, keepRequest)
	b = appendHeaders(b, x.ResponseHeader, keepResponse)
	b = appendBody(b, &x.Request, request)
	return appendBody(b, &x.Response, response)
}

// appendBody appends what is known of a body, of which kept bytes follow later.
func appendBody(b []byte, c *Content, kept int) []byte {
	size := c.Size << 1
	if c.More {
		size |= 1
	}
	return binary.AppendUvarint(binary.AppendVarint(b, size), uint64(kept))
}

func appendText(b []byte, text string) []byte {
	text = text[:min(len(text), maxText)]
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// appendHeaders appends what keep lets through, each name and value, and an empty
// name at the end. They come in no order; only where there is no room for all does
// it count, which of them are kept, and that is by name then.
func appendHeaders(b []byte, headers map[string][]string, keep func(name, value string) (string, bool)) []byte {
	begin, whole := len(b), true
	add := func(name string, values []string) {
		for _, value := range values {
			value, ok := keep(name, value)
			switch {
			case !ok:
			case len(b)+len(name)+len(value) < begin+maxHeaders:
				b = appendText(appendText(b, name), value)
			default:
				whole = false
			}
		}
	}
	for name, values := range headers {
		add(name, values)
	}
	if !whole {
		b = b[:begin]
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			add(name, headers[name])
		}
	}
	return appendText(b, "")
}

// decode reads the first of some records, and returns the others.
func (r *raw) decode(records string) (others string) {
	n := binary.LittleEndian.Uint32([]byte(records[:lengthSize]))
	d := decoder{records[lengthSize : lengthSize+n]}
	r.number = d.uint()
	r.time, r.duration, r.status = d.int(), d.fixed(), int(d.int())
	for _, text := range r.texts() {
		*text = d.text()
	}
	r.requestHeaders, r.responseHeaders = d.headers(), d.headers()
	var request, response uint64
	r.request, request = d.body()
	r.response, response = d.body()
	r.request.data, r.response.data = d.take(request), d.take(response)
	return records[lengthSize+n:]
}

func (r *raw) when() time.Time { return time.Unix(0, r.time).UTC() }

// header is the first value of a header, "" for none.
func header(all []Header, name string) string {
	for _, h := range all {
		if h.Name == name {
			return h.Value
		}
	}
	return ""
}

// decoder reads what appendMeta wrote.
type decoder struct{ rest string }

func (d *decoder) take(n uint64) string {
	taken := d.rest[:n]
	d.rest = d.rest[n:]
	return taken
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint([]byte(d.rest[:min(len(d.rest), binary.MaxVarintLen64)]))
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint([]byte(d.rest[:min(len(d.rest), binary.MaxVarintLen64)]))
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) fixed() int64 { return int64(binary.LittleEndian.Uint64([]byte(d.take(8)))) }

func (d *decoder) body() (b rawBody, kept uint64) {
	size := d.int()
	return rawBody{size: size >> 1, more: size&1 == 1}, d.uint()
}

func (d *decoder) text() string { return d.take(d.uint()) }

// headers are in order of their names, and of one name in the order they came.
func (d *decoder) headers() []Header {
	var all []Header
	for {
		name := d.text()
		if name == "" {
			break
		}
		all = append(all, Header{name, d.text()})
	}
	slices.SortStableFunc(all, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return all
}
