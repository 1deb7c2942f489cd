package cli

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"text/template"

	"contractd/signer/signtest"
)

const (
	demoOrganization = "organization"
	demoEmployee     = "employee"
)

//go:embed demo.toml.tmpl
var demoConfig string

// writeConfig writes the configuration, the secrets and the picture of the seal: the same kind of files as in earnest.
func (w *demoWorld) writeConfig(context.Context) error {
	for name, text := range map[string]string{"mail.secret": demoPassword, "pin.secret": demoPIN} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text+"\n"), 0o600); err != nil {
			return err
		}
	}
	var seal bytes.Buffer
	if err := png.Encode(&seal, drawSeal(400)); err != nil {
		return fmt.Errorf("draw the demo's seal: %w", err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "seal.png"), seal.Bytes(), 0o600); err != nil {
		return err
	}
	text, err := template.New("demo").Parse(demoConfig)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = text.Execute(&out, map[string]any{
		"Company": signtest.CompanyName, "Mail": demoIssuerMail, "IMAP": w.mail.IMAPS, "SMTP": w.mail.SMTPS,
		"Module": w.module, "TSA": w.tsaURL, "Organization": demoOrganization, "Employee": demoEmployee,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(w.config, out.Bytes(), 0o600)
}

// drawSeal draws a red ring with a star on transparent ground. It bears no name: it can be taken for nobody's seal.
func drawSeal(size int) image.Image {
	const samples = 4 // In each direction, for smooth edges.
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			inked := 0
			for n := range samples * samples {
				sx := (float64(x)+(float64(n%samples)+0.5)/samples)/float64(size)*2 - 1
				sy := (float64(y)+(float64(n/samples)+0.5)/samples)/float64(size)*2 - 1
				if radius := math.Hypot(sx, sy); (radius > 0.9 && radius < 0.98) || inStar(sx, sy, 0.4) {
					inked++
				}
			}
			picture.Set(x, y, color.NRGBA{R: 0xd7, G: 0x1a, B: 0x1a, A: uint8(inked * 255 / (samples * samples))})
		}
	}
	return picture
}

// inStar reports whether a point lies in an upright five-pointed star with that outer radius.
func inStar(x, y, radius float64) bool {
	// In the sector of one point, the edge is the line from the tip to the inner corner.
	angle := math.Mod(math.Atan2(x, -y)+4*math.Pi, 2*math.Pi/5)
	if angle > math.Pi/5 {
		angle = 2*math.Pi/5 - angle
	}
	distance := math.Hypot(x, y)
	inner := radius * math.Sin(math.Pi/10) / math.Sin(7*math.Pi/10)
	px, py := distance*math.Cos(angle), distance*math.Sin(angle)
	cx, cy := inner*math.Cos(math.Pi/5), inner*math.Sin(math.Pi/5)
	return (cx-radius)*py-cy*(px-radius) > 0
}
