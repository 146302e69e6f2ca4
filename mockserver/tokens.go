package mockserver

import (
	"strings"
	"sync"
)

// tokens are what the opaque tokens of links lead to. The zero value has none.
type tokens[T any] struct {
	mu      sync.Mutex
	leads   map[string]T
	expired map[string]bool
}

// give makes a token for the answer to a request.
func (t *tokens[T]) give(q *Request, to T) string {
	token := strings.ReplaceAll(q.handler.uuid(q), "-", "")
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leads == nil {
		t.leads = map[string]T{}
	}
	t.leads[token] = to
	return token
}

// at is where a token leads. Where it leads nowhere, expired says whether it has.
func (t *tokens[T]) at(token string) (to T, ok, expired bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	to, ok = t.leads[token]
	return to, ok, t.expired[token]
}

// expire has all tokens so far lead nowhere.
func (t *tokens[T]) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.expired == nil {
		t.expired = map[string]bool{}
	}
	for token := range t.leads {
		t.expired[token] = true
	}
	t.leads = nil
}
