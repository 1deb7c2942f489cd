package workflow

import (
	"context"
	"time"
)

type requestKey struct{}

// WithRequest returns a context in which what is done answers a request that must not be done twice.
func WithRequest(ctx context.Context, request Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// RequestsFor returns the request that the context carries, ready for the change that answers it, so that the act and the
// memory of it are one transaction; none where the caller gave no idempotency key. The contract may be empty. A service
// that acts puts it into exactly one change of an act.
func RequestsFor(ctx context.Context, contract ContractID, at time.Time) []Request {
	request, carried := ctx.Value(requestKey{}).(Request)
	if !carried {
		return nil
	}
	request.Contract, request.At = contract, at
	return []Request{request}
}
