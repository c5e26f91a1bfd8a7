//go:build race

package lab

// raceEnabled makes the binaries under test as watchful as the test itself.
const raceEnabled = true
