package storetest

import (
	"errors"
	"fmt"
	"time"

	"contractd/workflow"
)

func testFilter(s *store) {
	for i, text := range []string{"Pumps 泵", "阀门", "Valves", "pipes"} {
		contract := newContract(fmt.Sprintf("F-%d", i))
		contract.Title, contract.Created = text, start().AddDate(0, 0, i)
		if i%2 == 1 {
			contract.Supplier, contract.Owner = "yangzi", "李伟"
		}
		s.must(created(contract))
	}
	sealed := s.contract("id-F-2")
	sealed.State = workflow.StateSealed
	s.save(sealed)
	draft, both := []workflow.State{workflow.StateDraft}, []workflow.State{workflow.StateSealed, workflow.StateDraft, workflow.StateDraft}
	for name, test := range map[string]struct {
		filter workflow.ContractFilter
		want   string
	}{
		"everything":          {workflow.ContractFilter{}, "F-3 F-2 F-1 F-0"},
		"limit":               {workflow.ContractFilter{Limit: 2}, "F-3 F-2"},
		"supplier":            {workflow.ContractFilter{Supplier: "yangzi"}, "F-3 F-1"},
		"part of a supplier":  {workflow.ContractFilter{Supplier: "yang"}, ""},
		"owner":               {workflow.ContractFilter{Owner: "李伟"}, "F-3 F-1"},
		"part of an owner":    {workflow.ContractFilter{Owner: "李"}, ""},
		"state":               {workflow.ContractFilter{States: draft}, "F-3 F-1 F-0"},
		"states":              {workflow.ContractFilter{States: both}, "F-3 F-2 F-1 F-0"},
		"left state":          {workflow.ContractFilter{States: draft, Number: "F-2"}, ""},
		"supplier and state":  {workflow.ContractFilter{Supplier: "huaxin", States: draft}, "F-0"},
		"supplier with limit": {workflow.ContractFilter{Supplier: "huaxin", Limit: 1}, "F-2"},
		"text in title":       {workflow.ContractFilter{Text: "pUMPS"}, "F-0"},
		"Chinese text":        {workflow.ContractFilter{Text: "阀"}, "F-1"},
		"text in supplier":    {workflow.ContractFilter{Text: "ANGZ"}, "F-3 F-1"},
		"text in number":      {workflow.ContractFilter{Text: "f-3"}, "F-3"},
		"from":                {workflow.ContractFilter{From: start().AddDate(0, 0, 2)}, "F-3 F-2"},
		"to":                  {workflow.ContractFilter{To: start().AddDate(0, 0, 2)}, "F-1 F-0"},
		"period":              {workflow.ContractFilter{From: start().Add(time.Nanosecond), To: start().AddDate(0, 0, 3)}, "F-2 F-1"},
	} {
		s.same(name, numbers(got[[]workflow.Contract](s)(s.Contracts(s.Context(), test.filter))), test.want)
	}
}

func testNumberFilter(s *store) {
	for i, number := range []string{"NJ-2026-001", "NJ-2026-010", "NJ-2025-001", "苏〔2026〕12号", "A[1]/2", "NJ.2026"} {
		contract := newContract(number)
		contract.Created = start().Add(-time.Duration(i) * time.Hour)
		s.must(created(contract))
	}
	for glob, want := range map[string]string{
		"NJ-2026-*":   "NJ-2026-001 NJ-2026-010",
		"NJ-2026-0?0": "NJ-2026-010",
		"*-001":       "NJ-2026-001 NJ-2025-001",
		"NJ.2026":     "NJ.2026",
		"NJ-2026":     "",
		"苏〔*号":        "苏〔2026〕12号",
		"A[1]*":       "A[1]/2",
		"A*2":         "A[1]/2",
		"[A]*":        "",
		"nj*":         "",
		"\xff*":       "",
		"*":           "NJ-2026-001 NJ-2026-010 NJ-2025-001 苏〔2026〕12号 A[1]/2 NJ.2026",
	} {
		s.same(glob, numbers(got[[]workflow.Contract](s)(s.Contracts(s.Context(), workflow.ContractFilter{Number: glob}))), want)
	}
}

