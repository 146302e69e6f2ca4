package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var console = regexp.MustCompile("(?s)```console\n\\$ go run ./cmd/graphcontract ([^\n]*)\n(.*?)```")

// TestREADME runs the README's commands and holds what they print against what it shows; [...] stands for any lines. Its
// consumer test is the one in testdata/consumer, whose failure .ci/run holds against the README. Its examples of fixtures are
// tests of that package.
func TestREADME(t *testing.T) {
	t.Chdir("../..")
	src, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := console.FindAllStringSubmatch(string(src), -1)
	require.Len(t, blocks, 5)
	story := regexp.MustCompile("(?s)\n```\n(testdata/broken/.*?)```\n").FindStringSubmatch(string(src))
	require.NotNil(t, story, "the first screen shows a finding")
	blocks = append(blocks, []string{"", "check --fail-on warning testdata/broken/succeeded.http", story[1]})
	for _, b := range blocks {
		t.Run(b[1], func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			args := strings.Fields(strings.ReplaceAll(b[1], "'", "")) // no argument of them has a blank in it
			code := run(context.Background(), args, strings.NewReader(""), &stdout, &stderr)
			want := exitFindings
			if strings.HasSuffix(b[1], "testdata/recordings") || strings.HasPrefix(b[1], "types ") || strings.HasPrefix(b[1], "generate ") || strings.HasPrefix(b[1], "serve ") {
				want = exitClean
			}
			require.Equal(t, want, code)
			require.Empty(t, stderr.String())
			parts := strings.Split(regexp.QuoteMeta(b[2]), regexp.QuoteMeta("[...]\n"))
			require.Regexp(t, "(?s)^"+strings.Join(parts, "(?:.*\n)?")+"$", stdout.String())
		})
	}
	consumer, err := os.ReadFile("testdata/consumer/fake_test.go")
	require.NoError(t, err)
	require.Contains(t, string(src), "```go\n"+string(consumer)+"```\n")
	for _, of := range []struct {
		section  string
		files    []string
		examples int
	}{
		{"Fixtures", []string{"fixtures/readme_test.go"}, 3},
		{"A server that behaves like Graph", []string{"mockserver/readme_test.go"}, 3},
		{"Your production client, unchanged", []string{"mockserver/readmeclient_test.go", "examples/msgraph/kiota_test.go"}, 5},
	} {
		var tested []byte
		for _, file := range of.files {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			tested = append(tested, b...)
		}
		_, section, _ := strings.Cut(string(src), "\n## "+of.section+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		examples := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(section, -1)
		require.Equal(t, of.examples, len(examples), "examples of %s", of.section)
		for _, example := range examples {
			require.Contains(t, string(tested), example[1], "%s have the examples", of.files)
		}
	}
	scenario, err := os.ReadFile("testdata/scenarios/registration.yaml")
	require.NoError(t, err)
	require.Contains(t, string(src), "```yaml\n"+string(scenario)+"```\n")
}
