package check_test

import (
	"testing"

	"contractd/store/check"
	"contractd/workflow"
)

// TestCheckAppearances damages the picture of a named seal, then takes it away, then the record that the journal tells of.
func TestCheckAppearances(t *testing.T) {
	picture := document("a seal")
	for name, test := range map[string]struct {
		damage  [2]string // Bucket and key.
		text    string    // Put there; nothing where empty.
		kind    check.Kind
		subject string
	}{
		"picture changed": {[2]string{"content", string(picture.Hash[:])}, "A seal", check.KindDocument, "document/" + picture.Hash.String()},
		"picture gone":    {[2]string{"document", string(picture.Hash[:])}, "", check.KindReference, "appearance/gongzhang"},
		"record gone":     {[2]string{"appearance", "gongzhang"}, "", check.KindJournal, "appearance/gongzhang"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newArchive(t)
			l := a.open()
			a.apply(l, workflow.Change{
				Documents:   []workflow.Document{picture},
				Appearances: []workflow.Appearance{{Name: "gongzhang", Key: "org", Picture: picture.Ref, Size: 40}},
				Entries:     []workflow.Entry{{Actor: "wang", Action: workflow.ActAppearance, Subject: "appearance/gongzhang"}},
			})
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			if report := a.check(); len(report.Findings) > 0 {
				t.Fatalf("a sound store: %+v", report.Findings)
			}
			if test.text == "" {
				a.edit(remove(test.damage[0], test.damage[1]))
			} else {
				a.edit(put(test.damage[0], test.damage[1], test.text))
			}
			for _, finding := range a.check().Findings {
				if finding.Kind == test.kind && finding.Subject == test.subject {
					return
				}
			}
			t.Errorf("no finding %s %s", test.kind, test.subject)
		})
	}
}
