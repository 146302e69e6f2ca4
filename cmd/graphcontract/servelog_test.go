package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphcontract/graphcontract/mockserver"
)

func TestAnswered(t *testing.T) {
	tests := []struct {
		name, reason string
		served       mockserver.Served
		want         string
	}{
		{"reply", "which reply of which route it was", mockserver.Served{Route: "poll", Reply: 2, Status: 200}, "poll, reply 2"},
		{"own answer", "OPTIONS has no route", mockserver.Served{Status: 204}, "no route"},
		{"unexpected", "nothing answers it", mockserver.Served{Status: 501, Err: mockserver.ErrUnexpected}, "unexpected"},
		{"fault", "a fault says why there is no status", mockserver.Served{Route: "poll", Reply: 1, Fault: mockserver.Reset}, "poll, reply 1, fault reset"},
		{
			"cut", "a delay ends with its client, with the server, and where the scenario is played anew",
			mockserver.Served{Route: "poll", Reply: 1},
			"poll, reply 1, ended without an answer",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NotEmpty(t, tt.reason)
			require.Equal(t, tt.want, answered(tt.served))
		})
	}
}
