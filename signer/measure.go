package signer

// Extent is how large a seal shows, in mm.
type Extent struct {
	Width, Height float64
	Below         float64 // Of Height, the text below the picture.
}

// Measure returns a seal's extent, so that a place can be found for it before it is placed.
func (s *Sealer) Measure(seal Seal) (Extent, error) {
	seal, err := seal.completed()
	if err != nil || seal.Kind == Invisible {
		return Extent{}, err
	}
	m, err := s.face.layOut(seal)
	if err != nil {
		return Extent{}, err
	}
	e := Extent{Width: m.width / millimetre, Height: m.height / millimetre}
	if seal.Image != nil {
		e.Below = m.bottom / millimetre
	}
	return e, nil
}
