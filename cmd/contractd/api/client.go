package api

import (
	"bufio"
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
	"contractd/workflow/access"
	"contractd/workflow/appearances"
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
	transport := &http.Transport{ExpectContinueTimeout: refusalTime, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", socket)
	}}
	return &Client{version, &http.Client{Transport: transport}, func() error { transport.CloseIdleConnections(); return nil }}
}

// Close releases the client and, in-process, the handlers.
func (c *Client) Close() error { return c.close() }

func contractPath(number, rest string) string {
	return "/v1/contracts/" + url.PathEscape(number) + rest
}

// Send hands over a draft. A repeated call with the same order.Request makes no second contract.
func (c *Client) Send(ctx context.Context, order outbound.Order, draft io.Reader, progress outbound.Progress) (workflow.Contract, error) {
	query := terms(order)
	query.Set("number", order.Number)
	query.Set("supplier", string(order.Supplier))
	return c.watch(ctx, changing("/v1/contracts?"+query.Encode(), order.Request).with(draft, "application/pdf"), progress)
}

// Seal continues a contract that waits for a key; an empty key means the next one.
func (c *Client) Seal(ctx context.Context, number, key string, progress outbound.Progress) (workflow.Contract, error) {
	return c.watch(ctx, changing(contractPath(number, "/seal?"+url.Values{"key": {key}}.Encode()), ""), progress)
}

// watch sends a request that is answered with progress, and once more when the answer broke off.
func (c *Client) watch(ctx context.Context, ask request, progress outbound.Progress) (workflow.Contract, error) {
	for first := true; ; first = false {
		response, err := c.do(ctx, ask)
		if err != nil {
			return workflow.Contract{}, err
		}
		contract, err := follow(response, progress)
		if !errors.Is(err, errCut) || !first || !ask.repeatable(ctx) {
			return contract, err
		}
	}
}

// errCut is an answer without its last line.
var errCut = errors.New("the daemon ended its answer early")

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
	return contract, workflow.WithHint(errors.Join(errCut, scanner.Err()),
		"what was recorded goes on when the daemon is back; `contractd archive query` tells whether it was, `contractd status NUMBER` how far it came")
}

// Decide passes a decision, such as release or approve.
func (c *Client) Decide(ctx context.Context, number, decision string, body Act) (workflow.Contract, error) {
	var contract workflow.Contract
	return contract, c.change(ctx, http.MethodPost, contractPath(number, "/"+decision), body, &contract)
}

// Query lists contracts.
func (c *Client) Query(ctx context.Context, filter workflow.ContractFilter) ([]workflow.Contract, error) {
	query := url.Values{"supplier": {string(filter.Supplier)}, "number": {filter.Number}, "text": {filter.Text}, "owner": {filter.Owner}}
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
	return contracts, c.get(ctx, "/v1/contracts?"+query.Encode(), &contracts)
}

// Story returns everything about one contract.
func (c *Client) Story(ctx context.Context, number string) (Story, error) {
	var story Story
	return story, c.get(ctx, contractPath(number, ""), &story)
}

