package cli

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/signer/font"
	"contractd/signer/look"
	"contractd/workflow"
	"contractd/workflow/appearances"
)

// artist implements appearances.Artist by signer/look.
type artist struct{ font string }

// Draw implements appearances.Artist.
func (a artist) Draw(ctx context.Context, order appearances.Order, given workflow.Document) (appearances.Drawn, error) {
	picture, err := a.picture(ctx, order, given)
	if err != nil {
		return appearances.Drawn{}, err
	}
	var png bytes.Buffer
	if err := picture.WritePNG(&png); err != nil {
		return appearances.Drawn{}, err
	}
	document, err := workflow.Identify(ctx, bytes.NewReader(png.Bytes()), int64(png.Len()))
	return appearances.Drawn{Picture: document, Source: picture.Format}, err
}

func (a artist) picture(ctx context.Context, order appearances.Order, given workflow.Document) (look.Picture, error) {
	if order.Generate != "" {
		found, err := font.Find(a.font)
		if err != nil {
			return look.Picture{}, workflow.WithHint(fmt.Errorf("find a font for the seal: %w: %w", err, workflow.ErrUsage),
				"install fonts-droid-fallback, or name a TrueType font with Chinese characters as [seal] font")
		}
		return look.Generate(found, look.Order{Kind: look.Kind(order.Generate), Name: order.Text, Number: order.Number})
	}
	if given.Size > look.BytesLimit {
		return look.Picture{}, usage("make it smaller", "a picture of more than %d MB", look.BytesLimit>>20)
	}
	data, err := io.ReadAll(given.Reader())
	if err != nil {
		return look.Picture{}, fmt.Errorf("read the picture: %w", err)
	}
	return look.Read(ctx, data, look.Options{Size: order.Size, WhiteToTransparent: order.White})
}

// wardrobe gives seals the looks that the configuration names. It asks the store each time: a seal may expire or be
// retired while the daemon runs.
type wardrobe struct {
	cabinet *appearances.Cabinet
	font    string // Path of the configured one.
	open    func(ctx context.Context, ref workflow.Ref) (workflow.Document, io.Closer, error)
}

// check refuses, before anything is recorded, what could not be sealed.
func (w wardrobe) check(ctx context.Context, marks []config.Mark) error {
	for _, mark := range marks {
		if mark.Appearance == "" {
			continue
		}
		if _, err := w.cabinet.Use(ctx, mark.Appearance, mark.Key); err != nil {
			return err
		}
	}
	return nil
}

// dress returns the act with the pictures of its named seals, and which these are.
func (w wardrobe) dress(ctx context.Context, act sealAct, certificate *x509.Certificate) (sealAct, []workflow.Stood, error) {
	marks, stood := append([]sealMark{}, act.marks...), []workflow.Stood(nil)
	for i, mark := range marks {
		if mark.Generate != "" {
			var err error
			if marks[i], err = w.trial(mark, certificate); err != nil {
				return act, nil, err
			}
		}
		if mark.Appearance == "" {
			continue
		}
		seal, err := w.cabinet.Use(ctx, mark.Appearance, mark.Key)
		if err != nil {
			return act, nil, err
		}
		if marks[i].image, err = w.image(ctx, seal); err != nil {
			return act, nil, err
		}
		marks[i].Size = config.Millimetres(seal.Size)
		if len(mark.Lines) == 0 {
			if marks[i].Lines = seal.Lines; len(seal.Lines) == 0 {
				marks[i].Lines = []workflow.SealLine{config.NoLine}
			}
		}
		stood = append(stood, workflow.Stood{Name: seal.Name, Picture: seal.Picture.Hash})
	}
	act.marks = marks
	return act, stood, nil
}

// trial draws a seal in the name of the certificate.
func (w wardrobe) trial(mark sealMark, certificate *x509.Certificate) (sealMark, error) {
	found, err := font.Find(w.font)
	if err != nil {
		return mark, fmt.Errorf("find a font for the seals: %w: %w", err, workflow.ErrUsage)
	}
	mark.image, _, err = lookOptions{generate: mark.Generate}.trialSeal(found, certificate)
	return mark, err
}

// image reads a stored picture, and refuses one whose content is not what the seal's record says.
func (w wardrobe) image(ctx context.Context, seal workflow.Appearance) (*signer.Image, error) {
	fail := func(err error) (*signer.Image, error) {
		return nil, fmt.Errorf("open the picture of appearance %q: %w", seal.Name, err)
	}
	document, closer, err := w.open(ctx, seal.Picture)
	if err != nil {
		return fail(err)
	}
	defer closer.Close() // Only read.
	png, err := io.ReadAll(document.Reader())
	if err != nil {
		return fail(err)
	}
	if workflow.HashOf(png) != seal.Picture.Hash {
		return fail(fmt.Errorf("its content has another hash: %w", workflow.ErrDamaged))
	}
	image, err := signer.NewImage(png)
	if err != nil {
		return fail(err)
	}
	return image, nil
}

// describe returns the lines of text that a seal has below it; none stands for all.
func describe(lines []workflow.SealLine, name string, at time.Time, reason string) []string {
	if len(lines) == 0 {
		lines = workflow.SealLines()
	}
	var all []string
	for _, line := range lines {
		switch line {
		case workflow.LineSigner:
			all = append(all, signer.Describe(name, time.Time{}, "")...)
		case workflow.LineDate:
			all = append(all, signer.Describe("", at, "")...)
		case workflow.LineReason:
			all = append(all, signer.Describe("", time.Time{}, reason)...)
		}
	}
	return all
}

// keyNames are the configured keys.
func keyNames(cfg *config.Config) []string {
	var names []string
	for _, key := range cfg.Keys {
		names = append(names, key.Name)
	}
	return names
}
