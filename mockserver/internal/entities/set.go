// Package entities keeps a set of entities in memory: what an entity set of a service stores, with a version for each entity
// and a log of what changed, which delta queries read.
package entities

import (
	"errors"
	"maps"
	"slices"
	"sync"
)

// What may be wrong with a request for an entity.
var (
	ErrNotFound = errors.New("there is no such entity")
	ErrExists   = errors.New("there is such an entity already")
	ErrVersion  = errors.New("the entity has another version")
)

// Entity is an entity as it was at one version. Its members must not be changed: others look at the same.
type Entity struct {
	ID      string
	Version uint64 // counts the changes of the whole set; never 0
	Created uint64 // the version that created it
	Members map[string]any
}

// Set is a set of entities. The zero value is empty. It is safe for concurrent use: each method is one step.
type Set struct {
	mu      sync.Mutex
	version uint64
	byID    map[string]*record
	records []*record // in the order in which they were created; those that are gone, too
}

// record is an entity, or what is left of it.
type record struct {
	entity Entity // its version is that of the removal where it is gone
	gone   bool
}

// Insert adds an entity. It owns the members from then on. The error is [ErrExists].
func (s *Set) Insert(id string, members map[string]any) (Entity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.byID[id]; r != nil && !r.gone {
		return r.entity, ErrExists
	}
	return s.insert(id, members), nil
}

// Put adds an entity, or replaces the one that has its id. It owns the members from then on.
func (s *Set) Put(id string, members map[string]any) (e Entity, isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.byID[id]; r != nil && !r.gone {
		return s.replace(r, members), false
	}
	return s.insert(id, members), true
}

func (s *Set) insert(id string, members map[string]any) Entity {
	s.version++
	r := &record{entity: Entity{ID: id, Version: s.version, Created: s.version, Members: members}}
	if s.byID == nil {
		s.byID = map[string]*record{}
	}
	s.byID[id] = r
	s.records = append(s.records, r)
	return r.entity
}

func (s *Set) replace(r *record, members map[string]any) Entity {
	s.version++
	r.entity.Version, r.entity.Members = s.version, members
	return r.entity
}

// Get is the entity of an id.
func (s *Set) Get(id string) (Entity, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byID[id]
	if r == nil || r.gone {
		return Entity{}, false
	}
	return r.entity, true
}

// Update replaces the members of an entity by what change makes of a copy of them; a member in them that is an object or an
// array must be replaced, not changed. version is the one that the entity must have, 0 for any. The error is [ErrNotFound],
// [ErrVersion], or that of change, which must not call the set; the entity stays as it is then.
func (s *Set) Update(id string, version uint64, change func(members map[string]any) error) (Entity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.existing(id, version)
	if err != nil {
		return Entity{}, err
	}
	members := maps.Clone(r.entity.Members)
	if err := change(members); err != nil {
		return r.entity, err
	}
	return s.replace(r, members), nil
}

// Delete removes an entity. version is the one that it must have, 0 for any. The error is [ErrNotFound] or [ErrVersion].
func (s *Set) Delete(id string, version uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.existing(id, version)
	if err != nil {
		return err
	}
	s.version++
	r.gone, r.entity.Version = true, s.version
	return nil
}

func (s *Set) existing(id string, version uint64) (*record, error) {
	r := s.byID[id]
	switch {
	case r == nil || r.gone:
		return nil, ErrNotFound
	case version != 0 && version != r.entity.Version:
		return nil, ErrVersion
	}
	return r, nil
}

// All are the entities in the order in which they were created, and the version of the set.
func (s *Set) All() ([]Entity, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Entity, 0, len(s.records))
	for _, r := range s.records {
		if !r.gone {
			all = append(all, r.entity)
		}
	}
	return all, s.version
}

// Changes is what happened to a set after a version.
type Changes struct {
	Changed []Entity // created or changed, in the order of their last changes
	Removed []string // ids of those that are gone and were there at that version
	Version uint64   // of the set
}

// Since is what happened after a version. An entity that was created and is gone again is not part of it; one that is gone and
// was created anew is changed.
func (s *Set) Since(version uint64) Changes {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Changes{Version: s.version}
	for _, r := range s.records {
		switch {
		case r.entity.Version <= version:
		case !r.gone:
			c.Changed = append(c.Changed, r.entity)
		case r.entity.Created <= version && s.byID[r.entity.ID].gone: // it was there at that version
			c.Removed = append(c.Removed, r.entity.ID)
		}
	}
	slices.SortFunc(c.Changed, func(a, b Entity) int {
		if a.Version < b.Version {
			return -1
		}
		return 1
	})
	return c
}
