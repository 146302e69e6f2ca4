package recording

import (
	"bytes"
	"slices"
	"strings"
	"sync"
)

// Redactor replaces the secrets of exchanges by pseudonyms, REDACTED-1 and so on in the order of first sight. The same
// value has the same pseudonym for the Redactor's life, so that what belongs together still does. "Secrets" in the
// package documentation says what counts as one.
//
// The zero value is ready to use; set the fields before the first call. Methods may run concurrently, but pseudonyms
// are then numbered as it happens. A Redactor keeps every secret that it has seen in memory. It must not be copied.
type Redactor struct {
	Headers []string // further header fields whose values are secrets; case does not count
	Names   []string // further members and parameters whose values are; case, hyphens and underscores do not count

	// Hook changes an exchange before the rest. It gets a copy that shares nothing with the original, whose
	// secrets are known by then: what the hook removes stays hidden elsewhere. Nil: no change. It is called by as
	// many goroutines as call Redact.
	Hook func(*Exchange)

	once     sync.Once
	rules    rules
	scanners sync.Pool

	mu    sync.Mutex
	last  int             // the number of the newest pseudonym
	ids   map[string]int  // by value, with plus signs for blanks
	known map[string]bool // the needles
	tiers []*automaton    // of all needles, each of more bytes than all that follow it; a slice is never changed
}

// minEverywhere is how many characters a secret must have to be hidden wherever it stands. Shorter ones, which honest
// text has by chance, are hidden in the places of secrets only.
const minEverywhere = 6

// minWord is how many characters a secret of nothing but ASCII letters must have for that: "completed" and "external" are
// words that statuses and paths have.
const minWord = 16

// maxTaken is up to which number the pseudonyms of others are left out. It leaves enough for ours.
const maxTaken = 1e8

// Learn collects the secrets that x shows, so that they are hidden wherever else they stand. x is not changed.
func (r *Redactor) Learn(x *Exchange) {
	s := r.scanner()
	defer r.release(s)
	for p := range parts(x) {
		r.register(s.part(p, p.get(x, &s.text)), s.taken)
	}
}

// All learns from all exchanges and redacts them then, so that a secret that only the last one shows as one is hidden
// in the first. xs and what it holds are not changed; see [Redactor.Redact] for what the result shares with it.
func (r *Redactor) All(xs []Exchange) []Exchange {
	for i := range xs {
		r.Learn(&xs[i])
	}
	out := make([]Exchange, len(xs))
	if r.Hook != nil { // what the hooks leave may show further secrets
		for i := range xs {
			out[i] = r.hooked(&xs[i])
			r.Learn(&out[i])
		}
		for i := range xs {
			out[i] = r.hide(&xs[i], out[i])
		}
		return out
	}
	for i := range xs {
		out[i] = r.hide(&xs[i], xs[i])
	}
	return out
}

// Redact learns from x and returns a copy in which every secret is replaced that is known by now: in the URL, in header
// values and in bodies, compressed with gzip or not. Secrets that only a later exchange shows stay; [Redactor.All] hides
// them too. Redacting the result changes nothing.
//
// x is not changed. The copy shares with x what is the same in both: headers and bodies without secrets. A body that was
// changed has a fitting Content-Length, and its place in the file is forgotten, see [Message.Locate]; one that was not
// keeps every byte, and so does all of a body but the secrets.
func (r *Redactor) Redact(x Exchange) Exchange {
	if r.Hook != nil {
		r.Learn(&x)
	}
	c := r.hooked(&x)
	r.Learn(&c) // all of it, before a part is changed by what others have taught meanwhile
	return r.hide(&x, c)
}

// hooked is x after the hook.
func (r *Redactor) hooked(x *Exchange) Exchange {
	if r.Hook == nil {
		return *x
	}
	c := *x
	for _, m := range []*Message{&c.Request, &c.Response} {
		m.Header, m.Body = m.Header.Clone(), slices.Clone(m.Body)
	}
	if c.Hint != nil {
		h := *c.Hint
		h.RequestRepairs, h.ResponseRepairs = slices.Clone(h.RequestRepairs), slices.Clone(h.ResponseRepairs)
		c.Hint = &h
	}
	r.Hook(&c)
	own := true
	for side := requestSide; side <= responseSide; side++ {
		m, from := c.message(side), x.message(side)
		if slices.Equal(m.Header.Values("Content-Length"), from.Header.Values("Content-Length")) {
			m.fit(len(from.Body), &own)
		}
	}
	return c
}

