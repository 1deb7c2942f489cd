package api

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

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

// termNames are the parameters that orderOf reads.
var termNames = []string{"number", "title", "supplier", "amount", "deadline", "hold", "confirm", "sealed"}

// orderOf reads the metadata of a contract.
func orderOf(query url.Values) (outbound.Order, error) {
	order := outbound.Order{Number: query.Get("number"), Title: query.Get("title"), Supplier: workflow.SupplierID(query.Get("supplier"))}
	if err := oneLine("title", order.Title); err != nil {
		return order, err
	}
	var err error
	for name, into := range map[string]*bool{"hold": &order.Hold, "confirm": &order.Confirm, "sealed": &order.Elsewhere} {
		if *into, err = truth(query, name); err != nil {
			return order, err
		}
	}
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
	if err := onlyNamed(r.URL, "supplier", "number", "text", "owner", "state", "from", "to", "limit"); err != nil {
		return nil, err
	}
	filter, err := filterOf(r.URL.Query())
	if err != nil {
		return nil, err
	}
	contracts, err := s.visible(r.Context(), filter)
	if err != nil {
		return nil, fmt.Errorf("list contracts: %w", err)
	}
	if contracts == nil {
		contracts = []workflow.Contract{}
	}
	return contracts, nil
}

// visible lists the contracts that the actor may see. The limit counts these only.
func (s *server) visible(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error) {
	actor, limit := actorOf(ctx), filter.Limit
	if len(actor.Suppliers) > 0 {
		filter.Limit = 0
	}
	contracts, err := s.Store.Contracts(ctx, filter)
	if err != nil || len(actor.Suppliers) == 0 {
		return contracts, err
	}
	contracts = slices.DeleteFunc(contracts, func(c workflow.Contract) bool { return !actor.Sees(c.Supplier) })
	if limit > 0 && len(contracts) > limit {
		contracts = contracts[:limit]
	}
	return contracts, nil
}

// filterOf reads a filter from a query, as the client writes it.
func filterOf(query url.Values) (workflow.ContractFilter, error) {
	filter := workflow.ContractFilter{
		Supplier: workflow.SupplierID(query.Get("supplier")), Number: query.Get("number"), Text: query.Get("text"),
		Owner: query.Get("owner"),
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
