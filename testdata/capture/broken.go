package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
)

// broken are the sessions of mocks that break the contract, each in a way that teams' hand-written mocks do.
func broken() []session {
	op := external + "/operations/" + opID
	return []session{
		{
			file:    "testdata/broken/succeeded.http",
			about:   "A mock that ends on a status the documentation does not know. Its client polls while the status is inprogress, and its test is green.",
			handler: sequence(`{"id":"`+opID+`","status":"inprogress"}`, `{"id":"`+opID+`","status":"succeeded"}`),
			calls:   []call{get(op), get(op)},
		},
		{
			file:  "testdata/broken/regresses.http",
			about: "A mock that counts requests, and answers inprogress again after completed.",
			handler: sequence(`{"id":"`+opID+`","status":"inprogress"}`, `{"id":"`+opID+`","status":"completed"}`,
				`{"id":"`+opID+`","status":"inprogress"}`),
			calls: []call{get(op), get(op), get(op)},
		},
		{
			file:  "testdata/broken/shapes.http",
			about: "A mock whose bodies are not what the documentation says.",
			handler: sequence("{\n  \"id\": \"\",\n  \"status\": 2,\n  \"error\": \"boom\"\n}",
				"{\n  \"ID\": \""+opID+"\",\n  \"status\": \"Completed\"\n}", `[{"id":"`+opID+`","status":"failed","error":{"message":"x"}}]`),
			calls: []call{get(op), get(op), get(op)},
		},
		{
			file:    "testdata/broken/errors.ndjson",
			about:   "A mock whose errors a Graph client cannot read.",
			handler: brokenErrors(),
			calls:   []call{get(op), get(op), get(op)},
		},
		{
			file:  "testdata/broken/bytes.ndjson",
			about: "A mock whose JSON is put together by hand: a repeated member, a second document, another operation's id.",
			handler: sequence(`{"id":"`+opID+`","status":"inprogress","status":"completed"}`,
				`{"id":"`+opID+`","status":"inprogress"}{"id":"2"}`,
				`{"id":"`+opID+`","status":"inprogress"}`, `{"id":"0b4cf6a0","status":"failed"}`),
			calls: []call{get(op), get(op), get(op), get(op)},
		},
	}
}

// sequence answers with one body after the other.
func sequence(bodies ...string) http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, bodies[min(int(n.Add(1)), len(bodies))-1])
	})
}

func brokenErrors() http.Handler {
	var n atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			reply(w, http.StatusNotFound, `{"error":{"message":"not found"}}`)
		case 2:
			reply(w, http.StatusTooManyRequests, `{"error":{"code":429,"message":"throttled"}}`)
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html><body>Sign in</body></html>")
		}
	})
}
