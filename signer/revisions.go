package signer

import (
	"fmt"
	"slices"

	"contractd/workflow"
)

// revision is what one signature adds: the field that carries it, and the stamps that it covers beside.
type revision struct {
	carrier planned
	stamps  []planned
}

// maxSignatures bounds what one sealing act costs a token.
const maxSignatures = 500

// revisions decides which marks share a signature. In a file without any, one is enough. Where there is one already, a
// stamp of a later revision would make other verifiers call the earlier signatures modified, so that each mark is a
// signature field of its own; so is each prepared field.
func revisions(marks []planned, alone bool) ([]revision, error) {
	if len(marks) == 0 {
		return []revision{{}}, nil // Invisible, in a field of its own.
	}
	var all []revision
	var stamps []planned
	for _, m := range marks {
		if alone || m.field != nil {
			all = append(all, revision{carrier: m})
		} else {
			stamps = append(stamps, m)
		}
	}
	if len(all) == 0 { // The seal that is whole carries the signature, so that clicking on it tells of it.
		first := max(0, slices.IndexFunc(stamps, func(m planned) bool { return m.whole }))
		all = []revision{{carrier: stamps[first]}}
		stamps = slices.Delete(stamps, first, first+1)
	}
	all[0].stamps = stamps
	if len(all) > maxSignatures {
		return nil, fmt.Errorf("%w: %d marks would take as many signatures, more than %d", workflow.ErrUsage, len(all), maxSignatures)
	}
	return all, nil
}
