package jsonscan_test

import (
	"fmt"
	"strings"

	"github.com/graphcontract/graphcontract/internal/jsonscan"
)

func ExampleScan() {
	doc := []byte("{\n\t\"id\": \"1\",\n\t\"error\": {\"code\": \"\\ud800\"},\n\t\"id\": 'x'\n}")
	cursor := jsonscan.NewCursor(doc)
	for _, f := range jsonscan.Scan(doc) {
		line, column := cursor.Position(f.Offset)
		fmt.Printf("%d:%d: %s: %s (%s)\n", line, column, f.Rule, f.Text, f.Pointer)
		text, caret := jsonscan.Excerpt(doc, f.Offset, 60)
		fmt.Printf("|%s\n|%s^\n", text, strings.Repeat(" ", caret-1))
	}
	// Output:
	// 3:21: json/surrogate: got a lone surrogate \ud800, want a low surrogate after it (/error/code)
	// | "error": {"code": "\ud800"},
	// |                    ^
	// 4:2: json/duplicate-key: got another "id", want one only (/id)
	// | "id": 'x'
	// | ^
	// 4:8: json/syntax: got a single quote, want a value (/id)
	// | "id": 'x'
	// |       ^
}

func ExampleLocate() {
	doc := []byte(`{"value": [{"id": "1"}, {"id": "2", "a/b": [true]}]}`)
	for _, p := range jsonscan.Locate(doc, []string{"/value/1/id", "/value/1/a~1b/0", "/value/0/error/code"}) {
		fmt.Printf("%d-%d %s, named at %d\n", p.Start, p.End, doc[p.Start:p.End], p.Name)
	}
	// Output:
	// 31-34 "2", named at 25
	// 44-48 true, named at -1
	// 11-22 {"id": "1"}, named at -1
}
