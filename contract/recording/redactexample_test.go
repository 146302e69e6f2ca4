package recording_test

import (
	"fmt"

	"github.com/graphcontract/graphcontract/contract/recording"
)

func ExampleRedactor() {
	exchanges := []recording.Exchange{
		{Method: "GET", URL: "https://graph.microsoft.com/v1.0/me?debug=0.AXkA-opaque", Status: 401},
		{
			Method: "POST", URL: "https://login.microsoftonline.com/contoso/oauth2/v2.0/token", Status: 200,
			Request:  recording.Message{Body: []byte("client_id=app&client_secret=Q~7%2Fsecret&grant_type=client_credentials")},
			Response: recording.Message{Body: []byte(`{"token_type":"Bearer","expires_in":3599,"access_token":"0.AXkA-opaque"}`)},
		},
	}
	var r recording.Redactor
	for _, x := range r.All(exchanges) {
		fmt.Println(x.Method, x.URL)
		if x.Status == 200 {
			fmt.Printf("%s\n%s\n", x.Request.Body, x.Response.Body)
		}
	}
	// Output:
	// GET https://graph.microsoft.com/v1.0/me?debug=REDACTED-2
	// POST https://login.microsoftonline.com/contoso/oauth2/v2.0/token
	// client_id=app&client_secret=REDACTED-1&grant_type=client_credentials
	// {"token_type":"Bearer","expires_in":3599,"access_token":"REDACTED-2"}
}

func ExampleLeaks() {
	x := recording.Exchange{URL: "https://contoso.blob.core.windows.net/c/b?sv=2024-11-04&sig=AbC%3D", Status: 200}
	fmt.Println(recording.Leaks(&x))
	var r recording.Redactor
	x = r.Redact(x)
	fmt.Println(x.URL, recording.Leaks(&x))
	// Output:
	// [URL: parameter "sig"]
	// https://contoso.blob.core.windows.net/c/b?sv=2024-11-04&sig=REDACTED-1 []
}
