package mailbox

import (
	"net/mail"
	"strings"
	"testing"

	"contractd/workflow"
)

// TestAnswersAreAskedForBehindAPlus where that is configured, and about contracts only.
func TestAnswersAreAskedForBehindAPlus(t *testing.T) {
	composer := newComposer(t)
	for _, test := range []struct {
		plus     bool
		contract workflow.ContractID
		want     string
	}{
		{false, "k7m2p9x4q8n3v6t5c2hj", "returns@issuer.example"},
		{true, "k7m2p9x4q8n3v6t5c2hj", "returns+k7m2p9x4q8n3v6t5c2hj@issuer.example"},
		{true, "", "returns@issuer.example"},
	} {
		notice := sampleNotice()
		notice.Contract.ID, composer.Sender.Plus = test.contract, test.plus
		_, raw := compose(t, composer, notice)
		message, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		address, err := mail.ParseAddress(message.Header.Get("Reply-To"))
		if err != nil || address.Address != test.want {
			t.Errorf("%+v: answers go to %v, %v", test, address, err)
		}
		if base, id := workflow.SplitPlus(address.Address); test.plus && (base != "returns@issuer.example" || id != string(test.contract)) {
			t.Errorf("split into %q and %q", base, id)
		}
	}
}
