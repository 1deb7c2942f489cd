package workflow

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// Action is what an entry of the journal records.
type Action string

const (
	ActCreated    Action = "contract-created"
	ActSealed     Action = "batch-sealed"
	ActFilled     Action = "batch-stamped" // The timestamp that was put off was filled in.
	ActWaiting    Action = "sealing-waits"
	ActReady      Action = "contract-sealed" // Self-checked, letter composed.
	ActReleased   Action = "contract-released"
	ActUnsealed   Action = "batch-undone"
	ActClaimed    Action = "delivery-claimed"
	ActAccepted   Action = "delivery-accepted"
	ActDeferred   Action = "delivery-deferred"
	ActRefused    Action = "delivery-refused"
	ActCameBack   Action = "delivery-returned" // A server had accepted it and reports a failure for good.
	ActCancelled  Action = "delivery-cancelled"
	ActSent       Action = "contract-sent"
	ActArrived    Action = "message-arrived"
	ActStamped    Action = "return-stamped" // Our own timestamp over a return was taken, before it was judged.
	ActJudged     Action = "message-judged"
	ActArchived   Action = "contract-archived"
	ActReview     Action = "contract-to-review"
	ActApproved   Action = "return-approved"
	ActReturned   Action = "return-refused"
	ActWithdrawn  Action = "contract-withdrawn"
	ActExpired    Action = "contract-expired"
	ActSupplier   Action = "supplier-changed"
	ActSuspended  Action = "key-suspended"
	ActResumed    Action = "key-resumed"
	ActBounced    Action = "contract-undeliverable"
	ActSelfFailed Action = "self-check-failed"
	ActFirstYes   Action = "return-approved-once" // The first of two persons.
	ActExtended   Action = "deadline-extended"
	ActResent     Action = "contract-resent"
	ActRevised    Action = "contract-revised" // Withdrawn for a newer version under the same number.
	ActReassigned Action = "contract-reassigned"
	ActKeyAdded   Action = "apikey-added"
	ActKeyRevoked Action = "apikey-revoked"
	ActAppearance Action = "appearance-added"
	ActLookEnded  Action = "appearance-retired"
	ActHeld       Action = "store-held"
	ActLifted     Action = "store-released"
	ActDiskLow    Action = "disk-low"  // Nothing new is taken in until there is room.
	ActDiskRoom   Action = "disk-room" // There is room again.
	ActBackedUp   Action = "store-backed-up"
	ActObserved   Action = "delivery-observed" // Written, but not sent: the mode is observe, or its cause is old mail.
)

// Entry is one line of the append-only journal. The ledger sets Sequence, Previous and Hash.
type Entry struct {
	Sequence uint64            `json:"sequence"` // From 1, without gaps.
	Time     time.Time         `json:"time"`
	Actor    string            `json:"actor"`
	Action   Action            `json:"action"`
	Subject  string            `json:"subject"` // What it happened to, such as "contract/ID".
	Details  map[string]string `json:"details,omitempty"`
	Previous Hash              `json:"previous"` // Hash of the entry before; zero for the first.
	Hash     Hash              `json:"hash"`     // Digest, of everything above.
}

// Digest returns SHA-256 over the entry's fields in a fixed order, each preceded by its length, so that
// no two different entries have the same input.
func (e Entry) Digest() Hash {
	digest := sha256.New()
	field := func(text string) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(text)))
		digest.Write(length[:])
		digest.Write([]byte(text))
	}
	var sequence [8]byte
	binary.BigEndian.PutUint64(sequence[:], e.Sequence)
	field(string(sequence[:]))
	field(e.Time.UTC().Format(time.RFC3339Nano))
	field(e.Actor)
	field(string(e.Action))
	field(e.Subject)
	for _, key := range slices.Sorted(maps.Keys(e.Details)) {
		field(key)
		field(e.Details[key])
	}
	field(string(e.Previous[:]))
	return Hash(digest.Sum(nil))
}
