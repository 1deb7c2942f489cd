package api

import (
	"encoding/json"
	"net/http"

	"contractd/workflow"
)

// Line is one line of an answer that takes time: progress, and at the end either a contract or a failure.
type Line struct {
	Step     string             `json:"step,omitempty"`
	Detail   string             `json:"detail,omitempty"`
	Contract *workflow.Contract `json:"contract,omitempty"`
	Failure  *Failure           `json:"failure,omitempty"`
}

// stream writes NDJSON lines as they come.
type stream struct {
	writer     http.ResponseWriter
	encoder    *json.Encoder
	controller *http.ResponseController
}

func newStream(w http.ResponseWriter) *stream {
	w.Header().Set("Content-Type", "application/x-ndjson")
	return &stream{w, json.NewEncoder(w), http.NewResponseController(w)}
}

// line tells the caller; a caller who is gone changes nothing about what is being done.
func (s *stream) line(line Line) {
	if s.encoder.Encode(line) == nil {
		s.controller.Flush() // The same holds for a connection that cannot flush.
	}
}

func (s *stream) progress(step, detail string) { s.line(Line{Step: step, Detail: detail}) }

func (s *stream) end(contract workflow.Contract, err error) {
	last := Line{}
	if contract.ID != "" {
		last.Contract = &contract
	}
	if err != nil {
		failure, _ := failureOf(err)
		last.Failure = &failure
	}
	s.line(last)
}
