package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"contractd/workflow"
	"contractd/workflow/outbound"
)

// Client calls the control API.
type Client struct {
	version string
	http    *http.Client
	close   func() error
}

// Dial returns a client of the daemon behind the unix socket.
func Dial(socket, version string) *Client {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", socket)
	}}
	return &Client{version, &http.Client{Transport: transport}, func() error { transport.CloseIdleConnections(); return nil }}
}

// Close releases the client and, in-process, the handlers.
func (c *Client) Close() error { return c.close() }

// call sends one request with an optional JSON body and decodes the answer.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write request: %w", err)
		}
		reader = bytes.NewReader(data)
	}
	response, err := c.do(ctx, method, path, nil, reader)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read answer of the daemon: %w", err)
	}
	return nil
}

// do sends a request; an answer that is a failure becomes its error.
func (c *Client) do(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://contractd"+path, body)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		request.Header[name] = values
	}
	request.Header.Set(VersionHeader, c.version)
	response, err := c.http.Do(request)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("talk to the daemon: %w", err)
	}
	if err != nil {
		return nil, workflow.WithHint(fmt.Errorf("talk to the daemon: %w", err), "see whether `contractd serve` runs, and its log")
	}
	if response.StatusCode < 300 {
		return response, nil
	}
	defer response.Body.Close()
	var failure Failure
	if err := json.NewDecoder(io.LimitReader(response.Body, maxBody)).Decode(&failure); err != nil || failure.Message == "" {
		return nil, fmt.Errorf("talk to the daemon: it answered %s", response.Status)
	}
	return nil, failure.err()
}

func contractPath(number, rest string) string {
	return "/v1/contracts/" + url.PathEscape(number) + rest
}

// Send hands over a draft. A repeated call with the same order.Request makes no second contract.
func (c *Client) Send(ctx context.Context, order outbound.Order, draft io.Reader, progress outbound.Progress) (workflow.Contract, error) {
	query := url.Values{"number": {order.Number}, "title": {order.Title}, "supplier": {string(order.Supplier)}}
	if !order.Amount.IsZero() {
		query.Set("amount", order.Amount.String())
	}
	if !order.Deadline.IsZero() {
		query.Set("deadline", order.Deadline.Format(time.RFC3339))
	}
	if order.Hold {
		query.Set("hold", "true")
	}
	if order.Confirm {
		query.Set("confirm", "true")
	}
	header := http.Header{"Content-Type": {"application/pdf"}}
	if order.Request != "" {
		header.Set(IdempotencyHeader, order.Request)
	}
	response, err := c.do(ctx, http.MethodPost, "/v1/contracts?"+query.Encode(), header, draft)
	if err != nil {
		return workflow.Contract{}, err
	}
	return follow(response, progress)
}

// Seal continues a contract that waits for a key; an empty key means the next one.
func (c *Client) Seal(ctx context.Context, number, key string, progress outbound.Progress) (workflow.Contract, error) {
	response, err := c.do(ctx, http.MethodPost, contractPath(number, "/seal?"+url.Values{"key": {key}}.Encode()), nil, nil)
	if err != nil {
		return workflow.Contract{}, err
	}
	return follow(response, progress)
}

// follow reads NDJSON until the last line.
func follow(response *http.Response, progress outbound.Progress) (workflow.Contract, error) {
	defer response.Body.Close()
	scanner := bufio.NewScanner(response.Body)
	scanner.Buffer(nil, maxBody)
	var contract workflow.Contract
	for scanner.Scan() {
		var line Line
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			return contract, fmt.Errorf("read progress of the daemon: %w", err)
		}
		if line.Contract != nil {
			contract = *line.Contract
		}
		switch {
		case line.Failure != nil:
			return contract, line.Failure.err()
		case line.Contract != nil:
			return contract, nil
		default:
			progress(line.Step, line.Detail)
		}
	}
	return contract, workflow.WithHint(errors.Join(errors.New("the daemon ended its answer early"), scanner.Err()),
		"what was recorded goes on when the daemon is back; `contractd archive query` tells whether it was, `contractd status NUMBER` how far it came")
}

// Decide passes a decision: release, unseal, approve, refuse or withdraw.
func (c *Client) Decide(ctx context.Context, number, decision string, act Act) (workflow.Contract, error) {
	var contract workflow.Contract
	return contract, c.call(ctx, http.MethodPost, contractPath(number, "/"+decision), act, &contract)
}

// Query lists contracts.
func (c *Client) Query(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error) {
	query := url.Values{"supplier": {string(filter.Supplier)}, "number": {filter.Number}, "text": {filter.Text}}
	for _, state := range filter.States {
		query.Add("state", string(state))
	}
	for name, at := range map[string]time.Time{"from": filter.From, "to": filter.To} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339))
		}
	}
	if filter.Limit > 0 {
		query.Set("limit", fmt.Sprint(filter.Limit))
	}
	var contracts []workflow.Contract
	return contracts, c.call(ctx, http.MethodGet, "/v1/contracts?"+query.Encode(), nil, &contracts)
}

// Story returns everything about one contract.
func (c *Client) Story(ctx context.Context, number string) (Story, error) {
	var story Story
	return story, c.call(ctx, http.MethodGet, contractPath(number, ""), nil, &story)
}

// Document streams one document of a contract: draft, sealed, final or a name from its evidence.
func (c *Client) Document(ctx context.Context, number, which string) (io.ReadCloser, error) {
	response, err := c.do(ctx, http.MethodGet, contractPath(number, "/documents/"+url.PathEscape(which)), nil, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Export streams a zip with a contract's evidence.
func (c *Client) Export(ctx context.Context, number string) (io.ReadCloser, error) {
	response, err := c.do(ctx, http.MethodGet, contractPath(number, "/export"), nil, nil)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Status returns how the daemon is.
func (c *Client) Status(ctx context.Context) (Health, error) {
	var health Health
	return health, c.call(ctx, http.MethodGet, "/v1/status", nil, &health)
}

// Check re-derives the store; into receives the report.
func (c *Client) Check(ctx context.Context, into any) (bool, error) {
	report := CheckReport{Report: into}
	err := c.call(ctx, http.MethodPost, "/v1/check", nil, &report)
	return report.Damaged, err
}

// Suppliers lists the suppliers.
func (c *Client) Suppliers(ctx context.Context) ([]workflow.Supplier, error) {
	var suppliers []workflow.Supplier
	return suppliers, c.call(ctx, http.MethodGet, "/v1/suppliers", nil, &suppliers)
}

// Supplier returns one supplier.
func (c *Client) Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error) {
	var supplier workflow.Supplier
	return supplier, c.call(ctx, http.MethodGet, "/v1/suppliers/"+url.PathEscape(string(id)), nil, &supplier)
}

// PutSupplier adds or changes a supplier.
func (c *Client) PutSupplier(ctx context.Context, supplier workflow.Supplier) (workflow.Supplier, error) {
	var stored workflow.Supplier
	return stored, c.call(ctx, http.MethodPut, "/v1/suppliers/"+url.PathEscape(string(supplier.ID)), supplier, &stored)
}

// Keys returns what is remembered of each configured key.
func (c *Client) Keys(ctx context.Context) ([]workflow.KeyRecord, error) {
	var records []workflow.KeyRecord
	return records, c.call(ctx, http.MethodGet, "/v1/keys", nil, &records)
}

// Resume lets a suspended key try its PIN once more.
func (c *Client) Resume(ctx context.Context, key string) error {
	return c.call(ctx, http.MethodPost, "/v1/keys/"+url.PathEscape(key)+"/resume", nil, &map[string]string{})
}
