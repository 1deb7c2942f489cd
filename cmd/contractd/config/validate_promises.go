package config

import "strings"

// validatePromises looks at what our signatures forbid to others.
func (s *Seal) validatePromises(r *report) {
	switch s.Certify {
	case 0, 2, 3:
	case 1:
		r.add("seal.certify", "would keep the supplier from signing", "set 2 or 3, or 0 for no certification")
	default:
		r.add("seal.certify", "must be 0, 2 or 3", "")
	}
	action, names, _ := strings.Cut(s.Lock, ":")
	switch {
	case s.Lock == "", s.Lock == "all":
	case (action == "include" || action == "exclude") && names != "":
	default:
		r.add("seal.lock", `must be "all", "include:NAME,…" or "exclude:NAME,…"`, "leave it empty to lock nothing")
	}
}
