package jsonscan

import (
	"hash/maphash"
	"slices"
)

// smallObject is how many names an object may have before it gets a table. Up to there every new name is compared with
// those before it, if a filter lets it through.
const smallObject = 16

// name is a member name of an open object.
type name struct {
	text []byte // decoded
	at   int    // offset of its opening quote
	hash uint64 // if its object has a table
}

// nameSet is what an object has to find its names by. They stand in scanner.names from base on, up to the next open
// object's.
type nameSet struct {
	base   int
	filter uint64   // the bits of the names so far, see bit
	table  []uint32 // of a large object: open addressing, index from base plus one; a power of two, at most half full
}

// nameList is a stack of names.
type nameList struct {
	n    int // how many are in few, while there is no many
	few  [32]name
	many []name // all of them, once they were more than fit in few
}

func (l *nameList) len() int {
	if l.many != nil {
		return len(l.many)
	}
	return l.n
}

func (l *nameList) from(base int) []name {
	if l.many != nil {
		return l.many[base:]
	}
	return l.few[base:l.n]
}

func (l *nameList) push(n name) {
	if l.many == nil {
		if l.n < len(l.few) {
			l.few[l.n] = n
			l.n++
			return
		}
		l.many = append(make([]name, 0, 4*len(l.few)), l.few[:]...)
	}
	if len(l.many) == cap(l.many) {
		l.many = slices.Grow(l.many, len(l.many))
	}
	l.many = append(l.many, n)
}

func (l *nameList) cut(base int) {
	if l.many != nil {
		l.many = l.many[:base]
	} else {
		l.n = base
	}
}

// enter adds a name to the innermost object f, unless it has it; then it returns the offset of the one before. raw is
// between the quotes, and at is the offset of the opening one.
func (s *scanner) enter(f *frame, raw []byte, at int, plain bool) (first int, repeated bool) {
	text := raw
	if !plain {
		from := len(s.decoded)
		s.decoded = appendDecoded(s.decoded, raw)
		text = s.decoded[from:len(s.decoded):len(s.decoded)]
	}
	own := s.names.from(f.base)

	if f.table == nil {
		b := bit(text)
		if f.filter&b != 0 {
			for i := range own {
				if string(own[i].text) == string(text) {
					return own[i].at, true
				}
			}
		}
		f.filter |= b
		s.names.push(name{text: text, at: at})
		if len(own) == smallObject {
			s.tabulate(f)
		}
		return 0, false
	}

	hash := maphash.Bytes(s.seed, text)
	mask := uint64(len(f.table) - 1)
	slot := hash & mask
	for ; f.table[slot] != 0; slot = (slot + 1) & mask {
		if o := &own[f.table[slot]-1]; o.hash == hash && string(o.text) == string(text) {
			return o.at, true
		}
	}
	s.names.push(name{text, at, hash})
	f.table[slot] = uint32(len(own) + 1)
	if 2*(len(own)+1) > len(f.table) {
		f.grow(s.names.from(f.base), make([]uint32, 4*len(f.table)))
	}
	return 0, false
}

// tabulate gives f a table.
func (s *scanner) tabulate(f *frame) {
	own := s.names.from(f.base)
	if s.seed == (maphash.Seed{}) {
		s.seed = maphash.MakeSeed()
	}
	for i := range own {
		own[i].hash = maphash.Bytes(s.seed, own[i].text)
	}
	const size = 4 * smallObject
	if n := len(s.tables); n > 0 {
		// The table may be much larger: only clear what is used.
		table := s.tables[n-1][:size]
		s.tables = s.tables[:n-1]
		clear(table)
		f.grow(own, table)
		return
	}
	f.grow(own, make([]uint32, size))
}

// grow enters the names, which have their hashes and are distinct, in an empty table and makes it that of the set.
func (n *nameSet) grow(own []name, table []uint32) {
	mask := uint64(len(table) - 1)
	for i := range own {
		slot := own[i].hash & mask
		for table[slot] != 0 {
			slot = (slot + 1) & mask
		}
		table[slot] = uint32(i + 1)
	}
	n.table = table
}

// bit is one of 64 bits, chosen by what is cheap to look at and mostly differs between the names of an object.
func bit(text []byte) uint64 {
	n := len(text)
	if n == 0 {
		return 1
	}
	return 1 << ((uint32(n)<<16 | uint32(text[0])<<8 | uint32(text[n-1])) * 0x9e3779b1 >> 26)
}
