package api

import (
	"fmt"
	"net/http"
	"time"

	"contractd/workflow"
	"contractd/workflow/access"
)

// APIKey is an API key as it is told: with nothing of its secret.
type APIKey struct {
	ID        workflow.APIKeyID     `json:"id"`
	Name      string                `json:"name"`
	Rights    []workflow.Right      `json:"rights"`
	Suppliers []workflow.SupplierID `json:"suppliers,omitempty"`
	Created   time.Time             `json:"created"`
	CreatedBy string                `json:"created_by"`
	Expires   time.Time             `json:"expires,omitzero"`
	Revoked   time.Time             `json:"revoked,omitzero"`
	RevokedBy string                `json:"revoked_by,omitempty"`
}

// NewAPIKey is an API key that was just added, with its text, which is told once.
type NewAPIKey struct {
	APIKey
	Key string `json:"key"`
}

func told(key workflow.APIKey) APIKey {
	return APIKey{key.ID, key.Name, key.Rights, key.Suppliers, key.Created, key.CreatedBy, key.Expires, key.Revoked, key.RevokedBy}
}

func (s *server) apiKeys(r *http.Request) (any, error) {
	keys, err := s.Gate.List(r.Context(), actorOf(r.Context()))
	all := make([]APIKey, len(keys))
	for n, key := range keys {
		all[n] = told(key)
	}
	return all, err
}

func (s *server) addAPIKey(r *http.Request) (any, error) {
	var order access.Order
	if err := decode(r, &order); err != nil {
		return nil, err
	}
	key, text, err := s.Gate.Add(r.Context(), actorOf(r.Context()), order)
	return NewAPIKey{told(key), text}, err
}

// addedAPIKey answers a repeated request. The secret went with the lost answer and is kept nowhere.
func (s *server) addedAPIKey(*http.Request, workflow.Request) (any, error) {
	return nil, workflow.WithHint(fmt.Errorf("add API key: it was added for the same request before, and its text was told then: %w", workflow.ErrExists),
		"where that answer is lost, find the key with `contractd apikey list`, revoke it, and add another")
}

func (s *server) revokeAPIKey(r *http.Request) (any, error) {
	key, err := s.Gate.Revoke(r.Context(), actorOf(r.Context()), keyID(r))
	return told(key), err
}

func (s *server) revokedAPIKey(r *http.Request, _ workflow.Request) (any, error) {
	key, err := s.Gate.Find(r.Context(), actorOf(r.Context()), keyID(r))
	return told(key), err
}

func keyID(r *http.Request) workflow.APIKeyID { return workflow.APIKeyID(r.PathValue("id")) }
