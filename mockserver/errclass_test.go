package mockserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"syscall"
)

// classOf is what a client may branch on in an error of net/http or of encoding/json.
func classOf(err error) string {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, context.DeadlineExceeded):
		return "deadline"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, syscall.ECONNRESET):
		return "ECONNRESET"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "unexpected EOF"
	case errors.Is(err, io.EOF):
		return "EOF"
	case errors.As(err, &syntax):
		return "no JSON"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return "no HTTP"
	case strings.Contains(err.Error(), "invalid byte in chunk length"):
		return "bad chunk"
	}
	return err.Error()
}
