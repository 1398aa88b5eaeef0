package journal

import (
	"bytes"
	"mime"
	"strings"

	"mockserver/internal/journal/jsonscan"
)

// json redacts the values of secret names in JSON, or in what somebody took for
// JSON. What is not redacted stays as it was written.
func (r redactor) json(text []byte) []byte {
	var out []byte
	done, name := 0, ""
	replace := func(from, to int) {
		out = append(append(out, text[done:from]...), `"`+Redacted+`"`...)
		done = to
	}
	for at := 0; ; {
		t, ok := jsonscan.Next(text, at)
		if !ok {
			break
		}
		at = t.End
		switch {
		case t.Kind == ':':
		case r.isSecretProperty(name):
			if at = valueEnd(text, t); string(text[t.Start:at]) != "null" {
				replace(t.Start, at)
			}
			name = ""
		case isName(text, t):
			name = nameOf(text, t)
		default:
			name = ""
			if t.Kind == jsonscan.String && r.holdsSecret(jsonscan.Unquote(text[t.Start:t.End])) {
				replace(t.Start, t.End)
			}
		}
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}

// isName says whether a token is the name of a property. Names without quotes, or
// with other ones, are names too.
func isName(text []byte, t jsonscan.Token) bool {
	next, ok := jsonscan.Next(text, t.End)
	return ok && next.Kind == ':' && (t.Kind == jsonscan.String || t.Kind == jsonscan.Word)
}

func nameOf(text []byte, t jsonscan.Token) string {
	if t.Kind == jsonscan.String {
		return jsonscan.Unquote(text[t.Start:t.End])
	}
	return string(text[t.Start:t.End])
}

// valueEnd is where a value ends that must not be seen. What is no JSON goes up to
// the next sign that could end it, or to the end of its line.
func valueEnd(text []byte, t jsonscan.Token) int {
	if t.Kind != jsonscan.Word {
		return jsonscan.SkipValue(text, t)
	}
	if i := bytes.IndexAny(text[t.Start:], ",}]\r\n"); i >= 0 {
		return t.Start + i
	}
	return len(text)
}

// boundaryOf is the line that separates the parts of a multipart body, "" if it is
// none. A body says it itself, in its first line.
func boundaryOf(text, contentType string) string {
	if media, params, err := mime.ParseMediaType(contentType); err == nil && strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		return "--" + params["boundary"]
	}
	line, _, found := strings.Cut(text, "\n")
	line = strings.TrimSuffix(line, "\r")
	if found && len(line) > 2 && strings.HasPrefix(line, "--") && strings.Contains(strings.ToLower(text), "content-disposition:") {
		return line
	}
	return ""
}

// multipart redacts the parts of a body that have a secret's name.
func (r redactor) multipart(text, boundary string) string {
	parts := strings.Split(text, boundary)
	for i, part := range parts {
		head, content, ok := cutHead(part)
		switch {
		case !ok: // before the first part, or behind the last
			parts[i] = r.form(string(r.json([]byte(part))))
		case isSecretParameter(partName(head)):
			parts[i] = head + Redacted + "\r\n"
		case r.nested < maxNested:
			parts[i] = head + r.deeper().body(content, "", false)
		}
	}
	return strings.Join(parts, boundary)
}

// cutHead takes the headers of a part off, up to the blank line behind them.
func cutHead(part string) (head, content string, ok bool) {
	for _, blank := range [...]string{"\r\n\r\n", "\n\n"} {
		if i := strings.Index(part, blank); i >= 0 {
			return part[:i+len(blank)], part[i+len(blank):], true
		}
	}
	return "", "", false
}

// partName is the name of a part's field. Where its header cannot be read, it is
// the whole of the headers: whatever there is in them counts.
func partName(head string) string {
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		if !strings.EqualFold(strings.TrimSpace(name), "Content-Disposition") {
			continue
		}
		if _, params, err := mime.ParseMediaType(strings.TrimSpace(value)); err == nil {
			return params["name"]
		}
		_, name, _ = strings.Cut(value, "name=")
		return strings.TrimSpace(name)
	}
	return ""
}
