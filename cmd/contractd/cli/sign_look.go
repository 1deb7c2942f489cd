package cli

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/font"
	"contractd/signer/look"
	"contractd/signer/trust"
	"contractd/workflow"
)

// lookOptions are the flags of sign that say how a seal looks.
type lookOptions struct {
	image    string
	white    bool
	textOnly bool
	generate string
	lines    []string
}

func (o *lookOptions) lookFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.image, "image", "", "PNG, SVG or JPEG of the seal (default: one drawn for trials from the certificate, marked 试用 TRIAL)")
	flags.BoolVar(&o.white, "white-to-transparent", false, "the image stands on white: make that transparent")
	flags.StringVar(&o.generate, "generate", "", "without an image: draw a company seal (company 公章) or a personal one (personal 私章) (default: as the certificate says)")
	flags.BoolVar(&o.textOnly, "text-only", false, "without an image: show only the lines of text")
	flags.StringSliceVar(&o.lines, "lines", []string{"signer", "date", "reason"}, "text below the seal, in this order: signer, date, reason; or none")
}

// checkLook refuses what contradicts itself.
func (o lookOptions) checkLook() error {
	switch {
	case o.generate != "" && o.generate != string(look.Company) && o.generate != string(look.Personal):
		return usage("company or personal", "--generate %q is none", o.generate)
	case o.generate != "" && (o.image != "" || o.textOnly), o.textOnly && (o.image != "" || o.white), o.white && o.image == "":
		return usage("name an --image, or --generate one, or choose --text-only", "flags that contradict one another")
	}
	if len(o.lines) > 1 && slices.Contains(o.lines, string(config.NoLine)) {
		return usage("either none, or the lines that you want", "--lines none beside other lines")
	}
	for _, line := range sealLines(o.lines) {
		if line != workflow.LineSigner && line != workflow.LineDate && line != workflow.LineReason {
			return usage("signer, date and reason are known; none for no text", "--lines %q is none", line)
		}
	}
	return nil
}

// linesOf reads --lines for describe.
func linesOf(texts []string) []workflow.SealLine {
	if lines := sealLines(texts); len(lines) > 0 {
		return lines
	}
	return []workflow.SealLine{config.NoLine}
}

// trialSeal draws a seal in the name of a certificate; nil where only text is asked, or where nothing says which and the
// name fits into none.
func (o lookOptions) trialSeal(f *font.Font, certificate *x509.Certificate) (*signer.Image, look.Kind, error) {
	if o.textOnly || o.image != "" || f == nil {
		return nil, "", nil
	}
	subject := trust.Identity(certificate)
	order := look.Order{Kind: look.Kind(o.generate), Name: subject.CommonName}
	if order.Kind == "" {
		order.Kind = look.Personal
		if subject.Organization == subject.CommonName || subject.CreditCode != "" && subject.Organization == "" {
			order.Kind = look.Company
		}
	}
	if order.Kind == look.Company {
		order.Number = subject.CreditCode
		if subject.Organization != "" {
			order.Name = subject.Organization
		}
	}
	picture, err := look.Generate(f, order)
	if errors.Is(err, workflow.ErrUsage) && o.generate == "" {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	image, err := imageOf(picture)
	return image, order.Kind, err
}

// imageOf makes a picture ready for embedding.
func imageOf(picture look.Picture) (*signer.Image, error) {
	var png bytes.Buffer
	if err := picture.WritePNG(&png); err != nil {
		return nil, err
	}
	return signer.NewImage(png.Bytes())
}

// readImage reads the picture of a seal that will have so many millimetres.
func readImage(ctx context.Context, path string, size float64, white bool) (*signer.Image, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("read seal image: %w: %w", err, workflow.ErrUsage), "name a PNG, SVG or JPEG file with --image")
	}
	picture, err := look.Read(ctx, data, look.Options{Size: size, WhiteToTransparent: white})
	var image *signer.Image
	if err == nil {
		image, err = imageOf(picture)
	}
	if err != nil {
		return nil, asUsage(fmt.Errorf("read seal image %s: %w", path, err))
	}
	return image, nil
}
