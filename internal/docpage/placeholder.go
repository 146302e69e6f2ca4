package docpage

import (
	"regexp"
	"strings"
)

// IsPlaceholder says whether a string in an example or a JSON representation stands for a value and is none:
//
//   - "displayName-value": a name without white space, then "-value";
//   - "Display Name value": capitalised words, then "value", as the generator of Intune's examples writes them;
//   - "String", "Int32", "dateTimeOffset", "Guid", "url": a primitive type's name and nothing else, in any case;
//   - "String (timestamp)": the same with a remark in parentheses;
//   - "{driveId}", "<guid>", "<Unknown Primitive Type Edm.Stream>": a name or words in braces or angle brackets,
//     but neither a GUID, a message's address nor markup with an end tag or attributes;
//   - "notStarted | inProgress | completed": names with bars between, of which the last may be dots;
//   - "...", "https://...": a text without white space that dots cut;
//   - "@odata.type: microsoft.graph.x": a type where the value belongs.
//
// White space around does not count. The text alone decides, so an honest value can look like one: "Single" is an
// underline, "String" the type of a column. Ask it of a value that failed a check, not before the check. Numbers
// such as 1024 or 99 are values, and so are the strings "value" and "id".
func IsPlaceholder(s string) bool {
	s = strings.TrimSpace(s)
	switch {
	case choice.MatchString(s):
		return true
	case strings.HasPrefix(s, "@odata.type: "):
		return true
	case strings.Contains(s, "...") || strings.Contains(s, "…"):
		return !strings.ContainsAny(s, " \t\r\n\u00a0<")
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "<"):
		return template.MatchString(s) && !guid.MatchString(s)
	}
	return valueOf.MatchString(s) || typeName.MatchString(s)
}

var (
	valueOf  = regexp.MustCompile(`^(?:[\pL\d][^\s/@]*-value|(?:[A-Z\d][\pL\d]* )+value)$`)
	typeName = regexp.MustCompile(`^(?i:string|boolean|bool|integer|int|int16|int32|int64|byte|sbyte|double|single|float|` +
		`decimal|number|numeric|guid|date|datetime|dateTimeOffset|timestamp|timeOfDay|duration|binary|stream|json|url|uri|` +
		`identifier|object)(?: ?\([^()]*\))?$`)
	template = regexp.MustCompile(`^(?:\{[A-Za-z][\w .:|-]*\}|<[A-Za-z][\w:|-]*(?: [\w .:|-]+)?>)$`)
	guid     = regexp.MustCompile(`^\{[[:xdigit:]]{8}(?:-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}\}$`)
	choice   = regexp.MustCompile(`^[\w.]+(?: ?\| ?[\w.]+)+(?: ?\| ?…)?$`)
)
