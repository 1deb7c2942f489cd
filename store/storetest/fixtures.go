package storetest

import (
	"errors"
	"strings"
	"time"

	"contractd/workflow"
)

// start is the first moment of every story here.
func start() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 123_456_789, time.UTC) }

func document(content string) workflow.Document {
	return workflow.Document{
		Ref:      workflow.Ref{Hash: workflow.HashOf([]byte(content)), Size: int64(len(content))},
		ReaderAt: strings.NewReader(content),
	}
}

// newContract is a draft whose content is its number.
func newContract(number string) workflow.Contract {
	return workflow.Contract{
		ID: workflow.ContractID("id-" + number), Number: number, Version: 1, Title: "设备采购合同", Supplier: "huaxin",
		Owner: "wang", State: workflow.StateDraft, Created: start(), Draft: document(number).Ref,
	}
}

// created is the change that records a draft.
func created(contract workflow.Contract) workflow.Change {
	return workflow.Change{
		Documents: []workflow.Document{document(contract.Number)},
		Contracts: []workflow.Contract{contract},
		Entries:   []workflow.Entry{{Time: start(), Actor: "wang", Action: workflow.ActCreated, Subject: "contract/" + string(contract.ID)}},
	}
}

// add stores a draft and returns it as stored.
func (s *store) add(number string) workflow.Contract {
	s.Helper()
	contract := newContract(number)
	s.must(created(contract))
	return s.contract(contract.ID)
}

func (s *store) contract(id workflow.ContractID) workflow.Contract {
	s.Helper()
	contract, err := s.Contract(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	return contract
}

// save stores a contract and returns it as stored.
func (s *store) save(contract workflow.Contract) workflow.Contract {
	s.Helper()
	s.must(workflow.Change{Contracts: []workflow.Contract{contract}})
	return s.contract(contract.ID)
}

// refused applies a change that has to be refused with the sentinel.
func (s *store) refused(what string, change workflow.Change, sentinel error) {
	s.Helper()
	if err := s.Apply(s.Context(), change); !errors.Is(err, sentinel) {
		s.Errorf("%s: %v, want: %v", what, err, sentinel)
	}
}

// got fails the test unless a read had no error, and returns what it found.
func got[V any](s *store) func(V, error) V {
	return func(value V, err error) V {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return value
	}
}

// numbers returns the numbers of contracts, to compare lists by.
func numbers(contracts []workflow.Contract) string {
	var all []string
	for _, contract := range contracts {
		all = append(all, contract.Number)
	}
	return strings.Join(all, " ")
}

// same compares what was found with what was expected.
func (s *store) same(what, found, want string) {
	s.Helper()
	if found != want {
		s.Errorf("%s: %q, want %q", what, found, want)
	}
}
