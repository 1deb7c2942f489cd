package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"time"

	"go.etcd.io/bbolt"

	"contractd/workflow"
)

// Tally counts what the ledger holds at a moment. It reads the indexes, and of the records only deliveries that wait.
func (l *Ledger) Tally(ctx context.Context, now time.Time) (tally workflow.Tally, err error) {
	err = l.view(ctx, func(tx *bbolt.Tx) (err error) {
		tally = workflow.Tally{
			Contracts:  countStates(tx, byState, workflow.States, workflow.StateArchived),
			Deliveries: countStates(tx, byDeliveryState, deliveryStates, workflow.DeliveryAccepted),
			Arrivals:   countStates(tx, byArrivalState, arrivalStates, workflow.ArrivalFiled),
		}
		tally.Overdue, tally.NextDeadline = deadlines(tx, now)
		tally.OldestArrival = firstTime(tx, byArrivalState, textKey(workflow.ArrivalQueued))
		tally.OldestLetter, err = oldestLetter(ctx, tx)
		return err
	})
	return tally, err
}

var (
	deliveryStates = []workflow.DeliveryState{
		workflow.DeliveryHeld, workflow.DeliveryQueued, workflow.DeliveryClaimed, workflow.DeliveryAccepted, workflow.DeliveryFailed, workflow.DeliveryCancelled,
	}
	arrivalStates = []workflow.ArrivalState{workflow.ArrivalQueued, workflow.ArrivalJudged, workflow.ArrivalFiled}
)

// countStates counts the records in each state. The state in which records come to rest has nearly all of them, so it is
// not counted but is what remains of the index, whose pages know how many entries they have.
func countStates[S ~string](tx *bbolt.Tx, index string, states []S, rest S) map[S]int {
	counts := map[S]int{}
	remaining := tx.Bucket([]byte(index)).Stats().KeyN
	for _, state := range states {
		if state == rest {
			continue
		}
		if n := countUnder(tx, index, textKey(state)); n > 0 {
			counts[state] = n
			remaining -= n
		}
	}
	if remaining > 0 {
		counts[rest] = remaining
	}
	return counts
}

func countUnder(tx *bbolt.Tx, index string, beginning []byte) int {
	n := 0
	cursor := tx.Bucket([]byte(index)).Cursor()
	for key, _ := cursor.Seek(beginning); key != nil && bytes.HasPrefix(key, beginning); key, _ = cursor.Next() {
		n++
	}
	return n
}

// deadlines counts those that have passed and returns the next one.
func deadlines(tx *bbolt.Tx, now time.Time) (overdue int, next time.Time) {
	limit := timeKey(now)
	cursor := tx.Bucket([]byte(byDeadline)).Cursor()
	for key, _ := cursor.First(); len(key) >= timeKeySize; key, _ = cursor.Next() {
		if bytes.Compare(key[:timeKeySize], limit) >= 0 {
			return overdue, timeOf(key)
		}
		overdue++
	}
	return overdue, time.Time{}
}

// firstTime returns the earliest time that an index has behind the beginning.
func firstTime(tx *bbolt.Tx, index string, beginning []byte) time.Time {
	key, _ := tx.Bucket([]byte(index)).Cursor().Seek(beginning)
	if !bytes.HasPrefix(key, beginning) || len(key) < len(beginning)+timeKeySize {
		return time.Time{}
	}
	return timeOf(key[len(beginning):])
}

// timeOf reads what timeKey wrote.
func timeOf(key []byte) time.Time {
	return time.Unix(int64(binary.BigEndian.Uint64(key)), int64(binary.BigEndian.Uint32(key[8:]))).UTC()
}

// oldestLetter returns since when the delivery waits that waits longest: since its first attempt, or since it was due.
func oldestLetter(ctx context.Context, tx *bbolt.Tx) (oldest time.Time, err error) {
	waiting := idsOfStates(tx, byDeliveryState, []workflow.DeliveryState{workflow.DeliveryQueued, workflow.DeliveryClaimed})
	for _, id := range waiting {
		delivery, err := deliveries.read(tx, id)
		if err := errors.Join(err, ctx.Err()); err != nil {
			return oldest, err
		}
		since := delivery.First
		if since.IsZero() {
			since = delivery.Next
		}
		if oldest.IsZero() || since.Before(oldest) {
			oldest = since
		}
	}
	return oldest, nil
}
