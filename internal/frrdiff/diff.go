package frrdiff

// Diff returns the commands that take a daemon running from to running to, in an order in which
// no route that is in both is withdrawn at any moment, nothing leaks, and only sessions that must reset do.
// When one of the two was read from a daemon, both must have gone through Normalize.
func Diff(from, to *Config) Script { return nil }
