package mailserver

import (
	"bufio"
	"bytes"
	"net"
	"regexp"
	"strconv"
	"sync"
)

// wireListener puts a wire under each IMAP connection.
type wireListener struct {
	net.Listener
	server *Server
}

func (l wireListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &wire{Conn: conn, server: l.server, in: bufio.NewReaderSize(conn, 64<<10), ended: make(chan struct{}), budget: -1}, nil
}

// wire is an IMAP connection with what imapserver lacks: the ID command, capabilities that come and go, and ways to
// end or stall in the middle of a message. After STARTTLS it only passes bytes.
type wire struct {
	net.Conn
	server *Server
	in     *bufio.Reader

	// Used by the reading side only.
	pending []byte // Of a line that was read.
	literal int64  // Bytes that are no commands.
	raw     bool   // TLS has begun.

	mu         sync.Mutex // Guards what follows.
	identified bool
	budget     int64 // What may still be written before the connection ends or stalls; -1 for no end.
	stall      bool
	encrypted  bool

	closing sync.Once
	ended   chan struct{}
}

var (
	idCommand    = regexp.MustCompile(`(?i)^(\S+) ID [(N].*\r\n$`)
	idleCommand  = regexp.MustCompile(`(?i)^(\S+) IDLE\r\n$`)
	tlsCommand   = regexp.MustCompile(`(?i)^\S+ STARTTLS\r\n$`)
	literalStart = regexp.MustCompile(`\{([0-9]{1,12})\+?\}\r\n$`)
)

func (w *wire) Read(p []byte) (int, error) {
	switch {
	case len(w.pending) > 0:
		n := copy(p, w.pending)
		w.pending = w.pending[n:]
		return n, nil
	case w.raw:
		return w.in.Read(p)
	case w.literal > 0:
		n, err := w.in.Read(p[:min(int64(len(p)), w.literal)])
		w.literal -= int64(n)
		return n, err
	}
	line, err := w.in.ReadSlice('\n')
	if len(line) == 0 {
		return 0, err
	}
	w.pending = w.command(line)
	return w.Read(p)
}

// command looks at one line of a client. ID becomes NOOP, which is answered by OK as well (RFC 2971, 3.1); IDLE becomes
// unknown where it is not offered.
func (w *wire) command(line []byte) []byte {
	if found := literalStart.FindSubmatch(line); found != nil {
		// The expression admits digits only.
		w.literal, _ = strconv.ParseInt(string(found[1]), 10, 64)
	}
	if tlsCommand.Match(line) {
		w.raw = true
		w.mu.Lock()
		w.encrypted = true
		w.mu.Unlock()
	}
	if found := idCommand.FindSubmatch(line); found != nil {
		w.mu.Lock()
		w.identified = true
		w.mu.Unlock()
		return append(bytes.Clone(found[1]), " NOOP\r\n"...)
	}
	if found := idleCommand.FindSubmatch(line); found != nil && w.server.behaviour().NoIdle {
		return append(bytes.Clone(found[1]), " UNKNOWN\r\n"...)
	}
	return line
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	budget, stall, encrypted := w.budget, w.stall, w.encrypted
	if budget >= 0 {
		w.budget = max(0, budget-int64(len(p)))
	}
	w.mu.Unlock()
	if budget >= 0 && budget < int64(len(p)) {
		return w.breakOff(p[:budget], stall)
	}
	if encrypted || !bytes.Contains(p, []byte("CAPABILITY IMAP4rev1")) {
		return w.Conn.Write(p)
	}
	if _, err := w.Conn.Write(w.capabilities(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *wire) breakOff(last []byte, stall bool) (int, error) {
	n, err := w.Conn.Write(last)
	if err == nil && stall {
		<-w.ended
	}
	_ = w.Close() // It is broken off on purpose.
	if err == nil {
		err = net.ErrClosed
	}
	return n, err
}

func (w *wire) capabilities(line []byte) []byte {
	faults := w.server.behaviour()
	hide := func(name string, hidden bool) {
		if hidden {
			line = bytes.ReplaceAll(line, []byte(" "+name), nil)
		}
	}
	hide("IDLE", faults.NoIdle)
	hide("MOVE", faults.NoMove)
	hide("UIDPLUS", faults.NoUIDPlus)
	if faults.NoID {
		return line
	}
	return bytes.Replace(line, []byte("IMAP4rev1"), []byte("IMAP4rev1 ID"), 1)
}

// limit ends or stalls the connection after so many more bytes.
func (w *wire) limit(bytes int64, stall bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.budget, w.stall = bytes, stall
}

func (w *wire) hasIdentified() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.identified
}

// Close implements net.Conn.
func (w *wire) Close() error {
	w.closing.Do(func() { close(w.ended) })
	return w.Conn.Close()
}
