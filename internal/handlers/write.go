package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"mockserver/internal/api"
)

const contentJSON = "application/json;charset=UTF-8"

// encoded answers with a value as JSON.
func encoded(v any) (*answer, error) {
	body, err := api.Encode(v)
	return &answer{body: body}, err
}

func write(w http.ResponseWriter, status int, a *answer) {
	h := w.Header()
	contentType := a.contentType
	if contentType == "" {
		contentType = contentJSON
	}
	h["Content-Type"] = []string{contentType}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	for name, value := range a.header {
		h.Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = w.Write(a.body) // an error here means that nobody listens any more
}

// statusGone is what the log says of a client that hung up before its answer
// was ready. Nobody reads the answer itself.
const statusGone = 499

// refuse answers with an error. What the client cannot be told goes to the log.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
		if errors.Is(context.Cause(r.Context()), ErrGone) {
			writeFailure(w, r, notFound(ErrGone.Error()))
			return
		}
		note(w, func(n *notes) { n.refusal = "the client hung up" })
		w.WriteHeader(statusGone)
		return
	}
	f := failureOf(err)
	if f.status >= http.StatusInternalServerError {
		a.log.Error("fault", "trackingId", w.Header().Get(requestIDHeader), "path", r.URL.Path, "error", err)
	}
	writeFailure(w, r, f)
}

func writeFailure(w http.ResponseWriter, r *http.Request, f *failure) {
	note(w, func(n *notes) { n.refusal, n.hint = f.text, f.hint })
	body, err := f.body(w.Header().Get(requestIDHeader), language(r.Header.Get("Accept-Language")))
	if err != nil { // strings always have a JSON form
		panic(err)
	}
	header := map[string]string{}
	if f.retryAfter > 0 {
		header["Retry-After"] = strconv.Itoa(f.retryAfter)
	}
	if len(f.allow) > 0 {
		header["Allow"] = strings.Join(f.allow, ", ")
	}
	write(w, f.status, &answer{header: header, body: body})
}

// language is the first language tag of an Accept-Language header, "und" where
// there is none that could be one.
func language(accept string) string {
	first, _, _ := strings.Cut(accept, ",")
	tag, _, _ := strings.Cut(first, ";")
	tag = strings.TrimSpace(tag)
	if tag == "" || len(tag) > 35 {
		return "und"
	}
	for part := range strings.SplitSeq(tag, "-") {
		if len(part) < 1 || len(part) > 8 || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			return "und"
		}
	}
	return tag
}
