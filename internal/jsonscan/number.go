package jsonscan

import "fmt"

// number scans the number that starts at i (RFC 8259, section 6) and returns the offset after it, or -1 if the scan
// ends here.
func (s *scanner) number(i int) int {
	doc, start := s.doc, i
	if doc[i] == '-' {
		i++
	}
	first := i
	if i = digits(doc, i); i == first {
		return s.noDigit(i, start)
	}
	if doc[first] == '0' && i > first+1 {
		return s.syntax(first+1, s.found(first+1)+" after a leading zero", "a number without one", s.depth, start)
	}
	if i < len(doc) && doc[i] == '.' {
		i++
		first = i
		if i = digits(doc, i); i == first {
			return s.noDigit(i, start)
		}
	}
	var exponent []byte
	if i < len(doc) && doc[i]|0x20 == 'e' {
		i++
		sign := i
		if i < len(doc) && (doc[i] == '+' || doc[i] == '-') {
			i++
		}
		first = i
		if i = digits(doc, i); i == first {
			return s.noDigit(i, start)
		}
		if beyond(doc[first:i]) {
			exponent = doc[sign:i]
		}
	}
	switch {
	case i-start > MaxNumber:
		s.fault(ruleLength, start, s.pointer(s.depth, start),
			fmt.Sprintf("got a number of %d bytes, want at most %d", i-start, MaxNumber))
	case exponent != nil:
		s.fault(ruleExponent, start, s.pointer(s.depth, start),
			fmt.Sprintf("got the exponent %s, want -%d to %d", quote(exponent), MaxExponent, MaxExponent))
	}
	return i
}

// noDigit reports that there is no digit at i, where the number that starts at start needs one.
func (s *scanner) noDigit(i, start int) int {
	if i == len(s.doc) {
		return s.truncated("a digit", s.depth, start)
	}
	return s.syntax(i, s.found(i)+" within a number", "a digit", s.depth, start)
}

// digits returns the offset after the decimal digits that start at i.
func digits(doc []byte, i int) int {
	for i < len(doc) && doc[i] >= '0' && doc[i] <= '9' {
		i++
	}
	return i
}

// beyond says whether the decimal number is more than MaxExponent.
func beyond(decimal []byte) bool {
	n := 0
	for _, c := range decimal {
		if n = n*10 + int(c-'0'); n > MaxExponent {
			return true
		}
	}
	return false
}

// literal scans true, false or null, whose first letter is at i, and returns the offset after it, or -1 if the scan
// ends here.
func (s *scanner) literal(i int, want string) int {
	doc := s.doc
	if end := i + len(want); end <= len(doc) && string(doc[i:end]) == want {
		return end
	}
	at := i
	for at < len(doc) && doc[at] == want[at-i] {
		at++
	}
	if at == len(doc) {
		return s.truncated("the end of "+want, s.depth, i)
	}
	return s.syntax(at, s.found(i), want, s.depth, i)
}
