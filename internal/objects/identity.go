package objects

import (
	"io/fs"
	"syscall"
)

// inode is a file's identity on one machine.
type inode struct{ device, number uint64 }

// identity tells a file from another one of the same size and time, as a rename
// over it leaves.
func identity(info fs.FileInfo) any {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return inode{uint64(s.Dev), s.Ino} //nolint:unconvert // the type of Dev differs between systems
	}
	return nil
}
