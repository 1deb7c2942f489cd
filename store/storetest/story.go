package storetest

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Of the random stories: how many the suite tells, how long each is at most, and how long one that fails is shortened.
const (
	suiteStories = 12
	storyEvents  = 40
	shrinkTries  = 400
)

// Variables by which `make soak` tells more stories, and a person a certain one.
const (
	storiesVariable = "CONTRACTD_STORIES" // How many.
	storyVariable   = "CONTRACTD_STORY"   // One, in the form in which a failure prints it.
)

// Stories lets random events happen to a few contracts, by the real services over the ledger, and compares the ledger after
// each event with a book that knows only the rules. A story that fails is shortened before it is printed.
func Stories(t *testing.T, open Open, count int) {
	if fixed := os.Getenv(storyVariable); fixed != "" {
		data, err := hex.DecodeString(fixed)
		if err != nil {
			t.Fatalf("%s: %v", storyVariable, err)
		}
		Story(t, open, data)
		return
	}
	if wanted := os.Getenv(storiesVariable); wanted != "" {
		var err error
		if count, err = strconv.Atoi(wanted); err != nil {
			t.Fatalf("%s: %v", storiesVariable, err)
		}
	}
	for seed := range count {
		Story(t, open, RandomStory(uint64(seed)))
		if t.Failed() {
			return
		}
	}
}

// Story lets the events that data stands for happen over a new ledger; any bytes are a story.
func Story(t *testing.T, open Open, data []byte) {
	t.Helper()
	story := decodeStory(data)
	fault := play(t, open, story)
	if fault == nil {
		return
	}
	story, fault = shrink(t, open, story, fault)
	text := ""
	for _, e := range story {
		text += "\n\t" + e.String()
	}
	t.Errorf("%v\nafter these events:%s\nrepeat it with %s=%x", fault, text, storyVariable, encodeStory(story))
}

// RandomStory returns the story of a seed, always the same. It begins with contracts that are mostly mailed, and stays with
// few of them: events that are drawn evenly would mostly find nothing that they could happen to.
func RandomStory(seed uint64) []byte {
	source := rand.New(rand.NewPCG(seed, 0x5eed))
	favourite := []byte{0, 0, 0, 0, 0, 1, 1, 1, 2, 3}
	var story []event
	add := func(act act) {
		e := event{act, byte(source.Uint32())&^3 | favourite[source.IntN(len(favourite))], byte(source.Uint32())}
		if source.IntN(5) < 2 { // Nothing goes wrong.
			e.arg = 0
		}
		story = append(story, e)
	}
	for range 1 + source.IntN(3) {
		add(actCreate)
	}
	add(actDispatch)
	for range source.IntN(storyEvents - len(story)) {
		add(deck[source.IntN(len(deck))])
	}
	return encodeStory(story)
}

// shrink leaves out what a failing story does not need, in ever smaller pieces, then makes numbers small.
func shrink(t *testing.T, open Open, story []event, fault error) ([]event, error) {
	tries := 0
	fails := func(shorter []event) bool {
		if tries++; tries > shrinkTries {
			return false
		}
		found := play(t, open, shorter)
		if found != nil {
			story, fault = shorter, found
		}
		return found != nil
	}
	for piece := len(story) / 2; piece > 0; {
		removed := false
		for at := 0; at+piece <= len(story); {
			shorter := append(append([]event(nil), story[:at]...), story[at+piece:]...)
			if fails(shorter) {
				removed = true
				continue
			}
			at += piece
		}
		if !removed {
			piece /= 2
		}
	}
	for at := range story {
		for _, simpler := range []event{{story[at].act, story[at].slot % slots, 0}, {story[at].act, story[at].slot % slots, story[at].arg}} {
			plain := append([]event(nil), story...)
			if plain[at] = simpler; simpler != story[at] && fails(plain) {
				break
			}
		}
	}
	return story, fault
}

// act is what happens.
type act string

const (
	actCreate   act = "create"   // Somebody sends a contract; sealing may get stuck.
	actSeal     act = "seal"     // Sealing goes on.
	actRelease  act = "release"  // A held contract may leave.
	actUnseal   act = "unseal"   // The last seal is undone.
	actWithdraw act = "withdraw" // A contract is taken back.
	actDispatch act = "dispatch" // Due letters leave, with answers of the mail servers and with things happening meanwhile.
	actReceive  act = "receive"  // A mail with returns arrives and is judged.
	actAgain    act = "again"    // A mail that was here before is delivered once more.
	actTime     act = "time"     // Days pass.
	actApprove  act = "approve"  // A person accepts the return under review.
	actRefuse   act = "refuse"   // A person refuses it.
	actResend   act = "resend"   // A person has the contract letter mailed again.
	actExtend   act = "extend"   // A person puts the deadline off.
	actRevise   act = "revise"   // A person puts a new version in the place of a contract.
	actReassign act = "reassign" // A contract gets another owner.
	actHold     act = "hold"     // The whole store is held, as a restored one.
	actLift     act = "lift"     // A person lets everything leave again.
	actStale    act = "stale"    // Somebody writes from what was read before the last change.
	actForce    act = "force"    // Somebody writes a state that the table does not lead to.
	actRestart  act = "restart"  // The process ends in order and starts again.
	actStop     act = "stop"     // The process dies within the next event.
)

// deck is where events are drawn from; what stands there more often happens more often.
var deck = []act{
	actCreate, actCreate, actCreate, actCreate, actSeal, actSeal, actRelease, actRelease, actUnseal, actUnseal, actWithdraw,
	actDispatch, actDispatch, actDispatch, actDispatch, actDispatch, actDispatch, actDispatch,
	actReceive, actReceive, actReceive, actReceive, actReceive, actReceive, actReceive, actReceive, actAgain, actTime, actTime,
	actApprove, actApprove, actApprove, actRefuse, actRefuse, actResend, actResend, actExtend, actExtend, actRevise, actRevise,
	actReassign, actHold, actLift, actLift, actStale, actStale, actForce, actForce, actRestart, actStop, actStop,
}

// slots is how many contracts a story is about.
const slots = 4

// event is one thing that happens, mostly to one contract; arg says in which of its forms.
type event struct {
	act       act
	slot, arg byte
}

func (e event) String() string {
	return fmt.Sprintf("%-8s %s slot=%#02x arg=%#02x", e.act, e.number(), e.slot, e.arg)
}

// number is that of the contract which the event is about.
func (e event) number() string { return slotNumber(e.slot) }

func slotNumber(slot byte) string { return "F-" + string(rune('A'+slot%slots)) }

// pick draws one of several forms and returns the rest of the argument for further ones.
func pick(arg *byte, forms int) int {
	form := int(*arg) % forms
	*arg /= byte(forms)
	return form
}

func decodeStory(data []byte) []event {
	var story []event
	for ; len(data) >= 3 && len(story) < storyEvents; data = data[3:] {
		story = append(story, event{deck[int(data[0])%len(deck)], data[1], data[2]})
	}
	return story
}

func encodeStory(story []event) []byte {
	var data []byte
	for _, e := range story {
		for at, drawn := range deck {
			if drawn == e.act {
				data = append(data, byte(at), e.slot, e.arg)
				break
			}
		}
	}
	return data
}
