package look

// Cleaned is cleaned, for fuzzing.
var Cleaned = cleaned
