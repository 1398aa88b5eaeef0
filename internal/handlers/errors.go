package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"mockserver/internal/api"
	"mockserver/internal/auth"
	"mockserver/internal/patch"
	"mockserver/internal/query"
	"mockserver/internal/rolemining"
)

// This file is the whole vocabulary of the emulated API's errors. Where each
// text and code comes from is in docs/fidelity.md, "Errors".

// family is the form of an error's body. The real service has several, by which
// of its layers answers.
type family int

const (
	serviceError family = iota // ErrorResponseDto
	gatewayError               // {"error"}
	limitError                 // {"message"}
	runtimeError               // {"errorName","errorMessage","trackingId"}
)

// failure is an error as the API tells it.
type failure struct {
	status     int
	family     family
	code       string // detailCode, or errorName of a runtimeError
	text       string
	hint       string   // for the log, where the API's own text does not help
	retryAfter int      // seconds, 0 for no Retry-After
	allow      []string // methods, for Allow
}

// Error implements error.
func (f *failure) Error() string { return f.text }

func badContent(text string) *failure {
	return &failure{status: http.StatusBadRequest, code: "400.1 Bad request content", text: text}
}

func illegalValue(text string) *failure {
	return &failure{status: http.StatusBadRequest, code: "400.1.3 Illegal value", text: text}
}

func missingData(text string) *failure {
	return &failure{status: http.StatusBadRequest, code: "400.1.0 Required Data Missing Or Empty", text: text}
}

func badReference(text string) *failure {
	return &failure{status: http.StatusBadRequest, code: "400.1.404 Referenced object not found", text: text}
}

func notFound(hint string) *failure {
	return &failure{
		status: http.StatusNotFound, code: "404 Not found", hint: hint,
		text: "The server did not find a current representation for the target resource.",
	}
}

func noOperation(hint string) *failure {
	return notFound("no operation has this path" + hint)
}

func forbidden(why string) *failure {
	return &failure{
		status: http.StatusForbidden, code: "403 Forbidden", hint: why,
		text: "The server understood the request but refuses to authorize it.",
	}
}

func internalFault() *failure {
	return &failure{status: http.StatusInternalServerError, code: "500.0 Internal Fault", text: "An internal fault occurred."}
}

// unstored is for a request that the emulator's storage fails. The real service
// never says this; 507 is what WebDAV has for a server without room.
func unstored(e *rolemining.StorageError) *failure {
	f := &failure{status: http.StatusServiceUnavailable, code: "503 Service Unavailable", text: e.Reason}
	if e.Full {
		f.status, f.code = http.StatusInsufficientStorage, "507 Insufficient Storage"
	}
	return f
}

// replaced is for a request that a reset has overtaken. The emulated API never
// says this.
func replaced() *failure {
	return &failure{
		status: http.StatusConflict, code: "409 Conflict",
		text: "The tenant was reset, or a snapshot was restored, while this request was under way. It changed nothing.",
	}
}

func tooLarge() *failure {
	return &failure{
		status: http.StatusRequestEntityTooLarge, code: "413 Payload Too Large",
		text: "The request body is larger than " + strconv.Itoa(maxBody>>20) + " MiB.",
	}
}

func unauthorized(text string) *failure {
	return &failure{status: http.StatusUnauthorized, family: gatewayError, text: text}
}

func notExperimental() *failure {
	return &failure{
		status: http.StatusBadRequest, family: gatewayError, text: "Experimental Header is missing or invalid.",
		hint: "send the header X-SailPoint-Experimental: true",
	}
}

// rateLimited has blanks around its text because the documented body has.
func rateLimited(retryAfter int) *failure {
	return &failure{status: http.StatusTooManyRequests, family: limitError, text: " Rate Limit Exceeded ", retryAfter: retryAfter}
}

func wrongMethod(method string, allow []string) *failure {
	return &failure{
		status: http.StatusMethodNotAllowed, family: runtimeError, code: "NotAllowedException",
		text: "No resource method found for " + method + ", return 405 with Allow header", allow: allow,
	}
}

// wrongMediaType is for a body that is not of the media type an operation takes.
func wrongMediaType(got, want string) *failure {
	return &failure{
		status: http.StatusUnsupportedMediaType, family: runtimeError, code: "NotSupportedException",
		text: "Cannot consume content type", hint: "the Content-Type is " + got + " and must be " + want,
	}
}

