package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"contractd/workflow"
)

func (s *server) status(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).NeedForAll(workflow.RightView); err != nil {
		return nil, err
	}
	health, err := s.Health(r.Context())
	health.Daemon = s.Daemon
	return health, err
}

// CheckReport is the answer of a check of the store.
type CheckReport struct {
	Damaged bool `json:"damaged"`
	Report  any  `json:"report"`
}

func (s *server) check(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).NeedForAll(workflow.RightView); err != nil {
		return nil, err
	}
	report, damaged, err := s.Check(r.Context())
	if err != nil {
		return nil, fmt.Errorf("check the store: %w", err)
	}
	return CheckReport{damaged, report}, nil
}

func (s *server) suppliers(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).Need(workflow.RightView); err != nil {
		return nil, err
	}
	suppliers, err := s.Directory.Suppliers(r.Context())
	if err != nil {
		return nil, fmt.Errorf("list suppliers: %w", err)
	}
	visible := []workflow.Supplier{}
	for _, supplier := range suppliers {
		if actorOf(r.Context()).Sees(supplier.ID) {
			visible = append(visible, supplier)
		}
	}
	return visible, nil
}

func (s *server) supplier(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).Need(workflow.RightView); err != nil {
		return nil, err
	}
	id := workflow.SupplierID(r.PathValue("id"))
	supplier, err := s.Directory.Supplier(r.Context(), id)
	if !actorOf(r.Context()).Sees(id) || errors.Is(err, workflow.ErrNotFound) { // In the same words for both.
		err = workflow.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("find supplier %q: %w", id, err)
	}
	return supplier, nil
}

func (s *server) supplierAgain(r *http.Request, _ workflow.Request) (any, error) {
	return s.supplier(r)
}

// putSupplier adds a supplier. An existing one is not overwritten unknowingly: the revision that was read must be given.
func (s *server) putSupplier(r *http.Request) (any, error) {
	actor, id := actorOf(r.Context()), workflow.SupplierID(r.PathValue("id"))
	if err := actor.NeedFor(workflow.RightAdminister, id); err != nil {
		return nil, err
	}
	var supplier workflow.Supplier
	if err := decode(r, &supplier); err != nil {
		return nil, err
	}
	supplier.ID = id
	if err := checkSupplier(supplier); err != nil {
		return nil, err
	}
	if supplier.Created.IsZero() {
		supplier.Created = s.Now()
	}
	err := s.Store.Apply(r.Context(), workflow.Change{
		Suppliers: []workflow.Supplier{supplier},
		Requests:  workflow.RequestsFor(r.Context(), "", s.Now()),
		Entries: []workflow.Entry{{
			Time: s.Now(), Actor: actor.Name, Action: workflow.ActSupplier, Subject: "supplier/" + string(supplier.ID),
			Details: map[string]string{"name": supplier.Name, "addresses": strings.Join(supplier.Addresses, " ")},
		}},
	})
	if err != nil {
		return nil, supplierTaken(supplier, err)
	}
	return s.Directory.Supplier(r.Context(), supplier.ID)
}

// supplierTaken tells whoever wanted a new supplier that its name is taken, and whoever changed one that somebody else did.
func supplierTaken(supplier workflow.Supplier, err error) error {
	switch {
	case errors.Is(err, workflow.ErrConflict) && supplier.Revision == 0:
		return workflow.WithHint(fmt.Errorf("add supplier %q: %w", supplier.ID, workflow.ErrExists),
			"look at it with `contractd supplier show "+string(supplier.ID)+"`, change it with `contractd supplier edit "+string(supplier.ID)+"`")
	case errors.Is(err, workflow.ErrConflict):
		return workflow.WithHint(fmt.Errorf("change supplier %q from revision %d: %w", supplier.ID, supplier.Revision, workflow.ErrConflict),
			"look at it with `contractd supplier show "+string(supplier.ID)+"`, then change it again")
	}
	return fmt.Errorf("record supplier %q: %w", supplier.ID, err)
}

// checkSupplier refuses a supplier that could not be mailed or judged.
func checkSupplier(supplier workflow.Supplier) error {
	fault := func(what string) error {
		return fmt.Errorf("add supplier %q: %s: %w", supplier.ID, what, workflow.ErrUsage)
	}
	roles := []workflow.Role{workflow.RoleOrganization, workflow.RoleEmployee}
	if err := workflow.CheckNumber(string(supplier.ID)); err != nil || len(supplier.ID) > 32 {
		return fault("the short name wants 1 to 32 letters, digits or - _ .")
	}
	texts := []string{supplier.Name}
	for _, signer := range supplier.Signers {
		texts = append(texts, signer.Name, signer.Organization, signer.Code)
		if !slices.Contains(roles, signer.Role) {
			return fault(fmt.Sprintf("role %q of a signer must be organization or employee", signer.Role))
		}
	}
	for _, text := range texts {
		if oneLine("name", text) != nil {
			return fault(fmt.Sprintf("the name %q holds a control character", text))
		}
	}
	for _, address := range slices.Concat(supplier.Addresses, supplier.Copies) {
		if !plainAddress(address) {
			return fault(fmt.Sprintf("%q is no mail address: want name@domain alone", address))
		}
	}
	if !slices.Contains([]string{"", "automatic", "confirm"}, supplier.Archive) {
		return fault(fmt.Sprintf("archive %q must be automatic or confirm", supplier.Archive))
	}
	if supplier.Name == "" {
		return fault("the name is missing")
	}
	if supplier.Language != workflow.Chinese && supplier.Language != workflow.English {
		return fault("the language must be zh-CN or en")
	}
	if len(supplier.Addresses) == 0 {
		return fault("a mail address is missing")
	}
	for _, role := range supplier.Required {
		if !slices.Contains(roles, role) {
			return fault(fmt.Sprintf("role %q must be organization or employee", role))
		}
	}
	if len(supplier.Required) == 0 {
		return fault("at least one role must be required")
	}
	return nil
}

// plainAddress reports whether the text is an addr-spec and nothing else: no name, no comment, one line,
// and a domain as the name system has it (IDNA's xn-- form where it is Chinese).
func plainAddress(text string) bool {
	parsed, err := mail.ParseAddress(text)
	_, domain, _ := strings.Cut(text, "@")
	foreign := strings.ContainsFunc(domain, func(r rune) bool { return r > unicode.MaxASCII })
	return err == nil && !foreign && parsed.Name == "" && parsed.Address == text && oneLine("address", text) == nil && !strings.ContainsAny(text, " <>")
}

func (s *server) keys(r *http.Request) (any, error) {
	if err := actorOf(r.Context()).NeedForAll(workflow.RightView); err != nil {
		return nil, err
	}
	return s.Keys(r.Context())
}

func (s *server) resume(r *http.Request) (any, error) {
	name := r.PathValue("name")
	if err := s.Guard.Resume(r.Context(), actorOf(r.Context()), name); err != nil {
		return nil, err
	}
	return s.resumed(r, workflow.Request{})
}

// Resumption is the answer to the resumption of a key.
type Resumption struct {
	Key   string `json:"key"`
	State string `json:"state"`
}

func (s *server) resumed(r *http.Request, _ workflow.Request) (any, error) {
	return Resumption{r.PathValue("name"), "resumed"}, nil
}
