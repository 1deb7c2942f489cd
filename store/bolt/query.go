package bolt

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// Contract reads one version of a contract.
func (l *Ledger) Contract(ctx context.Context, id workflow.ContractID) (workflow.Contract, error) {
	return one(ctx, l, &contracts, string(id))
}

// ContractByNumber reads the newest version with the number, whatever its state.
func (l *Ledger) ContractByNumber(ctx context.Context, number string) (workflow.Contract, error) {
	versions, err := many(ctx, l, &contracts, func(tx *bbolt.Tx) []string {
		return idsUnder(tx, byNumber, textKey(number))
	})
	if err == nil && len(versions) == 0 {
		err = fmt.Errorf("contract %s: %w", number, workflow.ErrNotFound)
	}
	if err != nil {
		return workflow.Contract{}, err
	}
	return versions[len(versions)-1], nil
}

// Contracts returns the contracts that the filter selects, newest first; where Due is given, in the order of their
// deadlines. In a number, * stands for any characters and ? for one. From is inside the period, To outside.
func (l *Ledger) Contracts(ctx context.Context, filter workflow.ContractFilter) (found []workflow.Contract, err error) {
	matches := matcher(filter)
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		for _, id := range candidates(tx, filter) {
			contract, err := contracts.read(tx, id)
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if matches(contract) {
				found = append(found, *contract)
			}
			if filter.Limit > 0 && len(found) == filter.Limit {
				return nil
			}
		}
		return nil
	})
	return found, err
}

// dated is a key of an index of contracts by time: the time, then the id.
type dated struct {
	key []byte
	id  string
}

// candidates returns the ids, in the order of the answer, among which every match is, from the index that the filter
// narrows most.
func candidates(tx *bbolt.Tx, filter workflow.ContractFilter) []string {
	if !filter.Due.IsZero() {
		return withNumber(tx, filter.Number, idsUntil(tx, byDeadline, timeKey(filter.Due), 0))
	}
	var found []dated
	switch {
	case filter.Supplier != "":
		found = datedUnder(tx, bySupplier, textKey(filter.Supplier))
	case len(filter.States) > 0:
		for _, state := range slices.Compact(slices.Sorted(slices.Values(filter.States))) {
			found = append(found, datedUnder(tx, byState, textKey(state))...)
		}
	default:
		found = datedUnder(tx, byCreation, nil)
	}
	slices.SortFunc(found, func(a, b dated) int { return cmp.Or(bytes.Compare(b.key, a.key), strings.Compare(b.id, a.id)) })
	ids := make([]string, len(found))
	for i, candidate := range found {
		ids[i] = candidate.id
	}
	return withNumber(tx, filter.Number, ids)
}

// withNumber drops the ids that the beginning of a number rules out, without reading the contracts.
func withNumber(tx *bbolt.Tx, glob string, ids []string) []string {
	fixed := glob
	if cut := strings.IndexAny(glob, "*?"); cut >= 0 {
		fixed = glob[:cut]
	}
	if fixed == "" {
		return ids
	}
	possible := map[string]bool{}
	for _, id := range idsUnder(tx, byNumber, beginningKey(fixed)) {
		possible[id] = true
	}
	return slices.DeleteFunc(ids, func(id string) bool { return !possible[id] })
}

func datedUnder(tx *bbolt.Tx, index string, beginning []byte) []dated {
	var found []dated
	cursor := tx.Bucket([]byte(index)).Cursor()
	for key, id := cursor.Seek(beginning); key != nil && bytes.HasPrefix(key, beginning); key, id = cursor.Next() {
		if rest := key[len(beginning):]; len(rest) >= timeKeySize {
			found = append(found, dated{bytes.Clone(rest[:timeKeySize]), string(id)})
		}
	}
	return found
}

// matcher returns the filter as one question.
func matcher(filter workflow.ContractFilter) func(*workflow.Contract) bool {
	number, text := globPattern(filter.Number), strings.ToLower(filter.Text)
	return func(c *workflow.Contract) bool {
		searched := strings.ToLower(c.Number + "\n" + c.Title + "\n" + string(c.Supplier))
		return (filter.Supplier == "" || c.Supplier == filter.Supplier) &&
			(filter.Owner == "" || c.Owner == filter.Owner) &&
			(filter.Number == "" || number.MatchString(c.Number)) &&
			(len(filter.States) == 0 || slices.Contains(filter.States, c.State)) &&
			(filter.From.IsZero() || !c.Created.Before(filter.From)) &&
			(filter.To.IsZero() || c.Created.Before(filter.To)) &&
			strings.Contains(searched, text)
	}
}

// globPattern knows only * and ?: brackets are ordinary in Chinese contract numbers, and so are slashes.
func globPattern(glob string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.ToValidUTF8(glob, "\uFFFD"))
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	return regexp.MustCompile(`^(?s:` + quoted + `)$`)
}

// Delivery reads one delivery.
func (l *Ledger) Delivery(ctx context.Context, id workflow.DeliveryID) (workflow.Delivery, error) {
	return one(ctx, l, &deliveries, string(id))
}

// Deliveries returns the deliveries that the filter selects: what is due earliest first where Due is
// given, by their ids otherwise.
func (l *Ledger) Deliveries(ctx context.Context, filter workflow.DeliveryFilter) (found []workflow.Delivery, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) error {
		for _, id := range deliveryCandidates(tx, filter) {
			delivery, err := deliveries.read(tx, id)
			if err != nil {
				return err
			}
			if matchesDelivery(delivery, filter) {
				found = append(found, *delivery)
			}
			if filter.Limit > 0 && len(found) == filter.Limit {
				return nil
			}
		}
		return nil
	})
	return found, err
}

func deliveryCandidates(tx *bbolt.Tx, filter workflow.DeliveryFilter) []string {
	switch {
	case !filter.Due.IsZero():
		return idsUntil(tx, byDeliveryDue, timeKey(filter.Due), 0)
	case filter.Letter != "":
		return idsUnder(tx, byLetter, textKey(filter.Letter))
	case filter.Contract != "":
		return idsUnder(tx, byDeliveryOf, textKey(filter.Contract))
	case len(filter.States) > 0:
		return slices.Compact(slices.Sorted(slices.Values(idsOfStates(tx, byDeliveryState, filter.States))))
	}
	return deliveries.ids(tx)
}

func matchesDelivery(d *workflow.Delivery, filter workflow.DeliveryFilter) bool {
	return (filter.Letter == "" || d.Letter == filter.Letter) &&
		(filter.Contract == "" || d.Contract == filter.Contract) &&
		(len(filter.States) == 0 || slices.Contains(filter.States, d.State))
}
