package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/appearances"
	"contractd/workflow/flowtest"
	"contractd/workflow/outbound"
)

// change is a request that changes something, on a stage that is ready for it.
type change struct {
	path, body string
	ready      func(*stage)
	repeated   string // Error code of the repeated request; "" where it is answered as the first.
}

// changes has an entry for each route, and each decision, that changes something. In a path, KEY stands for an API key's id.
var changes = map[string]change{
	"POST /v1/contracts":                  {"/v1/contracts?number=A-9&supplier=huaxin", "draft", nothing, ""},
	"POST /v1/contracts/{number}/seal":    {"/v1/contracts/A-1/seal", "", waiting, ""},
	"POST /v1/contracts/{number}/release": {"/v1/contracts/A-1/release", "{}", held, ""},
	"POST /v1/contracts/{number}/unseal":  {"/v1/contracts/A-1/unseal", "{}", held, ""},
	"POST /v1/contracts/{number}/approve": {"/v1/contracts/A-1/approve", `{"pin":true}`, returned, ""},
	"POST /v1/contracts/{number}/refuse":  {"/v1/contracts/A-1/refuse", `{"reason":"错"}`, returned, ""},
	"POST /v1/contracts/{number}/withdraw": {
		"/v1/contracts/A-1/withdraw", `{"reason":"错"}`, returned, ""},
	"POST /v1/contracts/{number}/resend": {"/v1/contracts/A-1/resend", "{}", mailed, ""},
	"POST /v1/contracts/{number}/extend": {
		"/v1/contracts/A-1/extend", `{"deadline":"2027-01-01T00:00:00Z"}`, mailed, ""},
	"POST /v1/contracts/{number}/revise": {"/v1/contracts/A-1/revise?reason=x", "another draft", mailed, ""},
	"POST /v1/reassign":                  {"/v1/reassign", `{"from":"anna","to":"李伟","numbers":["A-1"]}`, mailed, ""},
	"POST /v1/hold/lift":                 {"/v1/hold/lift", "SEEN", stopped, ""},
	"PUT /v1/suppliers/{id}":             {"/v1/suppliers/neu", goodSupplier, nothing, ""},
	"POST /v1/keys/{name}/resume":        {"/v1/keys/org/resume", "", suspended, ""},
	"POST /v1/appearances":               {"/v1/appearances?name=neu&key=org", "picture", nothing, ""},
	"POST /v1/appearances/{name}/retire": {"/v1/appearances/alt/retire", "", shown, ""},
	"POST /v1/apikeys":                   {"/v1/apikeys", `{"name":"neu","rights":["view"]}`, nothing, "exists"},
	"POST /v1/apikeys/{id}/revoke":       {"/v1/apikeys/KEY/revoke", "", nothing, ""},
}

func nothing(*stage) {}
func shown(s *stage) {
	order := appearances.Order{Name: "alt", Key: "org", Size: 40}
	picture := workflow.Document{Ref: workflow.Ref{Hash: workflow.HashOf([]byte("x")), Size: 1}, ReaderAt: strings.NewReader("x")}
	if _, err := s.services.Cabinet.Add(s.Context(), boss, order, picture); err != nil {
		s.Fatal(err)
	}
}
func held(s *stage) { s.sealed("A-1") }
func stopped(s *stage) {
	s.sealed("A-1")
	s.Stop("restored")
}

func mailed(s *stage) { s.Send("A-1") }

func waiting(s *stage) {
	s.Seals.Fail = map[string]error{"org": workflow.ErrKeyMissing}
	if _, err := s.Issue(flowtest.Order("A-1")); err == nil {
		s.Fatal("sealed without a key")
	}
	s.Seals.Fail = nil
}

func returned(s *stage) {
	s.Receive(flowtest.From("m1"), s.Sealed(s.Send("A-1"))+" indeterminate")
	s.Contract("A-1", workflow.StateReview)
}

func suspended(s *stage) {
	if err := s.services.Guard.Login(s.Context(), "org", func(bool) error { return workflow.ErrPIN }); err == nil {
		s.Fatal("a wrong PIN was taken")
	}
}

// prepare returns a stage that is ready for the change, and the request with what is known only now.
func (c change) prepare(t *testing.T) (s *stage, path, body string) {
	s = newStage(t)
	c.ready(s)
	key, _, err := s.services.Gate.Add(t.Context(), boss, access.Order{Name: "alt", Rights: []workflow.Right{workflow.RightView}})
	if err != nil {
		t.Fatal(err)
	}
	outlook, err := s.Stopper.Look(t.Context(), boss)
	if err != nil {
		t.Fatal(err)
	}
	return s, strings.ReplaceAll(c.path, "KEY", string(key.ID)), strings.ReplaceAll(c.body, "SEEN", fmt.Sprintf(`{"seen":"%s"}`, outlook.Seen))
}

