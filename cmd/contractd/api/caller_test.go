package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/access"
)

// addKey makes an API key of the stage.
func (s *stage) addKey(order access.Order) (workflow.APIKey, string) {
	s.Helper()
	key, text, err := s.services.Gate.Add(s.Context(), boss, order)
	if err != nil {
		s.Fatal(err)
	}
	return key, text
}

// TestStrangers gets the same answer whatever is wrong with a key, and the log never has its secret.
func TestStrangers(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	view := []workflow.Right{workflow.RightView}
	revoked, revokedText := s.addKey(access.Order{Name: "alt", Rights: view})
	if _, err := s.services.Gate.Revoke(t.Context(), boss, revoked.ID); err != nil {
		t.Fatal(err)
	}
	_, expired := s.addKey(access.Order{Name: "kurz", Rights: view, Expires: s.Now().Add(time.Minute)})
	good, goodText := s.addKey(access.Order{Name: "erp", Rights: view})
	s.Clock = s.Clock.Add(time.Hour)
	_, secret, _ := strings.Cut(goodText, string(good.ID)+"_")
	flipped := []byte(goodText)
	flipped[len(flipped)-1] ^= 1
	var words string
	for name, header := range map[string]string{
		"none": "", "unknown": "Bearer cd_aaaaaaaaaaaaaaaaaaaa_" + secret, "another secret": "Bearer " + string(flipped),
		"a secret cut short": "Bearer " + goodText[:len(goodText)-1], "revoked": "Bearer " + revokedText, "expired": "Bearer " + expired,
		"not a key": "Bearer x", "empty": "Bearer ", "another scheme": "Basic " + goodText, "no scheme": goodText,
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if header != "" {
				headers = []string{"Authorization", header}
			}
			answer := s.ask(handler, nil, "GET", "/v1/contracts", "", headers...)
			if answer.Code != http.StatusUnauthorized || codeOf(t, answer) != "unknown-caller" || answer.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%d %s", answer.Code, answer.Body)
			}
			if words == "" {
				words = answer.Body.String()
			}
			if got := answer.Body.String(); got != words || !strings.Contains(got, `"hint"`) {
				t.Errorf("got %s, others %s", got, words)
			}
			if header == "" {
				return
			}
			if known := s.ask(handler, &boss, "GET", "/v1/contracts", "", headers...); known.Code != http.StatusUnauthorized {
				t.Errorf("from a user of the socket: %d", known.Code)
			}
		})
	}
	if logged := s.logged.String(); strings.Contains(logged, secret[1:20]) || !strings.Contains(logged, "was revoked") || !strings.Contains(logged, "has expired") {
		t.Errorf("the log has a secret, or lacks a reason:\n%s", logged)
	}
}

// TestBearerActs lets the holder of a key act under its name, on a connection of nobody and on one of somebody else.
func TestBearerActs(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	_, key := s.addKey(access.Order{Name: "erp", Rights: []workflow.Right{workflow.RightSend}})
	if answer := s.ask(handler, nil, "POST", "/v1/contracts?number=A-2&supplier=huaxin&hold=true", "draft", "Authorization", "bearer "+key); codeOf(t, answer) != "" {
		t.Errorf("send: %s", answer.Body)
	}
	if answer := s.ask(handler, &boss, "POST", "/v1/contracts/A-1/withdraw", `{"reason":"x"}`, "Authorization", "Bearer "+key); codeOf(t, answer) != "right" {
		t.Errorf("a key borrowed the rights of its connection: %s", answer.Body)
	}
	contract := s.Contract("A-2", workflow.StateSealed)
	entries, err := s.ledger.History(t.Context(), "contract/"+string(contract.ID))
	if err != nil || len(entries) < 3 || contract.Owner != "erp" {
		t.Fatalf("%d entries, owner %q, %v", len(entries), contract.Owner, err)
	}
	for _, entry := range entries {
		if entry.Actor != "erp" {
			t.Errorf("%s stands under the name %q", entry.Action, entry.Actor)
		}
	}
	if answer := s.ask(handler, nil, "GET", "/v1/version", ""); answer.Code != 200 {
		t.Errorf("version for nobody: %d", answer.Code)
	}
}

// TestKeysAreTold shows a key's text once, and nothing of its secret again.
func TestKeysAreTold(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	added := s.ask(handler, &boss, "POST", "/v1/apikeys", `{"name":"erp","rights":["send"],"suppliers":["huaxin"],"expires":"2027-01-01T00:00:00Z"}`)
	if !strings.Contains(added.Body.String(), `"key":"cd_`) {
		t.Fatalf("added: %s", added.Body)
	}
	listed := s.ask(handler, &boss, "GET", "/v1/apikeys", "").Body.String()
	if strings.Contains(listed, "secret") || strings.Contains(listed, "cd_") || !strings.Contains(listed, `"created_by":"王芳"`) || !strings.Contains(listed, `"expires":"2027`) {
		t.Errorf("listed: %s", listed)
	}
	for _, wrong := range []string{
		`{"name":"","rights":["view"]}`, `{"name":"a","rights":[]}`, `{"name":"a","rights":["fly"]}`, `{"name":"a","rights":["view"],"expires":"2020-01-01T00:00:00Z"}`,
		`{"name":"a\nb","rights":["view"]}`, `{"name":"a","rights":["view"],"secret":"x"}`, `{`,
	} {
		if answer := s.ask(handler, &boss, "POST", "/v1/apikeys", wrong); codeOf(t, answer) != "usage" {
			t.Errorf("%s: %s", wrong, answer.Body)
		}
	}
	if answer := s.ask(handler, &boss, "POST", "/v1/apikeys", `{"name":"b","rights":["view"],"suppliers":["nobody"]}`); codeOf(t, answer) != "not-found" {
		t.Errorf("unknown supplier: %s", answer.Body)
	}
	for _, taken := range []string{"erp", "王芳", "contractd"} {
		if answer := s.ask(handler, &boss, "POST", "/v1/apikeys", `{"name":"`+taken+`","rights":["view"]}`); codeOf(t, answer) != "exists" {
			t.Errorf("name %s: %s", taken, answer.Body)
		}
	}
}

// TestStaleSupplier tells whoever changes what somebody else has changed meanwhile.
func TestStaleSupplier(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	if answer := s.ask(handler, &boss, "PUT", "/v1/suppliers/huaxin", goodSupplier); codeOf(t, answer) != "exists" {
		t.Errorf("new: %s", answer.Body)
	}
	revised := strings.Replace(goodSupplier, "{", `{"revision":1,`, 1)
	if answer := s.ask(handler, &boss, "PUT", "/v1/suppliers/huaxin", revised); codeOf(t, answer) != "" {
		t.Errorf("change: %s", answer.Body)
	}
	if answer := s.ask(handler, &boss, "PUT", "/v1/suppliers/huaxin", revised); codeOf(t, answer) != "conflict" {
		t.Errorf("stale: %s", answer.Body)
	}
}

// TestVersions refuses a caller of another version.
func TestVersions(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	if answer := s.ask(handler, &boss, "GET", "/v1/contracts", "", VersionHeader, "2"); codeOf(t, answer) != "policy" || !strings.Contains(answer.Body.String(), "restart") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if answer := s.ask(handler, &boss, "GET", "/v1/contracts", "", VersionHeader, "1"); answer.Code != 200 || answer.Header().Get(VersionHeader) != "1" {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}
