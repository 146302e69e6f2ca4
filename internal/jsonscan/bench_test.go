package jsonscan

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// page is a collection as Graph sends it, compact or indented.
func page(items int, indent string) []byte {
	var b strings.Builder
	b.WriteString(`{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#external/connections('contosohr')/operations","value":[`)
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"@odata.type":"#microsoft.graph.externalConnectors.connectionOperation","id":"3ed1595a-4bae-43c2-acda-ef973e58%04x","status":"failed",`+
			`"error":{"code":"itemFailed","message":"Größe \"überschritten\"\nretry later","innererror":{"request-id":"a%d","date":"2024-05-01T10:00:00Z","retries":%d,"factor":1.5e-3,"final":true}}}`, i, i, i)
	}
	b.WriteString(`]}`)
	if indent == "" {
		return []byte(b.String())
	}
	var v any
	_ = json.Unmarshal([]byte(b.String()), &v)
	out, _ := json.MarshalIndent(v, "", indent)
	return out
}

func benchDocs() []struct {
	name string
	doc  []byte
} {
	return []struct {
		name string
		doc  []byte
	}{
		{"operation", []byte(`{"id":"3ed1595a-4bae-43c2-acda-ef973e581234","status":"inprogress","error":null}`)},
		{"page", page(1000, "")},
		{"indented", page(1000, "  ")},
		{"nested", []byte(nested(100_000))},
		{"digits", []byte(strings.Repeat("7", 1<<20))},
		{"string", []byte(`"` + strings.Repeat("x", 1<<20) + `"`)},
		{"umlauts", []byte(`"` + strings.Repeat("aé", 1<<20/3) + `"`)},
		{"members", []byte(manyMembers(100_000, `"z"`))},
		{"duplicates", []byte(`{` + strings.Repeat(`"a":1,`, 100_000) + `"b":2}`)},
		{"bad bytes", []byte(`["` + strings.Repeat("\xffx", 1<<19) + `"]`)},
	}
}

func BenchmarkScan(b *testing.B) {
	for _, d := range benchDocs() {
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(d.doc)))
			for b.Loop() {
				Scan(d.doc)
			}
		})
	}
}

// BenchmarkValid is encoding/json on the same documents, which judges the grammar only.
func BenchmarkValid(b *testing.B) {
	for _, d := range benchDocs()[:3] {
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(d.doc)))
			for b.Loop() {
				json.Valid(d.doc)
			}
		})
	}
}

func BenchmarkLocate(b *testing.B) {
	for _, d := range benchDocs()[:3] {
		for _, n := range []int{1, 100} {
			pointers := make([]string, n)
			for i := range pointers {
				pointers[i] = fmt.Sprintf("/value/%d/error/innererror/final", 999-i)
			}
			b.Run(fmt.Sprintf("%s/%d", d.name, n), func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(d.doc)))
				for b.Loop() {
					Locate(d.doc, pointers)
				}
			})
		}
	}
}

func BenchmarkPosition(b *testing.B) {
	for _, d := range benchDocs()[:3] {
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(d.doc)))
			for b.Loop() {
				NewCursor(d.doc).Position(len(d.doc))
			}
		})
	}
}

func BenchmarkExcerpt(b *testing.B) {
	doc := page(1000, "")
	b.ReportAllocs()
	for b.Loop() {
		Excerpt(doc, len(doc)/2, 100)
	}
}
