package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"contractd/templates/contract"
	"contractd/workflow"
	"contractd/workflow/outbound"
)

// maxRows bounds one run: a list, not a database.
const maxRows = 100_000

// maxCSV bounds the list's file in bytes.
const maxCSV = 64 << 20

// filled is one contract to be made from the template.
type filled struct {
	order outbound.Order
	data  contract.Data
}

// readFilled reads what the flags name: the data of one contract, or a list, whose columns replace what the data say.
func (o sendOptions) readFilled(zone *time.Location) ([]filled, error) {
	base := map[string]any{}
	if o.data != "" {
		raw, err := readLimited(o.data, 1<<20)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, &base); err != nil {
			return nil, fmt.Errorf("read %s: %w: %w", o.data, err, workflow.ErrUsage)
		}
	}
	if o.csv == "" {
		one, err := o.fill(base, o.supplier, zone)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", o.data, err)
		}
		return []filled{one}, nil
	}
	raw, err := readLimited(o.csv, maxCSV)
	if err != nil {
		return nil, err
	}
	rows, err := o.fillRows(strings.TrimPrefix(string(raw), "\ufeff"), base, zone)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", o.csv, err)
	}
	return rows, nil
}

// fillRows reads the whole list before anything is sealed, and tells all its faults at once.
func (o sendOptions) fillRows(text string, base map[string]any, zone *time.Location) ([]filled, error) {
	reader := csv.NewReader(strings.NewReader(text))
	heads, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line names the columns: %w: %w", err, workflow.ErrUsage)
	}
	var rows []filled
	var faults []error
	lines := map[string]int{}
	for len(faults) < 20 {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(append(faults, fmt.Errorf("%w: %w", err, workflow.ErrUsage))...)
		}
		line, _ := reader.FieldPos(0)
		row, err := o.fillRow(heads, cells, base, zone)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("line %d: %w", line, err))
		case lines[row.order.Number] > 0:
			faults = append(faults, fmt.Errorf("line %d: number %s stands in line %d already: %w", line, row.order.Number, lines[row.order.Number], workflow.ErrUsage))
		case len(rows) == maxRows:
			return nil, fmt.Errorf("more than %d contracts: %w", maxRows, workflow.ErrUsage)
		}
		lines[row.order.Number] = line
		rows = append(rows, row)
	}
	if len(faults) == 0 && len(rows) == 0 {
		return nil, usage("the first line names the columns, each further line is a contract", "no contract in it")
	}
	return rows, errors.Join(faults...)
}

// fillRow lays the cells of one line over the data. An empty cell says nothing.
func (o sendOptions) fillRow(heads, cells []string, base map[string]any, zone *time.Location) (filled, error) {
	supplier := o.supplier
	var tree any = cloneTree(base)
	for n, cell := range cells {
		head := strings.TrimSpace(heads[n])
		switch {
		case cell == "":
		case head == "supplier":
			supplier = cell
		default:
			var err error
			if tree, err = plant(tree, strings.Split(head, "."), cell); err != nil {
				return filled{}, fmt.Errorf("column %q: %w: %w", head, err, workflow.ErrUsage)
			}
		}
	}
	return o.fill(tree, supplier, zone)
}

// fill makes the order of one contract.
func (o sendOptions) fill(tree any, supplier string, zone *time.Location) (filled, error) {
	raw, err := json.Marshal(tree)
	if err != nil {
		return filled{}, err
	}
	data, err := contract.Read(strings.NewReader(string(raw)))
	if err != nil {
		return filled{}, err
	}
	amount, err := data.Amount()
	if err != nil {
		return filled{}, err
	}
	if supplier == "" {
		return filled{}, usage("name the supplier with --to, or in a column supplier", "contract %s has no supplier", data.Number)
	}
	order := o.order
	order.Number, order.Title, order.Supplier, order.Amount = data.Number, data.Title, workflow.SupplierID(supplier), amount
	if data.Deadline != "" {
		order.Deadline, err = parseDay(data.Deadline, zone, true)
	}
	// The same row of the same template is the same request, however often the command is repeated.
	asked := fmt.Appendf(nil, "%q %q %q %s", o.order.Request, o.template, supplier, raw)
	order.Request = "row " + workflow.HashOf(asked).String()
	return filled{order, data}, err
}

// plant sets a text in a tree of JSON values, at a path of names and numbers, and returns the tree.
func plant(tree any, path []string, text string) (any, error) {
	if len(path) == 0 {
		return text, nil
	}
	if at, err := strconv.Atoi(path[0]); err == nil {
		list, ok := tree.([]any)
		if !ok && tree != nil || at < 0 || at > len(list) {
			return nil, fmt.Errorf("there is no element %s", path[0])
		}
		if at == len(list) {
			list = append(list, nil)
		}
		list[at], err = plant(list[at], path[1:], text)
		return list, err
	}
	table, ok := tree.(map[string]any)
	if !ok && tree != nil || path[0] == "" {
		return nil, fmt.Errorf("there is no key %q", path[0])
	}
	if table == nil {
		table = map[string]any{}
	}
	below, err := plant(table[path[0]], path[1:], text)
	table[path[0]] = below
	return table, err
}

func cloneTree(tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		made := make(map[string]any, len(tree))
		for key, value := range tree {
			made[key] = cloneTree(value)
		}
		return made
	case []any:
		made := slices.Clone(tree)
		for n := range made {
			made[n] = cloneTree(made[n])
		}
		return made
	}
	return tree
}

func readLimited(path string, limit int64) ([]byte, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() // Only read.
	raw, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("read %s: larger than %d bytes: %w", path, limit, workflow.ErrUsage)
	}
	return raw, err
}
