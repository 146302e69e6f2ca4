package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
)

const (
	external = "/v1.0/external/connections/contosohr"
	bare     = "/beta/connections/contosohr"
	opID     = "3ed1595a-4bae-43c2-acda-ef973e581323"
)

const schemaBody = `{"baseType":"microsoft.graph.externalItem","properties":[{"name":"ticketId","type":"String","isSearchable":true}]}`

// good are the sessions that obey the contract.
func good() []session {
	op := external + "/operations/" + opID
	bareOp := bare + "/operations/" + opID
	return []session{
		{
			file:    "testdata/recordings/completes.http",
			about:   "A schema is registered, and the operation polled until it is completed.",
			handler: graph("completed", ""),
			calls:   []call{{method: "PATCH", path: external + "/schema", body: schemaBody}, get(op), get(op), get(op)},
		},
		{
			file:    "testdata/recordings/fails.ndjson",
			about:   "Today's type (externalConnectors, publicError) fails.",
			handler: graph("failed", `{"code":"InvalidSchema","message":"The property ticketId is declared twice.","target":"ticketId"}`),
			calls:   []call{{method: "PATCH", path: external + "/schema", body: schemaBody}, get(op), get(op), get(op)},
		},
		{
			file:    "testdata/recordings/fails-bare.http",
			about:   "The older type (microsoft.graph, errorDetail) fails, with the body the documentation shows.",
			handler: graph("failed", `{"message":"Server error, something went wrong"}`),
			calls: []call{
				{method: "POST", path: bare + "/schema", body: schemaBody, header: []string{"Prefer: respond-async"}},
				get(bareOp), get(bareOp), get("/beta/connections('contosohr')/operations('" + opID + "')"), get("/beta/connections/contosohr/operations"),
			},
		},
		{
			file:    "testdata/recordings/throttled.http",
			about:   "Polling too often is answered with 429 and Retry-After; the operation is not visible at first.",
			handler: throttled(),
			calls:   []call{get(op), get(op), get(op), get(op)},
		},
		{
			file:    "testdata/recordings/evolved.ndjson",
			about:   "A service that has grown: a status and a member that no page documents are warnings.",
			handler: evolved(),
			calls:   []call{get(op), get(op), get("/v1.0/me")},
		},
	}
}

// graph answers as the documentation says: registration is accepted, and the third poll shows the end.
func graph(end, failure string) http.Handler {
	var polls atomic.Int64
	mux := http.NewServeMux()
	for _, route := range []string{"PATCH /v1.0/external/connections/{c}/schema", "POST /beta/connections/{c}/schema"} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			base := external
			if r.Method == http.MethodPost {
				base = bare
			}
			w.Header().Set("Location", location(r, base+"/operations/"+opID))
			w.WriteHeader(http.StatusAccepted)
		})
	}
	entity := func() string {
		if polls.Add(1) < 3 {
			return fmt.Sprintf(`{"id":%q,"status":"inprogress","error":null}`, opID)
		}
		if failure == "" {
			failure = "null"
		}
		return fmt.Sprintf(`{"id":%q,"status":%q,"error":%s}`, opID, end, failure)
	}
	poll := func(w http.ResponseWriter, r *http.Request) { reply(w, http.StatusOK, entity()) }
	mux.HandleFunc("GET /v1.0/external/connections/{c}/operations/{o}", poll)
	mux.HandleFunc("GET /beta/connections/{c}/operations/{o}", poll)
	mux.HandleFunc("GET /beta/connections('contosohr')/", poll)
	mux.HandleFunc("GET /beta/connections/{c}/operations", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json;odata.metadata=minimal")
		fmt.Fprint(w, `{"@odata.context":"http://`+r.Host+`/beta/$metadata#connections('contosohr')/operations","value":[`)
		w.(http.Flusher).Flush() // a chunked body
		fmt.Fprint(w, entity()+`]}`)
	})
	return mux
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("request-id", "8a1c7a52-5ad3-4c0b-9d8e-2f1d1d4fd0aa")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func graphError(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, fmt.Sprintf(`{
  "error": {
    "code": %q,
    "message": %q,
    "innerError": {
      "date": "2026-11-24T06:00:00",
      "request-id": "8a1c7a52-5ad3-4c0b-9d8e-2f1d1d4fd0aa"
    }
  }
}`, code, message))
}

func throttled() http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			graphError(w, http.StatusNotFound, "itemNotFound", "The operation was not found.")
		case 2:
			reply(w, http.StatusOK, `{"id":"`+opID+`","status":"inprogress"}`)
		case 3:
			w.Header().Set("Retry-After", "10")
			graphError(w, http.StatusTooManyRequests, "activityLimitReached", "Wait before polling again.")
		default:
			reply(w, http.StatusOK, `{"id":"`+opID+`","status":"completed"}`)
		}
	})
}

func evolved() http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := "validating"
		if n.Add(1) > 1 {
			status = "completed"
		}
		reply(w, http.StatusOK, `{"@odata.type":"#microsoft.graph.externalConnectors.connectionOperation","id":"`+opID+`","status":"`+status+`","percentComplete":50}`)
	})
}
