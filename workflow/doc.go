// Package workflow is the domain of contractd: contracts, suppliers, what arrives, what leaves,
// what was decided and by whom, and the one table through which a contract changes its state.
//
// It promises to import nothing but the standard library and to perform no input or output:
// adapters (store, mailbox, signer) import it, and only cmd wires them together. It does not
// judge PDFs, talk to servers or keep records; it says what those things mean.
package workflow
