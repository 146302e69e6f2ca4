package mockserver

import (
	"strconv"
	"strings"
	"time"
)

// auth holds what requests must have against what tokens can have.
func (c *checker) auth() {
	a := c.scenario.Auth
	if a == nil {
		return
	}
	switch {
	case a.Lifetime < 0:
		c.errorf("auth.token.lifetime", "leave it out for an hour", "want a duration above 0, got %v", a.Lifetime)
	case a.Lifetime%time.Second != 0:
		c.errorf("auth.token.lifetime", "tokens say in seconds when they expire", "want whole seconds, got %v", a.Lifetime)
	}
	c.permissions("auth.require", a.Require)
	c.permissions("auth.grant", a.Grant)
}

func (c *checker) permissions(path string, names []string) {
	for i, name := range names {
		at := path + "[" + strconv.Itoa(i) + "]"
		switch {
		case name == "":
			c.errorf(at, "such as ExternalConnection.ReadWrite.All", "the permission is empty")
		case strings.ContainsAny(name, " \t\r\n"):
			c.errorf(at, "write each as an item of its own", "a permission has no blanks, got %q", name)
		}
	}
}
