package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"contractd/signer/child"
	"contractd/signer/child/late"
	"contractd/signer/trust"
)

// FetchVerb is the hidden argument that makes the program call ServeFetcher.
const FetchVerb = late.Verb

// Fetcher asks authorities from a child, for a process that closes itself off: the child is started before the walls and follows
// addresses as trust.Fetcher does. It ends when the connection does, so nobody behind walls need kill it or wait for it.
// What it says is judged like all evidence; one that dies, hangs or talks rubbish has fetched nothing, and is not asked again.
type Fetcher struct {
	Private []string  // Hosts that may have private addresses.
	Cache   string    // Folder; empty keeps nothing.
	Now     time.Time // What is kept is used, or not any more, as of this moment.

	starting sync.WaitGroup
	conn     *net.UnixConn
	told     bool  // That it knows the above.
	room     int64 // Bytes of answers that are still read.
	lost     error // Why it is asked no more.
}

const (
	fetchTime = time.Minute // One want, where the context allows longer: it has few addresses of ten seconds.
	fetchFile = 64 << 20    // Bytes of each file in the cache, at most.
)

// StartFetcher begins to start a child and returns at once; Started waits for it. Nil means that this system has no children.
func StartFetcher() *Fetcher {
	if alone {
		return nil
	}
	f := &Fetcher{room: maxTask}
	f.starting.Go(func() { f.conn, f.lost = startFetcher() })
	return f
}

// startFetcher leaves the process to itself: it is gone soon after its connection.
func startFetcher() (*net.UnixConn, error) {
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, fmt.Errorf("start fetcher: %w", err)
	}
	defer theirs.Close() // The child has its own.
	// Its environment is ours: that says how names are resolved and which roots the web has.
	_, err = child.Start(child.Command{Args: []string{FetchVerb}, Files: []*os.File{theirs}, Limits: child.Limits{File: fetchFile}, Env: append(os.Environ(), "GOMAXPROCS=2")})
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	return ours, nil
}

// Started waits until the child runs, or cannot be had, of which Fetch tells: from then on this process may give up its rights.
func (f *Fetcher) Started() { f.starting.Wait() }

// Fetch is trust.Fetcher.Fetch in the child.
func (f *Fetcher) Fetch(ctx context.Context, wants []trust.Want, evidence *trust.Evidence) []error {
	f.Started()
	var failures []error
	for _, want := range wants {
		if f.lost == nil {
			f.lost = timed(ctx, f.conn, fetchTime, func() error { return f.tell() })
		}
		var failure error
		if f.lost == nil {
			failure, f.lost = f.one(ctx, want, evidence)
		}
		if f.lost != nil {
			failure = fmt.Errorf("fetch %s: ask the fetching process: %w", want.Kind, f.lost)
		}
		if failure != nil {
			failures = append(failures, failure)
		}
	}
	return failures
}

// tell says once what holds for all wants.
func (f *Fetcher) tell() error {
	if f.told {
		return nil
	}
	f.told = true
	return send(f.conn, orders{Private: f.Private, Cache: f.Cache, Now: f.Now}, nil)
}

// one asks for one want. What was lost is the child.
func (f *Fetcher) one(ctx context.Context, want trust.Want, evidence *trust.Evidence) (failure, lost error) {
	var got fetched
	lost = timed(ctx, f.conn, fetchTime, func() error {
		if err := send(f.conn, want, nil); err != nil {
			return err
		}
		files, err := receive(f.conn, &got, f.room)
		closeAll(files) // Nobody asked for any.
		return err
	})
	if lost != nil {
		return nil, lost
	}
	f.room -= got.size()
	if got.Failure != "" {
		return errors.New(got.Failure), nil
	}
	return got.addTo(evidence), nil
}

// Close lets the child end.
func (f *Fetcher) Close() error {
	f.Started()
	if f.conn == nil {
		return nil
	}
	return f.conn.Close()
}
