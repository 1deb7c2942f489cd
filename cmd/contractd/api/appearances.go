package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
	"contractd/workflow/appearances"
)

// appearanceNames are the parameters that appearanceOrder reads.
var appearanceNames = []string{"name", "key", "size", "lines", "from", "until", "white", "generate", "text", "number"}

// noLines in place of lines says that no text stands below a seal.
const noLines = "none"

func (s *server) appearances(r *http.Request) (any, error) {
	return s.Cabinet.List(r.Context(), actorOf(r.Context()))
}

func (s *server) appearance(r *http.Request) (any, error) {
	return s.Cabinet.Find(r.Context(), actorOf(r.Context()), r.PathValue("name"))
}

func (s *server) appearancePicture(w http.ResponseWriter, r *http.Request) {
	seal, err := s.Cabinet.Find(r.Context(), actorOf(r.Context()), r.PathValue("name"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.stream(w, r, part{name: seal.Name + ".png", ref: seal.Picture})
}

// addAppearance takes a picture in and makes a seal of it. What the seal is called and whose it is stands in the query.
func (s *server) addAppearance(w http.ResponseWriter, r *http.Request) (any, error) {
	order, err := appearanceOrder(r.URL)
	if err != nil {
		return nil, err
	}
	actor := actorOf(r.Context())
	if err := actor.NeedForAll(workflow.RightAdminister); err != nil { // Before a picture is taken in for nothing.
		return nil, err
	}
	key, err := requestKey(r)
	if err != nil {
		return nil, err
	}
	leave, err := s.turns.take(r.Context(), key)
	if err != nil {
		return nil, err
	}
	defer leave()
	picture, closer, err := s.takeIn(w, r)
	if err != nil {
		return nil, err
	}
	defer closer.Close() // Only read.
	if key != "" {
		asked := workflow.Request{Key: key, Digest: workflow.HashOf(fmt.Appendf(nil, "%q %q %s", r.URL.EscapedPath(), r.URL.RawQuery, picture.Hash))}
		_, err := s.remembered(r.Context(), asked)
		if err == nil {
			return s.Cabinet.Find(r.Context(), actor, order.Name)
		}
		if !errors.Is(err, workflow.ErrNotFound) {
			return nil, err
		}
		r = r.WithContext(workflow.WithRequest(r.Context(), asked))
	}
	return s.Cabinet.Add(r.Context(), actor, order, picture)
}

func (s *server) retireAppearance(r *http.Request) (any, error) {
	return s.Cabinet.Retire(r.Context(), actorOf(r.Context()), r.PathValue("name"))
}

func (s *server) retiredAppearance(r *http.Request, _ workflow.Request) (any, error) {
	return s.appearance(r)
}

// appearanceOrder reads what a seal is to be.
func appearanceOrder(asked *url.URL) (appearances.Order, error) {
	if err := onlyNamed(asked, appearanceNames...); err != nil {
		return appearances.Order{}, err
	}
	query := asked.Query()
	order := appearances.Order{
		Name: query.Get("name"), Key: query.Get("key"), Generate: query.Get("generate"), Text: query.Get("text"), Number: query.Get("number"),
	}
	for _, name := range []string{"text", "number"} {
		if err := oneLine(name, query.Get(name)); err != nil {
			return order, err
		}
	}
	var err error
	for name, into := range map[string]*bool{"white": &order.White} {
		if *into, err = truth(query, name); err != nil {
			return order, err
		}
	}
	if text := query.Get("size"); text != "" {
		if order.Size, err = strconv.ParseFloat(text, 64); err != nil || !(order.Size > 0) {
			return order, fmt.Errorf("read size %q: want millimetres: %w", text, workflow.ErrUsage)
		}
	}
	switch text := query.Get("lines"); text {
	case "":
	case noLines:
		order.Lines = []workflow.SealLine{}
	default:
		for _, line := range strings.Split(text, ",") {
			order.Lines = append(order.Lines, workflow.SealLine(line))
		}
	}
	for name, into := range map[string]*time.Time{"from": &order.From, "until": &order.Until} {
		if text := query.Get(name); text != "" {
			if *into, err = time.Parse(time.RFC3339, text); err != nil {
				return order, fmt.Errorf("read %s %q: want RFC 3339, such as 2026-12-31T18:00:00+08:00: %w", name, text, workflow.ErrUsage)
			}
		}
	}
	return order, nil
}

// appearanceQuery is the other way round.
func appearanceQuery(order appearances.Order) url.Values {
	query := url.Values{"name": {order.Name}, "key": {order.Key}}
	for name, text := range map[string]string{"generate": order.Generate, "text": order.Text, "number": order.Number} {
		if text != "" {
			query.Set(name, text)
		}
	}
	if order.White {
		query.Set("white", "true")
	}
	if order.Size > 0 {
		query.Set("size", strconv.FormatFloat(order.Size, 'f', -1, 64))
	}
	if order.Lines != nil {
		lines := []string{}
		for _, line := range order.Lines {
			lines = append(lines, string(line))
		}
		if query.Set("lines", strings.Join(lines, ",")); len(lines) == 0 {
			query.Set("lines", noLines)
		}
	}
	for name, at := range map[string]time.Time{"from": order.From, "until": order.Until} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339))
		}
	}
	return query
}

// answering is answer for a handler that takes in an upload.
func (s *server) answering(handle func(http.ResponseWriter, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.answer(func(r *http.Request) (any, error) { return handle(w, r) })(w, r)
	}
}
