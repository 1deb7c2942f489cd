package mailserver

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
)

// Cut says after how many bytes a proxy ends a connection, in each direction; a negative number is never.
type Cut struct {
	FromClient, FromServer int64
}

// NoCut leaves a connection alone.
var NoCut = Cut{-1, -1}

// Proxy passes connections to a target, and cuts them where cut says, which is asked with the connection's number from 0.
// It ends with the context or its listener.
func Proxy(ctx context.Context, target Address, cut func(connection int) Cut) (Address, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Address{}, err
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() }) // Accept tells.
	go func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go pass(ctx, conn, target, cut(n))
		}
	}()
	return Address{"127.0.0.1", listener.Addr().(*net.TCPAddr).Port}, nil
}

// pass copies both ways until one of them ends.
func pass(ctx context.Context, client net.Conn, target Address, cut Cut) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", target.String())
	if err != nil {
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() { _ = errors.Join(client.Close(), server.Close()) })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { transfer(server, client, cut.FromClient) })
	both.Go(func() { transfer(client, server, cut.FromServer) })
	both.Wait()
}

// transfer copies at most so many bytes, and then ends both connections.
func transfer(to, from net.Conn, most int64) {
	defer to.Close()
	defer from.Close()
	var source io.Reader = from
	if most >= 0 {
		source = io.LimitReader(from, most)
	}
	_, _ = io.Copy(to, source) // However it ends, the connection ends.
}
