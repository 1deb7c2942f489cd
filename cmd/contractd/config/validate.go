package config

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"contractd/workflow"
)

// Validate reports every fault of meaning, each with its key and, when the configuration came from a file, its line.
func (c *Config) Validate() Faults {
	r := &report{lines: c.lines}
	c.validate(r)
	return r.sorted()
}

func (c *Config) validate(r *report) {
	r.required("data_dir", c.DataDir)
	between(r, "inline_max", c.InlineMax, 0, 1<<30)
	c.Disk.validate(r)
	r.required("company.name", c.Company.Name)
	c.Mail.validate(r)
	validateKeys(r, c.Keys)
	c.validateSeal(r)
	c.Timestamp.validate(r)
	if len(c.Trust.Roots) == 0 {
		r.add("trust.roots", "is required", "without a root no supplier's certificate can be trusted; the system's are never used")
	}
	c.Contracts.validate(r)
	r.noEmpty("trust.roots", c.Trust.Roots)
	r.noEmpty("trust.intermediates", c.Trust.Intermediates)
	r.noEmpty("company.certificates", c.Company.Certificates)
	if code := c.Company.Code; code != "" && len(code) != 18 {
		r.add("company.code", "has not 18 characters", "it is the 统一社会信用代码 of the business licence")
	}
	r.noEmpty("trust.issuer_hosts", c.Trust.IssuerHosts)
	r.noEmpty("trust.private_hosts", c.Trust.PrivateHosts)
	for i, oid := range c.Trust.IdentityExtensions {
		if _, err := x509.ParseOID(oid); err != nil {
			r.add(index("trust.identity_extensions", i), "is no object identifier", "give numbers with dots, such as 1.2.156.10260.4.1.4")
		}
	}
	for i, manager := range c.Notify.Managers {
		r.required(index("notify.managers", i), manager.Address)
	}
	c.API.validate(r)
	validateUsers(r, c.Users)
	if !c.Contracts.TwoPersonsAbove.IsZero() {
		validateTwoPersons(r, c.Users)
	}
	c.Metrics.validate(r)
}

func (c *Contracts) validate(r *report) {
	between(r, "contracts.deadline", c.Deadline, Duration(time.Hour), 3650*day)
	between(r, "contracts.grace", c.Grace, 0, 3650*day)
	if len(c.RequiredRoles) == 0 {
		r.add("contracts.required_roles", "must name a role at least", "without one a return would pass that nobody signed")
	}
	r.unique("contracts.required_roles", texts(c.RequiredRoles))
	if c.Number.String() != "" && c.Number.Match("") {
		r.add("contracts.number", "matches an empty number", "")
	}
}

func validateUsers(r *report, users []User) {
	names, logins := map[string]bool{}, map[string]bool{}
	for i, u := range users {
		at := index("users", i)
		r.distinct(at+".name", u.Name, names)
		r.required(at+".name", u.Name)
		if u.Name == workflow.System.Name {
			r.add(at+".name", fmt.Sprintf("must not be %q", u.Name), "the journal names the daemon itself so")
		}
		switch {
		case u.Login != "" && u.UID != nil:
			r.add(at+".uid", "stands beside a login", "keep one of them")
		case u.Login != "":
			r.distinct(at+".login", u.Login, logins)
		case u.UID == nil:
			r.add(at+".login", "is required, or a uid", "`id` prints both")
		case *u.UID < 0:
			r.addf(at+".uid", "must not be negative")
		default:
			r.distinct(at+".uid", fmt.Sprint("uid ", *u.UID), logins)
		}
		if len(u.Rights) == 0 {
			r.add(at+".rights", "must name a right at least", "view, send, decide or administer")
		}
		r.unique(at+".rights", texts(u.Rights))
	}
	administers := func(u User) bool { return slices.Contains(u.Rights, workflow.RightAdminister) }
	if len(users) > 0 && !slices.ContainsFunc(users, administers) {
		r.add("users", "nobody may administer", `give one of them rights = ["administer"]`)
	}
}

// validateTwoPersons wants two people whose approvals count: nobody could archive a large contract otherwise. root is no
// second person, for it can become anybody.
func validateTwoPersons(r *report, users []User) {
	deciders := 0
	for _, u := range users {
		root := u.Login == "root" || u.UID != nil && *u.UID == 0
		if !root && (slices.Contains(u.Rights, workflow.RightDecide) || slices.Contains(u.Rights, workflow.RightAdminister)) {
			deciders++
		}
	}
	if deciders < 2 {
		r.add("contracts.two_persons_above", fmt.Sprintf("needs two people who may decide, and [[users]] names %d beside root", deciders),
			`give two of them rights = ["decide"]`)
	}
}

func (r *report) required(key, value string) {
	if value == "" {
		r.add(key, "is required", "")
	}
}

// distinct reports a value that another element of the list already has.
func (r *report) distinct(key, value string, seen map[string]bool) {
	if value != "" && seen[value] {
		r.addf(key, "%q stands twice", value)
	}
	seen[value] = true
}

func (r *report) unique(key string, values []string) {
	seen := map[string]bool{}
	for i, v := range values {
		r.distinct(index(key, i), v, seen)
	}
}

func (r *report) noEmpty(key string, values []string) {
	for i, v := range values {
		r.required(index(key, i), v)
	}
	r.unique(key, values)
}

func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// number is what a range can be given for.
type number interface {
	Duration | Size | Port | Millimetres
}

func between[T number](r *report, key string, value, least, most T) {
	if value < least || value > most {
		r.addf(key, "must be from %v to %v, not %v", least, most, value)
	}
}
