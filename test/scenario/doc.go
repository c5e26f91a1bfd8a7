// Package scenario reads the archives of internal/announce/testdata, and plays
// them: from objects to what each node makes of them. README.md there explains
// the format.
package scenario
