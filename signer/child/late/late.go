// Package late holds a child that may never be needed at its threshold: before the packages of this program get ready, which
// takes some milliseconds of a processor that its parent wants for itself, it waits for the parent's first word, or for its end.
//
// It promises that the word is still there to be read, and that a child whose parent has nothing to say costs next to nothing.
// It works by being initialized before nearly all others: it may import nothing but what is ready first.
package late

// Verb is the hidden argument of the child that waits; its first descriptor is a socket that leads to its parent.
const Verb = "fetch-evidence"
