package schema

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Leads are the words before a list of values. A closed lead announces a complete list; a weak or bare one does so only
// where two or more marked values follow. What stands before a lead may turn it into something else (notLead), what
// follows may say that there are more (openTail), may add some (moreLead), or has nothing to do with it (aside). Open
// words announce examples, which are no enumeration.
var (
	closedLead = regexp.MustCompile(`(?i)\b(?:the )?(?:possible|allowed|valid|supported|permitted|accepted)(?: string)? values?(?: for this property)?(?: are| is|:| being)(?: one of)?(?: the)?(?: following)?(?: string)?(?: values)?\s*:?\s*`)
	weakLead   = regexp.MustCompile(`(?i)\b(?:(?:must|can|may) be (?:one of|either)|is one of|one of the following(?: values)?|values can be|which can be)(?: of)?(?: the)?(?: following)?(?: values)?\s*:?\s*`)
	notLead    = regexp.MustCompile(`(?i)\b(?:some of(?: the)?|common|typical|sample|example|other|reserved|deprecated|not|cannot|\w+n't)(?: \w+){0,2}\s*$`)
	bareLead   = regexp.MustCompile(`(?i)\beither\s+|:\s*`)
	openTail   = regexp.MustCompile(`(?i)\.\.\.|…|\betc\b|\band others\b|\bmore (?:values )?(?:may|might|will|can)\b|\b(?:other|additional|further|more|new|custom) (?:possible )?(?:values?|members?|strings?)\b|\balso (?:be|possible|allowed)\b|\bany other\b|\bvalues other than\b|\bexhaustive\b|\bbe extended\b|\bempty string\b|\bblank values?\b`)
	aside      = regexp.MustCompile("(?i)\\bsupports\\b[^.]*\\$[a-z]+[^.]*|\\bprefer\\b[^.]*header|\\b(?:if|when) (?:the )?[*_`]*\\w+[*_`]* is (?:set to )?`[^`]*`(?:(?:,? or |, )`[^`]*`)*")
	moreLead   = regexp.MustCompile(`(?i)\bevolvable enum[^:.]*:\s*`)
	openWords  = regexp.MustCompile(`(?i)\b(?:includ(?:e|es|ing)|such as|for example|e\.g\.|examples?|ex:)`)
	condition  = regexp.MustCompile(`(?i)(?:^|[.;:]\s*)(?:if|when)\b[^.;]*$`) // what is listed holds only then
	openStart  = regexp.MustCompile(`(?i)^[\s,:(]*(?:includ(?:e|es|ing)|such as|for example|e\.g\.|examples?)`)
	rangeStart = regexp.MustCompile(`^(?:from |between )?-?\d[\d,]*(?: (?:to|through|and|-|–) |[-–])-?\d`)

	listItem  = regexp.MustCompile(`(?i)<li\s*/?>`)
	lineBreak = regexp.MustCompile(`(?i)</?br\s*/?>|\n`)
	htmlTag   = regexp.MustCompile(`(?i)</?[a-z]+[^>]*>`)
	listEnd   = regexp.MustCompile(`(?i)</[uo]l>`)
	plainWord = regexp.MustCompile(`^[A-Za-z][\w-]*(?:\.\w[\w-]*)*`)
	separator = regexp.MustCompile(`^\s*(?:,|;|/|\||\band\b|\bor\b)+\s*(?:(?:and|or)\b\s*)?`)
	pipeList  = regexp.MustCompile(`^[A-Za-z][\w.-]*(?:\s*\|\s*[A-Za-z][\w.-]*)+$`)
)

// marks are the pairs of marks that may enclose a value, longer ones before those they begin with.
var marks = []quoting{
	{"**`", "`**"}, {"`", "`"}, {"**", "**"}, {"__", "__"}, {"*", "*"}, {"_", "_"}, {`"`, `"`}, {"“", "”"}, {"'", "'"}, {"‘", "’"},
}

type quoting struct{ open, end string }

// Limits, far above what real descriptions have, that keep the reading linear.
const (
	maxLeads   = 10
	maxMembers = 1000
)

