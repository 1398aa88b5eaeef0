package seed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"mockserver/internal/rolemining"
)

// A document is a whole organisation as one JSON object: each member is what one
// file of the format holds, under the name of the file without its ending.

// memberOf is where a document has what a file holds.
func memberOf(file string) string {
	name, _, _ := strings.Cut(file, ".")
	return name
}

// documentProps are the members of a document.
var documentProps = props("org!", "sources!", "entitlements!", "identities!", "roles", "clients!", "sessions")

// LoadDocument reads a document by the rules of Load. The problems of its *Error
// name no file: their pointers are into the document.
func LoadDocument(text []byte) (rolemining.Dataset, error) {
	l := newLoader()
	ds, err := l.document(text)
	if err != nil {
		return rolemining.Dataset{}, err
	}
	if broken := l.out.err(); broken != nil {
		return rolemining.Dataset{}, InDocument(broken)
	}
	return ds, nil
}

// document reads what is in a document, and notes what is wrong.
func (l *loader) document(text []byte) (rolemining.Dataset, error) {
	whole := &decoder{out: &l.out, texts: l.texts}
	whole.data = text
	at := map[string]int{} // where the value of each member begins
	whole.object(documentProps, func(i int) {
		whole.kind()
		at[documentProps.names[i]] = whole.pos
		whole.skip()
	})
	whole.end()
	if whole.fault != nil {
		l.malformed(whole)
		return rolemining.Dataset{}, nil
	}
	for _, p := range l.parts() {
		start, there := at[memberOf(p.file)]
		if !there {
			l.lost(p.file)
			continue
		}
		d := &decoder{file: p.file, out: &l.out, texts: l.texts}
		d.data, d.pos = text, start
		p.read(d)
		if d.fault != nil { // deeper than a decoder of the whole would allow
			l.malformed(d)
		}
		if p.file == IdentitiesFile {
			if err := l.finishIdentities(); err != nil {
				return rolemining.Dataset{}, err
			}
		}
	}
	return l.ds, nil
}

// InDocument puts the problems of an *Error that name a file where a document
// has what is in that file. Any other error comes back as it is.
func InDocument(err error) error {
	var broken *Error
	if !errors.As(err, &broken) {
		return err
	}
	moved := &Error{Problems: slices.Clone(broken.Problems), Count: broken.Count}
	for i := range moved.Problems {
		p := &moved.Problems[i]
		if p.File != "" {
			p.Pointer, p.File = "/"+memberOf(p.File)+p.Pointer, ""
		}
	}
	return moved
}

// WriteDocument writes a whole data set as a document, a record a line where
// there are many. Same data, same bytes.
func WriteDocument(to io.Writer, ds rolemining.Dataset) error { return writeDocument(to, ds, false) }

// writeDocument is WriteDocument; byID writes references by id and never by key.
func writeDocument(to io.Writer, ds rolemining.Dataset, byID bool) error {
	out := bufio.NewWriter(to)
	separator := "{\n"
	w := NewWriter(func(name string) (io.WriteCloser, error) {
		_, err := out.WriteString(separator + `"` + memberOf(name) + `": `)
		separator = ",\n"
		return &member{out: out}, err
	}, false)
	w.byID = byID
	if err := w.whole(ds); err != nil {
		return err
	}
	if _, err := out.WriteString("\n}\n"); err != nil {
		return err
	}
	return out.Flush()
}

// member is the value of a member, which a Writer takes for a file. The newline
// at the end of a file is left out.
type member struct {
	out  *bufio.Writer
	line bool // a newline is held back
}

// Write implements io.Writer.
func (m *member) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if m.line {
		_ = m.out.WriteByte('\n') // an error comes again with the text
	}
	text, line := bytes.CutSuffix(p, []byte("\n"))
	m.line = line
	if _, err := m.out.Write(text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close implements io.Closer.
func (m *member) Close() error { return nil }
