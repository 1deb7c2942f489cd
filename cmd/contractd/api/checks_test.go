package api

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"contractd/workflow"
)

func TestSuppliersThatCannotBeMailedAreRefused(t *testing.T) {
	good := workflow.Supplier{
		ID: "huaxin", Name: "华信", Language: workflow.Chinese, Addresses: []string{"hetong@huaxin.example"},
		Required: []workflow.Role{workflow.RoleOrganization},
	}
	if err := checkSupplier(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*workflow.Supplier){
		"no address":      func(s *workflow.Supplier) { s.Addresses = []string{"huaxin"} },
		"display name":    func(s *workflow.Supplier) { s.Addresses = []string{"华信 <hetong@huaxin.example>"} },
		"angle brackets":  func(s *workflow.Supplier) { s.Addresses = []string{"<hetong@huaxin.example>"} },
		"two addresses":   func(s *workflow.Supplier) { s.Addresses = []string{"a@huaxin.example, b@huaxin.example"} },
		"header":          func(s *workflow.Supplier) { s.Addresses = []string{"a@huaxin.example\r\nBcc: x@example.com"} },
		"second address":  func(s *workflow.Supplier) { s.Addresses = append(s.Addresses, "b@") },
		"domain":          func(s *workflow.Supplier) { s.Addresses = []string{"a@华信.example"} },
		"copy":            func(s *workflow.Supplier) { s.Copies = []string{"nobody"} },
		"archive":         func(s *workflow.Supplier) { s.Archive = "sometimes" },
		"role of signer":  func(s *workflow.Supplier) { s.Signers = []workflow.Signer{{Role: "boss"}} },
		"name":            func(s *workflow.Supplier) { s.Name = "华\x1b[31m信" },
		"name of signer":  func(s *workflow.Supplier) { s.Signers = []workflow.Signer{{Role: workflow.RoleEmployee, Name: "a\nb"}} },
		"direction marks": func(s *workflow.Supplier) { s.Name = "华\u202e信" },
	} {
		spoilt := good
		spoil(&spoilt)
		if err := checkSupplier(spoilt); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestControlCharactersAreRefused(t *testing.T) {
	for _, text := range []string{"a\nb", "a\x1b[2J", "a\u202eb", "a\xffb"} {
		if _, err := orderOf(url.Values{"number": {"A-1"}, "title": {text}}); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("title %q: %v", text, err)
		}
	}
	request := httptest.NewRequest("POST", "/v1/contracts/A-1/refuse", strings.NewReader(`{"reason":"a\nb"}`))
	request.SetPathValue("decision", "refuse")
	s := &server{Services: Services{Changed: func() {}}}
	if _, err := s.decide(request); !errors.Is(err, workflow.ErrUsage) {
		t.Errorf("reason: %v", err)
	}
	if _, err := orderOf(url.Values{"number": {"A-1"}, "title": {"采购合同 “A”"}}); err != nil {
		t.Error(err)
	}
}
