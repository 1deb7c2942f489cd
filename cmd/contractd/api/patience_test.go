package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

// open serves the stage to the boss over a real connection.
func (s *stage) open(handler http.Handler) string {
	s.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config = NewServer(handler, s.services.Log)
	server.Config.BaseContext = func(net.Listener) context.Context { return WithActor(context.Background(), boss) }
	server.Start()
	s.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// say opens a connection and sends the text.
func (s *stage) say(address, text string) net.Conn {
	s.Helper()
	conn, err := (&net.Dialer{}).DialContext(s.Context(), "tcp", address)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = conn.Close() }) // It may be closed already.
	if _, err := io.WriteString(conn, text); err != nil {
		s.Fatal(err)
	}
	return conn
}

// TestSilentCallersAreCutOff ends a request whose body does not come. The connection ends: a read waits for nothing else.
func TestSilentCallersAreCutOff(t *testing.T) {
	s := newStage(t)
	s.services.Patience = 20 * time.Millisecond
	address := s.open(Handler(s.services))
	for _, request := range []string{
		"POST /v1/contracts?number=A-1&supplier=huaxin HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%PDF",
		"PUT /v1/suppliers/huaxin HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"POST /v1/apikeys HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		conn := s.say(address, request)
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
			t.Error(err)
		}
	}
	if s.acts() != 0 {
		t.Errorf("%d acts", s.acts())
	}
}

// TestLargeHeaders refuses a header that would fill the memory.
func TestLargeHeaders(t *testing.T) {
	s := newStage(t)
	conn := s.say(s.open(Handler(s.services)), "GET /v1/version HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", maxHeader+8<<10))
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 431 ") {
		t.Errorf("got %q, %v", line, err)
	}
}

// TestWorkMayTakeLong: patience is for callers, not for work; one that waits for its answer is not cut off.
func TestWorkMayTakeLong(t *testing.T) {
	s := newStage(t)
	s.services.Patience = 20 * time.Millisecond
	s.Issuer.Sealer = sealerFunc(func(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
		timer := time.NewTimer(3 * s.services.Patience)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return outbound.Sealed{}, ctx.Err()
		}
		return s.Seals.Seal(ctx, key, contract, in)
	})
	address := s.open(Handler(s.services))
	response, err := http.Post("http://"+address+"/v1/contracts?number=A-1&supplier=huaxin", "application/pdf", strings.NewReader("draft"))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(body), `"state":"sealed"`) {
		t.Errorf("%s, %v", body, err)
	}
}

// unending is a body that counts what is taken of it.
type unending struct{ read int64 }

func (u *unending) Read(p []byte) (int, error) {
	u.read += int64(len(p))
	return len(p), nil
}

// TestTooLarge refuses what announces itself as too large before a byte is read, and anything else at the limit.
func TestTooLarge(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	for name, announced := range map[string]int64{"announced": s.services.Limit + 1, "not announced": -1} {
		body := &unending{}
		request := httptest.NewRequestWithContext(WithActor(t.Context(), boss), "POST", "/v1/contracts?number=A-1&supplier=huaxin", body)
		request.ContentLength = announced
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusRequestEntityTooLarge || codeOf(t, answer) != "too-large" || answer.Header().Get("Connection") != "close" {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
		if most := s.services.Limit + 64<<10; announced > 0 && body.read > 0 || body.read > most {
			t.Errorf("%s: %d bytes were read", name, body.read)
		}
	}
	large := `{"name":"` + strings.Repeat("x", maxBody) + `"}`
	for _, key := range []string{"", "k-1"} {
		if answer := s.ask(handler, &boss, "POST", "/v1/apikeys", large, IdempotencyHeader, key); codeOf(t, answer) != "too-large" {
			t.Errorf("JSON: %d %s", answer.Code, answer.Body)
		}
	}
	if s.acts() != 0 {
		t.Errorf("%d acts", s.acts())
	}
}

// TestRefusedUploadsAreNotSent: a caller who asks first (RFC 9110, 10.1.1) keeps a document that is not wanted.
func TestRefusedUploadsAreNotSent(t *testing.T) {
	s := newStage(t)
	address := s.open(Handler(s.services))
	head := "POST /v1/contracts?number=A-1&supplier=%s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
	for request, want := range map[string]string{
		fmt.Sprintf(head, "huaxin", s.services.Limit+1): "HTTP/1.1 413 ",
		fmt.Sprintf(head, "huaxin", 5):                  "HTTP/1.1 100 ",
	} {
		line, err := bufio.NewReader(s.say(address, request)).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, want) {
			t.Errorf("got %q, want %s, %v", line, want, err)
		}
	}
}

