package api

import (
	"net/http"
	"strings"
	"time"
)

// openPath is the one that callers without a name may ask.
const openPath = "/v1/version"

// server answers requests.
type server struct {
	Services
	turns   turns
	uploads chan struct{} // Has as many places as uploads may be taken in at once.
}

// route is one way in: a method with a path, and what answers there.
type route struct {
	pattern string
	handle  http.HandlerFunc
}

// routes lists every way in. docs/openapi.yaml describes each; tests hold both lists to one another.
func (s *server) routes() []route {
	return []route{
		{"GET /v1/version", s.version},
		{"GET /v1/status", s.answer(s.status)},
		{"POST /v1/check", s.answer(s.check)},
		{"POST /v1/contracts", s.send},
		{"GET /v1/contracts", s.answer(s.query)},
		{"GET /v1/contracts/{number}", s.answer(s.story)},
		{"GET /v1/contracts/{number}/documents/{which}", s.document},
		{"GET /v1/contracts/{number}/export", s.export},
		{"POST /v1/contracts/{number}/seal", s.seal},
		{"POST /v1/contracts/{number}/revise", s.revise},
		{"POST /v1/contracts/{number}/{decision}", s.once(s.decide, s.decided)},
		{"POST /v1/reassign", s.once(s.reassign, s.reassigned)},
		{"GET /v1/hold", s.answer(s.held)},
		{"POST /v1/hold/lift", s.once(s.lift, s.lifted)},
		{"POST /v1/inbox/explain", s.answering(s.explain)},
		{"GET /v1/backup", s.backup},
		{"GET /v1/suppliers", s.answer(s.suppliers)},
		{"GET /v1/suppliers/{id}", s.answer(s.supplier)},
		{"PUT /v1/suppliers/{id}", s.once(s.putSupplier, s.supplierAgain)},
		{"GET /v1/keys", s.answer(s.keys)},
		{"POST /v1/keys/{name}/login", s.answer(s.login)},
		{"GET /v1/tokens", s.answer(s.tokens)},
		{"POST /v1/keys/{name}/resume", s.once(s.resume, s.resumed)},
		{"GET /v1/appearances", s.answer(s.appearances)},
		{"POST /v1/appearances", s.answering(s.addAppearance)},
		{"GET /v1/appearances/{name}", s.answer(s.appearance)},
		{"GET /v1/appearances/{name}/picture", s.appearancePicture},
		{"POST /v1/appearances/{name}/retire", s.once(s.retireAppearance, s.retiredAppearance)},
		{"GET /v1/apikeys", s.answer(s.apiKeys)},
		{"POST /v1/apikeys", s.once(s.addAPIKey, s.addedAPIKey)},
		{"POST /v1/apikeys/{id}/revoke", s.once(s.revokeAPIKey, s.revokedAPIKey)},
	}
}

// Handler returns the control API. The actor of each request stands in its context, see WithActor, or shows an API key.
func Handler(services Services) http.Handler {
	if services.Uploads == 0 {
		services.Uploads = 4
	}
	if services.Patience == 0 {
		services.Patience = 30 * time.Second
	}
	s := &server{Services: services, uploads: make(chan struct{}, services.Uploads)}
	mux := http.NewServeMux()
	for _, route := range s.routes() {
		handle := route.handle
		if strings.Contains(route.pattern, "{number}") {
			handle = s.within(handle)
		}
		mux.HandleFunc(route.pattern, handle)
	}
	return s.versioned(s.patient(s.admitted(mux)))
}
