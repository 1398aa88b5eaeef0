package openapitest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// An answer that a rule of /_mock/faults made or changed carries X-Mock-Fault. It
// may have statuses that its operation does not document, in the form that they
// have elsewhere, and a body that is broken in the way that X-Mock-Fault-Effect
// says. In all else it is held to the contract.

// ordered says whether a fault made or changed the answer.
func (a answer) ordered() bool { return a.header.Get("X-Mock-Fault") != "" }

// broken is how a fault broke the body, "" if it did not.
func (a answer) broken() string {
	for item := range strings.SplitSeq(a.header.Get("X-Mock-Fault-Effect"), ", ") {
		if how, ok := strings.CutPrefix(item, "body="); ok && a.ordered() {
			return how
		}
	}
	return ""
}

// checkBroken wants the body to be broken in the way that is said, and no other.
func (a answer) checkBroken() []string {
	length, err := strconv.Atoi(a.header.Get("Content-Length"))
	switch {
	case err != nil:
		return []string{fmt.Sprintf("header Content-Length is %q, want a number", a.header.Get("Content-Length"))}
	case a.broken() == "truncate" && length <= len(a.body):
		return []string{fmt.Sprintf("%d of %d bytes were sent of a body that is truncated", len(a.body), length)}
	case a.broken() == "malformed" && length != len(a.body):
		return []string{fmt.Sprintf("%d of %d bytes were sent of a body that is malformed, not truncated", len(a.body), length)}
	case json.Valid(a.body), a.header.Get("Content-Type") == "application/zip" && len(checkZip(a.body)) == 0:
		return []string{"the body is whole, though it is said to be broken"}
	}
	return nil
}

// orderedAnswers are the forms of the statuses that any operation can be given.
func orderedAnswers(responses openapi3.ResponseBodies) map[int]*expected {
	gateway := expect(responses["Unauthorized"])
	return map[int]*expected{
		http.StatusUnauthorized:        gateway,
		http.StatusForbidden:           expect(responses["Forbidden"]),
		http.StatusNotFound:            expect(responses["NotFound"]),
		http.StatusTooManyRequests:     expect(responses["TooManyRequests"]),
		http.StatusInternalServerError: expect(responses["InternalServerError"]),
		http.StatusBadGateway:          gateway,
		http.StatusServiceUnavailable:  gateway,
		http.StatusGatewayTimeout:      gateway,
	}
}
