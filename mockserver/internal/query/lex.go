package query

import (
	"strings"
)

// kind is the kind of a token.
type kind int

const (
	end     kind = iota
	word         // a name, an operator or the name of a function
	quoted       // a text in single quotes; its text has them undoubled
	literal      // a number, a date, a time or a GUID
	mark         // ( ) , / :
)

// token is a piece of an option's value.
type token struct {
	kind   kind
	text   string
	offset int
}

// lexer cuts an option's value into tokens.
type lexer struct {
	option, s string
	pos       int
}

func (l *lexer) errorf(offset int, text string) error {
	return &Error{Option: l.option, Offset: offset, Text: text}
}

// next is the next token. At the end it is of kind end, for good.
func (l *lexer) next() (token, error) {
	for l.pos < len(l.s) && (l.s[l.pos] == ' ' || l.s[l.pos] == '\t') {
		l.pos++
	}
	begin := l.pos
	if begin == len(l.s) {
		return token{offset: begin}, nil
	}
	switch c := l.s[begin]; {
	case c == '\'':
		return l.quoted()
	case strings.IndexByte("(),/:", c) >= 0:
		l.pos++
		return token{mark, l.s[begin:l.pos], begin}, nil
	case isDigit(c), (c == '-' || c == '+') && begin+1 < len(l.s) && isDigit(l.s[begin+1]):
		l.run(func(c byte) bool { return isName(c) || isDigit(c) || strings.IndexByte(".:+-", c) >= 0 })
		return token{literal, l.s[begin:l.pos], begin}, nil
	case isName(c) || c == '$' || c == '@':
		l.pos++
		l.run(func(c byte) bool { return isName(c) || isDigit(c) || strings.IndexByte(".-@", c) >= 0 })
		if guid := l.s[begin:l.pos]; isGUID(guid) {
			return token{literal, guid, begin}, nil
		}
		return token{word, l.s[begin:l.pos], begin}, nil
	}
	return token{}, l.errorf(begin, "unexpected "+quote(l.s[begin:]))
}

// run goes on as long as bytes are so.
func (l *lexer) run(is func(byte) bool) {
	for l.pos < len(l.s) && is(l.s[l.pos]) {
		l.pos++
	}
}

// quoted reads a text in single quotes, within which a quote is doubled.
func (l *lexer) quoted() (token, error) {
	begin := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.s); l.pos++ {
		if l.s[l.pos] != '\'' {
			b.WriteByte(l.s[l.pos])
			continue
		}
		l.pos++
		if l.pos == len(l.s) || l.s[l.pos] != '\'' {
			return token{quoted, b.String(), begin}, nil
		}
		b.WriteByte('\'')
	}
	return token{}, l.errorf(begin, "the text has no closing quote")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isName says whether c is part of a name; bytes of other scripts are.
func isName(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80 }

// isGUID says whether s is a GUID, which begins with a letter as often as not.
func isGUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !isDigit(c) && !(c|0x20 >= 'a' && c|0x20 <= 'f'):
			return false
		}
	}
	return true
}

// quote cuts foreign text for a message.
func quote(s string) string {
	const most = 20
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return `"` + s + `"`
}
