package main

import (
	"crypto/sha256"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// watch knows the files that a scenario was read from, and what was in them.
type watch struct{ files map[string]sighting }

// sighting is a file as it was read.
type sighting struct {
	missing bool
	time    time.Time // of its last change
	size    int64
	read    int64 // how much of it was read
	sum     [sha256.Size]byte
}

// settled is how old a change must be for the time to tell the next one apart, on any file system.
const settled = 2 * time.Second

// changed says whether a file is no longer what was read. One that was only touched has not changed.
func (w *watch) changed() bool {
	for name, was := range w.files {
		info, err := os.Stat(name)
		switch {
		case err != nil && was.missing:
			continue
		case err != nil || was.missing || info.Size() != was.size:
			return true
		case info.ModTime().Equal(was.time) && time.Since(was.time) > settled:
			continue
		}
		if sumOf(name, was.read) != was.sum {
			return true
		}
		was.time = info.ModTime()
		w.files[name] = was
	}
	return false
}

// settle waits until the files stay the same for a moment, as editors write in several steps.
func (w *watch) settle() {
	for range 20 {
		before := w.sums()
		time.Sleep(25 * time.Millisecond)
		if maps.Equal(before, w.sums()) {
			return
		}
	}
}

func (w *watch) sums() map[string][sha256.Size]byte {
	sums := map[string][sha256.Size]byte{}
	for name := range w.files {
		sums[name] = sumOf(name, 1<<62)
	}
	return sums
}

// sumOf is the hash of the beginning of a file, zero where it cannot be read.
func sumOf(name string, most int64) (sum [sha256.Size]byte) {
	f, err := os.Open(name)
	if err != nil {
		return sum
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, most)); err == nil {
		h.Sum(sum[:0])
	}
	return sum
}

// watchedFS is a directory whose files are noted when they are read, and when they are not there.
type watchedFS struct {
	fs.FS
	dir   string
	watch *watch
}

// Open opens a file.
func (w watchedFS) Open(name string) (fs.File, error) {
	full := filepath.Join(w.dir, filepath.FromSlash(name))
	f, err := w.FS.Open(name)
	if err != nil {
		w.watch.files[full] = sighting{missing: true}
		return nil, err
	}
	seen := sighting{}
	if info, err := f.Stat(); err == nil {
		seen.time, seen.size = info.ModTime(), info.Size()
	}
	return &watchedFile{File: f, name: full, watch: w.watch, seen: seen, hash: sha256.New()}, nil
}

type watchedFile struct {
	fs.File
	name  string
	watch *watch
	seen  sighting
	hash  hash.Hash
}

// Read reads on.
func (f *watchedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.seen.read += int64(n)
	f.hash.Write(p[:n])
	return n, err
}

// Close notes what was read.
func (f *watchedFile) Close() error {
	f.hash.Sum(f.seen.sum[:0])
	f.watch.files[f.name] = f.seen
	return f.File.Close()
}
