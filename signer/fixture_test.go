package signer_test

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"contractd/signer"
	"contractd/signer/font"
	"contractd/signer/signtest"
	"contractd/signer/trust"
	"contractd/signer/tsa"
)

// sealRed is the colour of the test seal, to be found again exactly.
var sealRed = color.NRGBA{0xe6, 0x1e, 0x32, 0xff}

// sealPicture draws a ring with a bar through it, soft at its edges.
func sealPicture(size int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, size, size))
	centre, outer := float64(size)/2, float64(size)*0.48
	for y := range size {
		for x := range size {
			d := math.Hypot(float64(x)+0.5-centre, float64(y)+0.5-centre)
			ring := min(max(outer-d, 0), 1) * min(max(d-outer*0.86, 0), 1)
			if math.Abs(float64(y)-centre) < outer*0.08 && d < outer*0.7 {
				ring = 1
			}
			c := sealRed
			c.A = uint8(math.Round(255 * ring))
			picture.SetNRGBA(x, y, c)
		}
	}
	return picture
}

func encodePNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readyImage makes the seal's picture once: encoding it takes longer than sealing.
var readyImage = sync.OnceValues(func() (*signer.Image, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, sealPicture(400)); err != nil {
		return nil, err
	}
	return signer.NewImage(b.Bytes())
})

func sealImage(t testing.TB) *signer.Image {
	t.Helper()
	i, err := readyImage()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func chinese(t testing.TB) *font.Font {
	t.Helper()
	f, err := font.Find("")
	if errors.Is(err, font.ErrNone) {
		if os.Getenv("CI") != "" {
			t.Fatal("a Chinese TrueType font is missing (Debian: fonts-droid-fallback)")
		}
		t.Skip("a Chinese TrueType font is missing (Debian: fonts-droid-fallback)")
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// world is a CA with identities and a timestamp authority, made once for a test.
type world struct {
	ca        *signtest.CA
	rsa, p256 *signtest.Identity
	stamp     *tsa.Client
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w, err := makeWorld(t)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func makeWorld(t testing.TB) (*world, error) {
	ca, err := signtest.NewCA(signtest.CAOptions{})
	if err != nil {
		return nil, err
	}
	w := &world{ca: ca}
	if w.rsa, err = ca.Organization(signtest.RSA2048); err != nil {
		return nil, err
	}
	if w.p256, err = ca.Employee(signtest.P256); err != nil {
		return nil, err
	}
	authority, err := signtest.NewTSA(ca, signtest.RSA2048, nil)
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(authority)
	t.Cleanup(server.Close)
	w.stamp = &tsa.Client{Authorities: []tsa.Authority{{URL: server.URL}}, Anchors: trust.NewAnchors(ca.Root)}
	return w, nil
}

// request seals as id, visibly and with Chinese text.
func request(t testing.TB, id *signtest.Identity) signer.Request {
	t.Helper()
	return signer.Request{
		Key: id.Signer, Certificate: id.Certificate, Chain: id.Chain,
		Seals:  []signer.Seal{{Image: sealImage(t), Size: 30, X: 10, Y: 10}},
		Reason: "确认签订 (小山层)", Location: `广州\天河`,
	}
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "pdf", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// seal returns the sealed document.
func seal(t testing.TB, s *signer.Sealer, in []byte, r signer.Request) ([]byte, signer.Result) {
	t.Helper()
	var out bytes.Buffer
	result, err := s.Seal(t.Context(), bytes.NewReader(in), int64(len(in)), &out, r)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), result
}

// generate makes a document of that many pages with streams of that many random bytes in all, for its size.
func generate(pages, payload int) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(offsets)}, args...)...)
	}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	kids := ""
	for i := range pages {
		kids += fmt.Sprintf("%d 0 R ", 4+2*i)
	}
	object("<</Type/Pages/Count %d/Kids[%s]/MediaBox[0 0 595 842]>>", pages, kids)
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	random := rand.New(rand.NewPCG(1, 2))
	for i := range pages {
		object("<</Type/Page/Parent 2 0 R/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>", 5+2*i)
		content := fmt.Sprintf("BT /F 24 Tf 72 700 Td (Page %d) Tj ET\n%%", i+1)
		padding := make([]byte, payload/pages)
		for j := range padding {
			padding[j] = 'a' + byte(random.IntN(26))
		}
		object("<</Length %d>>stream\n%s%sendstream", len(content)+len(padding)+1, content, string(padding)+"\n")
	}
	writeXRef(&b, offsets, b.Len())
	return b.Bytes()
}

func writeXRef(w io.Writer, offsets []int, start int) {
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, offset := range offsets {
		fmt.Fprintf(w, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(w, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
}

func nan() float64 { return math.NaN() }

func failingStamp(context.Context, []byte, crypto.Hash) ([]byte, error) { return nil, errStamp }

// emptyImage shows nothing.
func emptyImage(t testing.TB) *signer.Image {
	t.Helper()
	made, err := signer.NewImage(encodePNG(t, image.NewNRGBA(image.Rect(0, 0, 9, 9))))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func fmtInts(numbers []int) string { return fmt.Sprint(numbers) }
