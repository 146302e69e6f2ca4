package mockserver

import (
	"encoding/hex"
	"hash/fnv"
	"strconv"
)

// Random numbers follow from the server's seed and from what they are for, and not from the order in which concurrent requests come: a
// place has a stream of its own, each of its requests one, and each number of an answer is the next of its request's (splitmix64).

// goldenGamma is the distance of the states of splitmix64.
const goldenGamma = 0x9e3779b97f4a7c15

// mix is the output of splitmix64 for a state.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// streamOf begins the random numbers of a place. After a Reset they are others, so that ids stay unique.
func (h *Handler) streamOf(route, key string) uint64 {
	f := fnv.New64a()
	_, _ = f.Write([]byte(joinKey([]string{strconv.FormatUint(h.resets, 10), route, key}))) // it does not fail
	return mix(h.options.seed) ^ f.Sum64()
}

// random is the next random number for the answer to a request. Of a request without a place it depends on how many came before.
func (h *Handler) random(q *Request) uint64 {
	stream, n := h.options.seed, q.sequence
	if pl := q.space.decision.place; pl != nil {
		stream, n = pl.stream, uint64(q.count)
	}
	q.drawn++
	return mix(mix(stream+n*goldenGamma) + q.drawn*goldenGamma)
}

// uuid makes a UUID of version 4 (RFC 9562) for the answer to a request.
func (h *Handler) uuid(q *Request) string {
	var b [16]byte
	hi, lo := h.random(q), h.random(q)
	for i := range 8 {
		b[i], b[8+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[:8], b[:4])
	hex.Encode(s[9:13], b[4:6])
	hex.Encode(s[14:18], b[6:8])
	hex.Encode(s[19:23], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
