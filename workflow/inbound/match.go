package inbound

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"contractd/workflow"
)

// Register answers which contract a piece of evidence belongs to.
type Register interface {
	// PrefixSizes returns, ascending, the sizes of all documents of ours that a return may begin with.
	PrefixSizes(ctx context.Context, max int64) ([]int64, error)
	// PrefixesOf returns what a document of ours is, and of which contracts; none is not an error.
	PrefixesOf(ctx context.Context, ref workflow.Ref) ([]workflow.Prefix, error)
	// ContractsBySignature returns the contracts that carry a signature value of ours.
	ContractsBySignature(ctx context.Context, value workflow.Hash) ([]workflow.ContractID, error)
	// LetterByMessageID returns an error wrapping ErrNotFound for ids that are not ours.
	LetterByMessageID(ctx context.Context, id string) (workflow.Letter, error)
	// Letters returns every letter about a contract.
	Letters(ctx context.Context, contract workflow.ContractID) ([]workflow.Letter, error)
}

// match climbs the ladder of design.md, section 3, strongest rung first. All rungs are asked: where they disagree,
// the rivals are recorded, and nobody guesses.
func (j *Judge) match(ctx context.Context, message workflow.Message, attachment workflow.Attachment, codes bool) (workflow.Match, error) {
	pdf := attachment.Document
	byPrefix, err := j.matchPrefix(ctx, pdf)
	if err != nil {
		return workflow.Match{}, err
	}
	byValue, err := j.matchValue(ctx, pdf)
	if err != nil {
		return workflow.Match{}, err
	}
	var byCode, byOther workflow.Match
	if codes && byPrefix.Contract == "" && byValue.Contract == "" { // Showing pages is dear, and bytes prove more.
		if byCode, byOther, err = j.matchCode(ctx, attachment.Name, pdf); err != nil {
			return workflow.Match{}, err
		}
	}
	found := []workflow.Match{byPrefix, byValue, byCode}
	for _, rung := range []func() (workflow.Match, error){
		func() (workflow.Match, error) { return j.matchReference(ctx, message) },
		func() (workflow.Match, error) { return j.matchAddress(ctx, message) },
		func() (workflow.Match, error) { return byOther, nil },
		func() (workflow.Match, error) { return j.matchNumber(ctx, attachment.Name, message.Subject) },
	} {
		match, err := rung()
		if err != nil {
			return workflow.Match{}, err
		}
		found = append(found, among(strongest(found...), match))
	}
	return j.settle(ctx, strongest(found...), false)
}

// among keeps a message that names several contracts, because it brings several, from making rivals of them: it is enough that
// one of them is the one that stronger evidence found.
func among(best, match workflow.Match) workflow.Match {
	if match.Rung == workflow.RungNumber && slices.Contains(match.Rivals, best.Contract) {
		return workflow.Match{Rung: match.Rung, Contract: best.Contract, Evidence: match.Evidence}
	}
	if match.Rung == workflow.RungNumber && match.Contract == best.Contract {
		match.Rivals = nil
	}
	return match
}

// strongest returns the first match that names a contract, with every other contract that the others name. Where its own
// evidence fits several contracts, as a draft that was sent under two numbers, a weaker rung says which of them is meant;
// the others stay rivals, so that it is still nobody's guess.
func strongest(matches ...workflow.Match) workflow.Match {
	var best workflow.Match
	var equal []workflow.ContractID // What its own evidence fits as well.
	for _, match := range matches {
		if best.Contract == "" {
			best = match
			equal, best.Rivals = best.Rivals, slices.Clone(best.Rivals)
			continue
		}
		if at := slices.Index(best.Rivals, match.Contract); slices.Contains(equal, match.Contract) && at >= 0 && match.Rung > best.Rung {
			best.Contract, best.Rivals[at] = best.Rivals[at], best.Contract
			equal = nil // The strongest of the weaker ones has decided.
		}
		for _, rival := range append([]workflow.ContractID{match.Contract}, match.Rivals...) {
			if rival != "" && rival != best.Contract && !slices.Contains(best.Rivals, rival) {
				best.Rivals = append(best.Rivals, rival)
			}
		}
	}
	return best
}

