package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"contractd/workflow"
)

// Numbers finds contracts by what people write.
type Numbers interface {
	// ContractByNumber returns the newest version with that number; an error wrapping ErrNotFound where there is none.
	ContractByNumber(ctx context.Context, number string) (workflow.Contract, error)
}

// maxCodes is how many QR codes of one file are looked up.
const maxCodes = 16

// matchCode is rung 3: a page shows our QR code, as of a return that was printed, signed with a pen and scanned; or the file
// bears a contract's id in its name. A code that names a number without being the one that we put there proves no more than the
// number does (rung 6).
func (j *Judge) matchCode(ctx context.Context, name string, pdf workflow.Document) (byCode, byNumber workflow.Match, err error) {
	texts, err := j.Verifier.Codes(ctx, pdf)
	if err != nil {
		return byCode, byNumber, fmt.Errorf("read QR codes: %w", err)
	}
	for _, text := range texts[:min(len(texts), maxCodes)] {
		number, code, ok := workflow.ParseQR(text)
		if !ok {
			continue
		}
		newest, err := j.numbered(ctx, number)
		if err != nil {
			return byCode, byNumber, err
		}
		if newest.ID == "" {
			continue
		}
		version, err := j.versionWith(ctx, newest, code)
		if err != nil {
			return byCode, byNumber, err
		}
		if version != "" {
			byCode = strongest(byCode, workflow.Match{Rung: workflow.RungCode, Contract: version, Evidence: text})
			continue
		}
		current, err := j.mailedOf(ctx, newest)
		if err != nil {
			return byCode, byNumber, err
		}
		byNumber = strongest(byNumber, workflow.Match{Rung: workflow.RungNumber, Contract: current, Evidence: text})
	}
	named, err := j.matchID(ctx, name)
	return strongest(byCode, named), byNumber, err
}

// numbered returns the newest version with a number; the zero Contract where there is none.
func (j *Judge) numbered(ctx context.Context, number string) (workflow.Contract, error) {
	if j.Numbers == nil {
		return workflow.Contract{}, nil
	}
	contract, err := j.Numbers.ContractByNumber(ctx, number)
	if errors.Is(err, workflow.ErrNotFound) {
		return workflow.Contract{}, nil
	}
	if err != nil {
		return contract, fmt.Errorf("look up contract number: %w", err)
	}
	return contract, nil
}

// versionWith returns the version whose verification code that is.
func (j *Judge) versionWith(ctx context.Context, contract workflow.Contract, code string) (workflow.ContractID, error) {
	for range maxVersions {
		if contract.Code() == code {
			return contract.ID, nil
		}
		if contract.Previous == "" {
			break
		}
		previous, err := j.Ledger.Contract(ctx, contract.Previous)
		if err != nil {
			return "", fmt.Errorf("read version before contract %s: %w", contract.Number, err)
		}
		contract = previous
	}
	return "", nil
}

// mailedOf returns the newest version that was mailed, else the newest.
func (j *Judge) mailedOf(ctx context.Context, newest workflow.Contract) (workflow.ContractID, error) {
	for contract := newest; ; {
		if !unmailed(contract) {
			return contract.ID, nil
		}
		if contract.Previous == "" {
			return newest.ID, nil
		}
		previous, err := j.Ledger.Contract(ctx, contract.Previous)
		if err != nil {
			return "", fmt.Errorf("read version before contract %s: %w", contract.Number, err)
		}
		contract = previous
	}
}

// matchID looks for a contract's id in a file's name; ids are the 20 characters of workflow.NewID.
func (j *Judge) matchID(ctx context.Context, name string) (match workflow.Match, err error) {
	const length = 20
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return r < '2' || r > '9' && r < 'a' || r > 'z' }) {
		if len(word) != length {
			continue
		}
		contract, err := j.Ledger.Contract(ctx, workflow.ContractID(word))
		if errors.Is(err, workflow.ErrNotFound) {
			continue
		}
		if err != nil {
			return match, fmt.Errorf("look up contract id: %w", err)
		}
		match = strongest(match, workflow.Match{Rung: workflow.RungCode, Contract: contract.ID, Evidence: "file name " + word})
	}
	return match, nil
}

// matchMessage climbs the rungs that need no file.
func (j *Judge) matchMessage(ctx context.Context, message workflow.Message) (workflow.Match, error) {
	match, err := j.matchReference(ctx, message)
	if err == nil && match.Contract == "" {
		match, err = j.matchAddress(ctx, message)
	}
	return match, err
}

// maxAddresses is how many recipients are looked at.
const maxAddresses = 50

// matchAddress is rung 5: the message was sent to our address with the contract's id behind a plus, as our letters ask for
// where that is configured.
func (j *Judge) matchAddress(ctx context.Context, message workflow.Message) (match workflow.Match, err error) {
	for _, address := range message.To[:min(len(message.To), maxAddresses)] {
		base, id := workflow.SplitPlus(address)
		if id == "" || !slices.ContainsFunc(j.Own, func(own string) bool { return strings.EqualFold(own, base) }) {
			continue
		}
		contract, err := j.Ledger.Contract(ctx, workflow.ContractID(strings.ToLower(id)))
		if errors.Is(err, workflow.ErrNotFound) {
			continue
		}
		if err != nil {
			return match, fmt.Errorf("look up plus-address: %w", err)
		}
		current, err := j.current(ctx, contract.ID)
		if err != nil {
			return match, err
		}
		match = strongest(match, workflow.Match{Rung: workflow.RungAddress, Contract: current, Evidence: address})
	}
	return match, nil
}

// matchNumber is rung 6: the file's name, or else the subject, names contracts by their numbers.
func (j *Judge) matchNumber(ctx context.Context, name, subject string) (workflow.Match, error) {
	for _, where := range []struct{ what, text string }{{"file name", name}, {"subject", subject}} {
		match, err := j.numbersIn(ctx, where.what, where.text)
		if err != nil || match.Contract != "" {
			return match, err
		}
	}
	return workflow.Match{}, nil
}

func (j *Judge) numbersIn(ctx context.Context, what, text string) (match workflow.Match, err error) {
	if j.Numbers == nil {
		return match, nil
	}
	var found []piece
	for _, candidate := range candidates(text) {
		if slices.ContainsFunc(found, func(longer piece) bool { return longer.from <= candidate.from && candidate.to <= longer.to }) {
			continue // Part of a number that was found.
		}
		contract, err := j.spelled(ctx, candidate.text)
		if err != nil {
			return match, err
		}
		if contract.ID == "" {
			continue
		}
		found = append(found, candidate)
		current, err := j.mailedOf(ctx, contract)
		if err != nil {
			return match, err
		}
		match = strongest(match, workflow.Match{Rung: workflow.RungNumber, Contract: current, Evidence: what + " " + candidate.text})
	}
	return match, nil
}

// spelled looks a number up as it stands, and as file names have it, in which / is not allowed.
func (j *Judge) spelled(ctx context.Context, text string) (workflow.Contract, error) {
	contract, err := j.numbered(ctx, text)
	if err != nil || contract.ID != "" {
		return contract, err
	}
	for _, stand := range []string{"_", "-"} {
		if other := strings.ReplaceAll(text, stand, "/"); other != text {
			if contract, err = j.numbered(ctx, other); err != nil || contract.ID != "" {
				return contract, err
			}
		}
	}
	return contract, nil
}
