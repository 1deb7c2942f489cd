package bolt

import (
	"strings"

	"contractd/workflow"
)

// keepers lists every table.
var keepers = []keeper{&contracts, &suppliers, &arrivals, &receipts, &letters, &deliveries, &keys, &cursors, &requests, &apiKeys, &appearances, &holds}

var contracts = table[workflow.Contract]{
	name:  "contract",
	id:    func(c *workflow.Contract) string { return string(c.ID) },
	stamp: func(c *workflow.Contract) stamp { return stamp{&c.Schema, &c.Revision} },
	facts: contractFacts,
	refs:  contractRefs,
}

var suppliers = table[workflow.Supplier]{
	name:  "supplier",
	id:    func(s *workflow.Supplier) string { return string(s.ID) },
	stamp: func(s *workflow.Supplier) stamp { return stamp{&s.Schema, &s.Revision} },
	facts: supplierFacts,
}

var arrivals = table[workflow.Arrival]{
	name:  "arrival",
	id:    func(a *workflow.Arrival) string { return string(a.ID) },
	stamp: func(a *workflow.Arrival) stamp { return stamp{&a.Schema, &a.Revision} },
	facts: arrivalFacts,
	refs:  arrivalRefs,
}

var receipts = table[workflow.Receipt]{
	name:  "receipt",
	id:    func(r *workflow.Receipt) string { return string(r.ID) },
	stamp: func(r *workflow.Receipt) stamp { return stamp{schema: &r.Schema} },
	facts: receiptFacts,
	refs:  receiptRefs,
	rule:  writtenOnce,
}

var letters = table[workflow.Letter]{
	name:  "letter",
	id:    func(l *workflow.Letter) string { return string(l.ID) },
	stamp: func(l *workflow.Letter) stamp { return stamp{schema: &l.Schema} },
	facts: letterFacts,
	refs:  func(l *workflow.Letter) []workflow.Ref { return []workflow.Ref{l.Raw} },
	rule:  writtenOnce,
}

var deliveries = table[workflow.Delivery]{
	name:  "delivery",
	id:    func(d *workflow.Delivery) string { return string(d.ID) },
	stamp: func(d *workflow.Delivery) stamp { return stamp{&d.Schema, &d.Revision} },
	facts: deliveryFacts,
}

var keys = table[workflow.KeyRecord]{
	name:  "key",
	id:    func(k *workflow.KeyRecord) string { return k.Name },
	stamp: func(k *workflow.KeyRecord) stamp { return stamp{&k.Schema, &k.Revision} },
}

var cursors = table[workflow.Cursor]{
	name:  "cursor",
	id:    func(c *workflow.Cursor) string { return cursorID(c.Account, c.Folder) },
	stamp: func(*workflow.Cursor) stamp { return stamp{} },
	rule:  overwritten,
}

var requests = table[workflow.Request]{
	name:  "request",
	id:    func(r *workflow.Request) string { return r.Key },
	stamp: func(*workflow.Request) stamp { return stamp{} },
	rule:  writtenOnce,
}

var apiKeys = table[workflow.APIKey]{
	name:  "apikey",
	id:    func(k *workflow.APIKey) string { return string(k.ID) },
	stamp: func(k *workflow.APIKey) stamp { return stamp{&k.Schema, &k.Revision} },
}

var appearances = table[workflow.Appearance]{
	name:  "appearance",
	id:    func(a *workflow.Appearance) string { return a.Name },
	stamp: func(a *workflow.Appearance) stamp { return stamp{&a.Schema, &a.Revision} },
	refs:  func(a *workflow.Appearance) []workflow.Ref { return []workflow.Ref{a.Picture} },
}

// holds has one record.
var holds = table[workflow.Hold]{
	name:  "hold",
	id:    func(*workflow.Hold) string { return theHold },
	stamp: func(h *workflow.Hold) stamp { return stamp{&h.Schema, &h.Revision} },
}

const theHold = "all"

func cursorID(account, folder string) string {
	return string(joinKeys(textKey(account), textKey(folder)))
}

func supplierFacts(s *workflow.Supplier) []fact {
	var facts []fact
	for _, address := range s.Addresses {
		facts = append(facts, about(byAddress, s.ID, textKey(addressForm(address))))
	}
	return facts
}

// addressForm is how addresses are compared: hardly any server tells a local part in capitals from
// one in small letters (RFC 5321, 2.4), and people mix them.
func addressForm(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

func arrivalFacts(a *workflow.Arrival) []fact {
	facts := []fact{about(byArrivalState, a.ID, textKey(a.State), timeKey(a.Fetched))}
	if a.State == workflow.ArrivalQueued || a.State == workflow.ArrivalJudged {
		facts = append(facts, about(byArrivalDue, a.ID, timeKey(a.Next)))
	}
	return facts
}

func receiptFacts(r *workflow.Receipt) []fact {
	facts := []fact{about(byJudgement, r.ID, timeKey(r.Judged))}
	for _, finding := range r.Findings {
		if finding.Match.Contract != "" {
			facts = append(facts, about(byReceiptOf, r.ID, textKey(finding.Match.Contract), timeKey(r.Judged)))
		}
	}
	return facts
}

func letterFacts(l *workflow.Letter) []fact {
	facts := []fact{about(byMessageID, l.ID, textKey(l.MessageID))}
	if l.Contract != "" {
		facts = append(facts, about(byLetterOf, l.ID, textKey(l.Contract), timeKey(l.Created)))
	}
	return facts
}

// arrivalRefs returns the message, and the tokens of our timestamps.
func arrivalRefs(a *workflow.Arrival) []workflow.Ref {
	refs := []workflow.Ref{a.Raw}
	for _, stamp := range a.Stamps {
		refs = append(refs, stamp.Token)
	}
	return refs
}

// receiptRefs is the same of a receipt.
func receiptRefs(r *workflow.Receipt) []workflow.Ref {
	refs := []workflow.Ref{r.Raw}
	for _, finding := range r.Findings {
		if finding.Stamp != nil {
			refs = append(refs, finding.Stamp.Token)
		}
	}
	return refs
}
