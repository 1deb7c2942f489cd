package bolt

import "time"

// Commits returns how many transactions were committed since the ledger was opened, and the time in which the database
// wrote them, with their fsyncs.
func (l *Ledger) Commits() (int64, time.Duration) {
	return l.committed.Load(), l.db.Stats().TxStats.WriteTime
}
