package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rulesOf are a node's rules: "enum warning".
func rulesOf(n Node) string {
	var out []string
	for _, r := range n.Rules {
		out = append(out, r.ID+" "+r.Severity.String())
	}
	return strings.Join(out, ", ")
}

func TestNode(t *testing.T) {
	at := func(s *Schema, path ...string) Node {
		n := s.Root()
		for _, p := range path {
			if p == "*" {
				n = n.Items()
			} else {
				n = n.Member(p)
			}
		}
		return n
	}
	strict, tolerant := ConnectionOperation(), ConnectionOperation().With(Tolerant)
	today, err := Default().Schema("microsoft.graph.externalConnectors.connectionOperation", Strict, Entity)
	require.NoError(t, err)
	tests := []struct {
		s           *Schema
		path        []string
		typ, rules  string
		reason      string
		null, array bool
	}{
		{strict, nil, "microsoft.graph.connectionOperation", "type error, required error, additionalProperties error", "a document is an object with its key and status", false, false},
		{tolerant, nil, "microsoft.graph.connectionOperation", "type error, required error, additionalProperties warning", "members may be added", false, false},
		{strict, []string{"id"}, "Edm.String", "type error, minLength error", "a key is there and not empty", false, false},
		{strict, []string{"status"}, "microsoft.graph.connectionOperationStatus", "type error, enum error", "a closed list", true, false},
		{tolerant, []string{"status"}, "microsoft.graph.connectionOperationStatus", "type error, enum warning", "an open mode", true, false},
		{today, []string{"status"}, "microsoft.graph.externalConnectors.connectionOperationStatus", "type error, enum warning", "its list holds unknownFutureValue", true, false},
		{strict, []string{"error"}, "microsoft.graph.errorDetail", "type error, additionalProperties error", "null stands beside it", true, false},
		{strict, []string{"error", "details"}, "", "type error", "a collection is never null", false, true},
		{strict, []string{"error", "details", "*"}, "microsoft.graph.innerErrorDetail", "type error, additionalProperties error", "its items may be", true, false},
		{strict, []string{"@odata.nextLink"}, "Edm.String", "type error", "a link is one of many names", false, false},
		{strict, []string{"@odata.type"}, "Edm.String", "type error, odata/type error, odata/type-hash warning", "control information has rules of its own", false, false},
		{strict, []string{"whatever"}, "", "", "what is not declared may be anything", true, true},
		{strict.As(Update), []string{"id"}, "Edm.String", "type error, minLength error, odata/read-only warning", "a service ignores it", false, false},
		{strict.As(Collection), nil, "Collection(microsoft.graph.connectionOperation)", "type error, required error, additionalProperties error, odata/two-links error", "a page", false, false},
		{strict.As(Collection), []string{"value", "*", "id"}, "Edm.String", "type error, minLength error", "its items", false, false},
		{strict.As(Delta), []string{"value", "*", "@removed", "reason"}, "Edm.String", "enum error", "of a removed item", false, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s %s %v", tt.s.Shape(), tt.s.Mode(), tt.path), func(t *testing.T) {
			n := at(tt.s, tt.path...)
			require.Equal(t, tt.rules, rulesOf(n), tt.reason)
			require.Equal(t, tt.typ, n.Type, tt.reason)
			if _, typed := n.Rule("type"); typed || len(n.Rules) == 0 {
				require.Equal(t, tt.null, n.Accepts("null"), tt.reason)
				require.Equal(t, tt.array, n.Accepts("array"), tt.reason)
			}
		})
	}
	require.Nil(t, Node{}.Resource(), "the zero node takes anything")
	require.True(t, Node{}.Accepts("object"))
}

func TestNodeSubtypes(t *testing.T) {
	s, err := Default().Schema("microsoft.graph.entity", Strict, Entity)
	require.NoError(t, err)
	names := []string{}
	for name, n := range s.Root().Subtypes() {
		names = append(names, name)
		require.Equal(t, name, n.Resource().Name)
		_, ok := n.Rule("additionalProperties")
		require.True(t, ok, "a subtype has rules that entity itself has not")
	}
	require.Contains(t, names, "microsoft.graph.connectionOperation")
	_, ok := s.Root().Rule("additionalProperties")
	require.False(t, ok, "entity is open")
}

// TestNodeAgrees holds the rules of nodes against the judge: what breaks a rule of a node is found with its id and severity.
func TestNodeAgrees(t *testing.T) {
	for _, m := range []Mode{Strict, Tolerant} {
		s := ConnectionOperation().With(m)
		for doc, path := range map[string]string{
			`{"id":"3","status":"succeeded"}`:                       "status",
			`{"id":"","status":null}`:                               "id",
			`{"id":"3","status":null,"@odata.count":-1}`:            "@odata.count",
			`{"id":"3","status":null,"@odata.type":"#microsoft.x"}`: "@odata.type",
		} {
			fs := s.Findings([]byte(doc))
			require.Len(t, fs, 1, doc)
			require.Contains(t, rulesOf(s.Root().Member(path)), fs[0].Rule+" "+fs[0].Severity.String(), doc)
		}
	}
}

func ExampleSchema_Root() {
	for m := range ConnectionOperation().Root().Members() {
		if !m.Control {
			fmt.Println(m.Name, m.Node.Type, m.Node.Accepts("null"))
		}
	}
	// Output:
	// error microsoft.graph.errorDetail true
	// id Edm.String false
	// status microsoft.graph.connectionOperationStatus true
}