// gatewayFault is what the gateway says when it gets no answer of the service.
func gatewayFault(status int) *failure {
	return &failure{status: status, family: gatewayError, text: http.StatusText(status)}
}

// forced is the failure of a fault, which has no cause but its status.
func forced(status int) *failure {
	var f *failure
	switch status {
	case http.StatusBadRequest:
		f = badContent("The request was syntactically correct but its content is semantically invalid.")
	case http.StatusUnauthorized:
		f = unauthorized("JWT validation failed: JWT is expired")
	case http.StatusForbidden:
		f = forbidden("")
	case http.StatusNotFound:
		f = notFound("")
	case http.StatusRequestEntityTooLarge:
		f = tooLarge()
	case http.StatusUnsupportedMediaType:
		f = wrongMediaType("", "")
	case http.StatusTooManyRequests:
		f = rateLimited(0)
	case http.StatusInternalServerError:
		f = internalFault()
	default:
		f = gatewayFault(status)
	}
	f.hint = ""
	return f
}

// failureOf maps what a layer below refused to what the API says. Whatever it
// does not know is a fault of ours and is told as one.
func failureOf(err error) *failure {
	if f := (*failure)(nil); errors.As(err, &f) {
		return f
	}
	if e := (*rolemining.Error)(nil); errors.As(err, &e) {
		return domainFailure(e)
	}
	if e := (*query.Error)(nil); errors.As(err, &e) {
		return queryFailure(e)
	}
	if e := (*patch.Error)(nil); errors.As(err, &e) {
		return patchFailure(e)
	}
	if e := (*auth.Denied)(nil); errors.As(err, &e) {
		f := unauthorized(e.Text)
		f.hint = e.Hint
		return f
	}
	if e := (*rolemining.StorageError)(nil); errors.As(err, &e) {
		return unstored(e)
	}
	if errors.Is(err, rolemining.ErrReplaced) {
		return replaced()
	}
	return internalFault()
}

func domainFailure(e *rolemining.Error) *failure {
	switch e.Kind {
	case rolemining.IllegalValue:
		return illegalValue(e.Text)
	case rolemining.BadReference:
		return badReference(e.Text)
	case rolemining.NotFound:
		return notFound("the path is an operation's, but something that it names does not exist")
	default:
		return badContent(e.Text)
	}
}

func queryFailure(e *query.Error) *failure {
	if e.Kind == query.SyntaxError {
		return badContent(e.Error())
	}
	return illegalValue(e.Error())
}

func patchFailure(e *patch.Error) *failure {
	switch e.Kind {
	case patch.IllegalValue:
		return illegalValue(e.Error())
	case patch.MissingValue:
		return missingData(e.Error())
	default:
		return badContent(e.Error())
	}
}

// errorResponse is ErrorResponseDto.
type errorResponse struct {
	DetailCode string         `json:"detailCode"`
	TrackingID string         `json:"trackingId"`
	Messages   []errorMessage `json:"messages"`
	Causes     []errorMessage `json:"causes"`
}

// errorMessage is ErrorMessageDto.
type errorMessage struct {
	Locale       string `json:"locale"`
	LocaleOrigin string `json:"localeOrigin"`
	Text         string `json:"text"`
}

// body is the failure in the form of its family. language is the request's, as
// a BCP 47 tag.
func (f *failure) body(trackingID, language string) ([]byte, error) {
	switch f.family {
	case gatewayError:
		return api.Encode(struct {
			Error string `json:"error"`
		}{f.text})
	case limitError:
		return api.Encode(struct {
			Message string `json:"message"`
		}{f.text})
	case runtimeError:
		return api.Encode(struct {
			ErrorName    string `json:"errorName"`
			ErrorMessage string `json:"errorMessage"`
			TrackingID   string `json:"trackingId"`
		}{f.code, f.text, trackingID})
	default:
		return api.Encode(errorResponse{
			DetailCode: f.code,
			TrackingID: trackingID,
			Messages: []errorMessage{
				{Locale: "en-US", LocaleOrigin: "DEFAULT", Text: f.text},
				{Locale: language, LocaleOrigin: "REQUEST", Text: f.text},
			},
			Causes: []errorMessage{},
		})
	}
}
