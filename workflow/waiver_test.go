package workflow

import (
	"slices"
	"testing"
)

func TestLacksOnly(t *testing.T) {
	missing := Cause{Reason: ReasonRoleMissing, Weight: Failed, Role: RoleEmployee}
	for name, c := range map[string]struct {
		causes []Cause
		only   bool
	}{
		"nothing":                   {nil, false},
		"a role":                    {[]Cause{missing}, true},
		"a role, on another copy":   {[]Cause{missing, {Reason: ReasonSeparate, Weight: Failed}}, true},
		"a role and a changed page": {[]Cause{missing, {Reason: ReasonChangedPage, Weight: Failed, Page: 1}}, false},
		"a role and a doubt":        {[]Cause{missing, {Reason: ReasonUnknown, Weight: Indeterminate}}, false},
	} {
		var v Verdict
		for _, cause := range c.causes {
			v.Blame(cause)
		}
		roles, only := v.LacksOnly()
		if only != c.only || only && !slices.Equal(roles, []Role{RoleEmployee}) {
			t.Errorf("%s: %v, %v", name, roles, only)
		}
	}
	ofOne := Verdict{Signatures: []Signature{{}}}
	ofOne.Blame(missing)
	ofOne.Signatures[0].Blame(Cause{Reason: ReasonRevoked, Weight: Indeterminate})
	if _, only := ofOne.LacksOnly(); only {
		t.Error("what speaks against one signature is not seen")
	}
}
