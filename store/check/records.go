package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"contractd/workflow"
)

// checker gathers what records claim until it can be compared.
type checker struct {
	report    Report
	present   map[string]bool           // Every record, as "kind/key".
	links     []link                    // What records say about one another.
	contracts []claim                   // In the order of the walk.
	needed    map[workflow.Ref]string   // Documents and a record that cannot do without each.
	mentioned map[workflow.Hash]bool    // Documents that a record speaks of.
	begins    map[workflow.Ref][]prefix // What must stand at the beginning of a document.
	stored    map[workflow.Ref]bool
	history   map[string]map[workflow.Action]bool // What the journal tells of each subject.
	last      workflow.Entry
	judges    []Stamps
	stamps    map[workflow.Ref][]stamped // By their tokens.
}

type link struct{ from, to string }

// claim is what the end of the check needs of a contract.
type claim struct {
	subject string
	number  string
	version int
	state   workflow.State

	id, previous, next workflow.ContractID
}

// prefix is the document before a sealing act, which only added bytes to it.
type prefix struct {
	workflow.Ref
	subject string
}

func newChecker() *checker {
	return &checker{
		present: map[string]bool{}, needed: map[workflow.Ref]string{}, mentioned: map[workflow.Hash]bool{},
		begins: map[workflow.Ref][]prefix{}, stamps: map[workflow.Ref][]stamped{}, stored: map[workflow.Ref]bool{}, history: map[string]map[workflow.Action]bool{},
		report: Report{Findings: []Finding{}},
	}
}

func (c *checker) find(kind Kind, subject, format string, args ...any) {
	c.report.Findings = append(c.report.Findings, Finding{kind, subject, fmt.Sprintf(format, args...)})
}

// record takes in one record. It implements the visit of Source.Records.
func (c *checker) record(kind, key string, record any, fault error) error {
	subject := kind + "/" + key
	switch {
	case fault != nil && kind == string(KindIndex):
		c.find(KindIndex, key, "%v", fault)
		return nil
	case fault != nil && kind == string(KindFile):
		c.find(KindFile, string(KindFile), "%v", fault)
		return nil
	case fault != nil:
		c.find(KindRecord, subject, "%v", fault)
	}
	c.report.Records++
	c.present[subject] = true
	switch r := record.(type) {
	case workflow.Contract:
		c.contract(subject, r)
	case workflow.Arrival:
		c.need(subject, r.Raw)
		for _, stamp := range r.Stamps {
			c.stamp(subject, stamp)
		}
		if r.State != workflow.ArrivalQueued {
			c.link(subject, "receipt", string(r.ID))
		}
	case workflow.Receipt:
		c.receipt(subject, r)
	case workflow.Letter:
		c.need(subject, r.Raw)
		c.link(subject, "contract", string(r.Contract))
	case workflow.Delivery:
		c.links = append(c.links, link{subject, "letter/" + string(r.Letter)})
		c.link(subject, "contract", string(r.Contract))
	case workflow.Appearance:
		c.need(subject, r.Picture)
	case workflow.Request:
		c.link(subject, "contract", string(r.Contract)) // None for a request about something else.
	}
	return nil
}

func (c *checker) contract(subject string, r workflow.Contract) {
	c.report.Contracts++
	c.contracts = append(c.contracts, claim{subject, r.Number, r.Version, r.State, r.ID, r.Previous, r.Next})
	c.link(subject, "contract", string(r.Previous))
	c.link(subject, "contract", string(r.Next))
	c.links = append(c.links, link{subject, "supplier/" + string(r.Supplier)})
	c.link(subject, "letter", string(r.Letter))
	c.link(subject, "receipt", string(r.Receipt))
	c.need(subject, r.Draft)
	c.need(subject, r.Final)
	for _, kept := range r.LongTerm {
		c.need(subject, kept.Tail)
	}
	for _, ref := range r.Superseded {
		c.need(subject, ref)
	}
	for _, batch := range r.Batches {
		c.need(subject, batch.After)
		c.mentioned[batch.Before.Hash] = true
		if !batch.Before.IsZero() {
			c.begins[batch.After] = append(c.begins[batch.After], prefix{batch.Before, subject})
		}
	}
	if r.Draft.IsZero() {
		c.find(KindRecord, subject, "it has no draft")
	}
	if !r.State.Valid() {
		c.find(KindRecord, subject, "its state is %q", r.State)
	}
	if r.State == workflow.StateArchived && (r.Final.IsZero() || r.Receipt == "") {
		c.find(KindRecord, subject, "it is archived without a final document or a receipt")
	}
}

func (c *checker) receipt(subject string, r workflow.Receipt) {
	c.need(subject, r.Raw)
	c.link(subject, "arrival", string(r.ID))
	for _, reply := range r.Replies {
		c.link(subject, "letter", string(reply))
	}
	for _, finding := range r.Findings {
		c.mentioned[finding.Document.Hash] = true // Contained in the raw message; kept apart only when it matters.
		if finding.Stamp != nil {
			c.stamp(subject, *finding.Stamp)
			if finding.Stamp.Over != finding.Document.Hash {
				c.find(KindTimestamp, subject, "the timestamp kept with %s is over %s", finding.Document.Hash, finding.Stamp.Over)
			}
		}
		c.link(subject, "contract", string(finding.Match.Contract))
	}
}

// need notes a document that must be stored.
func (c *checker) need(subject string, ref workflow.Ref) {
	if ref.IsZero() {
		return
	}
	c.mentioned[ref.Hash] = true
	if _, known := c.needed[ref]; !known {
		c.needed[ref] = subject
	}
}

// link notes that a record names another, unless it names none.
func (c *checker) link(from, kind, id string) {
	if id != "" {
		c.links = append(c.links, link{from, kind + "/" + id})
	}
}

// compareRecords judges what needs all records and the whole journal.
func (c *checker) compareRecords() {
	for _, l := range c.links {
		if !c.present[l.to] {
			c.find(KindReference, l.from, "it names %s, which is not there", l.to)
		}
	}
	c.numbers()
	for _, contract := range c.contracts {
		c.state(contract)
	}
	for _, subject := range slices.Sorted(maps.Keys(c.history)) {
		if mustExist(subject) && !c.present[subject] {
			c.find(KindJournal, subject, "the journal tells of it, and it is not there")
		}
	}
}

// numbers finds contracts that share a number without all but the newest being withdrawn, and versions that do not say of
// one another that the one follows the other.
func (c *checker) numbers() {
	claims := slices.Clone(c.contracts)
	slices.SortStableFunc(claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.version, b.version))
	})
	for i := range len(claims) - 1 {
		older, newer := claims[i], claims[i+1]
		if older.number == newer.number && (older.version == newer.version || older.state != workflow.StateWithdrawn) {
			c.find(KindNumber, newer.subject, "number %s, version %d, is held by %s (version %d, %s)",
				newer.number, newer.version, older.subject, older.version, older.state)
		}
	}
	for i, claim := range claims {
		var previous, next workflow.ContractID
		if i > 0 && claims[i-1].number == claim.number {
			previous = claims[i-1].id
		}
		if i+1 < len(claims) && claims[i+1].number == claim.number {
			next = claims[i+1].id
		}
		if claim.previous != previous || claim.next != next {
			c.find(KindNumber, claim.subject, "number %s: version %d follows %q and is followed by %q, and says %q and %q",
				claim.number, claim.version, previous, next, claim.previous, claim.next)
		}
	}
}
