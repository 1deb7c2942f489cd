package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"contractd/workflow"
)

// Failure is an error on its way to the caller.
type Failure struct {
	Code    string `json:"code"` // One of codes, or "failed".
	Message string `json:"error"`
	Hint    string `json:"hint,omitempty"`
}

// code ties a sentinel to its name on the wire and to an HTTP status.
type code struct {
	sentinel error
	name     string
	status   int
}

// codes lists the sentinels that callers decide by; the first that matches wins.
var codes = []code{
	{workflow.ErrNotFound, "not-found", http.StatusNotFound},
	{workflow.ErrExists, "exists", http.StatusConflict},
	{workflow.ErrConflict, "conflict", http.StatusConflict},
	{workflow.ErrPIN, "pin", http.StatusFailedDependency},
	{workflow.ErrSuspended, "suspended", http.StatusFailedDependency},
	{workflow.ErrKeyMissing, "key-missing", http.StatusFailedDependency},
	{workflow.ErrUnknown, "unknown-caller", http.StatusUnauthorized},
	{workflow.ErrRight, "right", http.StatusForbidden},
	{workflow.ErrState, "state", http.StatusConflict},
	{workflow.ErrPolicy, "policy", http.StatusConflict},
	{workflow.ErrTooLarge, "too-large", http.StatusRequestEntityTooLarge},
	{workflow.ErrUsage, "usage", http.StatusBadRequest},
	{workflow.ErrDocument, "document", http.StatusUnprocessableEntity},
	{workflow.ErrIntegrity, "integrity", http.StatusUnprocessableEntity},
	{workflow.ErrDamaged, "damaged", http.StatusInternalServerError},
	{workflow.ErrSpace, "space", http.StatusInsufficientStorage},
	{workflow.ErrTemporary, "temporary", http.StatusServiceUnavailable},
	{workflow.ErrFinal, "final", http.StatusUnprocessableEntity},
}

// failureOf turns an error into what the caller gets.
func failureOf(err error) (Failure, int) {
	failure := Failure{"failed", err.Error(), workflow.HintOf(err)}
	for _, known := range codes {
		if errors.Is(err, known.sentinel) {
			failure.Code = known.name
			return failure, known.status
		}
	}
	return failure, http.StatusInternalServerError
}

// remote is an error that came over the wire.
type remote struct {
	message  string
	sentinel error
}

func (r remote) Error() string { return r.message }
func (r remote) Unwrap() error { return r.sentinel }

// err turns a failure back into an error with its sentinel and hint.
func (f Failure) err() error {
	var sentinel error
	for _, known := range codes {
		if known.name == f.Code {
			sentinel = known.sentinel
		}
	}
	return workflow.WithHint(remote{f.Message, sentinel}, f.Hint)
}

// answer wraps a handler that returns one JSON value.
func (s *server) answer(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		value, err := handle(r)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(value); err != nil {
			s.Log.Debug("answer not delivered", "path", r.URL.Path, "error", err)
		}
	}
}

func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if _, status := failureOf(err); status >= http.StatusInternalServerError {
		s.Log.Warn("request failed", "path", r.URL.Path, "actor", workflow.Alias(actorOf(r.Context()).Name), "error", err)
	}
	if err := tell(w, err); err != nil {
		s.Log.Debug("error not delivered", "path", r.URL.Path, "error", err)
	}
}

// tell answers with a failure.
func tell(w http.ResponseWriter, err error) error {
	failure, status := failureOf(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(failure)
}

// versioned refuses callers of another version, except those who ask which version this is.
func (s *server) versioned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		theirs := r.Header.Get(VersionHeader)
		w.Header().Set(VersionHeader, s.Version)
		if theirs != "" && theirs != s.Version {
			s.refuse(w, r, workflow.WithHint(
				fmt.Errorf("talk to the daemon of version %s as version %s: %w", s.Version, theirs, workflow.ErrPolicy),
				"restart the daemon, so that both are of one version"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Version is the version of the daemon.
type Version struct {
	Version string `json:"version"`
}

func (s *server) version(w http.ResponseWriter, r *http.Request) {
	s.answer(func(*http.Request) (any, error) { return Version{s.Version}, nil })(w, r)
}

// maxBody bounds every request that is not an upload.
const maxBody = 1 << 20

// decode reads a JSON body; unknown members are refused.
func decode(r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return unread(err)
	}
	return nil
}

// unread says why a body could not be read.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return workflow.WithHint(fmt.Errorf("read request: more than %d bytes: %w", large.Limit, workflow.ErrTooLarge), "no request but an upload needs that much")
	}
	if errors.Is(err, os.ErrDeadlineExceeded) { // Its text names addresses of ours, and says nothing.
		return workflow.WithHint(fmt.Errorf("read request: nothing came for too long: %w", workflow.ErrTemporary), "send it again, without pauses")
	}
	return fmt.Errorf("read request: %w: %w", err, workflow.ErrUsage)
}
