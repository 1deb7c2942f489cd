package worker

import (
	"crypto/x509"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"contractd/signer/trust"
	"contractd/signer/verify"
	"contractd/workflow"
)

// TestEveryOptionTravels fills every field, so that one which is added later cannot be forgotten on the way.
func TestEveryOptionTravels(t *testing.T) {
	var o verify.Options
	fill(t, reflect.ValueOf(&o).Elem(), "Options")
	o.Roots, o.TSARoots, o.Intermediates, o.Evidence.Certificates = trust.NewAnchors(), trust.NewAnchors(), nil, nil
	text, err := json.Marshal(pack(o))
	if err != nil {
		t.Fatal(err)
	}
	var packed options
	if err := json.Unmarshal(text, &packed); err != nil {
		t.Fatal(err)
	}
	again, err := packed.unpack([]workflow.Document{{}, o.Sent.Document})
	if err != nil {
		t.Fatal(err)
	}
	if !packed.Wants {
		t.Error("nobody would be asked to fetch")
	}
	o.Want = nil
	if !reflect.DeepEqual(o, again) {
		t.Errorf("packed %+v\nunpacked %+v", o, again)
	}
}

// fill sets every field to something that is not its zero value.
func fill(t *testing.T, v reflect.Value, name string) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)))
		return
	case *trust.Anchors, []*x509.Certificate, workflow.Document: // Compared by the verdicts of real files.
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), name)
	case reflect.Array:
		fill(t, v.Index(0), name)
	case reflect.String:
		v.SetString(strings.ToLower(name))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.Func:
		v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { return nil }))
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	default:
		t.Fatalf("%s: a %s, of which this test knows nothing", name, v.Kind())
	}
}
