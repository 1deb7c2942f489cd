package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOpenAPIAnswers asks every route and compares what comes with the description.
func TestOpenAPIAnswers(t *testing.T) {
	d := description(t)
	operations := operations(t, d)
	for pattern, c := range demands {
		s := newStage(t)
		returned(s)
		method, path, _ := strings.Cut(pattern, " ")
		if _, known := operations[pattern]; !known {
			path = path[:strings.LastIndex(path, "/")] + "/{decision}"
		}
		answers := at(t, d, "paths", path, strings.ToLower(method), "responses")
		answer := s.ask(Handler(s.services), &boss, method, c.path, c.body)
		status := strconv.Itoa(answer.Code)
		if _, known := answers[status]; !known {
			status = "default"
		}
		kind := answer.Header().Get("Content-Type")
		content := at(t, d, "paths", path, strings.ToLower(method), "responses", status, "content")
		media, told := content[kind].(node)
		if !told {
			t.Errorf("%s answers %d with %s, described are %v", pattern, answer.Code, kind, content)
			continue
		}
		if !strings.HasSuffix(kind, "json") {
			continue
		}
		for line := range strings.Lines(answer.Body.String()) {
			var value any
			if err := json.Unmarshal([]byte(line), &value); err != nil {
				t.Errorf("%s: %v", pattern, err)
				continue
			}
			conforms(t, d, pattern+": ", value, resolve(t, d, media["schema"].(node)))
		}
	}
}

// conforms compares a value with its schema: types, required and unknown members, choices.
func conforms(t *testing.T, d node, where string, value any, schema node) {
	t.Helper()
	want, _ := schema["type"].(string)
	switch value := value.(type) {
	case map[string]any:
		conformsObject(t, d, where, value, schema)
	case []any:
		if want != "array" {
			t.Errorf("%s is an array, described as %q", where, want)
			return
		}
		for _, one := range value {
			conforms(t, d, where+"[]", one, resolve(t, d, schema["items"].(node)))
		}
	case string:
		if want != "string" {
			t.Errorf("%s is a string, described as %q", where, want)
		}
		if choices, closed := schema["enum"].([]any); closed && value != "" && !slices.Contains(choices, any(value)) {
			t.Errorf("%s is %q, none of %v", where, value, choices)
		}
	case float64:
		if want != "integer" && want != "number" {
			t.Errorf("%s is a number, described as %q", where, want)
		}
	}
}

func conformsObject(t *testing.T, d node, where string, value map[string]any, schema node) {
	t.Helper()
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, there := value[name.(string)]; !there {
			t.Errorf("%s lacks %s", where, name)
		}
	}
	described, _ := schema["properties"].(node)
	for name, member := range value {
		if known, ok := described[name].(node); ok {
			conforms(t, d, where+"."+name, member, resolve(t, d, known))
		} else if more, open := schema["additionalProperties"].(node); open {
			conforms(t, d, where+"."+name, member, resolve(t, d, more))
		} else if len(schema) > 0 && described != nil {
			t.Errorf("%s has %s, which is not described", where, name)
		}
	}
}
