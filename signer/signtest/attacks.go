package signtest

// Attacks makes files that must not pass.
func (l *Lab) Attacks() ([]Sample, error) {
	var all []Sample
	for _, recipes := range [][]recipe{contentAttacks(), annotationAttacks(), catalogAttacks(), rangeAttacks(), revisionAttacks(), contractAttacks(), trustAttacks(), lockAttacks(),
		streamAttacks(), formAttacks(), looseAttacks(), generationAttacks(), hiddenAttacks(), markAttacks(), wordAttacks(), spokenAttacks(), glyphAttacks(), besideAttacks(), cmsAttacks(),
	} {
		samples, err := l.cook(recipes)
		if err != nil {
			return nil, err
		}
		all = append(all, samples...)
	}
	return all, nil
}
