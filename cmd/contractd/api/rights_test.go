package api

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"contractd/workflow"
	"contractd/workflow/flowtest"
)

// demand is what a route asks of its caller.
type demand struct {
	right  workflow.Right // "" where nothing is asked.
	path   string         // With a contract and a supplier of the stage.
	body   string
	scoped int  // Status for a program that may do everything, but with another supplier's contracts only.
	people bool // No program may.
}

// demands has an entry for each route, and for each decision in place of the route of all of them.
var demands = map[string]demand{
	"GET /v1/version":                              {"", "/v1/version", "", 200, false},
	"GET /v1/status":                               {workflow.RightView, "/v1/status", "", 403, false},
	"POST /v1/check":                               {workflow.RightView, "/v1/check", "", 403, false},
	"POST /v1/contracts":                           {workflow.RightSend, "/v1/contracts?number=A-9&supplier=huaxin", "draft", 403, false},
	"GET /v1/contracts":                            {workflow.RightView, "/v1/contracts", "", 200, false},
	"GET /v1/contracts/{number}":                   {workflow.RightView, "/v1/contracts/A-1", "", 404, false},
	"GET /v1/contracts/{number}/documents/{which}": {workflow.RightView, "/v1/contracts/A-1/documents/sealed", "", 404, false},
	"GET /v1/contracts/{number}/export":            {workflow.RightView, "/v1/contracts/A-1/export", "", 404, false},
	"POST /v1/contracts/{number}/seal":             {workflow.RightSend, "/v1/contracts/A-1/seal", "", 404, false},
	"POST /v1/contracts/{number}/release":          {workflow.RightSend, "/v1/contracts/A-1/release", "{}", 404, false},
	"POST /v1/contracts/{number}/unseal":           {workflow.RightSend, "/v1/contracts/A-1/unseal", "{}", 404, false},
	"POST /v1/contracts/{number}/approve":          {workflow.RightDecide, "/v1/contracts/A-1/approve", "{}", 404, false},
	"POST /v1/contracts/{number}/refuse":           {workflow.RightDecide, "/v1/contracts/A-1/refuse", `{"reason":"x"}`, 404, false},
	"POST /v1/contracts/{number}/withdraw":         {workflow.RightDecide, "/v1/contracts/A-1/withdraw", `{"reason":"x"}`, 404, false},
	"POST /v1/contracts/{number}/resend":           {workflow.RightSend, "/v1/contracts/A-1/resend", "{}", 404, false},
	"POST /v1/contracts/{number}/extend":           {workflow.RightDecide, "/v1/contracts/A-1/extend", `{"deadline":"2027-01-01T00:00:00Z"}`, 404, false},
	"POST /v1/contracts/{number}/revise":           {workflow.RightAdminister, "/v1/contracts/A-1/revise?reason=x", "draft", 404, false}, // Or decide and send together.
	"POST /v1/reassign":                            {workflow.RightAdminister, "/v1/reassign", `{"from":"anna","to":"李伟"}`, 404, false},
	"POST /v1/inbox/explain":                       {workflow.RightView, "/v1/inbox/explain", "Subject: x\r\n\r\n", 403, false},
	"GET /v1/hold":                                 {workflow.RightView, "/v1/hold", "", 403, false},
	"POST /v1/hold/lift":                           {workflow.RightAdminister, "/v1/hold/lift", `{}`, 403, false},
	"GET /v1/backup":                               {workflow.RightAdminister, "/v1/backup", "", 403, false},
	"GET /v1/suppliers":                            {workflow.RightView, "/v1/suppliers", "", 200, false},
	"GET /v1/suppliers/{id}":                       {workflow.RightView, "/v1/suppliers/huaxin", "", 404, false},
	"PUT /v1/suppliers/{id}":                       {workflow.RightAdminister, "/v1/suppliers/huaxin", goodSupplier, 403, false},
	"GET /v1/keys":                                 {workflow.RightView, "/v1/keys", "", 403, false},
	"POST /v1/keys/{name}/login":                   {workflow.RightDecide, "/v1/keys/org/login", `{"pin":"1"}`, 403, true},
	"GET /v1/tokens":                               {workflow.RightView, "/v1/tokens", "", 403, false},
	"POST /v1/keys/{name}/resume":                  {workflow.RightAdminister, "/v1/keys/org/resume", "", 403, false},
	"GET /v1/appearances":                          {workflow.RightView, "/v1/appearances", "", 403, false},
	"POST /v1/appearances":                         {workflow.RightAdminister, "/v1/appearances?name=a&key=org", "", 403, false},
	"GET /v1/appearances/{name}":                   {workflow.RightView, "/v1/appearances/a", "", 403, false},
	"GET /v1/appearances/{name}/picture":           {workflow.RightView, "/v1/appearances/a/picture", "", 403, false},
	"POST /v1/appearances/{name}/retire":           {workflow.RightAdminister, "/v1/appearances/a/retire", "", 403, false},
	"GET /v1/apikeys":                              {workflow.RightAdminister, "/v1/apikeys", "", 403, true},
	"POST /v1/apikeys":                             {workflow.RightAdminister, "/v1/apikeys", `{"name":"erp","rights":["view"]}`, 403, true},
	"POST /v1/apikeys/{id}/revoke":                 {workflow.RightAdminister, "/v1/apikeys/x/revoke", "", 403, true},
}

