package mockserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// poller waits for operations as a correct client does.
type poller struct {
	client   *http.Client
	pace     time.Duration // between polls, where the server does not say
	request  time.Duration // the most that one request takes
	deadline time.Duration // the most that all of it takes
	polls    int           // requests for the operation so far
}

// maxFailures is how many failures in a row a poller gets over, and how many 404s before it has seen the operation.
const maxFailures = 5

// errPasses is a failure that says nothing about the operation, so that the client asks again.
var errPasses = errors.New("try again")

// passing is a failure that passes, after a time that the server gave, or 0.
type passing struct {
	cause error
	after time.Duration
}

func (p *passing) Error() string   { return p.cause.Error() }
func (p *passing) Unwrap() []error { return []error{p.cause, errPasses} }

// Register registers a schema and returns where the operation is, "" where the server does not say.
func (p *poller) Register(ctx context.Context, url string) (location string, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.deadline)
	defer cancel()
	err = p.persist(ctx, func() error {
		res, _, err := p.do(ctx, http.MethodPatch, url, `{"baseType":"microsoft.graph.externalItem","properties":[{"name":"title","type":"string"}]}`)
		if err == nil && res.StatusCode != http.StatusAccepted {
			err = fmt.Errorf("registration: %s", res.Status)
		}
		if err == nil {
			location = res.Header.Get("Location")
		}
		return err
	})
	return location, err
}

// Wait polls an operation until it has ended: its status is then completed or failed.
func (p *poller) Wait(ctx context.Context, url string) (status string, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.deadline)
	defer cancel()
	seen, missing := false, 0
	for {
		wait := p.pace
		err := p.persist(ctx, func() error {
			p.polls++
			res, body, err := p.do(ctx, http.MethodGet, url, "")
			switch {
			case err != nil:
				return err
			case res.StatusCode == http.StatusNotFound && !seen && missing < maxFailures:
				missing++
				status = ""
				return nil // not yet visible
			case res.StatusCode != http.StatusOK:
				return fmt.Errorf("poll: %s", res.Status)
			}
			seen = true
			wait = max(wait, retryAfter(res))
			var op struct {
				Status *string `json:"status"`
			}
			if err := json.Unmarshal(body, &op); err != nil {
				return fmt.Errorf("unreadable: %w", err)
			}
			if op.Status == nil {
				return errors.New("no status")
			}
			status = *op.Status
			return nil
		})
		if err != nil {
			return "", err
		}
		if status == "completed" || status == "failed" {
			return status, nil
		}
		if err := sleep(ctx, wait); err != nil {
			return "", err
		}
	}
}

// persist calls once until it succeeds, or fails for good.
func (p *poller) persist(ctx context.Context, once func() error) error {
	for failures := 1; ; failures++ {
		err := once()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var pass *passing
		if !errors.As(err, &pass) || failures > maxFailures {
			return err
		}
		if err := sleep(ctx, max(pass.after, p.pace)); err != nil {
			return err
		}
	}
}

// do sends a request and reads all of the response, within the time of a request.
func (p *poller) do(ctx context.Context, method, url, body string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, p.request)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if body == "" {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := p.client.Do(req)
	if err != nil {
		return nil, nil, &passing{cause: err}
	}
	defer res.Body.Close()
	doc, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, nil, &passing{cause: err}
	}
	switch res.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return nil, nil, &passing{cause: fmt.Errorf("%s %s", method, res.Status), after: retryAfter(res)}
	}
	return res, doc, nil
}

// retryAfter is how long a response asks to wait, in seconds or until a date; 0 where it does not say, or nothing that can be read.
func retryAfter(res *http.Response) time.Duration {
	value := res.Header.Get("Retry-After")
	if n, err := strconv.Atoi(value); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// naive waits for operations as hand-written clients do: until the status is not inprogress any more, whatever else the response is.
type naive struct {
	client *http.Client
	polls  int
}

// Register returns the Location, whatever the answer is.
func (n *naive) Register(ctx context.Context, url string) (location string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPatch, url, strings.NewReader(`{"baseType":"microsoft.graph.externalItem"}`))
	if err != nil {
		return "", err
	}
	res, err := n.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	return res.Header.Get("Location"), nil
}

// Wait takes everything but inprogress for done, and an error of the connection for the end.
func (n *naive) Wait(ctx context.Context, url string) (status string, err error) {
	for status = "inprogress"; status == "inprogress"; {
		if err := sleep(ctx, 5*time.Second); err != nil {
			return "", err
		}
		n.polls++
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		res, err := n.client.Do(req)
		if err != nil {
			return "", err
		}
		var op struct{ Status string }
		_ = json.NewDecoder(res.Body).Decode(&op)
		_ = res.Body.Close()
		status = op.Status
	}
	return "completed", ctx.Err()
}
