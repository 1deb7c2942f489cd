//go:build !race

package worker

// RaceDetector says that the race detector is off.
const RaceDetector = false
