package verify

import (
	"slices"
	"strings"

	"contractd/workflow"
)

// identity compares signers with those expected; verification.md, 20. Roles come from certificates alone.
func (c *fileCase) identity() error {
	for _, s := range c.found {
		if s.timestamp() || s.out.Certificate == nil || s.out.Side == workflow.SideTheirs {
			continue
		}
		if role, ok := match(c.opts.Ours, s); ok {
			s.out.Role, s.out.Side = role, workflow.SideOurs
		}
	}
	if len(c.opts.Theirs) == 0 && len(c.opts.Required) == 0 || c.opts.Sent != nil && c.base.revision == nil {
		return nil
	}
	unknown := 0
	signed := map[workflow.Role]bool{}
	for _, s := range c.found {
		if s.timestamp() || s.out.Side == workflow.SideOurs || s.out.Certificate == nil {
			continue
		}
		s.out.Side = workflow.SideTheirs
		if c.identify(s) {
			signed[s.out.Role] = true
		} else {
			unknown++
		}
	}
	c.missing(signed, unknown)
	return nil
}

// identify finds the role of one signature of theirs; false if it is nobody who is expected.
func (c *fileCase) identify(s *signature) bool {
	role, ok := match(c.opts.Theirs, s)
	switch {
	case ok:
		s.out.Role = role
		return true
	case c.foreign(s):
		s.fail(workflow.ReasonWrongSigner, "signed by %s", s.out.Certificate.Subject)
	default:
		s.doubt(workflow.ReasonUnknown, "signed by %s, key %s", s.out.Certificate.Subject, s.out.Certificate.PublicKey.Short())
	}
	return false
}

// missing names the roles that nobody took. One who signed and is not known yet may turn out to have a role, so that as
// many roles are left open as there are such.
func (c *fileCase) missing(signed map[workflow.Role]bool, unknown int) {
	if slices.Contains(c.verdict.Reasons, workflow.ReasonUnchanged) {
		return // Said already, and more to the point.
	}
	var open []workflow.Role
	for _, role := range c.opts.Required {
		if !signed[role] && !slices.Contains(open, role) {
			open = append(open, role)
		}
	}
	for i, role := range open {
		weight := workflow.Failed
		if len(open)-i <= unknown {
			weight = workflow.Indeterminate
		}
		c.verdict.Blame(workflow.Cause{Reason: workflow.ReasonRoleMissing, Weight: weight, Role: role})
	}
}

// match finds the signer whose pinned key or whose organisation and code a certificate bears.
func match(expected []workflow.Signer, s *signature) (workflow.Role, bool) {
	cert := s.out.Certificate
	for _, e := range expected {
		if slices.Contains(e.Keys, cert.PublicKey) {
			return e.Role, true
		}
	}
	for _, e := range expected {
		if !sameName(e.Organization, cert.Organization) || e.Code != "" && !bears(cert, e.Code) {
			continue
		}
		if plays(e, s) {
			return e.Role, true
		}
	}
	return "", false
}

// plays tells an organisation's own certificate from those of its people, which name the same organisation and code.
func plays(e workflow.Signer, s *signature) bool {
	name := s.out.Signer
	if e.Name != "" {
		return sameName(e.Name, name)
	}
	own := name == "" || sameName(name, s.out.Certificate.Organization)
	return own == (e.Role == workflow.RoleOrganization)
}

// foreign says whether a certificate names another company than those expected.
func (c *fileCase) foreign(s *signature) bool {
	cert := s.out.Certificate
	named, known := false, false
	for _, e := range c.opts.Theirs {
		if e.Organization != "" {
			named = true
			known = known || sameName(e.Organization, cert.Organization)
		}
		if e.Code != "" && len(cert.Codes) > 0 && bears(cert, e.Code) {
			known = true
		}
	}
	return named && !known && cert.Organization != ""
}

func bears(cert *workflow.Certificate, code string) bool {
	return slices.ContainsFunc(cert.Codes, func(c string) bool {
		return strings.EqualFold(c, code) || strings.HasSuffix(strings.ToUpper(c), "-"+strings.ToUpper(code))
	})
}

// sameName compares names as people would: full-width brackets and white space make no difference.
func sameName(a, b string) bool { return a != "" && fold(a) == fold(b) }

var folder = strings.NewReplacer("（", "(", "）", ")", "　", "", " ", "", "\t", "")

func fold(s string) string { return strings.ToLower(folder.Replace(s)) }
