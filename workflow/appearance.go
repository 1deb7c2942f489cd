package workflow

import (
	"fmt"
	"time"
)

// SealLine is a line of text below a seal.
type SealLine string

const (
	LineSigner SealLine = "signer" // 签章人: the common name of the certificate.
	LineDate   SealLine = "date"   // 时间: the claimed time of signing, with its zone.
	LineReason SealLine = "reason" // 原因: left out where there is none.
)

// SealLines are all lines, in their usual order.
func SealLines() []SealLine { return []SealLine{LineSigner, LineDate, LineReason} }

// Appearance is a named seal of ours (签章外观): how the mark of a key looks, and how long it may be used. Its name and
// picture never change; a seal that looks otherwise has another name.
type Appearance struct {
	Schema    int        `json:"schema"`
	Revision  uint64     `json:"revision"`
	Name      string     `json:"name"`            // As `[[seal.marks]] appearance` names it.
	Key       string     `json:"key"`             // The configured key that it belongs to.
	Picture   Ref        `json:"picture"`         // A PNG with alpha: exactly what is placed.
	Source    string     `json:"source"`          // What it was made from: png, jpeg, svg, or generated.
	Size      float64    `json:"size"`            // Longer edge of the picture in millimetres.
	Lines     []SealLine `json:"lines"`           // Text below the picture, in this order; empty for none.
	Trial     bool       `json:"trial,omitempty"` // Generated, and says so: it stands for no seal that was cut.
	From      time.Time  `json:"from,omitzero"`   // Not used before; zero means at once.
	Until     time.Time  `json:"until,omitzero"`  // Not used from then on; zero means without end.
	Created   time.Time  `json:"created"`
	CreatedBy string     `json:"created_by"`
	Retired   time.Time  `json:"retired,omitzero"` // Zero while it is in use.
	RetiredBy string     `json:"retired_by,omitempty"`
}

// Usable returns an error wrapping ErrPolicy when no seal may be placed with it now.
func (a Appearance) Usable(now time.Time) error {
	fault, hint := "", "add another seal with `contractd appearance add`, and name it in [[seal.marks]] of the configuration"
	switch {
	case !a.Retired.IsZero():
		fault = "签章已停用 (the seal was retired on " + a.Retired.Format(time.DateOnly) + ")"
	case !a.Until.IsZero() && !now.Before(a.Until):
		fault = "签章已过期 (the seal has expired on " + a.Until.Format(time.DateOnly) + ")"
	case now.Before(a.From):
		fault = "签章尚未生效 (the seal is valid only from " + a.From.Format(time.DateOnly) + ")"
		hint = "seal after that day, or name another seal in [[seal.marks]] of the configuration"
	default:
		return nil
	}
	return WithHint(fmt.Errorf("use appearance %q: %s: %w", a.Name, fault, ErrPolicy), hint)
}

// Stood is an appearance that stood in a batch.
type Stood struct {
	Name    string `json:"name"`
	Picture Hash   `json:"picture"` // SHA-256 of its picture.
}
