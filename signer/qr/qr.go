// Package qr makes QR codes, and reads them off pages.
//
// It promises: UTF-8 is kept, so that numbers in Chinese come back as they were; a code is found on a page however the page was
// laid on the scanner; reading is bounded in pages and pixels, and no picture makes it panic. It does not say what a code is
// worth: anybody can print one.
package qr

import (
	"fmt"
	"image"
	"slices"
	"unicode/utf8"

	"github.com/makiuchi-d/gozxing"
	multi "github.com/makiuchi-d/gozxing/multi/qrcode"
	qrcode "github.com/skip2/go-qrcode"
)

// Quiet is the white margin that a code needs, in modules (ISO/IEC 18004, 6.3.8).
const Quiet = 4

// maxText bounds the text of a code that is read, in bytes; ISO/IEC 18004 allows 2,953.
const maxText = 3000

// fine is from how many modules a side on a code gets so fine that scans lose it.
const fine = 45

// Modules returns the dark modules of a code with that text, row by row from the top, without the quiet zone. A quarter of it
// may be lost, as below a seal or by dust on the scanner; less where the text is so long that the modules get too fine.
func Modules(text string) ([][]bool, error) {
	symbol, err := qrcode.New(text, qrcode.High)
	if err == nil && 17+4*symbol.VersionNumber > fine {
		symbol, err = qrcode.New(text, qrcode.Medium)
	}
	if err != nil {
		return nil, fmt.Errorf("make QR code of %d bytes: %w", len(text), err)
	}
	symbol.DisableBorder = true
	return symbol.Bitmap(), nil
}

// Read returns the texts of the codes in a picture, each once. Dark and light are told apart by what lies around each part of the
// picture, and where that finds nothing, by the picture as a whole.
func Read(picture image.Image) []string {
	var texts []string
	for _, binarizer := range []func(gozxing.LuminanceSource) gozxing.Binarizer{gozxing.NewHybridBinarizer, gozxing.NewGlobalHistgramBinarizer} {
		for _, text := range readWith(picture, binarizer) {
			if len(text) <= maxText && utf8.ValidString(text) && !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
		}
		if len(texts) > 0 {
			break
		}
	}
	return texts
}

// readWith has the decoder look once. It indexes into what it was given freely: a picture that makes it panic has no code.
func readWith(picture image.Image, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer) (texts []string) {
	defer func() {
		if recover() != nil {
			texts = nil
		}
	}()
	bitmap, err := gozxing.NewBinaryBitmap(binarizer(gozxing.NewLuminanceSourceFromImage(picture)))
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"}
	results, err := multi.NewQRCodeMultiReader().DecodeMultiple(bitmap, hints)
	if err != nil { // Not found, or not readable: there is none for us.
		return nil
	}
	for _, result := range results {
		texts = append(texts, result.GetText())
	}
	return texts
}
