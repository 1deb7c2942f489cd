package api

import (
	"encoding/json"
	"net/http"
	"testing"

	"contractd/workflow"
)

// TestVersionsAreFoundByTheirNames, by those who may see them.
func TestVersionsAreFoundByTheirNames(t *testing.T) {
	s := newStage(t)
	s.Send("A-1")
	if _, err := s.Revise("A-1", "wrong price"); err != nil {
		t.Fatal(err)
	}
	handler := Handler(s.services)
	scoped := workflow.Actor{
		Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightAdminister}, Suppliers: []workflow.SupplierID{otherSupplier},
	}
	for name, version := range map[string]int{"A-1": 2, "A-1@1": 1, "A-1@2": 2, "A-1@3": 0, "A-1@0": 0, "A-1@": 0, "A-1@01": 0, "A-*@1": 0, "A-2@1": 0} {
		answer := s.ask(handler, &boss, http.MethodGet, "/v1/contracts/"+name, "")
		var story Story
		if answer.Code == http.StatusOK {
			if err := json.Unmarshal(answer.Body.Bytes(), &story); err != nil {
				t.Fatal(err)
			}
		}
		if story.Contract.Version != version || (version == 0) != (answer.Code == http.StatusNotFound) || version > 0 && len(story.Versions) != 2 {
			t.Errorf("%s: %d, version %d of %d", name, answer.Code, story.Contract.Version, len(story.Versions))
		}
		if hidden := s.ask(handler, &scoped, http.MethodGet, "/v1/contracts/"+name, ""); hidden.Code != http.StatusNotFound {
			t.Errorf("%s: %d to a stranger", name, hidden.Code)
		}
	}
	// Only the version that counts is decided about.
	if answer := s.ask(handler, &boss, http.MethodPost, "/v1/contracts/A-1@1/withdraw", `{"reason":"x"}`); answer.Code != http.StatusNotFound {
		t.Errorf("withdraw an old version: %d %s", answer.Code, answer.Body)
	}
}
