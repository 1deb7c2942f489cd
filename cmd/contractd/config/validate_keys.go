package config

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"contractd/workflow"
)

func validateKeys(r *report, keys []Key) {
	if len(keys) == 0 {
		r.add("keys", "no key to seal with", "add a [[keys]] table")
	}
	names := map[string]bool{}
	for i, k := range keys {
		at := index("keys", i)
		r.required(at+".name", k.Name)
		r.distinct(at+".name", k.Name, names)
		r.required(at+".role", string(k.Role))
		r.required(at+".kind", string(k.Kind))
		r.secret(at+".pin", k.PIN)
		if k.Sessions < 1 || k.Sessions > 16 {
			r.add(at+".sessions", "is not between 1 and 16", "most tokens make one signature at a time: leave it out")
		}
		k.validateKind(r, at)
	}
}

// validateKind reports what the kind of key lacks, and what belongs to the other kind.
func (k *Key) validateKind(r *report, at string) {
	if k.SM2Mechanism != 0 && k.Kind != KindPKCS11 {
		r.add(at+".sm2_mechanism", "is the number of a token's mechanism", "leave it out for a key file")
	}
	file := []setting{{".file", k.File}}
	token := []setting{{".module", k.Module}, {".token", k.Token}, {".serial", k.Serial},
		{".object", k.Object}, {".id", k.ID.String()}}
	switch k.Kind {
	case KindSoftkey:
		r.required(at+".file", k.File)
		r.foreign(at, k.Kind, token)
	case KindPKCS11:
		r.foreign(at, k.Kind, file)
		r.required(at+".module", k.Module)
		if k.Token == "" && k.Serial == "" {
			r.add(at+".token", "is required, or a serial", "`pkcs11-tool --list-slots --module …` prints both")
		}
	}
}

type setting struct{ key, value string }

func (r *report) foreign(at string, kind KeyKind, settings []setting) {
	for _, s := range settings {
		if s.value != "" {
			r.addf(at+s.key, "does not belong to a key of kind %q", kind)
		}
	}
}

func (c *Config) validateSeal(r *report) {
	names := map[string]bool{}
	for _, k := range c.Keys {
		names[k.Name] = true
	}
	if len(c.Seal.Marks) == 0 {
		r.add("seal.marks", "no seal to place", "add a [[seal.marks]] table for each key, in the order of signing")
	}
	for i, m := range c.Seal.Marks {
		at := index("seal.marks", i)
		r.required(at+".key", m.Key)
		if m.Key != "" && !names[m.Key] {
			r.addf(at+".key", "no [[keys]] table is named %q", m.Key)
		}
		m.validate(r, at)
		m.validateKind(r, at)
	}
	c.Seal.validatePromises(r)
	c.Seal.QR.validate(r)
	c.Seal.validateFields(r)
	if c.Seal.Level != LevelBB && c.Seal.Level != "" && len(c.Timestamp.URLs) == 0 {
		r.addf("timestamp.urls", "is required for seal.level = %q", c.Seal.Level)
	}
}

// maxSide is the largest mark that a verdict accepts (verification, 13); ours keep to it as well.
const maxSide Millimetres = 60

func (m *Mark) validate(r *report, at string) {
	// ISO 32000-2, annex C: a page is at most 14,400 units of 1/72 inch.
	const maxPage Millimetres = 5080
	between(r, at+".x", m.X, 0, maxPage)
	between(r, at+".y", m.Y, 0, maxPage)
	between(r, at+".size", m.Size, 5, maxSide)
	if !m.Visible && (m.At != "" && !strings.HasPrefix(m.At, "field:") || m.Clear) {
		r.add(at+".at", "belongs to a visible mark", "set visible = true or leave the place out")
	}
	if m.Appearance != "" && (m.Image != "" || !m.Visible) {
		r.add(at+".appearance", "belongs to a visible mark without an image", "name either an appearance or an image, and leave visible out")
	}
	if m.Generate != "" && m.Generate != "company" && m.Generate != "personal" {
		r.addf(at+".generate", "%q is none: company and personal are known", m.Generate)
	}
	if m.Generate != "" && (m.Image != "" || m.Appearance != "" || !m.Visible) {
		r.add(at+".generate", "belongs to a visible mark without image and appearance", "name one of them")
	}
	for _, line := range m.Lines {
		if alone := line == NoLine && len(m.Lines) == 1; !alone && !slices.Contains(workflow.SealLines(), line) {
			r.addf(at+".lines", "%q is none: signer, date and reason are known", line)
		}
	}
	if !m.Visible && m.Image != "" {
		r.add(at+".image", "belongs to a visible mark", "set visible = true or leave the image out")
	}
}

func (c *Timestamp) validate(r *report) {
	for i, text := range c.URLs {
		r.url(index("timestamp.urls", i), text, !c.Password.IsZero())
	}
	r.unique("timestamp.urls", c.URLs)
	if len(c.URLs) > 0 && len(c.Roots) == 0 {
		r.add("timestamp.roots", "is required beside urls", "a token counts only under a root that is named here")
	}
	r.noEmpty("timestamp.roots", c.Roots)
	between(r, "timestamp.timeout", c.Timeout, Duration(time.Second), 5*minute)
	r.secret("timestamp.password", c.Password)
	switch {
	case c.User != "" && c.Password.IsZero():
		r.add("timestamp.password", "is required beside a user", secretHint)
	case c.User == "" && !c.Password.IsZero():
		r.add("timestamp.user", "is required beside a password", "")
	}
}

func (r *report) url(key, text string, secret bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		r.add(key, "must be an http or https address", "")
	case u.User != nil:
		r.add(key, "must not hold a login", "use timestamp.user and timestamp.password")
	case secret && u.Scheme == "http" && !isLoopback(u.Hostname()):
		r.add(key, "would send the password in the clear", "use https")
	}
}
