// Package bolt is the ledger in one bbolt file: one transaction for one decision, with the journal,
// the small documents, and the indexes by which the services find things.
//
// It promises that a Change is written whole or not at all, that documents are durable before the
// records that name them, that indexes always say what the records say, that whatever it returns is a
// copy, and that a damaged file is reported as workflow.ErrDamaged instead of being read on. After a
// commit that the disk did not confirm it refuses all further writes. It does not decide anything,
// deletes nothing, and leaves it to store/check to compare the stored documents with their hashes.
//
// Layout: a bucket for each kind of record (JSON by id), "journal" (JSON by sequence), "document"
// (where each document is, by hash), "content" (the small ones), "index/…" (derived from the records,
// never written otherwise), and "meta" (the store's schema version).
package bolt
