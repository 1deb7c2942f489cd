package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPublicIsForPrograms(t *testing.T) {
	open := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	ours := func(host string) bool { return host == "127.0.0.1" || host == "::1" || host == "localhost" }
	for _, tt := range []struct {
		host, header string
		want         int
	}{
		{"127.0.0.1:8750", "", 200}, {"[::1]:8750", "", 200}, {"[::1]", "", 200}, {"localhost", "", 200},
		{"evil.example:8750", "", 400}, {"", "", 400}, {"127.0.0.1.evil.example", "", 400}, {"[", "", 400},
		{"127.0.0.1:8750", "Origin", 403}, {"127.0.0.1:8750", "Sec-Fetch-Site", 403},
	} {
		request := httptest.NewRequest("POST", "/v1/contracts", nil)
		request.Host = tt.host
		if tt.header != "" {
			request.Header.Set(tt.header, "https://evil.example")
		}
		answer := httptest.NewRecorder()
		Public(open, ours).ServeHTTP(answer, request)
		if answer.Code != tt.want || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("host %q with %q: %d %s", tt.host, tt.header, answer.Code, answer.Body)
		}
	}
}
