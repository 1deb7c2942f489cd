// Package bolt is the ledger in one bbolt file: one transaction for one decision, with the journal,
// the documents that are small, and the indexes by which the services find things.
package bolt