// readEnum reads a closed list of values from a description. found says that one is announced; the list is empty where
// it could not be read as a whole, for half a list would call honest values wrong. named says that the type column names
// a type of which no page is a resource: an enumeration, whose members may follow without much ado. The confidence is Stated
// or Listed.
func readEnum(description string, named bool) (list []string, c Confidence, found bool) {
	if len(description) == 0 || !named && !holds(description, "value", "one of", "either", "can be") {
		return nil, Listed, false // no lead is without one of these
	}
	s := strings.ReplaceAll(withoutLinks(description), "&#124;", "|")
	var closed []int
	if holds(s, "value") {
		closed = closedLead.FindStringIndex(s)
	}
	if m := closed; m != nil {
		before, rest := s[:m[0]], s[m[1]:]
		if notLead.MatchString(before) || condition.MatchString(before) || openStart.MatchString(rest) || rangeStart.MatchString(rest) {
			return nil, Stated, false
		}
		plain := inItems
		if strings.Contains(s[m[0]:m[1]], ":") {
			plain = inSentences
		}
		return readList(rest, plain), Stated, true
	}
	var leads [][]int
	if holds(s, "one of", "either", "can be") {
		leads = weakLead.FindAllStringIndex(s, maxLeads)
	}
	if named {
		leads = append(leads, bareLead.FindAllStringIndex(s, maxLeads)...)
	}
	for _, m := range leads {
		if openWords.MatchString(s[:m[1]]) || notLead.MatchString(s[:m[0]]) {
			continue
		}
		plain, ofValues := nowhere, holds(s[m[0]:m[1]], "value")
		if ofValues {
			plain = inItems
		}
		if list := readList(s[m[1]:], plain); len(list) > 1 {
			return list, Listed, true
		}
		found = found || ofValues
	}
	return nil, Listed, found
}

// plainness says where plain words are values: where the lead speaks of values, as the items of an HTML list; behind a colon
// of such a lead also in a sentence, if they look like names.
type plainness uint8

const (
	nowhere plainness = iota
	inItems
	inSentences
)

// allow says whether a list of plain words, the items of an HTML list or a sentence's, is one of values.
func (p plainness) allow(list []string, items bool) bool {
	return items && p != nowhere || p == inSentences && !slices.ContainsFunc(list, isProse)
}

// readList reads the list that s begins with: the items of an HTML list, the lines of a broken one, or a sentence. It
// returns nothing where it does not understand all of it: where it ends in the middle, where a value in the same marks
// stands elsewhere in s, or where s says that there are more. Plain words are values only where plain allows it.
func readList(s string, plain plainness) []string {
	list, m, items := listForm(s)
	if list == nil || m.open == "" && !plain.allow(list, items) {
		return nil
	}
	rest := s
	if holds(s, "supports", "prefer", "if ", "when ") {
		rest = aside.ReplaceAllString(s, "")
	}
	if strings.IndexByte(rest, '<') >= 0 || strings.IndexByte(rest, '\n') >= 0 {
		rest = htmlTag.ReplaceAllString(lineBreak.ReplaceAllString(rest, " "), " ")
	}
	if openTail.MatchString(rest) {
		return nil
	}
	var more []int
	if holds(s, "evolvable") {
		more = moreLead.FindStringIndex(s)
	}
	if more != nil { // "in this evolvable enum: `c`, `d`"
		added, _, whole := readSentence(s[more[1]:])
		if !whole {
			return nil
		}
		list = addMembers(list, added...)
	}
	for m.open != "" {
		_, after, ok := strings.Cut(rest, m.open)
		if !ok {
			break
		}
		v, tail, ok := strings.Cut(after, m.end)
		if v = strings.TrimSpace(v); ok && plainWord.FindString(v) == v && v != "" && v != "null" && !slices.ContainsFunc(list, func(known string) bool { return strings.EqualFold(known, v) }) {
			return nil
		}
		rest = tail
	}
	return list
}

// isProse says of a plain word that it may be any word: names of members have capitals, digits or underscores.
func isProse(v string) bool { return strings.Trim(v, "abcdefghijklmnopqrstuvwxyz-") == "" }

// listForm reads a list in one of its forms, and the marks of its values. items says that it is an HTML list.
func listForm(s string) (list []string, m quoting, items bool) {
	if i := listItem.FindStringIndex(s); i != nil && introduces(htmlTag.ReplaceAllString(s[:i[0]], "")) {
		html := s[i[0]:]
		if end := listEnd.FindStringIndex(html); end != nil {
			html = html[:end[0]]
		}
		list, m = leading(listItem.Split(html, -1)[1:])
		return list, m, true
	}
	if lines := lineBreak.Split(s, -1); len(lines) > 2 {
		if list, m = leading(lines); list != nil {
			return list, m, false
		}
	}
	list, m, whole := readSentence(htmlTag.ReplaceAllString(lineBreak.ReplaceAllString(s, " "), " "))
	if !whole {
		return nil, m, false
	}
	return list, m, false
}

// introduces says whether what stands between a lead and an HTML list leads on to it: nothing, or a few words and a colon.
func introduces(s string) bool {
	s = strings.TrimSpace(s)
	return s == "" || strings.HasSuffix(s, ":") && !strings.ContainsAny(s, ".`*\"|") && len(s) < 60
}

