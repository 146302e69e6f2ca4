package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fatih/color"

	"github.com/graphcontract/graphcontract/internal/text"
	"github.com/graphcontract/graphcontract/mockserver"
)

// serveLog tells what happens while a scenario is played, in lines for people or in JSON objects. It is safe for concurrent use.
// What could be secret in requests, mockserver has hidden.
type serveLog struct {
	mu                            sync.Mutex
	w                             io.Writer
	json                          *slog.Logger // instead of text
	faint, good, bad, worse, bold *color.Color
}

func (l *serveLog) init(w io.Writer, asJSON, coloured bool) {
	l.w = w
	if asJSON {
		l.json = slog.New(slog.NewJSONHandler(w, nil))
	}
	paint := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		if coloured {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	l.faint, l.bold = paint(color.Faint), paint(color.Bold)
	l.good, l.bad, l.worse = paint(color.FgGreen), paint(color.FgYellow), paint(color.FgRed, color.Bold)
}

// request tells of a request that has been served.
func (l *serveLog) request(s mockserver.Served) {
	path := s.URL
	if u, err := url.Parse(s.URL); err == nil {
		path = u.RequestURI()
	}
	if l.json != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		r := slog.NewRecord(s.Time, slog.LevelInfo, "request", 0)
		r.AddAttrs(slog.String("method", s.Method), slog.String("path", path), slog.Int("status", s.Status),
			slog.Float64("milliseconds", float64(s.Duration.Round(time.Microsecond))/float64(time.Millisecond)))
		if s.Route != "" {
			r.AddAttrs(slog.String("route", s.Route))
		}
		if s.Reply > 0 {
			r.AddAttrs(slog.Int("reply", s.Reply))
		}
		if s.Fault != "" {
			r.AddAttrs(slog.String("fault", string(s.Fault)))
		}
		if s.Err != nil {
			r.AddAttrs(slog.Bool("unexpected", true))
		}
		_ = l.json.Handler().Handle(context.Background(), r) // there is nowhere to say that it failed
		return
	}
	status, paint := "---", l.worse
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	switch s.Status / 100 {
	case 1, 2, 3:
		paint = l.good
	case 4:
		paint = l.bad
	}
	l.line(s.Time, paint.Sprint(status), s.Method+" "+path, l.faint.Sprint(answered(s)+"  "+short(s.Duration)))
}

// answered says in a few words what answered a request.
func answered(s mockserver.Served) string {
	if s.Err != nil {
		return "unexpected"
	}
	out := s.Route
	if out == "" {
		out = "no route" // OPTIONS
	}
	if s.Reply > 0 {
		out += fmt.Sprintf(", reply %d", s.Reply)
	}
	if s.Fault != "" {
		out += ", fault " + string(s.Fault)
	} else if s.Status == 0 {
		out += ", ended without an answer" // the client has gone, or the scenario has
	}
	return out
}

// short is a duration in few digits.
func short(d time.Duration) string {
	unit := time.Duration(1)
	for ; d >= 1000*unit; unit *= 10 {
	}
	return d.Round(unit).String()
}

// violation tells in full what a client did wrong.
func (l *serveLog) violation(v *mockserver.Violation) {
	told := strings.TrimPrefix(v.Text, "mockserver: ")
	if l.json != nil {
		l.object(slog.LevelWarn, "violation", slog.String("kind", v.Err.Error()), slog.String("text", told))
		return
	}
	first, rest, _ := strings.Cut(told, "\n")
	what := l.worse.Sprint("violation")
	if errors.Is(v, mockserver.ErrUnused) {
		what = l.bad.Sprint("unused")
	}
	l.line(time.Now(), what, first)
	l.lines(rest)
}

// broken tells why a changed scenario cannot be played.
func (l *serveLog) broken(err error) {
	const what = "the scenario has changed and cannot be played; the one before goes on"
	var all []string
	for _, e := range flatten(err) {
		all = append(all, loadText(e))
	}
	if l.json != nil {
		l.object(slog.LevelError, what, slog.Any("errors", all))
		return
	}
	l.line(time.Now(), l.worse.Sprint("reload"), what)
	l.lines("  " + strings.Join(all, "\n  "))
}

// note tells of what is neither good nor bad.
func (l *serveLog) note(what string) {
	if l.json != nil {
		l.object(slog.LevelInfo, what)
		return
	}
	l.line(time.Now(), l.bold.Sprint("note"), what)
}

// warn tells of what is dangerous.
func (l *serveLog) warn(what string) {
	if l.json != nil {
		l.object(slog.LevelWarn, what)
		return
	}
	l.line(time.Now(), l.bad.Sprint("warning"), what)
}

// summary is what the end tells.
type summary struct {
	Requests, Unexpected, Violations int
	Unused                           bool // replies were left unused
}

func (l *serveLog) summary(s summary) {
	if l.json != nil {
		l.object(slog.LevelInfo, "stopped", slog.Int("requests", s.Requests), slog.Int("unexpected", s.Unexpected),
			slog.Int("violations", s.Violations), slog.Bool("unused", s.Unused))
		return
	}
	paint, what := l.good, "replies all used"
	if s.Unused {
		paint, what = l.bad, "replies left unused"
	}
	if s.Violations > 0 {
		paint = l.worse
	}
	l.line(time.Now(), paint.Sprint("stopped"), fmt.Sprintf("%s, %d unexpected; %s; %s",
		text.Count(s.Requests, "request"), s.Unexpected, text.Count(s.Violations, "violation"), what))
}

// standard is a logger for net/http, which tells of connections that come to nothing.
func (l *serveLog) standard() *log.Logger { return log.New(logWriter{l}, "", 0) }

type logWriter struct{ *serveLog }

// Write tells of one line.
func (w logWriter) Write(b []byte) (int, error) {
	w.note(string(bytes.TrimSpace(b)))
	return len(b), nil
}

func (l *serveLog) object(level slog.Level, what string, attrs ...slog.Attr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.json.LogAttrs(context.Background(), level, what, attrs...)
}

// line writes one line: the time, what it is, and the rest. Only what has colours is not made printable.
func (l *serveLog) line(at time.Time, what, first string, painted ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cells := append([]string{l.faint.Sprint(at.Format("15:04:05.000")), what, text.Printable(first)}, painted...)
	fmt.Fprintln(l.w, strings.Join(cells, "  "))
}

// lines writes lines that belong to the one before.
func (l *serveLog) lines(s string) {
	if s == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		b.WriteString(text.Printable(line) + "\n")
	}
	_, _ = io.WriteString(l.w, b.String()) // there is nowhere to say that it failed
}
