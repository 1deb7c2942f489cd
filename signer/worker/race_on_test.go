//go:build race

package worker

// RaceDetector says that the race detector is on, which itself needs more memory than a worker has.
const RaceDetector = true
