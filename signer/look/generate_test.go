package look_test

import (
	"bytes"
	"errors"
	"image"
	"math"
	"strings"
	"testing"

	"contractd/signer/font"
	"contractd/signer/look"
	"contractd/workflow"
)

// millimetres maps a box in millimetres from the middle of a seal to pixels.
func millimetres(p look.Picture, left, bottom, right, top float64) image.Rectangle {
	half, scale := float64(p.Bounds().Dx())/2, look.DotsPerInch/25.4
	at := func(v float64) int { return int(math.Round(v * scale)) }
	return image.Rect(int(half)+at(left), int(half)-at(top), int(half)+at(right), int(half)-at(bottom))
}

func TestCompanySeal(t *testing.T) {
	f := chinese(t)
	seal, err := look.Generate(f, look.Order{Kind: look.Company, Name: "南江小山层有限公司", Number: "4401051234567"})
	if err != nil {
		t.Fatal(err)
	}
	if side := seal.Bounds().Dx(); side != 945 || seal.Bounds().Dy() != 945 {
		t.Fatalf("picture of %v, want 40 mm at 600 dpi", seal.Bounds())
	}
	for what, box := range map[string]image.Rectangle{
		"the star": millimetres(seal, -1, 0, 1, 3), "the name": millimetres(seal, -8, 11, 8, 18), "the number": millimetres(seal, -8, -18, 8, -14),
		"what it is for": millimetres(seal, -9, -11, 9, -6), "the ring": millimetres(seal, -20, -2, -18.9, 2),
	} {
		if inked(seal, box) < 0.05*float64(box.Dx()*box.Dy()) {
			t.Errorf("%s is not to be seen", what)
		}
	}
	if inked(seal, millimetres(seal, -20, 16, -16, 20)) > 0 {
		t.Error("ink outside of the ring")
	}
	without, err := look.Generate(f, look.Order{Kind: look.Company, Name: "南江小山层有限公司"})
	if err != nil || inked(without, millimetres(without, -5, -17.8, 5, -14)) > 0 {
		t.Errorf("a seal without a number shows one, or %v", err)
	}
}

// TestPersonalSeal reads right to left: of 欧阳小山 the left column has one character more, for 印.
func TestPersonalSeal(t *testing.T) {
	f := chinese(t)
	draw := func(name string) look.Picture {
		seal, err := look.Generate(f, look.Order{Kind: look.Personal, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return seal
	}
	first, second := draw("王芳"), draw("王山")
	if first.Bounds().Dx() != 472 {
		t.Fatalf("picture of %v, want 20 mm at 600 dpi", first.Bounds())
	}
	same := func(box image.Rectangle) bool { // But for how the filling of shapes rounds.
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				if a, b := int(first.NRGBAAt(x, y).A), int(second.NRGBAAt(x, y).A); a-b > 2 || b-a > 2 {
					return false
				}
			}
		}
		return true
	}
	if !same(millimetres(first, 0, 2, 9, 9)) || same(millimetres(first, 0, -5, 9, 1)) || !same(millimetres(first, -9, -9, 0, 9)) {
		t.Error("the second character of the name does not stand below the first, at the right")
	}
	for _, name := range []string{"李", "李小山", "欧阳小山", "买买提·艾力", "Wang Fang", "一二三四五六七八"} {
		seal := draw(name)
		for _, side := range [][2]float64{{-8, -0.2}, {0.2, 8}} {
			if inked(seal, millimetres(seal, side[0], -4, side[1], 8)) == 0 {
				t.Errorf("%s: one side is empty", name)
			}
		}
	}
}

func TestEqualOrdersGiveEqualPictures(t *testing.T) {
	f := chinese(t)
	var pictures [2]bytes.Buffer
	for i := range pictures {
		seal, err := look.Generate(f, look.Order{Kind: look.Company, Name: "南江有限公司", Number: "1"})
		if err != nil {
			t.Fatal(err)
		}
		if err := seal.WritePNG(&pictures[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(pictures[0].Bytes(), pictures[1].Bytes()) {
		t.Error("two pictures of one order differ")
	}
}

func TestRefusedOrders(t *testing.T) {
	f := chinese(t)
	for _, test := range []struct {
		order look.Order
		want  string
	}{
		{look.Order{Kind: look.Company}, "a name is needed"},
		{look.Order{Kind: look.Company, Name: "公司\u202e甲"}, "control character"},
		{look.Order{Kind: look.Company, Name: strings.Repeat("长", 41)}, "too long"},
		{look.Order{Kind: look.Company, Name: "公司", Number: strings.Repeat("1", 25)}, "more than 24"},
		{look.Order{Kind: look.Company, Name: "公司\U0002F81A"}, "U+2F81A"},
		{look.Order{Kind: look.Personal, Name: "王\U0002F81A"}, "U+2F81A"},
		{look.Order{Kind: look.Personal, Name: "A B C D"}, "more than 3 words"},
		{look.Order{Kind: look.Personal, Name: strings.Repeat("long", 12)}, "too long"},
		{look.Order{Kind: "oval", Name: "公司"}, "unknown kind"},
	} {
		_, err := look.Generate(f, test.order)
		if !errors.Is(err, workflow.ErrUsage) || !strings.Contains(err.Error(), test.want) || workflow.HintOf(err) == "" {
			t.Errorf("%+v: %v (hint %q), want %q", test.order, err, workflow.HintOf(err), test.want)
		}
	}
	if _, err := look.Generate(f, look.Order{Kind: look.Company, Name: "公司\U0002F81A"}); !errors.Is(err, font.ErrMissing) {
		t.Errorf("a missing glyph is told as %v", err)
	}
}
