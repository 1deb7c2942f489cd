package signer

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"contractd/signer/look"
	"contractd/signer/pdf"
	"contractd/workflow"
)

const (
	imageBytesLimit  = 16 << 20
	imagePixelsLimit = 16 << 20
)

// Image is a picture made ready for embedding, cut down to its ink; it may be used for many seals at once.
type Image struct {
	width, height int
	ink           bool // Something is to be seen on it.
	colours       *pdf.Stream
	alpha         *pdf.Stream // nil if the picture is opaque.
}

// NewImage reads a PNG. Its colours are kept exactly: nothing is resampled or converted but 16 to 8 bits. A margin without
// ink is cut off, so that sizes in millimetres are those of the seal itself, and no slice of it is empty.
func NewImage(data []byte) (*Image, error) {
	if len(data) > imageBytesLimit {
		return nil, fmt.Errorf("read seal picture: %w: more than %d MB", workflow.ErrUsage, imageBytesLimit>>20)
	}
	header, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read seal picture: %w: no PNG: %w", workflow.ErrUsage, err)
	}
	if header.Width*header.Height > imagePixelsLimit {
		return nil, fmt.Errorf("read seal picture: %w: %d × %d pixels are too many", workflow.ErrUsage, header.Width, header.Height)
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read seal picture: %w: %w", workflow.ErrUsage, err)
	}
	return embed(decoded), nil
}

// embed separates colours and alpha. ISO 32000-2, 11.6.5.2: the soft mask has the size of its image.
func embed(picture image.Image) *Image {
	at := look.Pixels(picture)
	box, ink := inked(picture.Bounds(), at)
	size := box.Size()
	colours := make([]byte, 0, 3*size.X*size.Y)
	alpha := make([]byte, 0, size.X*size.Y)
	opaque := true
	for y := range size.Y {
		for x := range size.X {
			c := at(box.Min.X+x, box.Min.Y+y)
			colours = append(colours, c.R, c.G, c.B)
			alpha = append(alpha, c.A)
			opaque = opaque && c.A == 0xff
		}
	}
	i := &Image{width: size.X, height: size.Y, ink: ink}
	i.colours = pdf.FlateStream(samples(size, "DeviceRGB"), colours)
	if !opaque {
		i.alpha = pdf.FlateStream(samples(size, "DeviceGray"), alpha)
	}
	return i
}

func samples(size image.Point, space pdf.Name) pdf.Dict {
	return pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Image"), "ColorSpace": space,
		"Width": pdf.Integer(size.X), "Height": pdf.Integer(size.Y), "BitsPerComponent": pdf.Integer(8),
	}
}

// add puts the picture into an update.
func (i *Image) add(u *pdf.Update) pdf.Ref {
	colours := *i.colours
	if i.alpha != nil {
		colours.Dict = colours.Dict.Clone()
		colours.Dict["SMask"] = u.Add(i.alpha)
	}
	return u.Add(&colours)
}
