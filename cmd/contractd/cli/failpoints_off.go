//go:build !failpoints

package cli

import (
	"time"

	"contractd/store/bolt"
	"contractd/workflow/inbound"
	"contractd/workflow/outbound"
)

// A release has no failpoints: here nothing stands between the services and the world. The tag "failpoints" takes
// failpoints_ports.go instead, for the tests that stop the daemon at every step.

type ledger = bolt.Ledger

func pointLedger(opened *bolt.Ledger) *ledger                        { return opened }
func pointBlobs(blobs bolt.Blobs) bolt.Blobs                         { return blobs }
func pointSealer(sealer outbound.Sealer) outbound.Sealer             { return sealer }
func pointChecker(checker outbound.Checker) outbound.Checker         { return checker }
func pointSender(sender outbound.Sender) outbound.Sender             { return sender }
func pointSentFolder(folder outbound.SentFolder) outbound.SentFolder { return folder }
func pointMailbox(mailbox inbound.Mailbox) inbound.Mailbox           { return mailbox }
func pointClock(now func() time.Time) func() time.Time               { return now }
