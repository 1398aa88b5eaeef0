package seed

import (
	"bytes"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// decoder reads the values of one file against the rules of the format. A
// broken rule is noted under the pointer of the value, and reading goes on.
type decoder struct {
	scanner
	file  string
	path  []step
	out   *findings
	texts map[string]string // one copy of each repeated text
}

// step is one level of a JSON Pointer: a name, or an index if name is "".
type step struct {
	name  string
	index int
}

// object describes the properties that an object may have.
type object struct {
	names    []string
	required uint32 // bits of names
	// barred are properties that one might look for here, with why they are
	// not; may be nil.
	barred map[string]string
}

// props makes an object of its properties; a name that ends in "!" is required.
func props(names ...string) object {
	o := object{names: make([]string, len(names))}
	for i, name := range names {
		plain, must := strings.CutSuffix(name, "!")
		o.names[i] = plain
		if must {
			o.required |= 1 << i
		}
	}
	return o
}

func (o object) index(key []byte) int {
	for i, name := range o.names {
		if string(key) == name {
			return i
		}
	}
	return -1
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer is the JSON Pointer of the value being read.
func (d *decoder) pointer() string {
	var b strings.Builder
	for _, s := range d.path {
		b.WriteByte('/')
		if s.name != "" {
			b.WriteString(pointerEscapes.Replace(s.name))
		} else {
			b.WriteString(strconv.Itoa(s.index))
		}
	}
	return b.String()
}

func (d *decoder) problem(format string, args ...any) {
	if d.fault == nil {
		d.out.addf(d.file, d.pointer(), format, args...)
	}
}

// member notes a problem with the property of this name in the object being read.
func (d *decoder) member(name []byte, rule string, allowed ...string) {
	pointer := d.pointer() + "/" + pointerEscapes.Replace(string(name))
	d.out.Add(Problem{File: d.file, Pointer: pointer, Rule: rule, Allowed: allowed})
}

func (d *decoder) enter(name string, index int) {
	d.path = append(d.path, step{name, index})
}

func (d *decoder) leave() { d.path = d.path[:len(d.path)-1] }

// wrong skips a value of the wrong type. Where it turns out to be no value at
// all, the syntax is the problem.
func (d *decoder) wrong(want string) {
	d.skip()
	d.problem("must be %s", want)
}

// null consumes a null. Every optional property may be null, which is the same
// as leaving it out.
func (d *decoder) null() bool { return d.kind() == 'n' && d.word("null") }

// object reads an object and calls each with the number of each property in
// o.names. It is false if the value is no object.
func (d *decoder) object(o object, each func(i int)) bool {
	if d.kind() != '{' {
		d.wrong("an object")
		return false
	}
	if !d.open() {
		return false
	}
	var seen uint32
	for n := 0; d.more(n, '}'); n++ {
		key, ok := d.key()
		if !ok {
			return false
		}
		i := o.index(key)
		switch {
		case i < 0:
			d.unknown(o, key)
			d.skip()
			continue
		case seen>>i&1 == 1:
			d.member(key, fmt.Sprintf("the property %q occurs twice", key))
			d.skip()
			continue
		}
		seen |= 1 << i
		d.enter(o.names[i], 0)
		if o.required>>i&1 == 1 || !d.null() {
			each(i)
		}
		d.leave()
	}
	for i, name := range o.names {
		if (o.required&^seen)>>i&1 == 1 {
			d.problem("the required property %q is missing", name)
		}
	}
	return d.fault == nil
}

// unknown notes that an object has a property that it cannot have.
func (d *decoder) unknown(o object, key []byte) {
	if why, known := o.barred[string(key)]; known {
		d.member(key, why, o.names...)
		return
	}
	d.member(key, fmt.Sprintf("unknown property %q (known: %s)", key, strings.Join(o.names, ", ")), o.names...)
}

// mapping reads an object of free keys.
func (d *decoder) mapping(each func(key string)) {
	if d.kind() != '{' {
		d.wrong("an object")
		return
	}
	if !d.open() {
		return
	}
	for n := 0; d.more(n, '}'); n++ {
		b, ok := d.key()
		if !ok {
			return
		}
		key := d.intern(b)
		if key == "" {
			d.problem("a property has no name")
			d.skip()
			continue
		}
		d.enter(key, 0)
		each(key)
		d.leave()
	}
}

// list reads an array and calls each with the place of each element. It is
// false if the value is no array.
func (d *decoder) list(each func(i int)) bool {
	if d.kind() != '[' {
		d.wrong("an array")
		return false
	}
	if !d.open() {
		return false
	}
	for n := 0; d.more(n, ']'); n++ {
		d.enter("", n)
		each(n)
		d.leave()
	}
	return true
}

// raw reads a string; the bytes are valid until the next read.
func (d *decoder) raw() ([]byte, bool) {
	if d.kind() != '"' {
		d.wrong("a string")
		return nil, false
	}
	return d.str()
}

// intern is b as a string, one copy for all that are equal.
func (d *decoder) intern(b []byte) string {
	if t, ok := d.texts[string(b)]; ok {
		return t
	}
	t := string(b)
	d.texts[t] = t
	return t
}

// text reads a string that is not empty, nor white space alone.
func (d *decoder) text() string { return string(d.textBytes()) }

// textBytes is text, valid until the next read.
func (d *decoder) textBytes() []byte {
	b, ok := d.raw()
	if ok && len(bytes.TrimSpace(b)) == 0 {
		d.problem("must not be empty")
	}
	return b
}

// anyText reads a string.
func (d *decoder) anyText() *string {
	b, ok := d.raw()
	if !ok {
		return nil
	}
	t := string(b)
	return &t
}

func (d *decoder) boolean() bool {
	switch d.kind() {
	case 't':
		if d.word("true") {
			return true
		}
	case 'f':
		if d.word("false") {
			return false
		}
	}
	d.wrong("true or false")
	return false
}

// integer reads a whole number from lo to hi.
func (d *decoder) integer(lo, hi int) int {
	if d.kind() != '0' {
		d.wrong(fmt.Sprintf("a whole number from %d to %d", lo, hi))
		return lo
	}
	text, integer := d.number()
	n, err := strconv.Atoi(string(text))
	if !integer || err != nil || n < lo || n > hi {
		d.problem("must be a whole number from %d to %d, not %s", lo, hi, text)
		return lo
	}
	return n
}

// oneOf reads a string that is one of those allowed.
func (d *decoder) oneOf(allowed ...string) string {
	b, ok := d.raw()
	if !ok {
		return ""
	}
	for _, a := range allowed {
		if string(b) == a {
			return a
		}
	}
	if d.fault == nil {
		rule := fmt.Sprintf("must be one of %s, not %q", strings.Join(allowed, ", "), b)
		d.out.Add(Problem{File: d.file, Pointer: d.pointer(), Rule: rule, Allowed: allowed})
	}
	return ""
}

// date reads a point of time, RFC 3339, to the millisecond.
func (d *decoder) date() time.Time {
	b, ok := d.raw()
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil || t.Year() < 1 {
		d.problem("must be a date and time like 2026-07-10T14:11:05.348Z, not %q", b)
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// uuid reads a UUID in its dashed form of lower-case hex digits.
func (d *decoder) uuid() string {
	b, ok := d.raw()
	if !ok {
		return ""
	}
	id, err := uuid.ParseBytes(b)
	if err != nil || id.String() != string(b) {
		d.problem("must be a UUID like 8c190e67-87aa-4ed9-a90b-d9d5344523fb, not %q", b)
	}
	return string(b)
}

// address reads an absolute URL.
func (d *decoder) address() string {
	b, ok := d.raw()
	if !ok {
		return ""
	}
	u, err := url.Parse(string(b))
	if err != nil || !u.IsAbs() || u.Host == "" {
		d.problem("must be an absolute URL, not %q", b)
	}
	return string(b)
}
