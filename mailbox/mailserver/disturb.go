package mailserver

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Disturbance ends a connection in the middle of what it says.
type Disturbance struct {
	After int64         // So many bytes from now, in whichever direction and on whichever connection they flow.
	Stall time.Duration // The connection is silent for so long before it ends; 0 ends it at once.
}

// Disturber passes connections to a target like Proxy, and disturbs them while they run when it is told to. It ends with
// its context.
type Disturber struct {
	Address

	target Address
	done   atomic.Int64

	mu      sync.Mutex // Guards what follows.
	waiting *Disturbance
}

// Disturb starts a disturber before a target.
func Disturb(ctx context.Context, target Address) (*Disturber, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &Disturber{Address: Address{"127.0.0.1", listener.Addr().(*net.TCPAddr).Port}, target: target}
	context.AfterFunc(ctx, func() { _ = listener.Close() }) // Accept tells.
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go d.pass(ctx, conn)
		}
	}()
	return d, nil
}

// Order takes the place of an earlier disturbance that has not come yet.
func (d *Disturber) Order(disturbance Disturbance) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = &disturbance
}

// Done returns how many connections were disturbed.
func (d *Disturber) Done() int { return int(d.done.Load()) }

// due counts bytes about to flow and returns how many of them still may; the rest is lost with the connection.
func (d *Disturber) due(n int) (pass int, disturbance *Disturbance) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		return n, nil
	}
	if d.waiting.After -= int64(n); d.waiting.After >= 0 {
		return n, nil
	}
	disturbance, d.waiting = d.waiting, nil
	d.done.Add(1)
	return n + int(disturbance.After), disturbance
}

func (d *Disturber) pass(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", d.target.String())
	if err != nil {
		return
	}
	defer server.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _, _ = client.Close(), server.Close() }) // Ends both copies.
	defer stop()
	var both sync.WaitGroup
	var silent atomic.Bool // A stalled connection says nothing in either direction.
	both.Go(func() { defer cancel(); d.copy(ctx, server, client, &silent) })
	both.Go(func() { defer cancel(); d.copy(ctx, client, server, &silent) })
	both.Wait()
}

// copy passes bytes until the connection ends or is disturbed.
func (d *Disturber) copy(ctx context.Context, to, from net.Conn, silent *atomic.Bool) {
	buffer := make([]byte, 4<<10)
	for {
		n, err := from.Read(buffer)
		if silent.Load() {
			<-ctx.Done()
			return
		}
		pass, disturbance := d.due(n)
		if disturbance != nil && disturbance.Stall > 0 {
			silent.Store(true)
		}
		if _, failed := to.Write(buffer[:pass]); failed != nil || err != nil {
			return
		}
		if disturbance != nil {
			rest(ctx, disturbance.Stall)
			return
		}
	}
}

func rest(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
