package qr_test

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"contractd/signer/qr"
	"contractd/workflow"
)

// page draws a code of so many pixels a module on white, turned by an angle as paper lies on a scanner.
func page(t testing.TB, text string, module float64, degrees float64) *image.RGBA {
	t.Helper()
	modules, err := qr.Modules(text)
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 900, 1200))
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	side := module * float64(len(modules))
	for y := range 1200 {
		for x := range 900 {
			dx, dy := float64(x)-600, float64(y)-300
			column, row := int(math.Floor((dx*cos+dy*sin+side/2)/module)), int(math.Floor((dy*cos-dx*sin+side/2)/module))
			shade := uint8(255)
			if row >= 0 && row < len(modules) && column >= 0 && column < len(modules) && modules[row][column] {
				shade = 0
			}
			picture.SetRGBA(x, y, color.RGBA{shade, shade, shade, 255})
		}
	}
	return picture
}

func TestReadAsScanned(t *testing.T) {
	chinese := workflow.QRText("采购〔2026〕第14号", "8c1f2a9be07d")
	long := workflow.QRText("采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同编号采购合同", "8c1f2a9be07d")
	for _, c := range []struct {
		name            string
		text            string
		module, degrees float64
		noise           int
	}{
		{"upright", chinese, 4, 0, 0},
		{"crooked", chinese, 4, 3, 0},
		{"upside down", chinese, 4, 181, 0},
		{"lying", chinese, 4, 90, 0},
		{"dusty", chinese, 4, 1, 60},
		{"small", chinese, 3, 0, 0},
		{"long number", long, 3, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			picture := page(t, c.text, c.module, c.degrees)
			random := rand.New(rand.NewPCG(1, 2))
			for n := range picture.Pix {
				if d := random.IntN(2*c.noise + 1); n%4 != 3 && c.noise > 0 {
					picture.Pix[n] = uint8(min(255, max(0, int(picture.Pix[n])+d-c.noise)))
				}
			}
			if got := qr.Read(picture); !slices.Equal(got, []string{c.text}) {
				t.Errorf("read %q", got)
			}
		})
	}
}

func TestReadNothing(t *testing.T) {
	white := image.NewRGBA(image.Rect(0, 0, 300, 300))
	for n := range white.Pix {
		white.Pix[n] = 255
	}
	for _, picture := range []image.Image{white, image.NewRGBA(image.Rect(0, 0, 1, 1)), image.NewRGBA(image.Rect(0, 0, 0, 0))} {
		if got := qr.Read(picture); len(got) > 0 {
			t.Errorf("read %q", got)
		}
	}
}

func FuzzRead(f *testing.F) {
	seed := page(f, "contractd:1:A-1:00", 3, 0)
	f.Add(seed.Pix[:4*900*64], uint16(900))
	f.Add([]byte{0, 255, 0, 255}, uint16(1))
	f.Fuzz(func(t *testing.T, pixels []byte, width uint16) {
		w := int(width)%1000 + 1
		picture := &image.Gray{Pix: pixels, Stride: w, Rect: image.Rect(0, 0, w, len(pixels)/w)}
		for _, text := range qr.Read(picture) {
			workflow.ParseQR(text)
		}
	})
}
