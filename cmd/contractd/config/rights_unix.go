//go:build unix

package config

// rightsTold says whether the mode of a file tells who may read it.
const rightsTold = true
