package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"contractd/cmd/contractd/api"
	"contractd/cmd/contractd/config"
	"contractd/workflow"
)

// drainTime is how long requests under way get to end when the daemon stops.
const drainTime = 30 * time.Second

// publicDoor is where programs of other users and machines come in, each with an API key.
type publicDoor struct {
	net.Listener
	ours func(host string) bool // Whether a request to this host is meant for us.
}

// openPublic listens where [api] listen says; nil where it says nothing.
func openPublic(ctx context.Context, settings config.API) (*publicDoor, error) {
	if settings.Listen == "" {
		return nil, nil
	}
	certificate, err := loadCertificate(settings)
	if err != nil {
		return nil, fmt.Errorf("open [api] listen: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", settings.Listen)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("open [api] listen: %w", err), "choose another port, or stop what listens there")
	}
	if certificate == nil {
		return &publicDoor{listener, isThisMachine}, nil
	}
	secured := tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	return &publicDoor{secured, func(host string) bool { return certificate.Leaf.VerifyHostname(host) == nil }}, nil
}

// loadCertificate reads the server's certificate and its key, which nobody else may read; nil where there is none.
func loadCertificate(settings config.API) (*tls.Certificate, error) {
	if settings.Certificate == "" {
		return nil, nil
	}
	info, err := os.Stat(settings.Key)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, workflow.WithHint(fmt.Errorf("read key %s: others may read it, mode %04o: %w", settings.Key, info.Mode().Perm(), workflow.ErrPolicy),
			"chmod 600 "+settings.Key)
	}
	certificate, err := tls.LoadX509KeyPair(settings.Certificate, settings.Key)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("read certificate: %w: %w", err, workflow.ErrUsage), "both must be PEM files, and the key that of the first certificate")
	}
	return &certificate, nil
}

// isThisMachine reports whether a host is one of the names by which only this machine calls itself.
func isThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// answer serves the control API until the context ends, then lets running requests end.
func (d *daemon) answer(ctx context.Context, socket net.Listener) error {
	services := d.house.services(true, d.wakeDispatch)
	services.Health = d.health
	handler := api.Handler(services) // One for both doors: a request is repeated by whichever.
	local := api.NewServer(handler, d.house.log)
	local.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return api.WithActor(ctx, peer(d.house.cfg, conn))
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.serveAt(ctx, local, socket) })
	if d.public != nil {
		public := api.NewServer(api.Public(handler, d.public.ours), d.house.log)
		callers := &crowd{most: maxCallers}
		public.ConnState = callers.watch
		d.house.log.Info("control API listens", "address", d.public.Addr().String())
		group.Go(func() error { return d.serveAt(ctx, public, d.public) })
	}
	return group.Wait()
}

// serveAt serves one listener, which it closes.
func (d *daemon) serveAt(ctx context.Context, server *http.Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("answer at %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
		defer cancel()
		return d.drain(draining, server)
	}
}

// drain lets running requests end, and cuts those off that do not in time.
func (d *daemon) drain(ctx context.Context, server *http.Server) error {
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		d.house.log.Warn("requests did not end in time and are cut off")
		return server.Close()
	}
	return err
}