// TestUploadsAtOnce refuses one more upload than are taken in at once, and takes it afterwards.
func TestUploadsAtOnce(t *testing.T) {
	s := newStage(t)
	s.services.Uploads = 1
	handler := Handler(s.services)
	body, feed := io.Pipe()
	first := make(chan *httptest.ResponseRecorder)
	go func() {
		request := httptest.NewRequestWithContext(WithActor(t.Context(), boss), "POST", "/v1/contracts?number=A-1&supplier=huaxin", body)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		first <- answer
	}()
	if _, err := io.WriteString(feed, "dra"); err != nil { // Taken: the first is being taken in.
		t.Fatal(err)
	}
	send := func() *httptest.ResponseRecorder {
		return s.ask(handler, &boss, "POST", "/v1/contracts?number=A-2&supplier=huaxin", "draft")
	}
	if answer := send(); answer.Code != http.StatusServiceUnavailable || codeOf(t, answer) != "temporary" || answer.Header().Get("Retry-After") == "" {
		t.Errorf("one too many: %d %s", answer.Code, answer.Body)
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if answer := <-first; codeOf(t, answer) != "" {
		t.Errorf("the first: %s", answer.Body)
	}
	if answer := send(); codeOf(t, answer) != "" {
		t.Errorf("afterwards: %s", answer.Body)
	}
}

// TestLeavingCancelsBeforeTheRecord: nothing is recorded of an upload whose caller leaves.
func TestLeavingCancelsBeforeTheRecord(t *testing.T) {
	s := newStage(t)
	ended := make(chan struct{})
	inner := Handler(s.services)
	address := s.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		inner.ServeHTTP(w, r)
	}))
	conn := s.say(address, "POST /v1/contracts?number=A-1&supplier=huaxin HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nIdempotency-Key: k\r\n\r\n%PDF")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-ended
	if s.acts() != 0 {
		t.Errorf("%d acts", s.acts())
	}
	if _, err := s.ledger.ContractByNumber(t.Context(), "A-1"); !errors.Is(err, workflow.ErrNotFound) {
		t.Errorf("the contract: %v", err)
	}
}

// TestLeavingChangesNothingAfterTheRecord: from the first durable step on the work goes on.
func TestLeavingChangesNothingAfterTheRecord(t *testing.T) {
	s := newStage(t)
	goOn, ended, gone := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.Issuer.Sealer = sealerFunc(func(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
		<-goOn
		return s.Seals.Seal(ctx, key, contract, in)
	})
	inner := Handler(s.services)
	address := s.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		context.AfterFunc(r.Context(), func() { close(gone) })
		inner.ServeHTTP(w, r)
	}))
	conn := s.say(address, "POST /v1/contracts?number=A-1&supplier=huaxin HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\ndraft")
	lines := bufio.NewScanner(conn)
	for lines.Scan() && !strings.Contains(lines.Text(), `"recorded"`) {
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	<-gone
	close(goOn)
	<-ended
	s.Contract("A-1", workflow.StateSealed)
}

// TestSilenceIsNoFaultOfTheRequest: a body that stops coming is to be sent again, and the answer names no address of ours.
func TestSilenceIsNoFaultOfTheRequest(t *testing.T) {
	err := unread(fmt.Errorf("read tcp 127.0.0.1:1->127.0.0.1:2: %w", os.ErrDeadlineExceeded))
	if !errors.Is(err, workflow.ErrTemporary) || errors.Is(err, workflow.ErrUsage) || strings.Contains(err.Error(), "127.0.0.1") || workflow.HintOf(err) == "" {
		t.Error(err)
	}
}