// Document streams one document of a contract: draft, sealed, final or a name from its evidence.
func (c *Client) Document(ctx context.Context, number, which string) (io.ReadCloser, error) {
	response, err := c.do(ctx, request{method: http.MethodGet, path: contractPath(number, "/documents/"+url.PathEscape(which))})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Export streams a zip with a contract's evidence.
func (c *Client) Export(ctx context.Context, number string) (io.ReadCloser, error) {
	response, err := c.do(ctx, request{method: http.MethodGet, path: contractPath(number, "/export")})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Status returns how the daemon is.
func (c *Client) Status(ctx context.Context) (Health, error) {
	var health Health
	return health, c.get(ctx, "/v1/status", &health)
}

// Check re-derives the store; into receives the report.
func (c *Client) Check(ctx context.Context, into any) (bool, error) {
	report := CheckReport{Report: into}
	err := c.change(ctx, http.MethodPost, "/v1/check", nil, &report)
	return report.Damaged, err
}

// Suppliers lists the suppliers.
func (c *Client) Suppliers(ctx context.Context) ([]workflow.Supplier, error) {
	var suppliers []workflow.Supplier
	return suppliers, c.get(ctx, "/v1/suppliers", &suppliers)
}

// Supplier returns one supplier.
func (c *Client) Supplier(ctx context.Context, id workflow.SupplierID) (workflow.Supplier, error) {
	var supplier workflow.Supplier
	return supplier, c.get(ctx, "/v1/suppliers/"+url.PathEscape(string(id)), &supplier)
}

// PutSupplier adds or changes a supplier.
func (c *Client) PutSupplier(ctx context.Context, supplier workflow.Supplier) (workflow.Supplier, error) {
	var stored workflow.Supplier
	return stored, c.change(ctx, http.MethodPut, "/v1/suppliers/"+url.PathEscape(string(supplier.ID)), supplier, &stored)
}

// Keys returns what is remembered of each configured key.
func (c *Client) Keys(ctx context.Context) ([]workflow.KeyRecord, error) {
	var records []workflow.KeyRecord
	return records, c.get(ctx, "/v1/keys", &records)
}

// Resume lets a suspended key try its PIN once more.
func (c *Client) Resume(ctx context.Context, key string) error {
	return c.change(ctx, http.MethodPost, "/v1/keys/"+url.PathEscape(key)+"/resume", nil, &Resumption{})
}

// Appearances lists the named seals, retired and expired ones too.
func (c *Client) Appearances(ctx context.Context) ([]workflow.Appearance, error) {
	var seals []workflow.Appearance
	return seals, c.get(ctx, "/v1/appearances", &seals)
}

// Appearance returns one named seal.
func (c *Client) Appearance(ctx context.Context, name string) (workflow.Appearance, error) {
	var seal workflow.Appearance
	return seal, c.get(ctx, appearancePath(name, ""), &seal)
}

// AppearancePicture streams the PNG of a named seal.
func (c *Client) AppearancePicture(ctx context.Context, name string) (io.ReadCloser, error) {
	response, err := c.do(ctx, request{method: http.MethodGet, path: appearancePath(name, "/picture")})
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// AddAppearance makes a named seal of a picture; an empty one where it is to be generated.
func (c *Client) AddAppearance(ctx context.Context, order appearances.Order, picture io.Reader) (workflow.Appearance, error) {
	var seal workflow.Appearance
	ask := changing("/v1/appearances?"+appearanceQuery(order).Encode(), "").with(picture, "application/octet-stream")
	return seal, c.call(ctx, ask, &seal)
}

// RetireAppearance ends a named seal for ever.
func (c *Client) RetireAppearance(ctx context.Context, name string) (workflow.Appearance, error) {
	var seal workflow.Appearance
	return seal, c.change(ctx, http.MethodPost, appearancePath(name, "/retire"), nil, &seal)
}

func appearancePath(name, rest string) string {
	return "/v1/appearances/" + url.PathEscape(name) + rest
}

// APIKeys lists the API keys, revoked and expired ones too.
func (c *Client) APIKeys(ctx context.Context) ([]APIKey, error) {
	var keys []APIKey
	return keys, c.get(ctx, "/v1/apikeys", &keys)
}

// AddAPIKey makes an API key. Its text is in the answer and nowhere else.
func (c *Client) AddAPIKey(ctx context.Context, order access.Order) (NewAPIKey, error) {
	var key NewAPIKey
	return key, c.change(ctx, http.MethodPost, "/v1/apikeys", order, &key)
}

// RevokeAPIKey ends an API key for ever.
func (c *Client) RevokeAPIKey(ctx context.Context, id workflow.APIKeyID) (APIKey, error) {
	var key APIKey
	return key, c.change(ctx, http.MethodPost, "/v1/apikeys/"+url.PathEscape(string(id))+"/revoke", nil, &key)
}
