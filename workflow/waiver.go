package workflow

import "time"

// Waiver is a person's decision that a return needs no signature in a role that was required.
type Waiver struct {
	Role     Role      `json:"role"`
	Actor    string    `json:"actor"`
	At       time.Time `json:"at"`
	Document Hash      `json:"document"` // The return that was looked at.
	Reason   string    `json:"reason"`
}

// LacksOnly reports whether nothing but missing roles speaks against the file, and which.
func (v Verdict) LacksOnly() ([]Role, bool) {
	var roles []Role
	for _, cause := range v.AllCauses() {
		if cause.Reason == ReasonSeparate {
			continue // Why they are missing.
		}
		if cause.Reason != ReasonRoleMissing {
			return nil, false
		}
		roles = append(roles, cause.Role)
	}
	return roles, len(roles) > 0
}
