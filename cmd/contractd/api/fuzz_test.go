package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequests asks anything of every route: each answer is a good one, or an error with a code and a text.
func FuzzRequests(f *testing.F) {
	s := newStage(f)
	s.sealed("A-1")
	handler := Handler(s.services)
	for n, route := range (&server{}).routes() {
		method, path, _ := strings.Cut(strings.ReplaceAll(route.pattern, "{number}", "A-1"), " ")
		f.Add(method, path, "number=A-1&supplier=huaxin&amount=1&deadline=2027-01-01T00:00:00Z", `{"reason":"x"}`, string(rune('a'+n)))
	}
	f.Add("GET", "/v1/contracts", "state=sent&from=x&limit=-1", "", "")
	f.Add("POST", "/v1/contracts/%2F/approve", "", `{"document":"00"}`, "k\n")
	f.Add("PUT", "/v1/suppliers/\u202e", "", goodSupplier, strings.Repeat("k", 300))
	f.Fuzz(func(t *testing.T, method, path, query, body, key string) {
		target := &url.URL{Path: path, RawQuery: query}
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(method, " \x00\r\n") || method == "" {
			return // Nothing that net/http would take for a request.
		}
		request, err := http.NewRequestWithContext(WithActor(t.Context(), boss), method, "http://x/", strings.NewReader(body))
		if err != nil {
			return // A method that HTTP does not allow.
		}
		request.URL = target
		request.Header.Set(IdempotencyHeader, key)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code < 400 || !strings.HasPrefix(answer.Header().Get("Content-Type"), "application/json") {
			return
		}
		var failure Failure
		if err := json.Unmarshal(answer.Body.Bytes(), &failure); err != nil || failure.Code == "" || failure.Message == "" {
			t.Errorf("%d %s: %v", answer.Code, answer.Body, err)
		}
	})
}
