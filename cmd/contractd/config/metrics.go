package config

import (
	"net"
	"strconv"
)

// Metrics is where Prometheus may ask how the daemon is.
type Metrics struct {
	Listen string `toml:"listen"` // host:port on a loopback address; empty means nowhere
}

// validate keeps the metrics on this machine: they need no login.
func (m *Metrics) validate(r *report) {
	if m.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(m.Listen)
	if err != nil {
		r.addf("metrics.listen", "must be an address with its port, such as 127.0.0.1:9750, not %q", m.Listen)
		return
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		r.addf("metrics.listen", "must have a port from 1 to 65535, not %q", port)
	}
	if !isLoopback(host) {
		r.add("metrics.listen", "is for loopback addresses only", "whoever reads the metrics needs no login; let a proxy with one stand before 127.0.0.1 for other machines")
	}
}
