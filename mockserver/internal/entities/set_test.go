package entities

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSet(t *testing.T) {
	var s Set
	a, err := s.Insert("a", map[string]any{"n": 1})
	require.NoError(t, err)
	_, err = s.Insert("a", nil)
	require.ErrorIs(t, err, ErrExists)
	b, err := s.Insert("b", nil)
	require.NoError(t, err)

	got, ok := s.Get("a")
	require.True(t, ok)
	require.Equal(t, a, got)
	changed, err := s.Update("a", a.Version, func(m map[string]any) error { m["n"] = 2; return nil })
	require.NoError(t, err)
	require.Equal(t, 1, a.Members["n"], "who has the old one keeps it")
	_, err = s.Update("a", a.Version, func(map[string]any) error { return nil })
	require.ErrorIs(t, err, ErrVersion)
	refused := fmt.Errorf("refused")
	_, err = s.Update("a", 0, func(m map[string]any) error { m["n"] = 3; return refused })
	require.ErrorIs(t, err, refused)
	got, _ = s.Get("a")
	require.Equal(t, changed, got, "a change that is refused changes nothing")

	all, _ := s.All()
	require.Equal(t, []Entity{changed, b}, all, "in the order in which they were created")
	require.ErrorIs(t, s.Delete("b", 99), ErrVersion)
	require.NoError(t, s.Delete("b", b.Version))
	require.ErrorIs(t, s.Delete("b", 0), ErrNotFound)
	_, err = s.Update("b", 0, nil)
	require.ErrorIs(t, err, ErrNotFound)
	_, ok = s.Get("b")
	require.False(t, ok)

	put, isNew := s.Put("a", map[string]any{"n": 4})
	require.Equal(t, Entity{ID: "a", Version: changed.Version + 2, Created: a.Created, Members: map[string]any{"n": 4}}, put, "it is replaced")
	require.False(t, isNew)
	put, isNew = s.Put("b", nil)
	require.Equal(t, put.Version, put.Created, "it is a new one")
	require.True(t, isNew)
	all, _ = s.All()
	require.Len(t, all, 2)
}

// TestSinceAnew: an id that is used again is no removal.
func TestSinceAnew(t *testing.T) {
	var s Set
	_, _ = s.Insert("a", nil)
	_, before := s.All()
	require.NoError(t, s.Delete("a", 0))
	anew, err := s.Insert("a", nil)
	require.NoError(t, err)
	require.Equal(t, Changes{Changed: []Entity{anew}, Version: anew.Version}, s.Since(before))
	require.NoError(t, s.Delete("a", 0))
	require.Equal(t, []string{"a"}, s.Since(before).Removed, "it was there, and is gone")
}

// TestNoLostUpdate: of many writers that all insist on the version they have read, each change is made on top of another.
func TestNoLostUpdate(t *testing.T) {
	var s Set
	_, err := s.Insert("n", map[string]any{"n": 0})
	require.NoError(t, err)
	const writers, each = 16, 50
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				for {
					e, _ := s.Get("n")
					_, err := s.Update("n", e.Version, func(m map[string]any) error { m["n"] = e.Members["n"].(int) + 1; return nil })
					if err == nil {
						break
					}
				}
			}
		})
	}
	all.Wait()
	e, _ := s.Get("n")
	require.Equal(t, writers*each, e.Members["n"])
}

// FuzzSet states the law of delta queries: who had all entities at some version, and takes what happened since, has all of them now.
func FuzzSet(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0x10, 0x20, 0x21, 0x31, 0}, uint8(3))
	f.Fuzz(func(t *testing.T, steps []byte, at uint8) {
		var s Set
		mirror, version := map[string]uint64{}, uint64(0)
		for i, step := range steps {
			if i == int(at) {
				all, v := s.All()
				mirror, version = map[string]uint64{}, v
				for _, e := range all {
					mirror[e.ID] = e.Version
				}
			}
			id := string('a' + rune(step&7))
			switch step >> 4 & 3 {
			case 0:
				_, _ = s.Insert(id, nil)
			case 1:
				_ = s.Delete(id, 0)
			case 2:
				s.Put(id, nil)
			default:
				_, _ = s.Update(id, 0, func(map[string]any) error { return nil })
			}
		}
		c := s.Since(version)
		for _, id := range c.Removed {
			require.Contains(t, mirror, id)
			delete(mirror, id)
		}
		require.True(t, slices.IsSortedFunc(c.Changed, func(a, b Entity) int { return int(a.Version) - int(b.Version) }))
		for _, e := range c.Changed {
			mirror[e.ID] = e.Version
		}
		all, v := s.All()
		now := map[string]uint64{}
		for _, e := range all {
			now[e.ID] = e.Version
		}
		require.Equal(t, now, maps.Clone(mirror))
		require.Equal(t, v, c.Version)
	})
}
