package signer

import (
	"fmt"
	"strconv"
	"strings"

	"contractd/workflow"
)

// Selection names pages: "all", "odd", "even", "first", "last", or numbers and ranges as "1-3,5,8-". Counting from the
// end, "-1" is the last page. Words and numbers may be joined by commas; each page is taken once, in the order of the
// document.
type Selection string

// Selections with a name.
const (
	AllPages  Selection = "all"
	OddPages  Selection = "odd"
	EvenPages Selection = "even"
	FirstPage Selection = "first"
	LastPage  Selection = "last"
)

const (
	selectionLimit = 4096    // Characters of a selection.
	pageLimit      = 1 << 20 // No document has a page of a higher number.
)

// OnPage selects one page, counting from 1.
func OnPage(number int) Selection { return Selection(strconv.Itoa(number)) }

// span is a part of a selection: pages counting from 1, or from the end if negative; every step-th of them.
type span struct{ from, to, step int }

// Check refuses what is no selection, whatever the document.
func (s Selection) Check() error {
	_, err := s.parse()
	return err
}

func (s Selection) parse() ([]span, error) {
	if len(s) > selectionLimit {
		return nil, fmt.Errorf("%w: a selection of pages of %d characters", workflow.ErrUsage, len(s))
	}
	var all []span
	for part := range strings.SplitSeq(string(s), ",") {
		one, ok := parseSpan(strings.TrimSpace(part))
		if !ok {
			err := fmt.Errorf("%w: %q selects no pages", workflow.ErrUsage, string(s))
			return nil, workflow.WithHint(err, "all, odd, even, first, last, or numbers as 1-3,5,8; -1 is the last page")
		}
		all = append(all, one)
	}
	return all, nil
}

func parseSpan(part string) (span, bool) {
	switch Selection(part) {
	case AllPages:
		return span{1, -1, 1}, true
	case OddPages:
		return span{1, -1, 2}, true
	case EvenPages:
		return span{2, -1, 2}, true
	case FirstPage:
		return span{1, 1, 1}, true
	case LastPage:
		return span{-1, -1, 1}, true
	}
	if number, ok := pageNumber(part); ok {
		return span{number, number, 1}, true
	}
	at := strings.Index(part[min(1, len(part)):], "-") + 1 // Not a sign at the beginning.
	if at == 0 {
		return span{}, false
	}
	from, ok := pageNumber(part[:at])
	to, other := -1, true
	if rest := part[at+1:]; rest != "" {
		to, other = pageNumber(rest)
	}
	return span{from, to, 1}, ok && other
}

func pageNumber(text string) (int, bool) {
	if digits := strings.TrimPrefix(text, "-"); digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	number, err := strconv.Atoi(text)
	return number, err == nil && number != 0 && number <= pageLimit && number >= -pageLimit
}

// Of returns the numbers of the selected pages of a document, ascending. A page that the document does not have, and a
// selection of nothing, are errors that wrap workflow.ErrUsage.
func (s Selection) Of(pages int) ([]int, error) {
	parts, err := s.parse()
	if err != nil {
		return nil, err
	}
	chosen := make([]bool, pages+1)
	for _, part := range parts {
		from, to := fromEnd(part.from, pages), fromEnd(part.to, pages)
		for _, number := range []int{from, to} {
			if (number < 1 || number > pages) && part.step == 1 {
				return nil, outOfRange(number, pages)
			}
		}
		if from > to && part.step == 1 {
			err := fmt.Errorf("%w: pages %d to %d run backwards", workflow.ErrUsage, from, to)
			return nil, workflow.WithHint(err, fmt.Sprintf("write the lower number first: %d-%d", to, from))
		}
		for number := from; number <= to; number += part.step {
			chosen[number] = true
		}
	}
	var numbers []int
	for number, yes := range chosen {
		if yes {
			numbers = append(numbers, number)
		}
	}
	if len(numbers) == 0 {
		err := fmt.Errorf("%w: %q selects none of %d pages", workflow.ErrUsage, string(s), pages)
		return nil, workflow.WithHint(err, "all, first and last are pages of every document")
	}
	return numbers, nil
}

func outOfRange(number, pages int) error {
	err := fmt.Errorf("%w: page %d of a document of %d pages", workflow.ErrUsage, number, pages)
	return workflow.WithHint(err, fmt.Sprintf("choose pages from 1 to %d; -1 is the last one", pages))
}

func fromEnd(number, pages int) int {
	if number < 0 {
		return pages + 1 + number
	}
	return number
}
