//go:build race

package child

// raceDetector maps so much memory that a child under it cannot live within a limit of memory.
const raceDetector = true
