package schema

import (
	"context"
	"testing"
)

// BenchmarkLoadDefault is what the first use of the embedded catalog costs.
func BenchmarkLoadDefault(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := LoadPages(context.Background(), Pages()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompile is what the first document of a type and shape costs.
func BenchmarkCompile(b *testing.B) {
	form := embeddedForm(connectionOperation).root
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compile(form); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindings(b *testing.B) {
	for _, bb := range []struct{ name, doc string }{
		{"valid", `{"id":"3ed1595a-4bae-43c2-acda-ef973e581323","status":"failed","error":{"message":"Server error, something went wrong"}}`},
		{"invalid", `{"id":"3ed1595a-4bae-43c2-acda-ef973e581323","status":"succeeded","error":{"message":7},"x":1}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s, doc := ConnectionOperation(), []byte(bb.doc)
			b.ReportAllocs()
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				s.Findings(doc)
			}
		})
	}
}

// BenchmarkHostile is what the worst documents of TestFindings cost.
func BenchmarkHostile(b *testing.B) {
	s := ConnectionOperation()
	for _, tt := range judged {
		if len(tt.doc) < 1000 && tt.name != "huge exponent" {
			continue
		}
		b.Run(tt.name, func(b *testing.B) {
			doc := []byte(tt.doc)
			for b.Loop() {
				s.Findings(doc)
			}
		})
	}
}