const goodSupplier = `{"name":"华信","language":"zh-CN","addresses":["hetong@huaxin.example"],"required":["organization"]}`

var decisionCase = regexp.MustCompile(`(?m)^\tcase "([a-z]+)":$`)

// allRoutes returns the patterns of the handler, with each decision by its name.
func allRoutes(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, route := range (&server{}).routes() {
		before, many := strings.CutSuffix(route.pattern, "/{decision}")
		if !many {
			all = append(all, route.pattern)
			continue
		}
		for _, decision := range names(readText(t, "contracts.go"), decisionCase) {
			all = append(all, before+"/"+decision)
		}
	}
	if len(all) < 20 {
		t.Fatalf("found only %d routes", len(all))
	}
	return all
}

func TestEveryRouteHasADemand(t *testing.T) {
	all := allRoutes(t)
	for _, pattern := range all {
		if _, known := demands[pattern]; !known {
			t.Errorf("%s: add to demands what it asks of its caller", pattern)
		}
	}
	for pattern := range demands {
		if !slices.Contains(all, pattern) {
			t.Errorf("%s is no route", pattern)
		}
	}
}

// TestRights asks every route with every right, and with none. Whoever has the right may fail by anything else.
func TestRights(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	rights := []workflow.Right{"", workflow.RightView, workflow.RightSend, workflow.RightDecide, workflow.RightAdminister}
	for pattern, d := range demands {
		method, _, _ := strings.Cut(pattern, " ")
		for _, right := range rights {
			actor := person("李伟")
			if right != "" {
				actor = person("李伟", right)
			}
			may := d.right == "" || actor.Has(d.right)
			answer := s.ask(handler, &actor, method, d.path, d.body)
			code := codeOf(t, answer)
			if may == (code == "right") {
				t.Errorf("%s with right %q: %d %s", pattern, right, answer.Code, answer.Body)
			}
			if !may && answer.Code != http.StatusForbidden {
				t.Errorf("%s without the right: %d", pattern, answer.Code)
			}
		}
	}
}