func TestEveryChangeTakesAKey(t *testing.T) {
	for _, pattern := range allRoutes(t) {
		_, known := changes[pattern]
		if changing := !strings.HasPrefix(pattern, "GET ") && pattern != "POST /v1/check" && pattern != "POST /v1/inbox/explain" && pattern != "POST /v1/keys/{name}/login"; changing != known {
			t.Errorf("%s: stands in changes: %v, want %v", pattern, known, changing)
		}
	}
}

// TestRepeatedRequestsDoNothing repeats every change with its idempotency key.
func TestRepeatedRequestsDoNothing(t *testing.T) {
	for pattern, c := range changes {
		t.Run(pattern, func(t *testing.T) {
			s, path, body := c.prepare(t)
			handler := Handler(s.services)
			method, _, _ := strings.Cut(pattern, " ")
			before := s.acts()
			first := s.ask(handler, &boss, method, path, body, IdempotencyHeader, "k-1")
			if code := codeOf(t, first); first.Code != http.StatusOK || code != "" {
				t.Fatalf("first: %d %s", first.Code, first.Body)
			}
			done := s.acts()
			if done == before {
				t.Fatal("the first did nothing that the journal tells")
			}
			again := s.ask(handler, &boss, method, path, body, IdempotencyHeader, "k-1")
			if code := codeOf(t, again); code != c.repeated {
				t.Errorf("repeated: %d %s", again.Code, again.Body)
			}
			elsewhere := strings.Replace(path, "A-9", "B-9", 1)
			if elsewhere == path {
				elsewhere += "?x=1"
			}
			other := s.ask(handler, &boss, method, elsewhere, body, IdempotencyHeader, "k-1")
			if code := codeOf(t, other); code != "usage" {
				t.Errorf("another request with the key: %d %s", other.Code, other.Body)
			}
			if s.acts() != done {
				t.Errorf("%d acts more", s.acts()-done)
			}
			if long := s.ask(handler, &boss, method, path, body, IdempotencyHeader, strings.Repeat("k", maxKey+1)); codeOf(t, long) != "usage" {
				t.Errorf("a long key: %d %s", long.Code, long.Body)
			}
		})
	}
}

// TestRefusalsAreNotRemembered tries again what was refused.
func TestRefusalsAreNotRemembered(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	clerk := person("李伟", workflow.RightView)
	release := func(actor workflow.Actor) string {
		return codeOf(t, s.ask(handler, &actor, "POST", "/v1/contracts/A-1/release", "{}", IdempotencyHeader, "k-1"))
	}
	if code := release(clerk); code != "right" {
		t.Fatal(code)
	}
	clerk.Rights = []workflow.Right{workflow.RightSend}
	if code := release(clerk); code != "" {
		t.Errorf("a refused request stayed refused: %s", code)
	}
	if code := release(boss); code != "state" { // Keys of two callers have nothing to do with one another.
		t.Errorf("another caller's key: %q", code)
	}
}

// TestSameRequestAtOnce lets the second of two wait for the outcome of the first.
func TestSameRequestAtOnce(t *testing.T) {
	s := newStage(t)
	sealing, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.Issuer.Sealer = sealerFunc(func(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
		once.Do(func() { close(sealing) })
		<-goOn
		return s.Seals.Seal(ctx, key, contract, in)
	})
	handler := Handler(s.services)
	answers := make(chan string, 2)
	send := func() {
		answer := s.ask(handler, &boss, "POST", "/v1/contracts?number=A-1&supplier=huaxin", "draft", IdempotencyHeader, "k-1")
		lines := strings.Split(strings.TrimSpace(answer.Body.String()), "\n")
		answers <- lines[len(lines)-1]
	}
	go send()
	<-sealing
	go send()
	close(goOn)
	one, two := <-answers, <-answers
	if one != two || !strings.Contains(one, `"state":"sealed"`) {
		t.Errorf("one got %s\nthe other %s", one, two)
	}
	if contracts, err := s.ledger.Contracts(t.Context(), workflow.ContractFilter{}); err != nil || len(contracts) != 1 {
		t.Errorf("%d contracts, %v", len(contracts), err)
	}
}

// TestWaitingForTheSameRequestEnds lets go who no longer waits.
func TestWaitingForTheSameRequestEnds(t *testing.T) {
	var turns turns
	leave, err := turns.take(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.take(ctx, "k"); err == nil {
		t.Error("two have the turn")
	}
	leave()
	leave, err = turns.take(ctx, "k")
	if err != nil {
		t.Error(err)
	}
	leave()
}

type sealerFunc func(context.Context, string, workflow.Contract, workflow.Document) (outbound.Sealed, error)

func (f sealerFunc) Seal(ctx context.Context, key string, contract workflow.Contract, in workflow.Document) (outbound.Sealed, error) {
	return f(ctx, key, contract, in)
}
