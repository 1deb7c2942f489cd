package cli

import (
	"fmt"
	"time"

	"contractd/cmd/contractd/config"
	"contractd/signer"
	"contractd/workflow"
)

// sealAct is what one key places in one act, under one signature where that can be: consecutive [[seal.marks]] of it.
type sealAct struct {
	key   string
	role  workflow.Role
	marks []sealMark
}

// sealMark is how one seal looks, and where it stands.
type sealMark struct {
	config.Mark
	image *signer.Image
}

// act returns what a key has to place next on a contract. A key that seals more than once does so in the configured order.
func (b *bench) act(key string, contract workflow.Contract) (sealAct, error) {
	done := 0
	for _, batch := range contract.Batches {
		if batch.Key == key {
			done++
		}
	}
	for _, act := range b.acts {
		if act.key != key {
			continue
		}
		if done == 0 {
			return act, nil
		}
		done--
	}
	err := fmt.Errorf("%w: [[seal.marks]] has no further seal of key %q", workflow.ErrPolicy, key)
	return sealAct{}, workflow.WithHint(err, "the configuration has changed since the contract was sent: add the seal again, or withdraw the contract")
}

// keysInOrder names the key of each act.
func keysInOrder(marks []config.Mark) []string {
	var names []string
	for _, mark := range marks {
		if n := len(names); n == 0 || names[n-1] != mark.Key {
			names = append(names, mark.Key)
		}
	}
	return names
}

// seals are what the act places; the name is the signer's.
func (a sealAct) seals(name string, at time.Time, reason string) []signer.Seal {
	var all []signer.Seal
	for _, mark := range a.marks {
		all = append(all, mark.seal(name, at, reason))
	}
	return all
}

// wishes are where the seals are wanted, in the same order.
func (a sealAct) wishes() []wish {
	var all []wish
	for _, mark := range a.marks {
		all = append(all, wish{mark.At, mark.Clear})
	}
	return all
}

// seal is what one table of the configuration means.
func (m sealMark) seal(name string, at time.Time, reason string) signer.Seal {
	if !m.Visible {
		return signer.Seal{Kind: signer.Invisible}
	}
	seal := signer.Seal{
		Kind: signer.Kind(m.Kind), Pages: signer.Selection(m.Pages), Image: m.image, X: float64(m.X), Y: float64(m.Y), Size: float64(m.Size),
	}
	switch m.Kind {
	case config.KindRiding:
		seal.Slices = signer.Slices{
			Edge: signer.Edge(m.Edge), Along: (*float64)(m.Along), First: m.First, Limit: m.Slices, TwoSided: m.TwoSided, Single: signer.Single(m.Single),
		}
		return seal
	case config.KindOrdinary:
		seal.Pages = selected(m.Page)
	}
	seal.Lines = describe(m.Lines, name, at, reason)
	return seal
}

// everySeal is what all keys will place, in their order, for those who must leave room. The signers' names are not known before
// their keys are open: a name of usual length stands for them.
func (b *bench) everySeal() (seals []signer.Seal, wishes []wish) {
	for _, act := range b.acts {
		seals = append(seals, act.seals("某某市某某科技股份有限公司", b.now().In(b.cfg.Company.Timezone.Location()), b.cfg.Seal.Reason)...)
		wishes = append(wishes, act.wishes()...)
	}
	return seals, wishes
}

// valuesOf are the signatures of one act.
func valuesOf(result signer.Result) []workflow.Hash {
	var all []workflow.Hash
	for _, signature := range result.Signatures {
		all = append(all, signature.Value)
	}
	return all
}
