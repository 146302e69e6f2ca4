package schema

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
)

// embedded holds our own pages about connectionOperation, written in the documentation's format, and the full forms
// derived from the pages of its two versions, so that judging a connectionOperation reads no page.
//
//go:embed embedded
var embedded embed.FS

// errorType is the type of an error response's body.
const errorType = "microsoft.graph.ODataErrors.ODataError"

// mainErrorType is the type of the error in it.
const mainErrorType = "microsoft.graph.ODataErrors.mainError"

const (
	connectionOperation         = "microsoft.graph.connectionOperation"
	externalConnectionOperation = "microsoft.graph.externalConnectors.connectionOperation"
)

// hasForm says whether the full form of a type's entity shape is embedded.
func hasForm(name string) bool {
	return name == connectionOperation || name == externalConnectionOperation
}

// Default returns the embedded catalog: connectionOperation in its two versions (microsoft.graph with errorDetail,
// microsoft.graph.externalConnectors with publicError), the types they refer to, the error response, and the
// operations that read, list, update and cause them. What no source documents is marked assumed, and findings that
// rest on it are warnings. It is read on first use.
func Default() *Catalog { return defaultCatalog() }

var defaultCatalog = sync.OnceValue(func() *Catalog {
	c, err := LoadPages(context.Background(), Pages())
	if err != nil {
		panic(fmt.Sprintf("schema: embedded pages: %v", err)) // a broken build, which every test of ours would show
	}
	return c
})

// Pages returns the embedded pages, for [LoadPages] beside others.
func Pages() fs.FS {
	sub, err := fs.Sub(embedded, "embedded/pages")
	if err != nil {
		panic(err) // only an invalid path makes fs.Sub fail
	}
	return sub
}

// ConnectionOperation returns the strict schema of microsoft.graph.connectionOperation, the resource on the page this
// project began with. [Schema.With] makes it tolerant.
func ConnectionOperation() *Schema { return connectionOperationSchema() }

var connectionOperationSchema = sync.OnceValue(func() *Schema {
	return &Schema{
		catalog: Default, resource: connectionOperation, mode: Strict, shape: Entity,
		judge: newJudge("", func() *form { return embeddedForm(connectionOperation) }),
	}
})

// embeddedForm reads the full form of a type's entity shape that is embedded beside the pages.
func embeddedForm(name string) *form {
	b, err := embedded.ReadFile(formFile(name))
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		var root object
		if err = d.Decode(&root); err == nil {
			return &form{root: root}
		}
	}
	panic(fmt.Sprintf("schema: embedded form of %s: %v", name, err)) // a broken build
}

func formFile(name string) string { return "embedded/forms/" + name + ".json" }
