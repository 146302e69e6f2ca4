package docpage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIsPlaceholder(t *testing.T) {
	tests := []struct {
		reason string
		yes    []string
		no     []string
	}{
		{
			"a name and -value",
			[]string{"displayName-value", "id-value", "datetime-value", "display-name-value", "onenote:href-value", "CRLUrl-value"},
			[]string{"value", "-value", "net present-value", "upn-value@tenant-value.onmicrosoft.com", "https://contoso.com/x-value", "-value-"},
		},
		{
			"Intune's generator",
			[]string{"Display Name value", "Os Minimum Version value", "Type value"},
			[]string{"the value", "Value", "A value of 3", "Display Name Value", "Nominal value, in euros"},
		},
		{
			"a type's name",
			[]string{"String", "string", "Boolean", "Integer", "Int32", "Guid", "guid", "Date", "DateTimeOffset", "Json", "url", "timestamp", " string "},
			[]string{"", "Strings", "id", "microsoft.graph.user", "Text", "true", "numberOfItems"},
		},
		{
			"a type's name with a remark",
			[]string{"String (timestamp)", "string (identifier)", "String(timestamp)", "String (ISO 8601 duration)", "Integer (optional)"},
			[]string{"English (United States)", "String (timestamp", "string theory (physics)"},
		},
		{
			"a template",
			[]string{"{id}", "{rest-formatted-id-1}", "{id | userPrincipalName}", "<guid>", "<Unknown Primitive Type Edm.Stream>", "<Media Session Configuration>"},
			[]string{
				"{}", "{97A21473-8339-4BF0-BCB6-F55E4909FFB8}", "<html></html>", `<at id="0">Jane</at>`, "<MWHPR2@mail.example.com>",
				"<mail.example.com>", `{"title":"card"}`, "/groups/{id}", "<>", "{0}",
			},
		},
		{
			"a choice",
			[]string{"notStarted | running | completed", "a|b", "account | contentType | ..."},
			[]string{"a |", "either this | or that one", "i:0#.f|membership|jane@contoso.com"},
		},
		{
			"cut by dots",
			[]string{"...", "…", "https://...", "https://sn3302files...", "eyJ0eXAi..."},
			[]string{"Let me think ...", `<a href="https://onedrive.example.com/...">`, "1..2"},
		},
		{"a type where the value belongs", []string{"@odata.type: microsoft.graph.logonType"}, []string{"@odata.type", "#microsoft.graph.logonType"}},
		{"values", nil, []string{"1024", "99", "2015-10-30T03:03:43Z", "-PT1M13.8S", "Contoso", "inprogress", "dmFsdWU=", "é"}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			for _, s := range tt.yes {
				require.True(t, IsPlaceholder(s), "%q", s)
			}
			for _, s := range tt.no {
				require.False(t, IsPlaceholder(s), "%q", s)
			}
		})
	}
}
