//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// abandoned says whether f is a pipe or the like that nobody reads any longer.
func abandoned(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}
