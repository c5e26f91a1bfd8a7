package frrdiff

// reset is a session that a command resets.
type reset struct{ neighbor, vrf, why string }

// Resets are the neighbors (with VRF) whose session the script resets, and why:
// "192.0.2.1: password changes", "eth0 vrf red: ...". Sorted; empty when none.
// A neighbor that is created or removed is not in it.
func (s Script) Resets() []string { return nil }
