package recording

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
)

// WriteOption changes what [WriteNDJSON] and [WriteHTTP] write.
type WriteOption func(*writeOptions)

type writeOptions struct {
	provenance string
}

// Provenance writes down where the exchanges come from, for people: NDJSON has it in its first line, HTTP messages
// in a comment. Reading skips it.
func Provenance(text string) WriteOption {
	return func(o *writeOptions) { o.provenance = text }
}

// format is what the two writers differ in. Both append to a buffer.
type format interface {
	begin(buf []byte, o writeOptions) ([]byte, error)
	exchange(buf []byte, x *Exchange) ([]byte, error)
}

// write writes each exchange with one call of w.Write, so that a writer that ends early leaves whole records.
func write(w io.Writer, f format, xs iter.Seq[Exchange], opts []WriteOption) error {
	var o writeOptions
	for _, opt := range opts {
		opt(&o)
	}
	put := func(b []byte) error {
		if len(b) == 0 {
			return nil
		}
		if _, err := w.Write(b); err != nil {
			return fmt.Errorf("recording: %w", err)
		}
		return nil
	}
	buf, err := f.begin(nil, o)
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	if err := put(buf); err != nil {
		return err
	}
	n := 0
	for x := range xs {
		n++
		if err := complete(&x); err != nil {
			return fmt.Errorf("recording: exchange %d: %w", n, err)
		}
		if buf, err = f.exchange(buf[:0], &x); err != nil {
			return fmt.Errorf("recording: exchange %d: %w", n, err)
		}
		if err := put(buf); err != nil {
			return err
		}
	}
	return nil
}

// complete refuses what no format has a form for.
func complete(x *Exchange) error {
	switch {
	case x.URL == "" && x.Status == 0:
		return errors.New("neither a request URL nor a response status")
	case x.URL == "" && (x.Method != "" || !empty(&x.Request)):
		return errors.New("a request without URL")
	case x.Status == 0 && !empty(&x.Response):
		return errors.New("a response without status")
	case x.Status != 0 && (x.Status < 100 || x.Status > 999):
		return fmt.Errorf("status %d is not between 100 and 999", x.Status)
	case !writable(x.Time.UTC()):
		return fmt.Errorf("RFC 3339 has no form for a time in the year %d", x.Time.UTC().Year())
	}
	return nil
}

func empty(m *Message) bool {
	return len(fieldNames(m.Header)) == 0 && len(m.Body) == 0
}

// fieldNames are the names that have values, sorted.
func fieldNames(h http.Header) []string {
	names := slices.Sorted(maps.Keys(h))
	return slices.DeleteFunc(names, func(name string) bool { return len(h[name]) == 0 })
}

// canonical returns h with its names in canonical form.
func canonical(h http.Header) http.Header {
	other := func(name string) bool { return textproto.CanonicalMIMEHeaderKey(name) != name }
	if !slices.ContainsFunc(slices.Collect(maps.Keys(h)), other) {
		return h
	}
	c := http.Header{}
	for _, name := range fieldNames(h) {
		key := textproto.CanonicalMIMEHeaderKey(name)
		c[key] = append(c[key], h[name]...)
	}
	return c
}
