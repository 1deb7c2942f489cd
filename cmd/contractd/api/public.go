package api

import (
	"fmt"
	"net"
	"net/http"

	"contractd/workflow"
)

// Public guards the control API where a network leads to it. It is for programs: what a browser sends for a web page is
// refused, and so is a request to a host that this is not, since a page may have its own name lead here (DNS rebinding).
func Public(next http.Handler, ours func(host string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		var err error
		switch {
		case !ours(hostOf(r.Host)):
			err = workflow.WithHint(fmt.Errorf("answer for host %q, which this is not: %w", r.Host, workflow.ErrUsage), "call it by the address of [api] listen, or by a name in its certificate")
		case r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "": // Fetch, 3.1; Fetch Metadata, 2.3: browsers set them, pages cannot.
			err = workflow.WithHint(fmt.Errorf("answer a web page: %w", workflow.ErrRight), "the control API is for programs, not for pages in a browser")
		}
		if err != nil {
			_ = tell(w, err) // Whoever left needs no answer.
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostOf returns a Host header's name or address, without port and brackets.
func hostOf(header string) string {
	host, _, err := net.SplitHostPort(header)
	if err != nil {
		host = header
	}
	if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
		return host[1 : len(host)-1]
	}
	return host
}
