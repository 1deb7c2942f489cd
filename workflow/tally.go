package workflow

import "time"

// Tally is how much of what is in the ledger: what an operator asks first, and what is counted without reading records.
type Tally struct {
	Contracts  map[State]int
	Deliveries map[DeliveryState]int
	Arrivals   map[ArrivalState]int

	Overdue       int       // Contracts whose return is awaited although their deadline has passed.
	NextDeadline  time.Time // The earliest one that has not passed; zero for none.
	OldestLetter  time.Time // Since when the delivery waits that waits longest; zero for none.
	OldestArrival time.Time // When the message came in that waits longest for its judgement; zero for none.
}
