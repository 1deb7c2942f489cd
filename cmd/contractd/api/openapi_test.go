package api

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// node is an object of the description.
type node = map[string]any

const openapiFile = "../../../docs/openapi.yaml"

// description reads docs/openapi.yaml.
func description(t *testing.T) node {
	t.Helper()
	var d node
	if err := yaml.Unmarshal([]byte(readText(t, openapiFile)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows names into the description; a reference on the way is followed, too.
func at(t *testing.T, d node, names ...string) node {
	t.Helper()
	found := d
	for _, name := range names {
		next, ok := found[name].(node)
		if !ok {
			t.Fatalf("openapi.yaml: no %s", strings.Join(names, "."))
		}
		found = resolve(t, d, next)
	}
	return found
}

// resolve returns what a reference leads to, else the node itself.
func resolve(t *testing.T, d, n node) node {
	t.Helper()
	if ref, is := n["$ref"].(string); is {
		return at(t, d, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return n
}

// operations returns the operations by method and path, as routes are written.
func operations(t *testing.T, d node) map[string]node {
	t.Helper()
	all := map[string]node{}
	for path, item := range at(t, d, "paths") {
		for method, operation := range item.(node) {
			all[strings.ToUpper(method)+" "+path] = operation.(node)
		}
	}
	return all
}

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// parameters returns the names of an operation's parameters at that place.
func parameters(t *testing.T, d, operation node, place string) []string {
	t.Helper()
	var found []string
	for _, parameter := range operation["parameters"].([]any) {
		if p := resolve(t, d, parameter.(node)); p["in"] == place {
			found = append(found, p["name"].(string))
		}
	}
	slices.Sort(found)
	return found
}

// TestOpenAPIRoutes holds the operations to the routes, and their parameters to what the handlers read.
func TestOpenAPIRoutes(t *testing.T) {
	d := description(t)
	described := operations(t, d)
	queries := map[string]bool{}
	var served []string
	for _, route := range (&server{}).routes() {
		served = append(served, route.pattern)
		operation, ok := described[route.pattern]
		if !ok {
			t.Errorf("%s is not described", route.pattern)
			continue
		}
		var want []string
		for _, name := range pathParameter.FindAllStringSubmatch(route.pattern, -1) {
			want = append(want, name[1])
		}
		slices.Sort(want)
		if got := parameters(t, d, operation, "path"); !slices.Equal(got, want) {
			t.Errorf("%s has %v in its path, described are %v", route.pattern, want, got)
		}
		changing := !strings.HasPrefix(route.pattern, "GET ") && route.pattern != "POST /v1/check" && route.pattern != "POST /v1/inbox/explain" && route.pattern != "POST /v1/keys/{name}/login"
		if got := slices.Contains(parameters(t, d, operation, "header"), IdempotencyHeader); got != changing {
			t.Errorf("%s: takes an idempotency key: %v, described: %v", route.pattern, changing, got)
		}
		for _, name := range parameters(t, d, operation, "query") {
			queries[name] = true
		}
	}
	for pattern := range described {
		if !slices.Contains(served, pattern) {
			t.Errorf("%s is described, and no route", pattern)
		}
	}
	if read, told := queryNames(t), slices.Sorted(maps.Keys(queries)); !slices.Equal(read, told) {
		t.Errorf("the handlers read %v of queries, described are %v", read, told)
	}
}

var queryRead = []*regexp.Regexp{
	regexp.MustCompile(`(?:query\.Get\(|query\[|Query\(\)\.Get\()"([a-z]+)"`),
	regexp.MustCompile(`"([a-z]+)": &(?:filter|order)\.`),
}

// queryNames returns what the handlers read of queries.
func queryNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && !strings.HasPrefix(file, "client") {
			for _, form := range queryRead {
				found = append(found, names(readText(t, file), form)...)
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// TestOpenAPIRefers follows every reference, and looks for parts that nothing refers to.
func TestOpenAPIRefers(t *testing.T) {
	d := description(t)
	text := readText(t, openapiFile)
	for _, found := range regexp.MustCompile(`\$ref: '#/([^']+)'`).FindAllStringSubmatch(text, -1) {
		at(t, d, strings.Split(found[1], "/")...)
	}
	for kind, parts := range at(t, d, "components") {
		for name := range parts.(node) {
			if kind != "securitySchemes" && !strings.Contains(text, "#/components/"+kind+"/"+name) {
				t.Errorf("nothing refers to %s %s", kind, name)
			}
		}
	}
}
