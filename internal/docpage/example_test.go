package docpage_test

import (
	"fmt"

	"github.com/graphcontract/graphcontract/internal/docpage"
)

func ExampleParse() {
	page := docpage.Parse("job.md", []byte(`# job resource type

|Property|Type|
|:---|:---|
|id|String|

<!-- { "blockType": "resource", "openType": False, } -->
`+"```json\n"+`{ "id": "String" }
`+"```\n"))
	for _, b := range page.Blocks {
		switch x := b.(type) {
		case docpage.Heading:
			fmt.Println(x.Line, x.Text)
		case docpage.Table:
			fmt.Println(x.Line, x.Header, x.Rows[0].Cells)
		case docpage.Fence:
			fmt.Println(x.Body, x.Annotation, x.Text)
		}
	}
	// Output:
	// 1 job resource type
	// 3 [Property Type] [id String]
	// 9 map[blockType:resource openType:false] { "id": "String" }
}

func ExampleParseJSON() {
	v, err := docpage.ParseJSON(`{ "openType": False, // as Python writes it
		"keyProperty": "id", }`)
	fmt.Println(v, err)
	_, err = docpage.ParseJSON("{\n\"keyProperty\" }")
	fmt.Println(err)
	// Output:
	// map[keyProperty:id openType:false] <nil>
	// line 2: member "keyProperty" without a value
}
