package signer

// Measure returns how large a seal shows, in mm, so that a place can be found for it before it is placed.
func (s *Sealer) Measure(seal Seal) (width, height float64, err error) {
	if seal, err = seal.completed(); err != nil || seal.Kind == Invisible {
		return 0, 0, err
	}
	m, err := s.face.layOut(seal)
	if err != nil {
		return 0, 0, err
	}
	return m.width / millimetre, m.height / millimetre, nil
}
