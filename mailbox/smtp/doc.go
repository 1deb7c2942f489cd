// Package smtp hands stored bytes to a mail server.
//
// It promises: the server gets exactly the stored message (its digest is checked before the final dot) or none; one
// recipient in a transaction, so that each has its own answer; every step ends by a deadline or the context; after any
// error the connection is dropped; and every error says whether to try again. It does not compose, queue or retry.
package smtp
