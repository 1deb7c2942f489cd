package contract

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"contractd/workflow"
)

// Data is what one contract says. Texts are single lines; dates are such as 2026-11-23; numbers are decimal texts, so
// that nothing is rounded on the way.
type Data struct {
	Number   string   `json:"number"`
	Title    string   `json:"title"`
	Place    string   `json:"place,omitempty"`    // Where it is concluded.
	Date     string   `json:"date"`               // When it is concluded.
	Deadline string   `json:"deadline,omitempty"` // By when the signed contract is to be returned.
	Currency string   `json:"currency,omitempty"` // ISO 4217; empty means CNY.
	Buyer    Party    `json:"buyer"`              // 甲方
	Seller   Party    `json:"seller"`             // 乙方
	Items    []Item   `json:"items"`
	TaxRate  string   `json:"tax_rate,omitempty"` // Such as "13%"; prices include the tax.
	Delivery Delivery `json:"delivery"`
	Payment  string   `json:"payment"`           // Terms of payment, a sentence.
	Clauses  []string `json:"clauses,omitempty"` // Further agreements, one paragraph each.
}

// Party is one side of the contract.
type Party struct {
	Name           string `json:"name"`
	Code           string `json:"code"` // 统一社会信用代码
	Address        string `json:"address,omitempty"`
	Representative string `json:"representative,omitempty"` // 法定代表人或授权代表
	Contact        string `json:"contact,omitempty"`
	Phone          string `json:"phone,omitempty"`
	Mailbox        string `json:"mailbox"` // 指定电子邮箱: where data messages for this party are received.
	Bank           string `json:"bank,omitempty"`
	Account        string `json:"account,omitempty"`
}

// Item is one line of what is bought.
type Item struct {
	Name     string `json:"name"`
	Model    string `json:"model,omitempty"`
	Unit     string `json:"unit"`
	Quantity string `json:"quantity"` // Up to 3 decimals.
	Price    string `json:"price"`    // For one unit, up to 4 decimals.
	Note     string `json:"note,omitempty"`
}

// Delivery says where and when.
type Delivery struct {
	Place string `json:"place"`
	Date  string `json:"date"`
	Terms string `json:"terms,omitempty"`
}

// Limits of data: a contract, not a book.
const (
	maxData    = 1 << 20
	maxItems   = 500
	maxClauses = 100
	maxText    = 2000 // Bytes of one paragraph,
	maxCell    = 300  // of what stands in a table or above the signatures,
	maxTitle   = 150  // of the title,
	maxNumber  = 96   // of the number, which stands at the head of each page,
	maxUnit    = 30   // and of a unit.
)

// Read reads and checks data in JSON. Unknown keys are faults; all faults in the values are reported together.
func Read(r io.Reader) (Data, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxData+1))
	if err != nil {
		return Data{}, fmt.Errorf("read contract data: %w", err)
	}
	if len(raw) > maxData {
		return Data{}, fmt.Errorf("read contract data: larger than 1 MiB: %w", workflow.ErrUsage)
	}
	var data Data
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&data); err != nil {
		line := 1 + bytes.Count(raw[:min(int(decoder.InputOffset()), len(raw))], []byte("\n"))
		return Data{}, fmt.Errorf("read contract data, near line %d: %w: %w", line, err, workflow.ErrUsage)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return Data{}, fmt.Errorf("read contract data: something stands behind the object: %w", workflow.ErrUsage)
	}
	if err := data.Check(); err != nil {
		return Data{}, fmt.Errorf("read contract data: %w", err)
	}
	return data, nil
}

//go:embed purchase.json
var exampleJSON []byte

// Example returns the data of the embedded example with another number and title, to try things out with and to
// start from.
func Example(number, title string) (Data, error) {
	data, err := Read(bytes.NewReader(exampleJSON))
	if err != nil {
		return Data{}, err
	}
	data.Number, data.Title = number, title
	if err := data.Check(); err != nil {
		return Data{}, err
	}
	return data, nil
}

// ExampleJSON returns the embedded example as a file to edit.
func ExampleJSON() []byte { return bytes.Clone(exampleJSON) }

//go:embed *.tmpl
var templateFiles embed.FS

// Amount returns the total of all items. Each line is rounded to hundredths, half up, before they are added, as on
// the page.
func (d *Data) Amount() (workflow.Amount, error) {
	var total int64
	for i, item := range d.Items {
		minor, err := item.amount()
		if err != nil {
			return workflow.Amount{}, fmt.Errorf("items[%d]: %w", i, err)
		}
		total += minor
	}
	return workflow.Amount{Minor: total, Currency: d.currency()}, nil
}

// maxLine is the largest amount of one line, so that the sum of all cannot overflow.
const maxLine = 1_000_000_000_000_00

// amount returns quantity times price in hundredths.
func (i *Item) amount() (int64, error) {
	quantity, err := decimal(i.Quantity, 3)
	if err != nil {
		return 0, fmt.Errorf("quantity: %w", err)
	}
	price, err := decimal(i.Price, 4)
	if err != nil {
		return 0, fmt.Errorf("price: %w", err)
	}
	hundredths := new(big.Rat).Mul(quantity, price)
	hundredths.Mul(hundredths, big.NewRat(100, 1)).Add(hundredths, big.NewRat(1, 2))
	whole := new(big.Int).Quo(hundredths.Num(), hundredths.Denom())
	if !whole.IsInt64() || whole.Int64() > maxLine {
		return 0, errors.New("amount is too large")
	}
	return whole.Int64(), nil
}

// decimal reads digits with at most so many decimals.
func decimal(text string, places int) (*big.Rat, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	if whole == "" || len(whole) > 13 || len(fraction) > places || !digits(whole) || !digits(fraction) || strings.HasSuffix(text, ".") {
		return nil, fmt.Errorf("%q: want digits with at most %d decimals", text, places)
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%q: want a number", text)
	}
	return number, nil
}

func (d *Data) currency() string {
	if d.Currency == "" {
		return "CNY"
	}
	return d.Currency
}

// DeadlineTime returns the end of the day of the deadline in China, or the zero time.
func (d *Data) DeadlineTime() time.Time {
	day, err := time.ParseInLocation(time.DateOnly, d.Deadline, time.FixedZone("CST", 8*60*60))
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).Add(-time.Second)
}
