package openapitest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// contentTypes spells a documented media type as the emulated API sends it.
var contentTypes = map[string]string{
	"application/json": "application/json;charset=UTF-8",
	"application/zip":  "application/zip",
}

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// check lists what is wrong with an answer of this version.
func (c *contract) check(a answer, segments []string) []string {
	problems := checkHeaders(a)
	r := find(c.routes, segments)
	if r == nil {
		return append(problems, a.must(http.StatusNotFound, c.version+" does not know the path", c.notFound)...)
	}
	method := a.method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op := r.operations[method]
	if op == nil {
		return append(problems, a.must(http.StatusMethodNotAllowed, r.path+" does not know the method", c.methodNotAllowed)...)
	}
	want := op.answers[a.status]
	if want == nil && a.ordered() {
		want = c.ordered[a.status]
	}
	if want == nil {
		return append(problems, fmt.Sprintf("status %d is not documented for %s %s: %v are", a.status, method, r.path, op.statuses()))
	}
	problems = append(problems, op.checkCount(a)...)
	return append(problems, a.checkContent(want, op)...)
}

// must is for answers that the path alone decides.
func (a answer) must(status int, reason string, want *expected) []string {
	if a.status != status {
		return []string{fmt.Sprintf("status is %d, want %d: %s", a.status, status, reason)}
	}
	return a.checkContent(want, nil)
}

// checkHeaders looks at what every answer carries.
func checkHeaders(a answer) []string {
	var problems []string
	if id := a.header.Get("SLPT-Request-ID"); !hex32.MatchString(id) {
		problems = append(problems, fmt.Sprintf("header SLPT-Request-ID is %q, want 32 hexadecimal digits in lower case", id))
	}
	for _, name := range []string{"Cache-Control", "Vary", "X-Robots-Tag"} {
		if a.header.Get(name) == "" {
			problems = append(problems, fmt.Sprintf("header %s is missing", name))
		}
	}
	least := 1
	if a.ordered() { // so that no test need wait
		least = 0
	}
	if wait := a.header.Get("Retry-After"); a.status == http.StatusTooManyRequests && !atLeast(wait, least) {
		problems = append(problems, fmt.Sprintf("header Retry-After is %q, want whole seconds, %d or more", wait, least))
	}
	return problems
}

func atLeast(text string, least int) bool {
	n, err := strconv.Atoi(text)
	return err == nil && n >= least
}

// checkCount wants X-Total-Count where it was asked for, and nowhere else.
func (op *operation) checkCount(a answer) []string {
	total, has := a.header["X-Total-Count"]
	asked := op.paged && a.status == http.StatusOK && a.url.Query().Get("count") == "true"
	switch {
	case has && !asked:
		return []string{fmt.Sprintf("header X-Total-Count is %q, but no count was asked for", total)}
	case asked && !has:
		return []string{"header X-Total-Count is missing, although count=true"}
	case asked:
		if n, err := strconv.Atoi(total[0]); err != nil || n < 0 || len(total) > 1 {
			return []string{fmt.Sprintf("header X-Total-Count is %q, want one whole number, 0 or more", total)}
		}
	}
	return nil
}

// checkContent looks at the content type and the body. op is nil where no
// operation answered.
func (a answer) checkContent(want *expected, op *operation) []string {
	if got := a.header.Get("Content-Type"); got != contentTypes[want.media] {
		return []string{fmt.Sprintf("header Content-Type is %q, want %q", got, contentTypes[want.media])}
	}
	if a.method == http.MethodHead && len(a.body) == 0 {
		return nil
	}
	if a.broken() != "" {
		return a.checkBroken()
	}
	if want.media == "application/zip" {
		return checkZip(a.body)
	}
	value, problems := want.checkJSON(a.body)
	if list, ok := value.([]any); ok && op != nil && op.paged {
		problems = append(problems, a.checkLimit(len(list))...)
	}
	if object, ok := value.(map[string]any); ok && a.status >= http.StatusBadRequest {
		problems = append(problems, a.checkError(object)...)
	}
	return problems
}

