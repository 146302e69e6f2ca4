package schema

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadEnum(t *testing.T) {
	ab := []string{"a", "b"}
	tests := []struct {
		description string
		want        []string
		found       bool // a list is announced; without a want it could not be read
	}{
		{"Possible values are: `a`, `b`.", ab, true},
		{"Possible values are: `a`, `b`. The default is `a`.", ab, true},
		{"Possible values are: `a`, `b`. Guests have `c`.", nil, true},
		{"Possible values are: `a`, `b`. Always of the `A` kind.", ab, true},
		{"Possible values are: `a`, `b`. Required if **type** is `weekly` or `monthly`.", ab, true},
		{"Possible values are: `a`, `b`. The value `b` means much. Other licenses return the value `b`.", ab, true},
		{"Possible values are: `a`, `b`. Other licenses return the value `c`.", nil, true},
		{"Possible values are:<br/>`a`<br/>`b`, `c`<br/>`d`", nil, true},
		{"Possible values are:</br>`a`</br>`b`", ab, true},
		{"Possible values are:<ul><li>`a` or `c`</li><li>`b`</li></ul>", nil, true},
		{"Possible values are:<ul><li>`a`</li><li>`b`</li></ul> and for guests: <ul><li>`c`</li></ul>", nil, true},
		{"Possible values are: `a` (default (since 2020)), `b`.", ab, true},
		{"Possible values are: `a`. `b`. `c`.", nil, true},
		{"Possible values are: `a`, `b`; starting in 2025 also `c`.", nil, true},
		{"Possible values are: `a`, `b`. More may be added in the future.", nil, true},
		{"Possible values are: `a`, `b`...", nil, true},
		{"Some of the possible values are `a`, `b`.", nil, false},
		{"Common possible values are `a`, `b`.", nil, false},
		{"The possible values are **`a`**, **`b`**.", ab, true},
		{"Allowed values are letters, digits, and hyphens.", nil, true},
		{"Must not be one of the following: `a`, `b`.", nil, false},
		{"Can't be either `a` or `b`.", nil, false},
		{"Supports `$filter` on: `eq`, `ne`.", nil, false},
		{"Requires the following permissions: `User.Read`, `User.ReadWrite`.", nil, false},
		{"The possible values are: `a`, `b`. Nullable. Supports `$filter` (`eq`, `ne`, `not`).", ab, true},
		{"Possible values are: `a`, `b`", ab, true},
		{"The possible values are: `a`, `b` The default is `a`.", ab, true},
		{"Possible values are `a` and `b`; the default is `b`.", ab, true},
		{"Possible values are: `a` (the first), `b` (default).", ab, true},
		{"Possible values are: `a` - the first, `b` - the second.", ab, true},
		{"Possible values are: `a`: the first, `b`: the second.", ab, true},
		{"Possible values are: `a`: the first. `b`: the second.", nil, true},
		{"Possible values are: `a`, `b`, `unknownFutureValue`. Note that you must use the `Prefer` header to get the following values in this evolvable enum: `c`, `d`.", []string{"a", "b", "unknownFutureValue", "c", "d"}, true},
		{"Possible values are: `a`, `b`. Supports `$filter` (`eq`, `ne`).", ab, true},
		{"Supported values are:<ul><li>`a`: The first (i.e. 1)</li><li>`b`: The second. Really.</li> </ul> See below.", ab, true},
		{"Possible values:<br>- `a`<br>- `b`", ab, true},
		{"Possible values are:<br> *a* - Partner that. They do.<br> *b* - Partner.", ab, true},
		{"Possible values are: OneA, TwoB.", []string{"OneA", "TwoB"}, true},
		{"Possible values are: One, Two, or Three", []string{"One", "Two", "Three"}, true},
		{"Possible values: letters, digits, hyphens.", nil, true},
		{"Possible values are: `a`, `b`, or `null`.", ab, true},
		{"Possible values are:<ul><li>`a`</li><li>`b`</li><li>`null`</li></ul>", ab, true},
		{"Possible values are: `a`, `b`. When **role** is `guest`, the value is `c`.", nil, true},
		{"Possible values are: `a`, `b`. Supports values `c` and `d` for guests.", nil, true},
		{"Possible values are: `a`, `b`. You can also specify a custom value.", nil, true},
		{"Possible values are: `a`, `b`. Any other string is also accepted.", nil, true},
		{"Possible values are: `a`, `b`. This list is not exhaustive.", nil, true},
		{"Possible values are: `a`, `b`. New values may be added at any time.", nil, true},
		{"Possible values are: `a`, `b`. Values other than these may be returned.", nil, true},
		{"Possible values are: `a`, `b`. It is an empty string if there is none.", nil, true},
		{"Possible values are: `a`, `b`, `unknownFutureValue`. Use the [Prefer](https://learn.microsoft.com/x) header to get the following in this [evolvable enum](https://learn.microsoft.com/y): `c`.", []string{"a", "b", "unknownFutureValue", "c"}, true},
		{"Must be one of **a** or **b**.", ab, true},
		{"It must be one of the following values for guests: **null**, *a*, `b`.", nil, true},
		{"One of the following values: `a`, `b`.", ab, true},
		{"Either `a` or `b`.", nil, false},
		{"The kind: `a`, `b`.", nil, false},
		{"Possible values are: `only`.", []string{"only"}, true},
		{"Possible values are: `a`, `b`, and others.", nil, true},
		{"Possible values are, for example, `a` and `b`.", nil, false},
		{"Possible values are such as `a` and `b`.", nil, false},
		{"Valid values are ISO 8601 strings.", nil, true},
		{"Valid values are two-letter country codes.", nil, true},
		{"Allowed values are strings up to 64 characters.", nil, true},
		{"Possible values are documented here.", nil, true},
		{"Possible values are not documented.", nil, true},
		{"Possible values are currently `a`", nil, true},
		{"Possible values are: Style1 thru Style21, Other1.", nil, true},
		{"An enumeration with one possible value being “a”, which allows more. “b” can also be specified.", nil, true},
		{"Allowed values are *A, B, C* or *D*.", nil, true},
		{"Strings that appear in either the **toRecipients** or **ccRecipients** properties.", nil, false},
		{"Each slot is indicated with: `0`= free, `1`= tentative.", nil, false},
		{"Valid values are 0 to 100.", nil, false},
		{"A format: `x`.", nil, false},
		{"The value is `{date}T{time}`.", nil, false},
		{"", nil, false},
	}
	for _, tt := range tests {
		t.Run(tt.description, func(t *testing.T) {
			list, _, found := readEnum(tt.description, false)
			require.Equal(t, tt.want, list)
			require.Equal(t, tt.found, found)
		})
	}
}

// TestReadEnumOfNamedType reads lists without a lead where the type column names the enumeration.
func TestReadEnumOfNamedType(t *testing.T) {
	for description, want := range map[string][]string{
		"The type of event message: `a`, `b`.": {"a", "b"},
		"Where it is, either `a` or `b`.":      {"a", "b"},
		"The kind: see **a** and b.":           nil,
		"The kind: `a`.":                       nil,
		"Not one of: `a`, `b`.":                nil,
	} {
		list, _, _ := readEnum(description, true)
		require.Equal(t, want, list, description)
	}
}

func TestPipeEnum(t *testing.T) {
	for placeholder, want := range map[string][]string{
		"a | b | a": {"a", "b"}, "a|b": {"a", "b"}, "a | b | null": {"a", "b"}, "String | null": nil, "true | false": nil, "a": nil,
	} {
		require.Equal(t, want, pipeEnum(placeholder), placeholder)
	}
}
