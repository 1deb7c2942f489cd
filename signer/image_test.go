package signer

import (
	"bytes"
	"compress/zlib"
	"crypto"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"

	"contractd/signer/cms"
	"contractd/signer/pdf"
	"contractd/workflow"
)

func inflate(t *testing.T, s *pdf.Stream) []byte {
	t.Helper()
	if s == nil {
		return nil
	}
	if !s.Dict.Has("Filter") {
		return s.Raw
	}
	r, err := zlib.NewReader(bytes.NewReader(s.Raw))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestColoursAreExact has every kind of PNG, with colours that a way through multiplied alpha would lose.
func TestColoursAreExact(t *testing.T) {
	faint := color.NRGBA{0xe6, 0x1e, 0x32, 0x03}
	box := image.Rect(0, 0, 2, 1)
	straight8, straight16 := image.NewNRGBA(box), image.NewNRGBA64(box)
	straight8.SetNRGBA(0, 0, faint)
	straight16.SetNRGBA64(0, 0, color.NRGBA64{0xe6ff, 0x1e01, 0x3280, 0x03ff})
	palette := image.NewPaletted(box, color.Palette{color.NRGBA{}, faint})
	palette.SetColorIndex(0, 0, 1)
	opaque, opaque16 := image.NewRGBA(box), image.NewRGBA64(box)
	gray, gray16 := image.NewGray(box), image.NewGray16(box)
	for x := range 2 {
		opaque.SetRGBA(x, 0, color.RGBA{0xe6, 0x1e, 0x32, 0xff})
		opaque16.SetRGBA64(x, 0, color.RGBA64{0xe6e6, 0x1e1e, 0x3232, 0xffff})
		gray.SetGray(x, 0, color.Gray{0x7f})
		gray16.SetGray16(x, 0, color.Gray16{0x7f7f})
	}
	tests := map[string]struct {
		picture image.Image
		want    []byte // First pixel.
		alpha   []byte
	}{
		"8 bit":         {straight8, []byte{0xe6, 0x1e, 0x32}, []byte{3, 0}},
		"16 bit":        {straight16, []byte{0xe6, 0x1e, 0x32}, []byte{3, 0}},
		"palette":       {palette, []byte{0xe6, 0x1e, 0x32}, []byte{3, 0}},
		"opaque":        {opaque, []byte{0xe6, 0x1e, 0x32}, nil},
		"opaque 16 bit": {opaque16, []byte{0xe6, 0x1e, 0x32}, nil},
		"gray":          {gray, []byte{0x7f, 0x7f, 0x7f}, nil},
		"gray 16 bit":   {gray16, []byte{0x7f, 0x7f, 0x7f}, nil},
	}
	for name, test := range tests {
		var b bytes.Buffer
		if err := png.Encode(&b, test.picture); err != nil {
			t.Fatal(err)
		}
		made, err := NewImage(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := inflate(t, made.colours); !bytes.Equal(got[:3], test.want) || len(got) != 6 {
			t.Errorf("%s: colours % x, want % x", name, got, test.want)
		}
		if got := made.colours.Dict.Name("ColorSpace"); got != "DeviceRGB" {
			t.Errorf("%s: colour space %s", name, got)
		}
		if got := inflate(t, made.alpha); !bytes.Equal(got, test.alpha) {
			t.Errorf("%s: alpha % x, want % x", name, got, test.alpha)
		}
	}
}

func TestRefusedPictures(t *testing.T) {
	var huge bytes.Buffer
	if err := png.Encode(&huge, image.NewPaletted(image.Rect(0, 0, 8192, 2049), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": nil, "jpeg": []byte("\xff\xd8\xff\xe0"), "cut off": huge.Bytes()[:60], "too many pixels": huge.Bytes(),
	} {
		if _, err := NewImage(data); !errors.Is(err, workflow.ErrUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzNewImage(f *testing.F) {
	for _, picture := range []image.Image{image.NewNRGBA(image.Rect(0, 0, 2, 2)), image.NewGray16(image.Rect(0, 0, 1, 1))} {
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 24 && (bytes.Contains(data[16:24], []byte{1}) || len(data) > 1<<16) {
			return // Large pictures are legal, and slow to make ready.
		}
		if made, err := NewImage(data); err == nil && made.width*made.height == 0 {
			t.Fatal("an empty picture")
		}
	})
}

// TestDigestsGoOn has a batch under digests that are continued in different ways: SM3 knows no Clone.
func TestDigestsGoOn(t *testing.T) {
	for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, cms.SM3} {
		d := newDigests(h)
		for _, part := range []string{"合同", "第一次签章", "第二次签章"} {
			for _, w := range d.writers() {
				if _, err := w.Write([]byte(part)); err != nil {
					t.Fatal(err)
				}
			}
			covered, err := d.covered()
			if err != nil {
				t.Fatalf("%s: %v", cms.DigestName(h), err)
			}
			covered.Write([]byte("behind")) // Must not reach the next one.
		}
		covered, err := d.covered()
		if err != nil {
			t.Fatal(err)
		}
		want, _ := cms.NewHash(h)
		want.Write([]byte("合同第一次签章第二次签章"))
		if !bytes.Equal(covered.Sum(nil), want.Sum(nil)) {
			t.Errorf("%s: a wrong digest", cms.DigestName(h))
		}
	}
}
