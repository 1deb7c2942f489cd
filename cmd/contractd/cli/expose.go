package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"contractd/cmd/contractd/metrics"
	"contractd/workflow"
)

// openMetrics begins to count, and opens the port where Prometheus may ask, if one is configured.
func (d *daemon) openMetrics(ctx context.Context) error {
	h := d.house
	d.metrics = metrics.New(version(), metrics.Sources{Health: d.health, Ages: d.watch.Ages, Commits: h.ledger.Commits, Now: h.now})
	h.ledger.metrics, h.ledger.log = d.metrics, h.log
	address := h.cfg.Metrics.Listen
	if address == "" {
		return nil
	}
	var settings net.ListenConfig
	listener, err := settings.Listen(ctx, "tcp", address)
	if err != nil {
		return workflow.WithHint(fmt.Errorf("open the metrics: %w: %w", err, workflow.ErrUsage), "choose a free port as listen of [metrics]")
	}
	d.exposed = listener
	return nil
}

// expose answers GET /metrics until the context ends. Whoever asks at that moment asks again.
func (d *daemon) expose(ctx context.Context) error {
	server := &http.Server{
		Handler:           d.metrics.Handler(d.house.log),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(d.house.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(d.exposed) }()
	select {
	case err := <-ended:
		return fmt.Errorf("answer the metrics: %w", err)
	case <-ctx.Done():
		err := server.Close()
		if failure := <-ended; !errors.Is(failure, http.ErrServerClosed) {
			err = errors.Join(err, failure)
		}
		return err
	}
}