// testPrefixes follows one document through the kinds that it has in a contract's life.
func testPrefixes(s *store) {
	contract := s.add("P-1")
	sealed, second := document("P-1 sealed"), document("P-1 sealed twice")
	kind := func(ref workflow.Ref) string {
		s.Helper()
		text := ""
		for _, prefix := range got[[]workflow.Prefix](s)(s.PrefixesOf(s.Context(), ref)) {
			if prefix.Contract != contract.ID || prefix.Ref != ref {
				s.Errorf("prefix %+v", prefix)
			}
			text += string(prefix.Kind) + " "
		}
		return text
	}
	s.must(workflow.Change{Documents: []workflow.Document{sealed, second}})
	contract.Pending = []string{"employee"}
	contract.Batches = []workflow.Batch{{ID: "1", Before: contract.Draft, After: sealed.Ref}}
	contract = s.save(contract)
	s.same("draft", kind(contract.Draft), "draft ")
	s.same("between the seals", kind(sealed.Ref), "intermediate ")
	contract.Pending = nil
	contract = s.save(contract)
	s.same("sealed", kind(sealed.Ref), "sealed ")
	contract.Batches[0].After = second.Ref
	contract.Superseded = []workflow.Ref{sealed.Ref}
	contract = s.save(contract)
	s.same("undone", kind(sealed.Ref), "superseded ")
	s.same("sealed again", kind(second.Ref), "sealed ")
	contract.State = workflow.StateWithdrawn
	contract = s.save(contract)
	s.same("withdrawn", kind(second.Ref), "superseded ")
	contract.Superseded = nil
	contract = s.save(contract)
	s.same("forgotten", kind(sealed.Ref), "")
	s.same("same hash, other size", kind(workflow.Ref{Hash: second.Hash, Size: 1}), "")
	s.add("P-2") // Has the size of the first draft.
	sizes := got[[]int64](s)(s.PrefixSizes(s.Context(), 1<<40))
	s.same("sizes", fmt.Sprint(sizes), fmt.Sprint([]int64{contract.Draft.Size, second.Size}))
	sizes = got[[]int64](s)(s.PrefixSizes(s.Context(), second.Size-1))
	s.same("sizes up to a limit", fmt.Sprint(sizes), fmt.Sprint([]int64{contract.Draft.Size}))
}

func testSignatureValues(s *store) {
	contract, value := s.add("V-1"), workflow.HashOf([]byte("signature"))
	contract.Batches = []workflow.Batch{{ID: "1", After: contract.Draft, Values: []workflow.Hash{{1}, value}}}
	contract = s.save(contract)
	s.same("by value", fmt.Sprint(got[[]workflow.ContractID](s)(s.ContractsBySignature(s.Context(), value))), "[id-V-1]")
	contract.Batches = nil
	s.save(contract)
	s.same("undone", fmt.Sprint(got[[]workflow.ContractID](s)(s.ContractsBySignature(s.Context(), value))), "[]")
}

func testAddresses(s *store) {
	s.must(workflow.Change{Suppliers: []workflow.Supplier{
		{ID: "huaxin", Name: "华信", Addresses: []string{"Sales@Huaxin.CN", "sales@huaxin.cn", "both@example.com"}},
		{ID: "yangzi", Name: "扬子", Addresses: []string{"both@example.com"}, Copies: []string{"cc@example.com"}},
	}})
	find := func(address string) (string, error) {
		supplier, err := s.SupplierByAddress(s.Context(), address)
		return string(supplier.ID), err
	}
	if id, err := find(" sales@HUAXIN.cn"); err != nil || id != "huaxin" {
		s.Errorf("by address: %q, %v", id, err)
	}
	if _, err := find("both@example.com"); !errors.Is(err, workflow.ErrAmbiguous) {
		s.Errorf("an address of two: %v", err)
	}
	if _, err := find("cc@example.com"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("an address that only gets copies: %v", err)
	}
	changed := got[workflow.Supplier](s)(s.Supplier(s.Context(), "huaxin"))
	changed.Addresses = []string{"new@huaxin.cn"}
	s.must(workflow.Change{Suppliers: []workflow.Supplier{changed}})
	if _, err := find("sales@huaxin.cn"); !errors.Is(err, workflow.ErrNotFound) {
		s.Errorf("an address of before: %v", err)
	}
	if id, err := find("both@example.com"); err != nil || id != "yangzi" {
		s.Errorf("an address of one again: %q, %v", id, err)
	}
	if all := got[[]workflow.Supplier](s)(s.Suppliers(s.Context())); len(all) != 2 || all[0].ID != "huaxin" {
		s.Errorf("suppliers: %v", all)
	}
}