func checkZip(body []byte) []string {
	if _, err := zip.NewReader(bytes.NewReader(body), int64(len(body))); err != nil {
		return []string{fmt.Sprintf("the body is not a ZIP archive: %v", err)}
	}
	return nil
}

// checkLimit holds the length of a page against the limit that was asked for.
func (a answer) checkLimit(items int) []string {
	limit := 250
	if text := a.url.Query().Get("limit"); text != "" {
		asked, err := strconv.Atoi(text)
		if err != nil || asked < 0 || asked > limit {
			return []string{fmt.Sprintf("limit=%s must be refused", text)}
		}
		limit = asked
	}
	if items > limit {
		return []string{fmt.Sprintf("%d items, the limit is %d", items, limit)}
	}
	return nil
}

// checkError looks at what the schemas of error answers cannot say.
func (a answer) checkError(body map[string]any) []string {
	var problems []string
	if id, has := body["trackingId"]; has {
		if text, _ := id.(string); !hex32.MatchString(text) || text != a.header.Get("SLPT-Request-ID") {
			problems = append(problems, fmt.Sprintf("trackingId is %v, want the SLPT-Request-ID %q", id, a.header.Get("SLPT-Request-ID")))
		}
	}
	code, isDto := body["detailCode"].(string)
	if !isDto {
		return problems
	}
	if !strings.HasPrefix(code, strconv.Itoa(a.status)) {
		problems = append(problems, fmt.Sprintf("detailCode is %q, want the status %d at its beginning", code, a.status))
	}
	messages, _ := body["messages"].([]any)
	if !twoMessages(messages) {
		problems = append(problems, "messages are not two with the same text, one en-US and DEFAULT, one REQUEST")
	}
	return problems
}

// twoMessages says whether there is one message for the default locale and one
// for the locale of the request, in either order, with one text.
func twoMessages(messages []any) bool {
	if len(messages) != 2 {
		return false
	}
	first, _ := messages[0].(map[string]any)
	second, _ := messages[1].(map[string]any)
	if first["localeOrigin"] != "DEFAULT" {
		first, second = second, first
	}
	return first["localeOrigin"] == "DEFAULT" && first["locale"] == "en-US" && second["localeOrigin"] == "REQUEST" &&
		first["text"] == second["text"] && first["text"] != ""
}

// checkOutside checks an answer of a path that belongs to no version, if the
// path and the status are documented.
func (c *contract) checkOutside(a answer, segments []string) []string {
	r := find(c.outside, segments)
	if r == nil || r.operations[a.method] == nil {
		return nil
	}
	want := r.operations[a.method].answers[a.status]
	if want == nil && a.ordered() {
		want = c.oauthError
	}
	switch {
	case want == nil && a.status < http.StatusBadRequest:
		return []string{fmt.Sprintf("status %d is not documented for %s %s: %v are", a.status, a.method, r.path, r.operations[a.method].statuses())}
	case want == nil || want.media == "":
		return nil
	}
	media, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err == nil && slices.Contains(want.others, media) {
		return nil
	}
	if err != nil || media != want.media {
		return []string{fmt.Sprintf("header Content-Type is %q, want %s", a.header.Get("Content-Type"), want.media)}
	}
	if want.media != "application/json" {
		return nil
	}
	if a.broken() != "" {
		return a.checkBroken()
	}
	_, problems := want.checkJSON(a.body)
	return problems
}

// checkJSON parses a body and holds it against the schema, first by the
// validator, then by our own, stricter rules.
func (e *expected) checkJSON(body []byte) (any, []string) {
	if !utf8.Valid(body) {
		return nil, []string{"the body is not UTF-8"}
	}
	value, problems := parse(body)
	if len(problems) > 0 {
		return nil, problems
	}
	if err := e.schema.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.DisableSchemaErrorDetails()); err != nil {
		problems = append(problems, fmt.Sprintf("schema: %v", err))
	}
	return value, append(problems, e.rule.check(value)...)
}
