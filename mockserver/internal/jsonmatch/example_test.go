package jsonmatch_test

import (
	"fmt"

	"github.com/graphcontract/graphcontract/mockserver/internal/jsonmatch"
)

func Example() {
	want, _ := jsonmatch.Decode([]byte(`{"id": "contoso", "configuration": {"authorizedAppIds": ["1"]}}`))
	got, _ := jsonmatch.Decode([]byte(`{"configuration": {"authorizedAppIds": []}, "id": "contoso", "name": "Contoso"}`))
	fmt.Println(jsonmatch.Subset(want, got))

	id, _, _ := jsonmatch.At("/id", got)
	fmt.Println(id)
	// Output:
	// /configuration/authorizedAppIds/0: got absent, want "1"
	// contoso
}