// hide learns from c, which is x after the hook, and replaces its secrets. What is new may stand in parts that were looked
// at before, so there is another round then; and a part is looked at until nothing more is found, as taking away one
// secret may let another be seen. That ends: every change leaves less text that is no pseudonym.
func (r *Redactor) hide(x *Exchange, c Exchange) Exchange {
	s := r.scanner()
	defer r.release(s)
	lengths := [2]int{len(c.Request.Body), len(c.Response.Body)}
	var own [2]bool // whether the header of the request, of the response is no longer x's
	for again := true; again; {
		again = false
		for p := range parts(&c) {
			for {
				out, learned := r.text(s, p, &c)
				again = again || learned
				if out == nil {
					break
				}
				p.set(&c, out, &own)
			}
		}
	}
	for side := requestSide; side <= responseSide; side++ {
		m, from := c.message(side), x.message(side)
		m.fit(lengths[side], &own[side])
		if m.origin = nil; bytes.Equal(m.Body, from.Body) {
			m.Body, m.origin = from.Body, from.origin
		}
	}
	return c
}

// text returns a part of x with its secrets replaced, nil if there are none, and whether one of them was new.
func (r *Redactor) text(s *scanner, p part, x *Exchange) (out []byte, learned bool) {
	text := p.get(x, &s.text)
	edits, learned := r.register(s.part(p, text), s.taken)
	if edits = s.match(edits, text, r.needles(), p.body); len(edits) == 0 {
		return nil, learned
	}
	return apply(text, disjoint(edits)), learned
}

// register gives every secret its number, none up to taken if it is new, and returns the places to hide. learned says
// whether any was new.
func (r *Redactor) register(finds []find, taken int) (edits []edit, learned bool) {
	if len(finds) == 0 && taken == 0 {
		return nil, false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if taken < maxTaken {
		r.last = max(r.last, taken)
	}
	if r.ids == nil {
		r.ids, r.known = map[string]int{}, map[string]bool{}
	}
	var fresh []needle
	for _, f := range finds {
		key := strings.ReplaceAll(f.value, " ", "+") // as a form may write it
		id := r.ids[key]
		if id == 0 {
			r.last++
			id = r.last
			r.ids[key], learned = id, true
		}
		if f.end > f.start {
			edits = append(edits, edit{start: f.start, end: f.end, id: id, rule: true, weight: f.end - f.start})
		}
		for _, text := range []string{f.value, key} {
			if !r.known[text] && r.rules.everywhere(text) {
				r.known[text] = true
				fresh = append(fresh, needle{text, id})
			}
		}
	}
	if len(fresh) == 0 {
		return edits, learned
	}
	// Tiers that are not larger are joined with the new one, so that a secret is built in but a few times, and a text
	// is walked but a few times, however many secrets come one by one.
	tiers, size := slices.Clone(r.tiers), 0
	for _, n := range fresh {
		size += len(n.text)
	}
	for n := len(tiers); n > 0 && tiers[n-1].size <= size; n = len(tiers) {
		size += tiers[n-1].size
		fresh = append(slices.Clone(tiers[n-1].needles), fresh...)
		tiers = tiers[:n-1]
	}
	r.tiers = append(tiers, newAutomaton(fresh))
	return edits, learned
}

// isWord says whether a value has nothing but ASCII letters.
func isWord(value string) bool {
	return strings.IndexFunc(value, func(c rune) bool { return (c < 'a' || 'z' < c) && (c < 'A' || 'Z' < c) }) < 0
}

func (r *Redactor) needles() []*automaton {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tiers
}

func (r *Redactor) scanner() *scanner {
	r.once.Do(func() {
		for _, h := range r.Headers {
			r.rules.headers = append(r.rules.headers, plainText(h))
		}
		for _, n := range r.Names {
			r.rules.names = append(r.rules.names, plainText(n))
		}
	})
	if s, ok := r.scanners.Get().(*scanner); ok {
		return s
	}
	return &scanner{rules: &r.rules}
}

func (r *Redactor) release(s *scanner) {
	s.release()
	r.scanners.Put(s)
}
