package templates

import (
	"strings"
	"testing"

	"contractd/workflow"
)

// TestARevisedContractSaysWhichFileCounts looks at what a supplier reads who may have two files of one number.
func TestARevisedContractSaysWhichFileCounts(t *testing.T) {
	set := load(t, "")
	for language, want := range map[workflow.Language]string{workflow.Chinese: "第 2 版", workflow.English: "version 2"} {
		notice := sampleNotice(workflow.LetterContract, language)
		first, err := set.Write(notice, Company{})
		if err != nil || strings.Contains(first.Text+first.HTML+first.Subject, "版本") || strings.Contains(first.Text+first.HTML, "ersion") {
			t.Errorf("%s: a first version speaks of versions: %q, %v", language, first.Subject, err)
		}
		notice.Contract.Version = 2
		words, err := set.Write(notice, Company{})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{words.Subject, words.Text, words.HTML} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not said", language, want)
			}
		}
	}
}

func TestAWithdrawnVersionPointsAtTheNext(t *testing.T) {
	set := load(t, "")
	for language, want := range map[workflow.Language]string{workflow.Chinese: "沿用同一编号", workflow.English: "under the same number"} {
		for next, said := range map[workflow.ContractID]bool{"": false, "other": true} {
			notice := sampleNotice(workflow.LetterWithdrawn, language)
			notice.Contract.Next = next
			words, err := set.Write(notice, Company{})
			if err != nil || strings.Contains(words.Text, want) != said || strings.Contains(words.HTML, want) != said {
				t.Errorf("%s, next %q: %v\n%s", language, next, err, words.Text)
			}
		}
	}
}

// TestWhoReturnsAnEarlierVersionLearnsWhatToDo holds each state of the version that counts to its own words.
func TestWhoReturnsAnEarlierVersionLearnsWhatToDo(t *testing.T) {
	set := load(t, "")
	for state, want := range map[workflow.State]struct {
		english, chinese string
		due              bool
	}{
		workflow.StateDraft:         {"follows in a mail", "将另以邮件发送", false},
		workflow.StateSealed:        {"follows in a mail", "将另以邮件发送", false},
		workflow.StateSent:          {"sign that very file", "请直接在它上面签名", true},
		workflow.StateExpired:       {"sign that very file", "请直接在它上面签名", true},
		workflow.StateUndeliverable: {"sign that very file", "请直接在它上面签名", true},
		workflow.StateReview:        {"our people are looking", "正由我方人员核对", false},
		workflow.StateArchived:      {"nothing more for you to do", "无需再做任何操作", false},
		workflow.StateWithdrawn:     {"do not sign it any more", "不要再签署", false},
	} {
		for _, language := range Languages {
			notice := sampleNotice(workflow.LetterRejected, language)
			notice.Contract.State, notice.Contract.Version, notice.Outdated = state, 2, true
			words, err := set.Write(notice, Company{Mailbox: "contracts@issuer.example", Contact: "王经理"})
			if err != nil {
				t.Fatal(err)
			}
			said := want.english
			if language == workflow.Chinese {
				said = want.chinese
			}
			for _, text := range []string{words.Text, words.HTML} {
				if !strings.Contains(text, said) || strings.Contains(text, "contracts@issuer.example") != want.due || strings.Contains(text, "a.pdf") {
					t.Errorf("%s in %s:\n%s", state, language, text)
				}
			}
		}
	}
}
