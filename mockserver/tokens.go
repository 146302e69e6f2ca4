package mockserver

import (
	"strings"
	"sync"
)

// tokens are what the opaque tokens of links lead to. The zero value has none.
type tokens[T any] struct {
	mu    sync.Mutex
	leads map[string]lead[T]
}

// lead is where a token leads, or has led until it expired.
type lead[T any] struct {
	to      T
	expired bool
}

// give makes a token for the answer to a request.
func (t *tokens[T]) give(q *Request, to T) string {
	token := strings.ReplaceAll(q.handler.uuid(q), "-", "")
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leads == nil {
		t.leads = map[string]lead[T]{}
	}
	t.leads[token] = lead[T]{to: to}
	return token
}

// at is where a token leads; ok is false for one that was never given.
func (t *tokens[T]) at(token string) (l lead[T], ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l, ok = t.leads[token]
	return l, ok
}

// expire has all tokens so far lead nowhere.
func (t *tokens[T]) expire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for token, l := range t.leads {
		l.expired = true
		t.leads[token] = l
	}
}
