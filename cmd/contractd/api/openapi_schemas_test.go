package api

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"contractd/workflow"
	"contractd/workflow/access"
	"contractd/workflow/decide"
	"contractd/workflow/inbound"
)

// roots are the types that stand in requests and answers; the rest follows from them.
var roots = []reflect.Type{
	reflect.TypeFor[Failure](), reflect.TypeFor[Line](), reflect.TypeFor[Version](), reflect.TypeFor[Health](), reflect.TypeFor[CheckReport](),
	reflect.TypeFor[Story](), reflect.TypeFor[Act](), reflect.TypeFor[Handover](), reflect.TypeFor[decide.Outlook](), reflect.TypeFor[decide.Lift](),
	reflect.TypeFor[workflow.Supplier](), reflect.TypeFor[workflow.KeyRecord](), reflect.TypeFor[Resumption](), reflect.TypeFor[inbound.Explanation](), reflect.TypeFor[APIKey](),
	reflect.TypeFor[NewAPIKey](), reflect.TypeFor[access.Order](), reflect.TypeFor[workflow.Appearance](), reflect.TypeFor[Tokens](),
}

// TestOpenAPISchemas holds the members of every schema to the fields of its Go type, both ways, with their kinds.
func TestOpenAPISchemas(t *testing.T) {
	d := description(t)
	schemas := at(t, d, "components", "schemas")
	seen := map[string]bool{"Hash": true, "ErrorCode": true}
	for _, root := range roots {
		compareSchema(t, d, root, seen)
	}
	for name, schema := range schemas {
		if _, closed := schema.(node)["enum"]; !seen[name] && !closed {
			t.Errorf("schema %s describes nothing that is sent", name)
		}
	}
}

func schemaName(typ reflect.Type) string {
	if typ == reflect.TypeFor[access.Order]() {
		return "APIKeyOrder"
	}
	return typ.Name()
}

// compareSchema compares a struct with the schema of its name, and all that it holds.
func compareSchema(t *testing.T, d node, typ reflect.Type, seen map[string]bool) {
	t.Helper()
	name := schemaName(typ)
	if seen[name] {
		return
	}
	seen[name] = true
	schema, ok := at(t, d, "components", "schemas")[name].(node)
	if !ok {
		t.Errorf("schema %s is missing", name)
		return
	}
	described, _ := schema["properties"].(node)
	fields := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(typ) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag == "" || tag == "-" {
			continue
		}
		fields[tag] = field.Type
		member, ok := described[tag].(node)
		if !ok {
			t.Errorf("%s.%s is not described", name, tag)
			continue
		}
		compareKind(t, d, name+"."+tag, field.Type, resolve(t, d, member), seen)
	}
	for tag := range described {
		if fields[tag] == nil {
			t.Errorf("%s.%s is described, and there is none", name, tag)
		}
	}
	required, _ := schema["required"].([]any)
	for _, tag := range required {
		if fields[tag.(string)] == nil {
			t.Errorf("%s requires %s, and there is none", name, tag)
		}
	}
}

// compareKind compares the type of a member.
func compareKind(t *testing.T, d node, where string, typ reflect.Type, schema node, seen map[string]bool) {
	t.Helper()
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	want := kindOf(typ)
	if got, _ := schema["type"].(string); got != want {
		t.Errorf("%s is %q, described as %q", where, want, got)
		return
	}
	switch {
	case want == "array":
		compareKind(t, d, where+"[]", typ.Elem(), resolve(t, d, schema["items"].(node)), seen)
	case want == "object" && typ.Kind() == reflect.Map:
		compareKind(t, d, where+"{}", typ.Elem(), resolve(t, d, schema["additionalProperties"].(node)), seen)
	case want == "object":
		compareSchema(t, d, typ, seen)
	}
}

func kindOf(typ reflect.Type) string {
	switch kind := typ.Kind(); {
	case typ == reflect.TypeFor[time.Time](), typ == reflect.TypeFor[workflow.Hash](), kind == reflect.String:
		return "string"
	case kind == reflect.Bool:
		return "boolean"
	case kind == reflect.Float64:
		return "number"
	case typ.ConvertibleTo(reflect.TypeFor[int]()):
		return "integer"
	case kind == reflect.Slice:
		return "array"
	case kind == reflect.Struct, kind == reflect.Map:
		return "object"
	}
	return "" // Anything.
}

// TestOpenAPIChoices holds every closed list to the constants of the code.
func TestOpenAPIChoices(t *testing.T) {
	d := description(t)
	constants := typedConstants(t, "../../../workflow")
	constants["ErrorCode"] = []string{"failed"}
	for _, known := range codes {
		constants["ErrorCode"] = append(constants["ErrorCode"], known.name)
	}
	compared := 0
	for name, schema := range at(t, d, "components", "schemas") {
		listed, closed := schema.(node)["enum"].([]any)
		if !closed {
			continue
		}
		compared++
		var told []string
		for _, one := range listed {
			told = append(told, one.(string))
		}
		want := slices.DeleteFunc(slices.Clone(constants[name]), func(value string) bool { return value == "" })
		slices.Sort(told)
		slices.Sort(want)
		if !slices.Equal(told, want) {
			t.Errorf("%s: described are %v, the code has %v", name, told, want)
		}
	}
	if compared < 8 {
		t.Errorf("compared only %d lists", compared)
	}
	var decisions []string
	for _, one := range at(t, d, "components", "parameters", "decision", "schema")["enum"].([]any) {
		decisions = append(decisions, one.(string))
	}
	slices.Sort(decisions)
	if want := names(readText(t, "contracts.go"), decisionCase); !slices.Equal(decisions, want) {
		t.Errorf("decisions described are %v, the code has %v", decisions, want)
	}
}

// typedConstants returns the string constants of a package by their type.
func typedConstants(t *testing.T, folder string) map[string][]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(folder, entry.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, is := n.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			typ, named := spec.Type.(*ast.Ident)
			literal, text := spec.Values[0].(*ast.BasicLit)
			if named && text && literal.Kind == token.STRING {
				if value, err := strconv.Unquote(literal.Value); err == nil {
					found[typ.Name] = append(found[typ.Name], value)
				}
			}
			return true
		})
	}
	return found
}
