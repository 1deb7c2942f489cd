package contract

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"contractd/workflow"
)

// Check returns all faults of the data at once, each with its key, wrapping workflow.ErrUsage.
func (d *Data) Check() error {
	c := &checker{}
	if err := workflow.CheckNumber(d.Number); err != nil {
		c.faults = append(c.faults, fmt.Errorf("number: %w", err))
	}
	c.short("number", d.Number, true, maxNumber)
	c.short("title", d.Title, true, maxTitle)
	c.short("place", d.Place, false, maxTitle)
	c.date("date", d.Date, true)
	c.date("deadline", d.Deadline, false)
	if _, known := currencies[d.currency()]; !known {
		c.fault("currency", "%q is unknown; want CNY, HKD, USD, EUR, JPY or GBP", d.Currency)
	}
	c.party("buyer", &d.Buyer)
	c.party("seller", &d.Seller)
	c.items(d.Items)
	c.short("tax_rate", d.TaxRate, false, maxUnit)
	c.text("delivery.place", d.Delivery.Place, true)
	c.date("delivery.date", d.Delivery.Date, true)
	c.text("delivery.terms", d.Delivery.Terms, false)
	c.text("payment", d.Payment, true)
	if len(d.Clauses) > maxClauses {
		c.fault("clauses", "more than %d", maxClauses)
	}
	for i, clause := range d.Clauses[:min(len(d.Clauses), maxClauses)] {
		c.text(fmt.Sprintf("clauses[%d]", i), clause, true)
	}
	return errors.Join(c.faults...)
}

// checker collects faults.
type checker struct{ faults []error }

func (c *checker) fault(key, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("%s: %s: %w", key, fmt.Sprintf(format, args...), workflow.ErrUsage))
}

// short is text of which not more fits its place.
func (c *checker) short(key, value string, needed bool, limit int) {
	if len(value) > limit {
		c.fault(key, "is longer than %d bytes", limit)
		return
	}
	c.text(key, value, needed)
}

// text accepts one line of printable text that the template's markup cannot take for its own.
func (c *checker) text(key, value string, needed bool) {
	switch {
	case value == "" && needed:
		c.fault(key, "is missing")
	case len(value) > maxText:
		c.fault(key, "is longer than %d bytes", maxText)
	case !utf8.ValidString(value):
		c.fault(key, "is not UTF-8")
	case strings.ContainsFunc(value, unprintable):
		c.fault(key, "holds a control or invisible character, or one beyond U+FFFF; want one line of text")
	case strings.TrimSpace(value) != value:
		c.fault(key, "begins or ends with a space")
	case strings.HasPrefix(value, "#") || strings.HasPrefix(value, "@") || strings.HasPrefix(value, "|"):
		c.fault(key, "begins with %q, which has a meaning in templates", value[:1])
	}
}

// unprintable reports what cannot stand on the page, or would stand there unseen. Characters beyond the basic plane
// cannot be written by the PDF library.
func unprintable(r rune) bool {
	return !unicode.IsGraphic(r) && !unicode.IsSpace(r) || unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || r > 0xffff
}

func (c *checker) date(key, value string, needed bool) {
	if value == "" && !needed {
		return
	}
	if _, err := time.Parse(time.DateOnly, value); err != nil {
		c.fault(key, "%q: want a date such as 2026-11-23", value)
	}
}

func (c *checker) party(key string, p *Party) {
	c.short(key+".name", p.Name, true, maxCell)
	if problem := creditCodeProblem(p.Code); problem != "" {
		c.fault(key+".code", "%q: %s", p.Code, problem)
	}
	for name, value := range map[string]string{
		"address": p.Address, "representative": p.Representative, "contact": p.Contact,
		"phone": p.Phone, "bank": p.Bank, "account": p.Account,
	} {
		c.short(key+"."+name, value, false, maxCell)
	}
	if address, err := mail.ParseAddress(p.Mailbox); err != nil || address.Address != p.Mailbox {
		c.fault(key+".mailbox", "%q: want an address such as contracts@example.com", p.Mailbox)
	} else {
		c.short(key+".mailbox", p.Mailbox, true, maxCell)
	}
}

func (c *checker) items(items []Item) {
	if len(items) == 0 || len(items) > maxItems {
		c.fault("items", "want 1 to %d", maxItems)
		return
	}
	for i := range items {
		key := fmt.Sprintf("items[%d]", i)
		c.short(key+".name", items[i].Name, true, maxCell)
		c.short(key+".model", items[i].Model, false, maxCell)
		c.short(key+".unit", items[i].Unit, true, maxUnit)
		c.short(key+".note", items[i].Note, false, maxCell)
		if _, err := items[i].amount(); err != nil {
			c.fault(key, "%v", err)
		}
	}
}

// creditCodeProblem checks a 统一社会信用代码 with its check character (GB 32100-2015).
func creditCodeProblem(code string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(code) != 18 {
		return "a unified social credit code has 18 characters"
	}
	sum, weight := 0, 1
	for _, c := range code[:17] {
		value := strings.IndexRune(alphabet, c)
		if value < 0 {
			return fmt.Sprintf("a unified social credit code cannot hold %q", c)
		}
		sum += value * weight
		weight = weight * 3 % 31
	}
	if want := alphabet[(31-sum%31)%31]; code[17] != want {
		return "the check character is wrong; is there a slip in it?"
	}
	return ""
}
