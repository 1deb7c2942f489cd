package storetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"contractd/store/check"
	"contractd/workflow"
)

// staleWrite writes from what was read before the last change: it must be refused, whoever else would have won.
func (s *scene) staleWrite(e event) {
	ledger := s.witness.Ledger
	p := s.book.page(e.number())
	if older, found := s.witness.older[p.id]; found && e.arg%2 == 0 {
		older.Title = "written late"
		s.want("write an older contract", ledger.Apply(s.Context(), workflow.Change{Contracts: []workflow.Contract{older}}), workflow.ErrConflict)
	}
	for _, d := range s.book.post(p) {
		if older, found := s.witness.stale[d.ID]; found {
			s.want("write an older delivery", ledger.Apply(s.Context(), workflow.Change{Deliveries: []workflow.Delivery{older}}), workflow.ErrConflict)
		}
	}
}

// force writes a state past the services: what the table does not have is refused.
func (s *scene) force(e event) {
	p := s.book.page(e.number())
	to := workflow.States[int(e.arg)%len(workflow.States)]
	if _, allowed := table[p.state][to]; allowed || to == p.state || p.state == "" {
		return
	}
	contract := s.byNumber(p.number)
	contract.State = to
	err := s.witness.Ledger.Apply(s.Context(), workflow.Change{Contracts: []workflow.Contract{contract}})
	s.want(fmt.Sprintf("write %s over %s", to, p.state), err, workflow.ErrState)
}

// hooks sets what lies outside to answer as if nothing were wrong.
func (s *scene) hooks() { s.answers(0, 0) }

// look compares everything that the ledger says with the book.
func (s *scene) look() {
	if s.fault != nil {
		return
	}
	byState := map[workflow.State][]string{}
	for _, p := range s.book.all() {
		s.lookAt(p)
		byState[p.state] = append(byState[p.state], p.number)
	}
	for _, state := range workflow.States {
		s.listed(workflow.ContractFilter{States: []workflow.State{state}}, byState[state])
	}
	s.listed(workflow.ContractFilter{}, slices.Concat(values(byState)...))
	s.deliveries()
	if s.witness.wrote {
		s.derive()
	}
	s.witness.wrote = false
	s.journal()
	receipts, err := s.witness.Ledger.RecentReceipts(s.Context(), 1000)
	s.check("list receipts", err)
	if len(receipts) != s.book.receipts {
		s.blame("%d receipts for %d different mails", len(receipts), s.book.receipts)
	}
}

func values(byState map[workflow.State][]string) (all [][]string) {
	for _, numbers := range byState {
		all = append(all, numbers)
	}
	return all
}

// lookAt compares one contract.
func (s *scene) lookAt(p *page) {
	c, err := s.witness.Ledger.Contract(s.Context(), p.id)
	s.check("read contract "+p.number, err)
	if newest := s.byNumber(p.number); p.next == nil && newest.ID != p.id {
		s.blame("contract %s is %s, want %s", p.number, newest.ID, p.id)
	}
	found := fmt.Sprintf("%s, of %s, version %d, held %v, %v pending, sealed %s, final %s, letter %q", c.State, c.Owner, c.Version, c.Hold, c.Pending, c.Sealed().Hash.Short(), c.Final.Hash.Short(), c.Letter)
	archived := workflow.Hash{}
	if p.final != "" {
		archived = workflow.HashOf([]byte(p.final))
	}
	want := fmt.Sprintf("%s, of %s, version %d, held %v, %v pending, sealed %s, final %s, letter %q", p.state, p.owner, p.version, p.hold, p.pending, workflow.HashOf([]byte(p.current())).Short(), archived.Short(), p.letter)
	if found != want || c.ID != p.id {
		s.blame("contract %s: %s\nwant: %s", p.number, found, want)
	}
	var yes []string
	for _, approval := range c.Approvals {
		yes = append(yes, approval.Actor)
	}
	if p.two && !slices.Equal(yes, p.yes) {
		s.blame("the return of %s was approved by %v, want %v", p.number, yes, p.yes)
	}
	if p.next != nil && (c.Next != p.next.id || p.next.id == "") {
		s.blame("contract %s, version %d, is followed by %q, want %q", p.number, p.version, c.Next, p.next.id)
	}
	c.Next, c.Revision = "", 0 // A withdrawn contract may be replaced later, and no more.
	if before, closed := s.closed[c.ID]; closed && !reflect.DeepEqual(before, c) {
		s.blame("contract %s was %s for ever, and changed: %+v", p.number, before.State, c)
	}
	if final(p.state) {
		s.closed[c.ID] = c
	}
	for _, k := range p.papers() {
		ref := workflow.Ref{Hash: workflow.HashOf([]byte(k.text)), Size: int64(len(k.text))}
		prefixes, err := s.witness.Ledger.PrefixesOf(s.Context(), ref)
		s.check("look up a file of ours", err)
		if !slices.Contains(prefixes, workflow.Prefix{Ref: ref, Kind: k.kind, Contract: p.id}) {
			s.blame("%q of %s is known as %+v, want %s", k.text, p.number, prefixes, k.kind)
		}
	}
}

// listed compares what a filter finds.
func (s *scene) listed(filter workflow.ContractFilter, want []string) {
	contracts, err := s.witness.Ledger.Contracts(s.Context(), filter)
	s.check("list contracts", err)
	var found []string
	for _, c := range contracts {
		found = append(found, c.Number)
	}
	slices.Sort(found)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(found, want) {
		s.blame("contracts %v: %v, want %v", filter.States, found, want)
	}
}

// deliveries compares every delivery with what became of it.
func (s *scene) deliveries() {
	all, err := s.witness.Ledger.Deliveries(s.Context(), workflow.DeliveryFilter{})
	s.check("list deliveries", err)
	if len(all) != len(s.book.postings) {
		s.blame("%d deliveries, want %d", len(all), len(s.book.postings))
	}
	for _, d := range all {
		known := s.book.postings[d.ID]
		if known == nil || known.State != d.State || known.Attempts != d.Attempts || known.Revision != d.Revision {
			s.blame("delivery %+v, want %+v", d, known)
		}
	}
}

// journal reads what was appended: exactly the entries of the changes, numbered and chained.
func (s *scene) journal() {
	var read []workflow.Entry
	s.check("read the journal", s.witness.Ledger.Journal(s.Context(), s.heads.Sequence+1, func(e workflow.Entry) error {
		read = append(read, e)
		return nil
	}))
	if len(read) != len(s.witness.entries) {
		s.blame("the journal has %d new entries, %d were written", len(read), len(s.witness.entries))
		return
	}
	for n, e := range read {
		want := s.witness.entries[n]
		if e.Sequence != s.heads.Sequence+1 || e.Previous != s.heads.Hash || e.Hash != e.Digest() {
			s.blame("entry %d does not follow entry %d: %+v", e.Sequence, s.heads.Sequence, e)
		}
		if e.Actor == "" || e.Actor != want.Actor || e.Action != want.Action || e.Subject != want.Subject {
			s.blame("entry %d: %+v, want %+v", e.Sequence, e, want)
		}
		s.heads = e
	}
	s.witness.entries = nil
}

// derive has everything derived again that the ledger claims: indexes, references, hashes, and no document without a record.
func (s *scene) derive() {
	report, err := check.Check(context.WithoutCancel(s.Context()), s.witness.Source())
	s.check("check", err)
	if len(report.Findings) > 0 {
		s.blame("check: %+v", report.Findings)
	}
}