// TestScope asks every route as a program that may do everything with another supplier's contracts.
func TestScope(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	program := workflow.Actor{
		Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightAdminister}, Suppliers: []workflow.SupplierID{otherSupplier},
	}
	for pattern, d := range demands {
		method, _, _ := strings.Cut(pattern, " ")
		before := s.acts()
		answer := s.ask(handler, &program, method, d.path, d.body)
		if answer.Code != d.scoped {
			t.Errorf("%s: %d, want %d: %s", pattern, answer.Code, d.scoped, answer.Body)
		}
		if text := answer.Body.String(); strings.Contains(text, "华信") || strings.Contains(text, "hetong@") {
			t.Errorf("%s tells of another supplier: %s", pattern, text)
		}
		if s.acts() != before {
			t.Errorf("%s did something", pattern)
		}
		// What exists and is not to be seen is answered in the words for what does not exist.
		if answer.Code == http.StatusNotFound {
			missing := strings.NewReplacer("A-1", "A-2", "huaxin", "nobody")
			if again := s.ask(handler, &program, method, missing.Replace(d.path), d.body); again.Body.String() != missing.Replace(answer.Body.String()) {
				t.Errorf("%s tells apart what exists: %s%s", pattern, answer.Body, again.Body)
			}
		}
	}
}

// TestScopeWithin lets a program see and do what lies within its scope.
func TestScopeWithin(t *testing.T) {
	s := newStage(t)
	s.sealed("A-1")
	handler := Handler(s.services)
	program := workflow.Actor{Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightSend}, Suppliers: []workflow.SupplierID{"huaxin"}}
	for _, path := range []string{"/v1/contracts", "/v1/contracts?limit=1", "/v1/contracts/A-1", "/v1/suppliers", "/v1/suppliers/huaxin"} {
		if answer := s.ask(handler, &program, "GET", path, ""); answer.Code != 200 || !strings.Contains(answer.Body.String(), "huaxin") || strings.Contains(answer.Body.String(), "ander") {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
	if answer := s.ask(handler, &program, "POST", "/v1/contracts?number=A-2&supplier=huaxin&hold=true", "draft"); codeOf(t, answer) != "" {
		t.Errorf("send: %s", answer.Body)
	}
	if answer := s.ask(handler, &program, "POST", "/v1/contracts/A-1/release", "{}"); answer.Code != 200 {
		t.Errorf("release: %s", answer.Body)
	}
}

// TestProgramsKeepNoKeys refuses a program, whatever its rights, what is for people.
func TestProgramsKeepNoKeys(t *testing.T) {
	s := newStage(t)
	handler := Handler(s.services)
	program := workflow.Actor{Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightAdminister}}
	for pattern, d := range demands {
		if method, _, _ := strings.Cut(pattern, " "); d.people {
			if answer := s.ask(handler, &program, method, d.path, d.body); answer.Code != http.StatusForbidden {
				t.Errorf("%s: %d %s", pattern, answer.Code, answer.Body)
			}
		}
	}
}

// TestScopeInOneMessage leaves out what one message brought of a contract with somebody else.
func TestScopeInOneMessage(t *testing.T) {
	s := newStage(t)
	ours := s.Send("A-1")
	order := flowtest.Order("B-1")
	order.Supplier = otherSupplier
	if _, err := s.Issue(order); err != nil {
		t.Fatal(err)
	}
	s.Dispatch()
	theirs := s.Contract("B-1", workflow.StateSent)
	s.Receive(flowtest.From("m1"), s.Sealed(ours)+" indeterminate", s.Sealed(theirs)+" indeterminate")
	handler := Handler(s.services)
	program := workflow.Actor{Name: "erp", Kind: workflow.KindProgram, Rights: []workflow.Right{workflow.RightView}, Suppliers: []workflow.SupplierID{"huaxin"}}
	for _, actor := range []workflow.Actor{boss, program} {
		narrow := len(actor.Suppliers) > 0
		told := s.ask(handler, &actor, "GET", "/v1/contracts/A-1", "")
		if strings.Contains(told.Body.String(), string(theirs.ID)) == narrow || !strings.Contains(told.Body.String(), `"findings":[{`) {
			t.Errorf("told %s: %s", actor.Name, told.Body)
		}
		if raw := s.ask(handler, &actor, "GET", "/v1/contracts/A-1/documents/return-1.eml", ""); (raw.Code == http.StatusOK) == narrow {
			t.Errorf("the message for %s: %d", actor.Name, raw.Code)
		}
	}
}