// matchPrefix is rung 1: the file is hashed once, and the running digest is looked up at each known size.
func (j *Judge) matchPrefix(ctx context.Context, pdf workflow.Document) (workflow.Match, error) {
	sizes, err := j.Register.PrefixSizes(ctx, pdf.Size)
	if err != nil {
		return workflow.Match{}, fmt.Errorf("list known sizes: %w", err)
	}
	var found []workflow.Prefix
	digest, reader, at := sha256.New(), pdf.Reader(), int64(0)
	for _, size := range sizes {
		if err := ctx.Err(); err != nil {
			return workflow.Match{}, err
		}
		if _, err := io.CopyN(digest, reader, size-at); err != nil {
			return workflow.Match{}, fmt.Errorf("hash returned file: %w", err)
		}
		at = size
		prefixes, err := j.Register.PrefixesOf(ctx, workflow.Ref{Hash: workflow.Hash(digest.Sum(nil)), Size: size})
		if err != nil {
			return workflow.Match{}, fmt.Errorf("look up prefix: %w", err)
		}
		found = append(found, prefixes...)
	}
	return j.settle(ctx, longest(found), true)
}

// longest returns the match by the longest prefix; a sealed one wins over another kind of the same length. Contracts
// that share a draft are rivals only at the same length.
func longest(found []workflow.Prefix) workflow.Match {
	if len(found) == 0 {
		return workflow.Match{}
	}
	slices.SortStableFunc(found, func(a, b workflow.Prefix) int {
		if a.Size != b.Size {
			return int(b.Size - a.Size)
		}
		return rank(a.Kind) - rank(b.Kind)
	})
	best := found[0]
	match := workflow.Match{Rung: workflow.RungPrefix, Contract: best.Contract, Prefix: best.Kind, Evidence: best.Hash.String()}
	for _, other := range found[1:] {
		if other.Size == best.Size && rank(other.Kind) == rank(best.Kind) && other.Contract != best.Contract {
			match.Rivals = append(match.Rivals, other.Contract)
		}
	}
	return match
}

func rank(kind workflow.PrefixKind) int {
	return slices.Index([]workflow.PrefixKind{workflow.PrefixSealed, workflow.PrefixSuperseded, workflow.PrefixIntermediate, workflow.PrefixDraft}, kind)
}

// matchValue is rung 2: the file carries our signature value, wherever a tool may have put it.
func (j *Judge) matchValue(ctx context.Context, pdf workflow.Document) (workflow.Match, error) {
	values, err := j.Verifier.Values(ctx, pdf)
	if err != nil {
		return workflow.Match{}, fmt.Errorf("extract signature values: %w", err)
	}
	var match workflow.Match
	for _, value := range values {
		contracts, err := j.Register.ContractsBySignature(ctx, value)
		if err != nil {
			return workflow.Match{}, fmt.Errorf("look up signature value: %w", err)
		}
		for _, contract := range contracts {
			match = strongest(match, workflow.Match{Rung: workflow.RungValue, Contract: contract, Evidence: value.String()})
		}
	}
	return j.settle(ctx, match, true)
}

// matchReference is rung 4: the message answers a letter of ours, the nearest one first.
func (j *Judge) matchReference(ctx context.Context, message workflow.Message) (workflow.Match, error) {
	for _, id := range message.References {
		letter, err := j.Register.LetterByMessageID(ctx, id)
		if errors.Is(err, workflow.ErrNotFound) {
			continue
		}
		if err != nil {
			return workflow.Match{}, fmt.Errorf("look up message id: %w", err)
		}
		if letter.Contract != "" {
			current, err := j.current(ctx, letter.Contract)
			return workflow.Match{Rung: workflow.RungReference, Contract: current, Evidence: id}, err
		}
	}
	return workflow.Match{}, nil
}
