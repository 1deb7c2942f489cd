package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"contractd/signer/child"
	"contractd/signer/trust"
)

// orders are the first that a fetcher hears; wants follow, and each has one answer.
type orders struct {
	Private []string
	Cache   string
	Now     time.Time
}

// fetched is the answer to a want.
type fetched struct {
	material
	Failure string `json:",omitempty"` // Nothing was had.
}

// size is what it holds, in bytes.
func (f *fetched) size() int64 {
	total := int64(len(f.Failure))
	for _, list := range [][][]byte{f.CRLs, f.OCSPs, f.Issuers} {
		for _, one := range list {
			total += int64(len(one))
		}
	}
	return total
}

// addTo adds all of it to evidence, or nothing.
func (f *fetched) addTo(evidence *trust.Evidence) error {
	more, err := f.evidence()
	if err != nil {
		return fmt.Errorf("read what was fetched: %w", err)
	}
	evidence.CRLs = append(evidence.CRLs, more.CRLs...)
	evidence.OCSPs = append(evidence.OCSPs, more.OCSPs...)
	evidence.Certificates = append(evidence.Certificates, more.Certificates...)
	return nil
}

// KeepFetched is how long a cache holds what was fetched, at most.
const KeepFetched = 60 * 24 * time.Hour

// ServeFetcher is the child's side of a Fetcher: it fetches until its parent goes, also in the midst of a request.
func ServeFetcher(ctx context.Context) error {
	conn, err := child.Parent()
	if err != nil {
		return fmt.Errorf("fetcher: reach the parent: %w", err)
	}
	defer conn.Close() // The parent has gone by then.
	var o orders
	if err := hear(conn, &o); err != nil {
		return nil // It had nothing to ask.
	}
	fetcher := o.fetcher()
	ctx, gone := context.WithCancel(ctx)
	defer gone()
	wants := make(chan trust.Want)
	go func() {
		defer gone()
		for {
			var want trust.Want
			if hear(conn, &want) != nil {
				return
			}
			select {
			case wants <- want:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case want := <-wants:
			if err := send(conn, fetch(ctx, fetcher, want), nil); err != nil {
				return fmt.Errorf("fetcher: answer: %w", err)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// hear reads what the parent says; an error means that it is gone.
func hear(conn *net.UnixConn, value any) error {
	files, err := receive(conn, value, maxTask)
	closeAll(files) // It has none to give.
	return err
}

// fetcher opens the cache. One that cannot be had is only slow.
func (o orders) fetcher() *trust.Fetcher {
	f := &trust.Fetcher{Guard: trust.Guard{Private: o.Private}, Now: func() time.Time { return o.Now }}
	if o.Cache == "" {
		return f
	}
	if cache, err := trust.NewCache(o.Cache); err == nil {
		f.Cache = cache
		_ = cache.Prune(o.Now.Add(-KeepFetched)) // What is old is not used either way.
	}
	return f
}

// fetch answers one want.
func fetch(ctx context.Context, fetcher *trust.Fetcher, want trust.Want) fetched {
	var found trust.Evidence
	if failures := fetcher.Fetch(ctx, []trust.Want{want}, &found); len(failures) > 0 {
		return fetched{Failure: errors.Join(failures...).Error()}
	}
	return fetched{material: materialOf(found)}
}
