package config

import (
	"net"
	"strconv"
)

// API is where programs of other machines, or of other users, reach the control API. Each needs an API key there.
type API struct {
	Listen      string `toml:"listen"`      // host:port; empty means nowhere
	Certificate string `toml:"certificate"` // PEM file with the server's certificate and those above it
	Key         string `toml:"key"`         // PEM file with its private key
}

// validate keeps API keys and contracts off a network in the clear.
func (a *API) validate(r *report) {
	switch {
	case (a.Certificate == "") != (a.Key == ""):
		at, other := "api.key", "api.certificate"
		if a.Certificate == "" {
			at, other = other, at
		}
		r.add(at, "is required beside "+other, "TLS needs both")
	case a.Listen == "" && a.Certificate != "":
		r.add("api.listen", "is required beside api.certificate", "")
	}
	if a.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(a.Listen)
	if err != nil {
		r.addf("api.listen", "must be an address with its port, such as 127.0.0.1:8750, not %q", a.Listen)
		return
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		r.addf("api.listen", "must have a port from 1 to 65535, not %q", port)
	}
	if a.Certificate == "" && a.Key == "" && !isLoopback(host) {
		r.add("api.listen", "is for loopback addresses only, without TLS",
			"name certificate and key, or let a proxy with TLS stand before 127.0.0.1")
	}
}
