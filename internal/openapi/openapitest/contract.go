package openapitest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"mockserver/internal/openapi"
)

// contract is the document of one version, made ready for checking.
type contract struct {
	version          string
	routes           []route // paths of the emulated API
	outside          []route // paths of no version
	badRequest       *expected
	notFound         *expected
	methodNotAllowed *expected
	ordered          map[int]*expected // of statuses that a fault gives to operations that do not document them
	oauthError       *expected
}

// route is a path template and what its methods answer.
type route struct {
	path       string
	segments   []string // literal text, or anySegment for a parameter
	operations map[string]*operation
}

// operation is what one operation answers, by status.
type operation struct {
	answers map[int]*expected
	paged   bool
}

// expected is a documented answer.
type expected struct {
	media  string   // "" for no body
	others []string // media types that a client can ask for instead, never JSON
	schema *openapi3.Schema
	rule   *rule
}

// versionContracts are the contracts by version.
type versionContracts map[string]*contract

// contracts parses the documents, once in a process.
var contracts = sync.OnceValues(func() (versionContracts, error) {
	all := versionContracts{}
	for _, version := range openapi.Versions() {
		text, _ := openapi.Document(version)
		doc, err := openapi3.NewLoader().LoadFromData(text)
		if err != nil {
			return nil, fmt.Errorf("document of %s: %w", version, err)
		}
		all[version] = newContract(version, doc)
	}
	return all, nil
})

func newContract(version string, doc *openapi3.T) *contract {
	c := &contract{
		version:          version,
		badRequest:       expect(doc.Components.Responses["BadRequest"]),
		notFound:         expect(doc.Components.Responses["NotFound"]),
		methodNotAllowed: expect(doc.Components.Responses["MethodNotAllowed"]),
		ordered:          orderedAnswers(doc.Components.Responses),
		oauthError:       expectSchema("application/json", doc.Components.Schemas["OAuthError"].Value),
	}
	for path, item := range doc.Paths.Map() {
		r := route{path: path, operations: map[string]*operation{}}
		for segment := range strings.SplitSeq(path[1:], "/") {
			if strings.HasPrefix(segment, "{") {
				segment = anySegment
			}
			r.segments = append(r.segments, segment)
		}
		for method, op := range item.Operations() {
			r.operations[method] = newOperation(op)
		}
		if len(item.Servers) > 0 {
			c.outside = append(c.outside, r)
		} else {
			c.routes = append(c.routes, r)
		}
	}
	return c
}

func newOperation(op *openapi3.Operation) *operation {
	out := &operation{answers: map[int]*expected{}, paged: op.Parameters.GetByInAndName("query", "count") != nil}
	for code, response := range op.Responses.Map() {
		if status, err := strconv.Atoi(code); err == nil {
			out.answers[status] = expect(response)
		}
	}
	return out
}

// expect reads a response. Where it has several media types, JSON is among them.
func expect(response *openapi3.ResponseRef) *expected {
	media := slices.Sorted(maps.Keys(response.Value.Content)) // application/json before what is beside it
	if len(media) == 0 {
		return &expected{}
	}
	e := expectSchema(media[0], response.Value.Content[media[0]].Schema.Value)
	e.others = media[1:]
	return e
}

func expectSchema(media string, schema *openapi3.Schema) *expected {
	return &expected{media: media, schema: schema, rule: newRule(schema)}
}

// statuses lists the documented ones for a message.
func (op *operation) statuses() []int {
	var all []int
	for status := range op.answers {
		all = append(all, status)
	}
	slices.Sort(all)
	return all
}

// check lists the problems of an answer, nil for none.
func (all versionContracts) check(a answer) []string {
	if a.method == http.MethodOptions {
		return nil
	}
	segments, ok := split(a.url)
	if !ok {
		return []string{"the request path is not escaped properly: the check cannot tell what it addresses"}
	}
	named := true
	if len(segments) > 2 && segments[0] == "t" { // below the prefix of a tenant, /t/NAME
		named = tenantName.MatchString(segments[1])
		segments = segments[2:]
	}
	c, below := all.address(segments)
	if c == nil {
		return all[openapi.Default].checkOutside(a, segments)
	}
	if a.status == http.StatusInsufficientStorage || a.status == http.StatusConflict {
		return nil // of the server about its tenants: no operation of the API has these
	}
	if !named {
		return append(checkHeaders(a), a.must(http.StatusBadRequest, "no tenant can have such a name", c.badRequest)...)
	}
	return c.check(a, below)
}

// tenantName is the form of a name of a tenant.
var tenantName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// split takes the path apart at its unescaped slashes, and unescapes the parts.
// Where it was sent in a way that EscapedPath does not take for one, a bare | beside
// an escaped slash, it is as it was sent.
func split(u *url.URL) ([]string, bool) {
	segments := strings.Split(strings.TrimPrefix(cmp.Or(u.RawPath, u.EscapedPath()), "/"), "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return nil, false
		}
		segments[i] = text
	}
	return segments, true
}

// address finds the contract that a path falls under, and the part of the path
// that the contract's templates describe; nil for a path of no version.
func (all versionContracts) address(segments []string) (*contract, []string) {
	switch first := segments[0]; first {
	case "beta", "v2024", "v2025", "v2026":
		return all[first], segments[1:]
	case "latest":
		return all["v2026"], segments[1:]
	case "role-mining-sessions", "role-mining-potential-roles":
		if len(segments) > 1 && segments[1] == "v1" {
			return all["v1"], segments
		}
	}
	return nil, nil
}

// anySegment stands for a parameter in the segments of a route.
const anySegment = "{}"

// find is the route for a path. Where several fit, the one whose literal text
// comes earlier wins: .../saved is no id.
func find(routes []route, segments []string) *route {
	var best *route
	for i, r := range routes {
		if r.matches(segments) && (best == nil || moreLiteral(r.segments, best.segments)) {
			best = &routes[i]
		}
	}
	return best
}

func (r route) matches(segments []string) bool {
	return slices.EqualFunc(r.segments, segments, func(want, got string) bool {
		return want == got || want == anySegment && got != ""
	})
}

func moreLiteral(a, b []string) bool {
	for i := range a {
		if (a[i] == anySegment) != (b[i] == anySegment) {
			return b[i] == anySegment
		}
	}
	return false
}
