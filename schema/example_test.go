package schema_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/graphcontract/graphcontract/schema"
)

func Example() {
	body := []byte(`{"id":"3ed1595a","status":"succeeded"}`)
	err := schema.ConnectionOperation().Validate(body)

	var f *schema.Finding
	if errors.As(err, &f) {
		fmt.Println(f.Pointer, f.Rule)
		fmt.Println(f.Message)
		fmt.Println(f.Hint)
		fmt.Println(f.Doc)
	}
	// Output:
	// /status enum
	// got string "succeeded", want one of "unspecified", "inprogress", "completed", "failed"
	// "succeeded" is a member of longRunningOperationStatus, not of this list
	// resources/connectionoperation.md:31
}

func ExampleSchema_With() {
	body := []byte(`{"id":"3ed1595a","status":"inprogress","percentComplete":50}`)
	s := schema.ConnectionOperation()
	fmt.Println("strict:  ", s.Validate(body))
	fmt.Println("tolerant:", s.With(schema.Tolerant).Validate(body))
	fmt.Println(s.With(schema.Tolerant).Findings(body))
	// Output:
	// strict:   1:40: /percentComplete: undeclared property "percentComplete" [additionalProperties]; declared are "error", "id", "status" (resources/connectionoperation.md:38)
	// tolerant: <nil>
	// 1:40: warning: /percentComplete: undeclared property "percentComplete" [additionalProperties]; declared are "error", "id", "status" (resources/connectionoperation.md:38)
}

func ExampleLoadPage() {
	page := []byte("# thing resource type\n\nNamespace: microsoft.graph\n\n" +
		"## Properties\n|Property|Type|Description|\n|:---|:---|:---|\n|id|String|The key.|\n|size|Int32|How large.|\n\n" +
		"## JSON representation\n<!-- { \"blockType\": \"resource\", \"@odata.type\": \"microsoft.graph.thing\", \"keyProperty\": \"id\" } -->\n" +
		"```json\n{ \"id\": \"String\", \"size\": 1024 }\n```\n")
	catalog, err := schema.LoadPage("thing.md", page)
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := catalog.Schema("thing", schema.Strict, schema.Entity)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Validate([]byte(`{"id":"1","size":"large"}`)))
	// Output:
	// 1:18: /size: got string "large", want integer or null (Edm.Int32) [type] (thing.md:9)
}

func ExampleCatalog_Resource() {
	_, err := schema.Default().Resource("conectionOperation")
	fmt.Println(err)
	fmt.Println(errors.Is(err, schema.ErrUnknownType))
	// Output:
	// schema: unknown type "conectionOperation"; nearest: microsoft.graph.connectionOperation
	// true
}

func ExampleLoadPages() {
	// The embedded pages stand for a checkout of the documentation: os.DirFS("microsoft-graph-docs/api-reference/v1.0").
	catalog, err := schema.LoadPages(context.Background(), schema.Pages())
	if err != nil {
		fmt.Println(err)
		return
	}
	for op := range catalog.Operations() {
		if !op.Assumed && op.Response != "" {
			fmt.Println(op.Method, op.Route, op.Response)
		}
	}
	// Output:
	// GET /connections/{connection-id}/operations/{operation-id} microsoft.graph.connectionOperation
	// GET /external/connections/{connection-id}/operations/{operation-id} microsoft.graph.externalConnectors.connectionOperation
}

// A project keeps the pages behind the types that it uses, or one file made of them.
func ExampleLoadCatalog() {
	all, err := schema.LoadPages(context.Background(), schema.Pages())
	if err != nil {
		log.Fatal(err)
	}
	pages, err := all.Pages(schema.Selection{Types: []string{"microsoft.graph.connectionOperation"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(pages, "\n"))

	kept, err := schema.LoadCatalog(all.JSON()) // from a file, or embedded into the test
	if err != nil {
		log.Fatal(err)
	}
	s, err := kept.Schema("microsoft.graph.connectionOperation", schema.Strict, schema.Entity)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.Validate([]byte(`{"id":"1","status":"succeeded"}`)) != nil)
	// Output:
	// api/connectionoperation-get.md
	// api/connectionoperation-list.md
	// api/connectionoperation-update.md
	// resources/connectionoperation.md
	// resources/entity.md
	// resources/errordetail.md
	// resources/innererrordetail.md
	// true
}
