package faults

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Prefers is the fault that a request asks for by its header Prefer (RFC 7240),
// given as the header's lines; false if it asks for none. Preferences:
//
//	code=503        the status to answer with
//	retry-after=2   seconds, with code=429 and code=503
//	delay=250ms     how long to wait before that, or before the ordinary answer
//
// Others are passed over, as that standard asks for; of one that is given twice
// the first counts. The error says what is possible for the operation, which is
// one of the Set's by its ID.
func (s *Set) Prefers(lines []string, operation string) (Fault, bool, error) {
	given := preferences(lines)
	f := Fault{ID: Preferred}
	var applied []string
	apply := func(name, value string) { applied = append(applied, name+"="+value) }
	if code, ok := given["code"]; ok {
		statuses := s.catalogue.byName[operation].Statuses
		n, err := strconv.Atoi(code)
		if err != nil || !slices.Contains(statuses, n) {
			return f, false, fmt.Errorf("code in the header Prefer must be one of %s for %s, not %q", strings.Join(texts(statuses), ", "), operation, code)
		}
		f.Status = n
		apply("code", code)
	}
	if text, ok := given["retry-after"]; ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxRetryAfter {
			return f, false, fmt.Errorf("retry-after in the header Prefer must be a whole number of seconds from 0 to %d, not %q", maxRetryAfter, text)
		}
		if f.Status != tooManyRequests && f.Status != serviceUnavailable {
			return f, false, fmt.Errorf("retry-after in the header Prefer goes with code=%d and code=%d only", tooManyRequests, serviceUnavailable)
		}
		f.RetryAfter = &n
		apply("retry-after", text)
	}
	if text, ok := given["delay"]; ok {
		d, err := time.ParseDuration(text)
		if err != nil || d < shortest || d > MaxDelay {
			return f, false, fmt.Errorf("delay in the header Prefer must be a duration from %v to %v, such as 250ms, not %q", shortest, MaxDelay, text)
		}
		f.Wait = d
		apply("delay", text)
	}
	f.Applied = strings.Join(applied, ", ")
	return f, len(applied) > 0, nil
}

// preferences reads the lines of a header Prefer: names in lower case, the first
// of each. Parameters of a preference are left out; none of ours has any.
func preferences(lines []string) map[string]string {
	all := map[string]string{}
	for _, line := range lines {
		for _, item := range splitOutside(line, ',') {
			item = splitOutside(item, ';')[0]
			name, value, _ := strings.Cut(item, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if _, twice := all[name]; !twice && name != "" {
				all[name] = unquote(strings.TrimSpace(value))
			}
		}
	}
	return all
}

// splitOutside cuts a text at a sign wherever it stands outside of quotes. There
// is always at least one part.
func splitOutside(text string, at byte) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++ // whatever is escaped
		case c == '"':
			quoted = !quoted
		case c == at && !quoted:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
}

// unquote is what a quoted string means; any other text means itself.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	var b strings.Builder
	inner := text[1 : len(text)-1]
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			i++
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}
