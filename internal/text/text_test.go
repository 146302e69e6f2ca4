package text

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrintable(t *testing.T) {
	require.Equal(t, "a\ufffd[31mé日\ufffd\ufffd", Printable("a\x1b[31mé日\n\u009b"))
}

func TestCount(t *testing.T) {
	require.Equal(t, []string{"0 items", "1 item", "2 items"}, []string{Count(0, "item"), Count(1, "item"), Count(2, "item")})
}
