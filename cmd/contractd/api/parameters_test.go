package api

import "testing"

// TestNothingLeavesByAMistypedOrder refuses queries that say something else than their writer meant.
func TestNothingLeavesByAMistypedOrder(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	for _, query := range []string{"&hodl=true", "&hold=1", "&hold=TRUE", "&confirm=yes", "&titel=x", "&amount=1&amount=2", "&hold=true;x", "&title=%zz", "&reason=x"} {
		if code := codeOf(t, s.ask(handler, &boss, "POST", "/v1/contracts?number=A-2&supplier=huaxin"+query, "draft")); code != "usage" {
			t.Errorf("send with %q: %q", query, code)
		}
	}
	for path, method := range map[string]string{
		"/v1/contracts?stat=review": "GET", "/v1/contracts/A-1/revise?reason=x&supplier=other": "POST", "/v1/contracts/A-1/revise?reason=x&hold=yes": "POST",
	} {
		if code := codeOf(t, s.ask(handler, &boss, method, path, "draft")); code != "usage" {
			t.Errorf("%s %s: %q", method, path, code)
		}
	}
	if _, err := s.ledger.ContractByNumber(t.Context(), "A-2"); err == nil {
		t.Error("a contract was made")
	}
	if code := codeOf(t, s.ask(handler, &boss, "GET", "/v1/contracts?state=sent&state=sealed&limit=1", "")); code != "" {
		t.Errorf("two states: %q", code)
	}
}

func TestARevisionStillWaitsForAPerson(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	for _, request := range []string{"/v1/contracts?number=A-1&supplier=huaxin&confirm=true", "/v1/contracts/A-1/revise?reason=x"} {
		if answer := s.ask(handler, &boss, "POST", request, "draft "+request); codeOf(t, answer) != "" {
			t.Fatalf("%s: %s", request, answer.Body)
		}
	}
	contract, err := s.ledger.ContractByNumber(t.Context(), "A-1")
	if err != nil || contract.Version != 2 || !contract.Confirm {
		t.Errorf("version %d, confirm %v, %v", contract.Version, contract.Confirm, err)
	}
}
