package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"contractd/workflow"
	"contractd/workflow/decide"
	"contractd/workflow/outbound"
)

// Line is one line of an answer that takes time: progress, and at the end either a contract or a failure.
type Line struct {
	Step     string             `json:"step,omitempty"`
	Detail   string             `json:"detail,omitempty"`
	Contract *workflow.Contract `json:"contract,omitempty"`
	Failure  *Failure           `json:"failure,omitempty"`
}

// stream writes NDJSON lines as they come.
type stream struct {
	writer     http.ResponseWriter
	encoder    *json.Encoder
	controller *http.ResponseController
}

func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &stream{w, json.NewEncoder(w), http.NewResponseController(w)}
}

// line tells the caller; a caller who is gone changes nothing about what is being done.
func (s *stream) line(line Line) {
	if s.encoder.Encode(line) == nil {
		s.controller.Flush() // The same holds for a connection that cannot flush.
	}
}

func (s *stream) progress(step, detail string) { s.line(Line{Step: step, Detail: detail}) }

func (s *stream) end(contract workflow.Contract, err error) {
	last := Line{}
	if contract.ID != "" {
		last.Contract = &contract
	}
	if err != nil {
		failure, _ := failureOf(err)
		last.Failure = &failure
	}
	s.line(last)
}

// send takes a draft, records it, and seals it as far as it goes. The metadata stand in the query, the PDF is the body.
func (s *server) send(w http.ResponseWriter, r *http.Request) {
	order, err := orderOf(r.URL.Query())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	order.Request = r.Header.Get(IdempotencyHeader)
	if err := s.Policy(&order); err != nil {
		s.refuse(w, r, err)
		return
	}
	draft, closer, err := s.Spool.Keep(r.Context(), r.Body, s.Limit)
	if err != nil {
		s.refuse(w, r, fmt.Errorf("take in the draft: %w", err))
		return
	}
	defer closer.Close()
	actor := actorOf(r.Context())
	contract, err := s.Issuer.Create(r.Context(), actor, order, draft)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	// From here on the contract is recorded: a caller who leaves does not stop it.
	s.run(w, r, contract.ID, "recorded")
}

// seal continues a contract that waits for a key.
func (s *server) seal(w http.ResponseWriter, r *http.Request) {
	if err := actorOf(r.Context()).Need(workflow.RightSend); err != nil { // Before it is told whether there is such a contract.
		s.refuse(w, r, err)
		return
	}
	contract, err := s.Store.ContractByNumber(r.Context(), r.PathValue("number"))
	if err != nil {
		s.refuse(w, r, fmt.Errorf("seal contract: %w", err))
		return
	}
	out := newStream(w)
	contract, err = s.Issuer.SealWith(withoutCancel(r), actorOf(r.Context()), contract.ID, r.URL.Query().Get("key"), out.progress)
	out.end(contract, err)
	s.Changed()
}

// run seals and tells how it goes.
func (s *server) run(w http.ResponseWriter, r *http.Request, id workflow.ContractID, first string) {
	out := newStream(w)
	out.progress(first, string(id))
	contract, err := s.Issuer.Continue(withoutCancel(r), actorOf(r.Context()), id, out.progress)
	out.end(contract, err)
	s.Changed()
}

// oneLine refuses control characters, and those that turn the direction of text: what is typed here stands in letters,
// tables and the journal.
func oneLine(name, text string) error {
	for _, r := range text {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return workflow.WithHint(fmt.Errorf("%s %q holds a control character: %w", name, text, workflow.ErrUsage), "write it on one line, in plain text")
		}
	}
	return nil
}

// orderOf reads the metadata of a contract.
func orderOf(query url.Values) (outbound.Order, error) {
	order := outbound.Order{
		Number: query.Get("number"), Title: query.Get("title"), Supplier: workflow.SupplierID(query.Get("supplier")),
		Hold: query.Get("hold") == "true", Confirm: query.Get("confirm") == "true",
	}
	if err := oneLine("title", order.Title); err != nil {
		return order, err
	}
	var err error
	if text := query.Get("amount"); text != "" {
		if order.Amount, err = workflow.ParseAmount(text); err != nil {
			return order, err
		}
	}
	if text := query.Get("deadline"); text != "" {
		if order.Deadline, err = time.Parse(time.RFC3339, text); err != nil {
			return order, fmt.Errorf("read deadline %q: want RFC 3339, such as 2026-12-31T18:00:00+08:00: %w", text, workflow.ErrUsage)
		}
	}
	return order, nil
}

// query lists contracts.
func (s *server) query(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).Need(workflow.RightView); err != nil {
		return nil, err
	}
	filter, err := filterOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	contracts, err := s.Store.Contracts(r.Context(), filter)
	if err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	if contracts == nil {
		contracts = []workflow.Contract{}
	}
	return contracts, nil
}

// filterOf reads a filter from a query, as the client writes it.
func filterOf(query url.Values) (workflow.ContractFilter, error) {
	filter := workflow.ContractFilter{
		Supplier: workflow.SupplierID(query.Get("supplier")), Number: query.Get("number"), Text: query.Get("text"),
	}
	for _, state := range query["state"] {
		if !workflow.State(state).Valid() {
			return filter, fmt.Errorf("filter by state %q: want one of %s: %w", state, joinStates(), workflow.ErrUsage)
		}
		filter.States = append(filter.States, workflow.State(state))
	}
	for name, into := range map[string]*time.Time{"from": &filter.From, "to": &filter.To} {
		if text := query.Get(name); text != "" {
			at, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return filter, fmt.Errorf("filter by %s %q: want RFC 3339: %w", name, text, workflow.ErrUsage)
			}
			*into = at
		}
	}
	if text := query.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 0 {
			return filter, fmt.Errorf("limit %q: want a number: %w", text, workflow.ErrUsage)
		}
		filter.Limit = limit
	}
	return filter, nil
}

func joinStates() string {
	names := make([]string, len(workflow.States))
	for n, state := range workflow.States {
		names[n] = string(state)
	}
	return strings.Join(names, ", ")
}

// Act is the body of a decision.
type Act struct {
	Reason   string        `json:"reason,omitempty"`
	Document workflow.Hash `json:"document,omitzero"` // With approve and refuse: the return that was looked at.
	Pin      bool          `json:"pin,omitempty"`     // With approve: expect this certificate of the supplier from now on.
}

// decide passes a person's decision to the desk.
func (s *server) decide(r *http.Request) (any, error) {
	var act Act
	if err := decode(r, &act); err != nil {
		return nil, err
	}
	if err := oneLine("reason", act.Reason); err != nil {
		return nil, err
	}
	ctx, actor, number := r.Context(), actorOf(r.Context()), r.PathValue("number")
	defer s.Changed()
	switch r.PathValue("decision") {
	case "release":
		return s.Desk.Release(ctx, actor, number)
	case "unseal":
		return s.Desk.Unseal(ctx, actor, number)
	case "approve":
		return s.Desk.Approve(ctx, actor, number, decide.Judgement{Reason: act.Reason, Document: act.Document, Pin: act.Pin})
	case "refuse":
		return s.Desk.Refuse(ctx, actor, number, decide.Judgement{Reason: act.Reason, Document: act.Document})
	case "withdraw":
		return s.Desk.Withdraw(ctx, actor, number, act.Reason)
	}
	return nil, fmt.Errorf("decide %q: %w", r.PathValue("decision"), workflow.ErrNotFound)
}
