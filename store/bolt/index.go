package bolt

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// Names of the indexes: what is found by what.
const (
	byNumber        = "index/contract.number"   // number, version
	byCreation      = "index/contract.created"  // time
	bySupplier      = "index/contract.supplier" // supplier, time
	byState         = "index/contract.state"    // state, time
	byDeadline      = "index/contract.deadline" // time, while the return is awaited
	byPrefix        = "index/contract.prefix"   // hash of a known beginning
	byPrefixSize    = "index/contract.size"     // size of a known beginning
	byValue         = "index/contract.value"    // hash of a signature value
	byAddress       = "index/supplier.address"  // address in lower case
	byArrivalState  = "index/arrival.state"     // state, time
	byArrivalDue    = "index/arrival.due"       // time of the next attempt, while anything is left to do
	byReceiptOf     = "index/receipt.contract"  // contract, time
	byJudgement     = "index/receipt.judged"    // time
	byLetterOf      = "index/letter.contract"   // contract, time
	byMessageID     = "index/letter.message"    // Message-ID
	byLetter        = "index/delivery.letter"   // letter
	byDeliveryOf    = "index/delivery.contract" // contract
	byDeliveryState = "index/delivery.state"    // state
	byDeliveryDue   = "index/delivery.due"      // time of the next attempt; the beginning of time for a claimed one
	bySubject       = "index/journal.subject"   // subject, sequence
)

var indexes = []string{
	byNumber, byCreation, bySupplier, byState, byDeadline, byPrefix, byPrefixSize, byValue, byAddress, byArrivalState, byArrivalDue,
	byReceiptOf, byJudgement, byLetterOf, byMessageID, byLetter, byDeliveryOf, byDeliveryState, byDeliveryDue, bySubject,
}

// fact is one entry of an index.
type fact struct {
	index string
	key   []byte
	value []byte
}

// about builds the fact that an index leads to a record. The id ends the key, so that several records
// can stand under the same parts.
func about[T ~string](index string, id T, parts ...[]byte) fact {
	return fact{index, joinKeys(append(parts, textKey(id))...), []byte(id)}
}

func compareFacts(a, b fact) int {
	return cmp.Or(cmp.Compare(a.index, b.index), bytes.Compare(a.key, b.key), bytes.Compare(a.value, b.value))
}

// once sorts facts and drops repetitions.
func once(facts []fact) []fact {
	slices.SortFunc(facts, compareFacts)
	return slices.CompactFunc(facts, func(a, b fact) bool { return compareFacts(a, b) == 0 })
}

// reindex replaces what a record said before by what it says now.
func reindex(tx *bbolt.Tx, before, after []fact) error {
	for _, f := range before {
		if _, stays := slices.BinarySearchFunc(after, f, compareFacts); stays {
			continue
		}
		if err := tx.Bucket([]byte(f.index)).Delete(f.key); err != nil {
			return fmt.Errorf("clear %s: %w", f.index, err)
		}
	}
	for _, f := range after {
		if _, stood := slices.BinarySearchFunc(before, f, compareFacts); stood {
			continue
		}
		if err := tx.Bucket([]byte(f.index)).Put(f.key, f.value); err != nil {
			return fmt.Errorf("write %s: %w", f.index, err)
		}
	}
	return nil
}

// idsUnder returns what an index leads to from all keys with the beginning, in the order of the keys.
func idsUnder(tx *bbolt.Tx, index string, parts ...[]byte) []string {
	var ids []string
	beginning := joinKeys(parts...)
	cursor := tx.Bucket([]byte(index)).Cursor()
	for key, value := cursor.Seek(beginning); key != nil && bytes.HasPrefix(key, beginning); key, value = cursor.Next() {
		ids = append(ids, string(value))
	}
	return ids
}

// idsUntil returns what a time index leads to up to and including a time, earliest first; limit 0 is all.
func idsUntil(tx *bbolt.Tx, index string, until []byte, limit int) []string {
	var ids []string
	cursor := tx.Bucket([]byte(index)).Cursor()
	for key, value := cursor.First(); len(key) >= timeKeySize && bytes.Compare(key[:timeKeySize], until) <= 0; key, value = cursor.Next() {
		if limit > 0 && len(ids) == limit {
			break
		}
		ids = append(ids, string(value))
	}
	return ids
}
