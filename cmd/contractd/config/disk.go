package config

// Disk says from when on a disk counts as full. Both thresholds hold for each filesystem under DataDir.
type Disk struct {
	Reserve Size `toml:"reserve"` // with less free, nothing new is taken in; what is under way goes on
	Minimum Size `toml:"minimum"` // with less free, nothing is written at all
}

func (d *Disk) validate(r *report) {
	between(r, "disk.reserve", d.Reserve, 0, 1<<50)
	between(r, "disk.minimum", d.Minimum, 0, 1<<50)
	if d.Minimum > d.Reserve {
		r.add("disk.minimum", "is above disk.reserve", "the reserve is for what is under way: make it many times the minimum")
	}
}
