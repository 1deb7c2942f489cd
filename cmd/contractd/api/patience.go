package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"contractd/workflow"
)

// Limits of a connection. Those of a request stand in Services.
const (
	headerTime = 10 * time.Second // From the first byte of a request to the end of its header.
	idleTime   = 2 * time.Minute  // Between two requests.
	uploadTime = 10 * time.Minute // For one body, however steadily it comes.
	leftUnread = 5 * time.Second  // For what a caller still sends after the answer.
	maxHeader  = 32 << 10
)

// NewServer returns a server that no slow caller can hold up.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// patient bounds how long a caller may be silent while sending, and how long it may leave an answer unread. Work between
// the two may take its time: sealing waits for tokens and authorities.
func (s *server) patient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		body := &patientBody{r.Body, control, s.Patience, time.Now().Add(uploadTime), nil}
		inner := r.WithContext(r.Context()) // A copy: net/http knows what to do with what is left only of the body that it made.
		inner.Body = body
		next.ServeHTTP(&patientWriter{w, control, s.Patience}, inner)
		body.leave()
	})
}

// patientBody renews the deadline with each read, up to the last moment.
type patientBody struct {
	io.ReadCloser
	control  *http.ResponseController
	patience time.Duration
	last     time.Time
	failure  error // Why no more can be read.
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	next := time.Now().Add(b.patience)
	if next.After(b.last) {
		next = b.last
	}
	b.until(next)
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) { // net/http goes on reading, to learn when the caller leaves, and that takes as long as it takes.
		b.until(time.Time{})
	} else if err != nil {
		b.failure = err
	}
	return n, err
}

// leave gives the caller a moment to send what nobody wants, and to take the rest of the answer. One who was too slow
// before gets none.
func (b *patientBody) leave() {
	rest := time.Now().Add(leftUnread)
	if b.failure != nil {
		b.until(time.Unix(1, 0))
	} else {
		b.until(rest)
	}
	_ = b.control.SetWriteDeadline(rest.Add(b.patience)) // As in until.
}

// until sets the deadline. Where there is none to set, as in a test's recorder, nobody is slow.
func (b *patientBody) until(at time.Time) { _ = b.control.SetReadDeadline(at) }

// patientWriter renews the deadline with each write.
type patientWriter struct {
	http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// Write implements io.Writer.
func (w *patientWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.patience)) // As in until.
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// takeIn spools an upload: not more than the limit, and not more than some at once. What announces itself as too large
// is refused before a byte is read.
func (s *server) takeIn(w http.ResponseWriter, r *http.Request) (workflow.Document, io.Closer, error) {
	return s.takeInUpTo(w, r, s.Limit)
}

// takeInUpTo spools an upload under a limit of its own.
func (s *server) takeInUpTo(w http.ResponseWriter, r *http.Request, limit int64) (workflow.Document, io.Closer, error) {
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		w.Header().Set("Retry-After", "5")
		w.Header().Set("Connection", "close")
		return workflow.Document{}, nil, workflow.WithHint(
			fmt.Errorf("take in the document: %d others are being taken in: %w", cap(s.uploads), workflow.ErrTemporary), "send it again in some seconds")
	}
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close") // What is on its way is not read.
		return workflow.Document{}, nil, workflow.WithHint(
			fmt.Errorf("take in a document of %d bytes: more than %d: %w", r.ContentLength, limit, workflow.ErrTooLarge),
			"make the file smaller; mail servers refuse more, see [mail.smtp] max_size")
	}
	document, closer, err := s.Spool.Keep(r.Context(), r.Body, limit)
	if err != nil {
		w.Header().Set("Connection", "close")
		if errors.Is(err, workflow.ErrSpace) {
			hearOut(r.Body, limit)
		}
		return document, closer, fmt.Errorf("take in the document: %w", err)
	}
	return document, closer, nil
}

// hearOut reads what a caller still sends, not more than the limit and for some seconds: a connection that is closed on a
// caller who is sending takes the answer with it.
func hearOut(body io.ReadCloser, limit int64) {
	if b, ok := body.(*patientBody); ok {
		b.last = time.Now().Add(leftUnread)
	}
	_, _ = io.CopyN(io.Discard, body, limit) // Whatever ends it, the answer comes now.
}