// leading reads the value that each item begins with. All must have one, in the same marks; blank items do not count.
func leading(items []string) (list []string, first quoting) {
	for _, item := range items {
		item = strings.TrimLeft(htmlTag.ReplaceAllString(item, " "), " \t-•:,")
		if item == "" {
			continue
		}
		m := markOf(item)
		if list == nil {
			first = m
		}
		v, rest, ok := readValue(item, m)
		if m != first || !ok || m.open == "" && strings.TrimLeft(rest, " .,;") != "" && !strings.HasPrefix(strings.TrimLeft(rest, " "), "-") {
			return nil, first
		}
		if list = addMembers(list, v); len(list) > maxMembers {
			return nil, first
		}
	}
	return list, first
}

// readSentence reads values up to the end of their list. whole says that the list ended as lists do: with the text, a
// full stop or the like, or a new sentence.
func readSentence(s string) (list []string, m quoting, whole bool) {
	s = strings.TrimLeft(s, " \t,:-")
	m = markOf(s)
	for {
		v, after, ok := readValue(s, m)
		if !ok {
			return nil, m, false
		}
		if list = addMembers(list, v); len(list) > maxMembers {
			return nil, m, false
		}
		var more bool
		if s, more, whole = nextValue(after, m); !more {
			// Two plain words make a list; one may be any word of the sentence.
			return list, m, whole && (m.open != "" || len(list) > 1)
		}
	}
}

// markOf is the pair of marks that s begins with, the empty one for a plain word.
func markOf(s string) quoting {
	for _, m := range marks {
		if strings.HasPrefix(s, m.open) {
			return m
		}
	}
	return quoting{}
}

// readValue reads the value that s begins with.
func readValue(s string, m quoting) (v, rest string, ok bool) {
	if m.open == "" {
		v = plainWord.FindString(s)
		return v, s[len(v):], v != "" && isMember(v)
	}
	if !strings.HasPrefix(s, m.open) {
		return "", s, false
	}
	inner, rest, found := strings.Cut(s[len(m.open):], m.end)
	v = strings.TrimSpace(inner)
	return v, rest, found && v != "" && isMember(v)
}

// isMember rejects what stands in marks and is no value: templates, lists of several, true and false.
func isMember(v string) bool {
	return !strings.ContainsAny(v, "{}<>|=,`*\"“”") && len(v) <= 128 && v != "true" && v != "false"
}

// nextValue moves s behind a value to the next one, over a separator and a gloss: "`a` (default)", "`a` - the first".
// Where there is none, whole says whether the list ends there.
func nextValue(s string, m quoting) (rest string, more, whole bool) {
	s = strings.TrimLeft(s, " \t")
	if strings.HasPrefix(s, "(") {
		s = strings.TrimLeft(afterParentheses(s), " \t")
	}
	if sep := separator.FindString(s); sep != "" {
		after := strings.TrimLeft(s[len(sep):], " \t,;-•")
		if m.open == "" {
			return after, plainWord.MatchString(after), after == ""
		}
		// "; the default is `a`" ends the list, ", and others" leaves it open.
		return after, strings.HasPrefix(after, m.open), after == "" || strings.HasPrefix(s, ";")
	}
	if first, _ := utf8.DecodeRuneInString(s); s == "" || strings.IndexByte(".;)", s[0]) >= 0 || m.open != "" && unicode.IsUpper(first) {
		return s, false, true
	}
	if m.open == "" || !strings.HasPrefix(s, "-") && !strings.HasPrefix(s, "–") && !strings.HasPrefix(s, ":") {
		return s, false, false
	}
	for i := range s { // a gloss, up to the separator before the next value or the end of the sentence
		switch {
		case strings.HasPrefix(s[i:], ". "), i == len(s)-1:
			// Another value in the same marks behind it would make this half a list.
			return s[i:], false, !strings.Contains(s[i:], m.open)
		case s[i] == ',' || s[i] == ';':
			if after := strings.TrimLeft(s[i+1:], " \t,;"); strings.HasPrefix(after, m.open) {
				return after, true, false
			}
		}
	}
	return s, false, false
}

// afterParentheses is what follows the parentheses that s begins with, nested ones included.
func afterParentheses(s string) string {
	depth := 0
	for i, c := range s {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return s
}

// addMembers adds the values that the list does not have. null may stand among them, but is no member.
func addMembers(list []string, values ...string) []string {
	for _, v := range values {
		if v != "null" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// pipeEnum reads the placeholder "a | b | c" of a JSON representation.
func pipeEnum(v any) []string {
	s, _ := first(v).(string)
	s = strings.TrimSpace(s)
	if !pipeList.MatchString(s) {
		return nil
	}
	var list []string
	for part := range strings.SplitSeq(s, "|") {
		v := strings.TrimSpace(part)
		if _, isType := primitives[strings.ToLower(v)]; isType || !isMember(v) {
			return nil
		}
		list = addMembers(list, v)
	}
	return list
}
