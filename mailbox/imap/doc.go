// Package imap reads the designated mailbox, files judged messages, and keeps copies of what was sent.
//
// It promises: a message is handed over with exactly its bytes or not at all, and its end is only told
// once the server has confirmed the whole command; messages come in the order of their UIDs; nothing is
// flagged by reading; every wait ends by a deadline, the context or an answer; no secret is logged.
// It does not parse messages, remember cursors, or decide what is filed where.
package imap
