package config

import (
	"encoding"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"contractd/workflow"
)

// go-toml stops at the first wrong type, so its values are carried into the structs here, where all are reported.

// chooser is a closed set of texts.
type chooser interface{ choices() []string }

// choicesOf returns the texts that a closed set allows, or nil for free text.
func choicesOf(kind any) []string {
	switch set := kind.(type) {
	case chooser:
		return set.choices()
	case workflow.Language:
		return []string{string(workflow.Chinese), string(workflow.English)}
	case workflow.Role:
		return []string{string(workflow.RoleOrganization), string(workflow.RoleEmployee)}
	case workflow.Mode:
		return []string{string(workflow.ModeLive), string(workflow.ModeObserve), string(workflow.ModeRedirect)}
	case workflow.Right:
		return []string{string(workflow.RightView), string(workflow.RightSend),
			string(workflow.RightDecide), string(workflow.RightAdminister)}
	}
	return nil
}

// defaulter is an element of a list that does not start at zero.
type defaulter interface{ setDefaults() }

func (r *report) decodeConfig(c *Config, values map[string]any) {
	r.table("", values, reflect.ValueOf(c).Elem())
}

// decode stores a TOML value, or reports why it cannot.
func (r *report) decode(path string, value any, into reflect.Value) {
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		r.text(path, value, text)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		if table, ok := value.(map[string]any); ok {
			r.table(path, table, into)
		} else if _, secret := into.Interface().(Secret); secret {
			r.add(path, "must be a table, not "+describe(value), secretHint)
		} else {
			r.wrongType(path, "a table", value)
		}
	case reflect.Slice:
		r.list(path, value, into)
	case reflect.Pointer:
		fresh := reflect.New(into.Type().Elem())
		r.decode(path, value, fresh.Elem())
		into.Set(fresh)
	default:
		r.scalar(path, value, into)
	}
}

const secretHint = `secrets never stand here: name a file { file = "imap.password" }, ` +
	`a systemd credential { credential = "imap" } or { prompt = true }`

func (r *report) table(path string, table map[string]any, into reflect.Value) {
	fields := fieldsOf(into)
	for _, key := range slices.Sorted(maps.Keys(table)) {
		at := join(path, key)
		if field, ok := fields[key]; ok {
			r.decode(at, table[key], field)
			continue
		}
		hint := ""
		if near := nearest(key, slices.Sorted(maps.Keys(fields))); near != "" {
			hint = "did you mean " + near + "?"
		}
		r.add(at, "unknown key", hint)
	}
}

func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		if tag := v.Type().Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			fields[tag] = v.Field(i)
		}
	}
	return fields
}

func (r *report) list(path string, value any, into reflect.Value) {
	list, ok := value.([]any)
	if !ok {
		r.wrongType(path, "a list", value)
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(list), len(list)))
	for i, element := range list {
		if d, ok := into.Index(i).Addr().Interface().(defaulter); ok {
			d.setDefaults()
		}
		r.decode(index(path, i), element, into.Index(i))
	}
}

func (r *report) text(path string, value any, into encoding.TextUnmarshaler) {
	text, ok := value.(string)
	if !ok {
		r.wrongType(path, "a text in quotes", value)
		return
	}
	if r.hasControl(path, text) {
		return
	}
	if err := into.UnmarshalText([]byte(text)); err != nil {
		r.addf(path, "%v, not %q", err, text)
	}
}

func (r *report) scalar(path string, value any, into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		if text, ok := value.(string); !ok {
			r.wrongType(path, "a text in quotes", value)
		} else if r.allowed(path, text, into.Interface()) {
			into.SetString(text)
		}
	case reflect.Bool:
		if b, ok := value.(bool); !ok {
			r.wrongType(path, "true or false", value)
		} else {
			into.SetBool(b)
		}
	case reflect.Int:
		if n, ok := value.(int64); !ok || n < math.MinInt32 || n > math.MaxInt32 {
			r.wrongType(path, "a whole number", value)
		} else {
			into.SetInt(n)
		}
	case reflect.Uint32:
		if n, ok := value.(int64); !ok || n < 0 || n > math.MaxUint32 {
			r.wrongType(path, "a whole number from 0 to 0xFFFFFFFF", value)
		} else {
			into.SetUint(uint64(n))
		}
	case reflect.Float64:
		r.float(path, value, into)
	default:
		r.addf(path, "cannot be configured: no way to read %s", into.Type())
	}
}

func (r *report) float(path string, value any, into reflect.Value) {
	switch n := value.(type) {
	case int64:
		into.SetFloat(float64(n))
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			r.addf(path, "must be a finite number")
			return
		}
		into.SetFloat(n)
	default:
		r.wrongType(path, "a number", value)
	}
}

func (r *report) allowed(path, text string, kind any) bool {
	if set := choicesOf(kind); set != nil && !slices.Contains(set, text) {
		r.addf(path, "must be one of %s, not %q", strings.Join(set, ", "), text)
		return false
	}
	return !r.hasControl(path, text)
}

// hasControl keeps line breaks out of what goes into headers, commands and file names.
func (r *report) hasControl(path, text string) bool {
	if strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.addf(path, "must not contain line breaks or control characters: %q", text)
		return true
	}
	return false
}

func (r *report) wrongType(path, want string, value any) {
	r.addf(path, "must be %s, not %s", want, describe(value))
}

// describe never repeats a text: what stands where it should not may be a password.
func describe(value any) string {
	switch v := value.(type) {
	case string:
		return "a text"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return "the number " + strconv.FormatInt(v, 10)
	case float64:
		return "the number " + strconv.FormatFloat(v, 'g', -1, 64)
	case map[string]any:
		return "a table"
	case []any:
		return "a list"
	case time.Time:
		return "a date"
	}
	return fmt.Sprintf("a value of type %T", value)
}
