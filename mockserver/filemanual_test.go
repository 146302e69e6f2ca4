package mockserver

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver/internal/tree"
)

// manualSections are the sections of fileformat.md by the part of the schema that they are about.
var manualSections = map[string]string{
	"scenario": "Top level", "machine": "machines", "variable": "state", "route": "routes", "enforce": "enforce", "limit": "limit",
	"match": "match", "condition": "Conditions on a text", "guard": "Conditions on the state", "reply": "reply",
	"retryAfter": "retryAfter", "delay": "delay", "fault": "fault", "operation": "operation", "expect": "expect",
	"calls": "Expectations of a route", "auth": "auth", "token": "token",
}

// TestFileManual holds the tables of fileformat.md against the schema: every key is there, with what the schema says of it, the
// words that it may have, and an example that the schema accepts.
func TestFileManual(t *testing.T) {
	type property struct {
		Description string
		Enum        []string
		Ref         string `json:"$ref"`
	}
	var schema struct {
		Defs map[string]struct {
			Required   []string
			Properties map[string]property
			Enum       []string
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(FileSchema(), &schema))
	sections := readManual(t)
	for name, def := range schema.Defs {
		if def.Properties == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			rows := sections[manualSections[name]]
			require.ElementsMatch(t, slices.Collect(maps.Keys(def.Properties)), slices.Collect(maps.Keys(rows)))
			for key, row := range rows {
				p := def.Properties[key]
				require.Equal(t, p.Description, row.says, key)
				require.Equal(t, slices.Contains(def.Required, key), row.byDefault == "required", key)
				words := append(p.Enum, schema.Defs[strings.TrimPrefix(p.Ref, "#/$defs/")].Enum...)
				for _, word := range words {
					require.Contains(t, row.kind, "`"+word+"`", key)
				}
				var faults tree.Faults
				example, _ := tree.ReadYAML([]byte(row.example), &faults)
				require.Empty(t, faults.All(), row.example)
				require.Equal(t, []string{key}, example.Names())
				var v any
				require.NoError(t, json.Unmarshal(example.Members[0].Value.AppendJSON(nil, nil), &v))
				require.NoError(t, compileFileSchema("/$defs/"+name+"/properties/"+key).Validate(v), row.example)
			}
		})
	}
}

type manualRow struct{ kind, byDefault, example, says string }

// readManual is the tables of fileformat.md by heading and key.
func readManual(t *testing.T) map[string]map[string]manualRow {
	src, err := os.ReadFile("fileformat.md")
	require.NoError(t, err)
	sections, heading := map[string]map[string]manualRow{}, ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if text, ok := strings.CutPrefix(line, "#"); ok {
			heading = strings.TrimLeft(text, "# ")
			continue
		}
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Key |") || strings.HasPrefix(line, "| --- |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		require.Len(t, cells, 5, line)
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if sections[heading] == nil {
			sections[heading] = map[string]manualRow{}
		}
		require.NotContains(t, sections[heading], cells[0])
		sections[heading][cells[0]] = manualRow{cells[1], cells[2], strings.Trim(cells[3], "`"), cells[4]}
	}
	return sections
}

// TestFileManualExamples loads the scenarios of fileformat.md, and plays them.
func TestFileManualExamples(t *testing.T) {
	src, err := os.ReadFile("fileformat.md")
	require.NoError(t, err)
	fences := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(src, -1)
	require.Len(t, fences, 3)
	for _, fence := range fences {
		file := string(fence[1])
		if strings.HasPrefix(file, "variants:") {
			file = "version: 1\nvars: {conn: a}\nexpect: {poll: {min: 1}}\nauth: {token: {}}\noperation: {accepts: POST /a/schema}\n" +
				"routes: [{id: poll, route: GET /a, replies: [{}, {}, {}]}]\n" + file
		}
		scenarios, err := loadBytes("scenario.yaml", []byte(file))
		require.NoError(t, err, file)
		for _, s := range scenarios {
			_, err := NewHandler(s)
			require.NoError(t, err, "%s of %s", s.Name, file)
		}
	}
}

// TestFileSchemaFaults holds that the schema knows the faults that the connection knows.
func TestFileSchemaFaults(t *testing.T) {
	var schema struct {
		Defs struct{ FaultKind struct{ Enum []Fault } } `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(FileSchema(), &schema))
	if kinds := Faults(); len(kinds) > 0 {
		require.ElementsMatch(t, kinds, schema.Defs.FaultKind.Enum)
	}
	require.Len(t, schema.Defs.FaultKind.Enum, len(faultKinds()))
	for _, kind := range faultKinds() {
		require.Contains(t, schema.Defs.FaultKind.Enum, Fault(kind))
	}
}
