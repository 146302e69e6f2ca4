package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// lockName is the lock file of a copy of pages, beside them.
const lockName = "pages.lock.json"

const (
	lockKind    = "pages"
	lockVersion = 1
)

// pageLock says where the pages of a copy are from. Equal copies have equal lock files.
type pageLock struct {
	Kind        string       `json:"graphcontract"`
	Version     int          `json:"version"`
	Attribution string       `json:"attribution"`
	Sources     []pageOrigin `json:"sources"`
	Types       []string     `json:"types"` // full names, sorted
	Structural  bool         `json:"structural,omitempty"`
	Catalog     string       `json:"catalogSHA256,omitempty"`
	Pages       []lockedPage `json:"pages"` // by path
}

// pageOrigin is where pages were copied from. It names no place of the machine that copied them.
type pageOrigin struct {
	Source     string `json:"source"`               // folder in the repository, or the last element of the name that was given
	Repository string `json:"repository,omitempty"` // URL of the checkout's origin
	Commit     string `json:"commit,omitempty"`     // of the checkout, or of the archive's comment
}

type lockedPage struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Source int    `json:"source,omitempty"` // index in sources
}

func (l pageLock) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(l) // strings, numbers and booleans
	return b.Bytes()
}

// sums are the SHA-256 of the files that a copy consists of, by path.
func (l pageLock) sums() map[string]string {
	sums := map[string]string{}
	for _, p := range l.Pages {
		sums[p.Path] = p.SHA256
	}
	if l.Catalog != "" {
		sums[catalogName] = l.Catalog
	}
	return sums
}

// readLock reads the lock file of a copy. Paths that lead out of the copy are refused.
func readLock(root *os.Root) (pageLock, error) {
	var l pageLock
	file := filepath.Join(root.Name(), lockName)
	b, err := root.ReadFile(lockName)
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(b, &l); err != nil {
		return pageLock{}, fmt.Errorf("%s is no lock file: %w", file, err)
	}
	switch {
	case l.Kind != lockKind:
		return pageLock{}, fmt.Errorf("%s is no lock file: its member graphcontract is %q, want %q", file, l.Kind, lockKind)
	case l.Version != lockVersion:
		return pageLock{}, fmt.Errorf("%s: a lock file of version %d, this build reads %d", file, l.Version, lockVersion)
	}
	for _, p := range l.Pages {
		if !filepath.IsLocal(filepath.FromSlash(p.Path)) {
			return pageLock{}, fmt.Errorf("%s: the page %q is not below the lock file", file, p.Path)
		}
	}
	return l, nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

var commitID = regexp.MustCompile(`^[0-9a-f]{40}(?:[0-9a-f]{24})?$`)

// origin says where a source is from. The archives that code hosts make have the commit as their comment.
func (s pageSource) origin() pageOrigin {
	if s.name == "" {
		return pageOrigin{Source: "graphcontract"}
	}
	abs, err := filepath.Abs(s.name)
	if err != nil {
		abs = s.name
	}
	o := pageOrigin{Source: filepath.Base(abs)}
	if comment := strings.TrimSpace(s.comment); commitID.MatchString(comment) {
		o.Commit = comment
	}
	if s.comment != "" || !s.isDir && !strings.EqualFold(filepath.Ext(abs), ".md") {
		return o
	}
	for dir := abs; ; dir = filepath.Dir(dir) {
		if git := gitDir(dir); git != "" {
			if rel, err := filepath.Rel(dir, abs); err == nil {
				o.Source = filepath.ToSlash(rel)
			}
			o.Commit, o.Repository = headOf(git), originOf(git)
			return o
		}
		if dir == filepath.Dir(dir) {
			return o
		}
	}
}

// gitDir is the directory of a checkout's repository, "" where dir is no checkout's top.
func gitDir(dir string) string {
	git := filepath.Join(dir, ".git")
	info, err := os.Stat(git)
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		return git
	}
	b, err := os.ReadFile(git) // a worktree
	if target, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir: "); err == nil && ok {
		if !filepath.IsAbs(target) {
			target = filepath.Join(dir, target)
		}
		return target
	}
	return ""
}

// commonDir is where a worktree's repository keeps what all worktrees share.
func commonDir(git string) string {
	b, err := os.ReadFile(filepath.Join(git, "commondir"))
	if err != nil {
		return git
	}
	dir := strings.TrimSpace(string(b))
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(git, dir)
	}
	return dir
}

// headOf is the commit that is checked out, "" where it cannot be found out.
func headOf(git string) string {
	b, err := os.ReadFile(filepath.Join(git, "HEAD"))
	if err != nil {
		return ""
	}
	head := strings.TrimSpace(string(b))
	ref, isRef := strings.CutPrefix(head, "ref: ")
	if !isRef {
		return onlyCommit(head)
	}
	for _, dir := range []string{git, commonDir(git)} {
		if b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(ref))); err == nil {
			return onlyCommit(strings.TrimSpace(string(b)))
		}
	}
	packed, err := os.ReadFile(filepath.Join(commonDir(git), "packed-refs"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(packed)) {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == ref {
			return onlyCommit(id)
		}
	}
	return ""
}

func onlyCommit(s string) string {
	if !commitID.MatchString(s) {
		return ""
	}
	return s
}

// originOf is the URL of the remote called origin, without a password; "" where there is none, or it is a path.
func originOf(git string) string {
	f, err := os.Open(filepath.Join(commonDir(git), "config"))
	if err != nil {
		return ""
	}
	defer f.Close()
	in := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			in = line == `[remote "origin"]`
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !in || !ok || strings.TrimSpace(name) != "url" {
			continue
		}
		u, err := url.Parse(strings.TrimSpace(value))
		if err != nil || u.Host == "" || u.Scheme == "file" {
			return ""
		}
		u.User = nil
		return u.String()
	}
	return ""
}
