package recording

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
)

const bufferSize = 64 << 10

var errTooLong = errors.New("too long")

// input reads lines and runs of bytes and counts where it is.
type input struct {
	r      *bufio.Reader
	line   int    // of the next byte, from 1
	offset int64  // of the next byte, from 0
	last   []byte // what next returned last
	long   []byte // the memory of last if it did not fit r's buffer
	again  bool   // next returns last once more
}

func newInput(r io.Reader) input {
	return input{r: bufio.NewReaderSize(r, bufferSize), line: 1}
}

// skipBOM skips a byte order mark, which some editors write; it must be called first.
func (in *input) skipBOM() {
	const bom = "\ufeff"
	if b, _ := in.r.Peek(len(bom)); string(b) == bom {
		n, _ := in.r.Discard(len(bom))
		in.offset += int64(n)
	}
}

// next returns the rest of the line with its line break; it is valid until the next call. At the end it returns
// io.EOF and no bytes. If the line has more than limit bytes it returns errTooLong and the line's beginning.
func (in *input) next(limit int64) ([]byte, error) {
	if in.again {
		in.again = false
		in.count(in.last)
		return in.last, nil
	}
	in.last, in.long = nil, in.long[:0]
	for {
		b, err := in.r.ReadSlice('\n')
		if int64(len(in.long)+len(b)) > limit {
			return append(in.long, b...), errTooLong
		}
		switch {
		case err == nil && len(in.long) == 0:
			in.last = b
		case err == nil || err == io.EOF:
			in.long = append(in.long, b...)
			in.last = in.long
		case err == bufio.ErrBufferFull:
			in.long = append(in.long, b...)
			continue
		default:
			return nil, err
		}
		if len(in.last) == 0 {
			return nil, io.EOF
		}
		in.count(in.last)
		return in.last, nil
	}
}

// unread gives the last line back. Nothing but next may be called then.
func (in *input) unread() {
	in.again = true
	in.offset -= int64(len(in.last))
	in.line -= bytes.Count(in.last, []byte{'\n'})
}

// keep makes the last line valid until the next call of next, ahead in between.
func (in *input) keep() { in.last = bytes.Clone(in.last) }

// own returns the last line in memory that the caller may keep.
func (in *input) own() []byte {
	if len(in.long) == 0 {
		return bytes.Clone(in.last)
	}
	b := in.long
	in.long = nil
	return b
}

// take appends the next n bytes to dst, or what is left of the file if that is less.
func (in *input) take(dst []byte, n int64) ([]byte, error) {
	for n > 0 {
		if in.r.Buffered() == 0 {
			if _, err := in.r.Peek(1); err == io.EOF {
				break
			} else if err != nil {
				return dst, err
			}
		}
		b, _ := in.r.Peek(int(min(n, int64(in.r.Buffered()))))
		dst = append(slices.Grow(dst, int(min(n, int64(max(bufferSize, len(dst)))))), b...)
		in.count(b)
		n -= int64(len(b))
		if _, err := in.r.Discard(len(b)); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// ahead returns at most n of the bytes that follow, without reading them.
func (in *input) ahead(n int) []byte {
	b, _ := in.r.Peek(n)
	return b
}

func (in *input) count(b []byte) {
	in.offset += int64(len(b))
	in.line += bytes.Count(b, []byte{'\n'})
}

// chomp removes the line break.
func chomp(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}

func blank(line []byte) bool {
	return len(bytes.Trim(line, " \t\r\n")) == 0
}
