package storetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"contractd/workflow"
)

// table is the state table as design.md has it, with the moves that docs/architecture.md adds; each with the journal's
// word for it. It is written down a second time so that a slip in package workflow does not excuse itself.
var table = map[workflow.State]map[workflow.State][]workflow.Action{
	"":                          {workflow.StateDraft: {workflow.ActCreated}},
	workflow.StateDraft:         {workflow.StateSealed: {workflow.ActReady}, workflow.StateWithdrawn: taken},
	workflow.StateSealed:        {workflow.StateDraft: {workflow.ActUnsealed}, workflow.StateSent: {workflow.ActSent}, workflow.StateUndeliverable: {workflow.ActBounced}, workflow.StateWithdrawn: taken},
	workflow.StateSent:          {workflow.StateArchived: {workflow.ActArchived}, workflow.StateReview: {workflow.ActReview}, workflow.StateUndeliverable: {workflow.ActBounced}, workflow.StateExpired: {workflow.ActExpired}, workflow.StateWithdrawn: taken},
	workflow.StateReview:        {workflow.StateArchived: {workflow.ActApproved}, workflow.StateSent: {workflow.ActReturned}, workflow.StateWithdrawn: taken},
	workflow.StateUndeliverable: {workflow.StateSent: {workflow.ActResent, workflow.ActSent}, workflow.StateReview: {workflow.ActReview}, workflow.StateWithdrawn: taken},
	workflow.StateExpired:       {workflow.StateSent: {workflow.ActExtended}, workflow.StateReview: {workflow.ActReview}, workflow.StateWithdrawn: taken},
}

var taken = []workflow.Action{workflow.ActWithdrawn, workflow.ActRevised}

// decided are the acts of people; every other move is the daemon's own.
var decided = []workflow.Action{
	workflow.ActCreated, workflow.ActReady, workflow.ActUnsealed, workflow.ActApproved, workflow.ActReturned, workflow.ActWithdrawn,
	workflow.ActRevised, workflow.ActExtended, workflow.ActResent,
}

// book is what must be so, by the rules alone.
type book struct {
	pages    map[string]*page // By number.
	letters  map[string]workflow.Letter
	postings map[workflow.DeliveryID]*posting
	receipts int
	sealings int     // How often a key signed.
	replaced []*page // Versions that others took the place of.
	held     bool    // Nothing leaves.
}

// page is what must be so of one contract.
type page struct {
	number   string
	request  string              // Idempotency key of its order.
	id       workflow.ContractID // As the ledger called it; empty before it exists.
	version  int
	next     *page // The version that took its place.
	owner    string
	state    workflow.State
	sent     bool     // It was sent once.
	two      bool     // Two persons must approve its return.
	yes      []string // Who approved the return under review.
	hold     bool
	confirm  bool
	deadline time.Time
	draft    string
	seals    []seal
	pending  []string
	stuck    string   // Why sealing stands still, in the book's own words.
	undone   []string // Files whose last seal was taken back.
	letter   workflow.LetterID
	waits    *paper // The return under review.
	final    string // What was archived.
	answers  []time.Time
}

type seal struct {
	key, text, value string
}

// paper is a returned file with what the verifier says of it.
type paper struct {
	text    string
	verdict workflow.Outcome
}

// posting is what must be so of one delivery.
type posting struct {
	workflow.Delivery
	kind   workflow.LetterKind
	answer error // How the attempt that is under way will end.
}

func newBook() *book {
	return &book{pages: map[string]*page{}, letters: map[string]workflow.Letter{}, postings: map[workflow.DeliveryID]*posting{}}
}

// page returns what is known of a number, an empty page where nothing is.
func (b *book) page(number string) *page {
	if b.pages[number] == nil {
		b.pages[number] = &page{number: number}
	}
	return b.pages[number]
}

// all returns the pages of contracts that exist, in the order of their numbers.
func (b *book) all() []*page {
	var known []*page
	for _, p := range b.pages {
		if p.state != "" {
			known = append(known, p)
		}
	}
	known = append(known, b.replaced...)
	slices.SortFunc(known, func(x, y *page) int {
		return cmp.Or(cmp.Compare(x.number, y.number), cmp.Compare(x.version, y.version))
	})
	return known
}

func (b *book) byID(id workflow.ContractID) *page {
	for _, p := range b.all() {
		if p.id == id {
			return p
		}
	}
	return nil
}

// current is the file as far as it is sealed.
func (p *page) current() string {
	if len(p.seals) == 0 {
		return p.draft
	}
	return p.seals[len(p.seals)-1].text
}

// replaced reports whether another version took the contract's place.
func (p *page) replaced() bool { return p.next != nil && p.state == workflow.StateWithdrawn }

// final reports whether no move leads on.
func final(state workflow.State) bool { return len(table[state]) == 0 }

// post returns the deliveries of the letters that brought, or are to bring, the contract.
func (b *book) post(p *page) []*posting {
	var all []*posting
	for _, d := range b.postings {
		if d.Contract == p.id && d.kind == workflow.LetterContract {
			all = append(all, d)
		}
	}
	return all
}

// mailed reports whether an attempt to mail the contract was begun.
func (b *book) mailed(p *page, channels ...workflow.Channel) bool {
	return slices.ContainsFunc(b.post(p), func(d *posting) bool { return d.Attempts > 0 && slices.Contains(channels, d.Channel) })
}

// known is a file of ours that a return may begin with.
type known struct {
	text string
	kind workflow.PrefixKind
	page *page
}

// papers lists them for one contract.
func (p *page) papers() []known {
	all := []known{{p.draft, workflow.PrefixDraft, p}}
	for n, s := range p.seals {
		kind := workflow.PrefixSealed
		switch {
		case n < len(p.seals)-1 || len(p.pending) > 0:
			kind = workflow.PrefixIntermediate
		case p.state == workflow.StateWithdrawn:
			kind = workflow.PrefixSuperseded
		}
		all = append(all, known{s.text, kind, p})
	}
	for _, text := range p.undone {
		all = append(all, known{text, workflow.PrefixSuperseded, p})
	}
	return all
}

// begins returns the longest file of ours with which a text begins.
func (b *book) begins(text string) (best known, found bool) {
	for _, p := range b.all() {
		for _, k := range p.papers() {
			if strings.HasPrefix(text, k.text) && len(k.text) > len(best.text) {
				best, found = k, true
			}
		}
	}
	return best, found
}

// bearing returns the contract that carries a signature value of ours now.
func (b *book) bearing(text string) *page {
	for _, p := range b.all() {
		for _, s := range p.seals {
			if strings.Contains(text, s.value+"\n") {
				return p
			}
		}
	}
	return nil
}
