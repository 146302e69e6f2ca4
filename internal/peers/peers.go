// Package peers writes connectionOperation documents as one would without this module. It is what benchmarks compare
// [fixtures.Generator.WriteNDJSON] with, and imported by them alone.
package peers

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/brianvoe/gofakeit/v6"
)

const block = 64 << 10 // is written at once, in bytes

// messages are as many texts as a stream of WriteNDJSON has errors, so that both read as much memory.
var messages = sync.OnceValue(func() *[1024]string {
	var out [1024]string
	things := [...]string{"request", "operation", "connection", "schema", "item", "property", "resource", "change"}
	actions := [...]string{"completed", "created", "updated", "deleted", "found", "read", "validated", "saved"}
	for i := range out {
		out[i] = fmt.Sprintf("The %s could not be %s, %d.", things[i%8], actions[i/8%8], i/64)
	}
	return &out
})

// AppendLoop writes n documents, one a line, with a loop of appends for this one type: a counting GUID, one of four
// states, and an error with a detail or none where the state is failed. It has 1,024 messages.
func AppendLoop(w io.Writer, n int) error {
	messages := messages()
	statuses := [...]string{"unspecified", "inprogress", "completed", "failed"}
	b := make([]byte, 0, block+1024)
	state := uint64(1)
	for k := range n {
		state ^= state << 13 // xorshift64
		state ^= state >> 7
		state ^= state << 17
		status := statuses[state&3]
		b = append(b, `{"error":`...)
		if status == "failed" {
			b = append(b, `{"details":[`...)
			if state>>2&1 == 1 {
				b = append(b, `{"message":"`...)
				b = append(b, messages[state>>32&1023]...)
				b = append(b, `"}`...)
			}
			b = append(b, `],"errorCode":"Error`...)
			b = strconv.AppendUint(b, state>>20&1023, 10)
			b = append(b, `","message":"`...)
			b = append(b, messages[state>>42&1023]...)
			b = append(b, `"}`...)
		} else {
			b = append(b, "null"...)
		}
		b = append(b, `,"id":"`...)
		for shift := 28; shift >= 0; shift -= 4 {
			b = append(b, "0123456789abcdef"[uint(k)>>shift&15])
		}
		b = append(b, `-3d2e-4c1f-8a7b-001122334455","status":"`...)
		b = append(b, status...)
		b = append(b, "\"}\n"...)
		if len(b) >= block {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

type failure struct {
	Details []struct {
		Message string `json:"message" fake:"{sentence:2}"`
	} `json:"details" fakesize:"1"`
	ErrorCode string `json:"errorCode" fake:"{word}"`
	Message   string `json:"message" fake:"{sentence:2}"`
}

type operation struct {
	Error  *failure `json:"error" fake:"skip"`
	ID     string   `json:"id" fake:"{uuid}"`
	Status string   `json:"status" fake:"{randomstring:[unspecified,inprogress,completed,failed]}"`
}

// Struct writes n documents with [gofakeit.Faker.Struct] and encoding/json, one a line. What has failed has an error
// with one detail.
func Struct(w io.Writer, n int) error {
	f := gofakeit.New(1)
	e := json.NewEncoder(w)
	for range n {
		var o operation
		if err := f.Struct(&o); err != nil {
			return err
		}
		if o.Status == "failed" {
			o.Error = &failure{}
			if err := f.Struct(o.Error); err != nil {
				return err
			}
		}
		if err := e.Encode(&o); err != nil {
			return err
		}
	}
	return nil
}
