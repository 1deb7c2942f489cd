package token

// Verb is the hidden argument that makes the program call Serve.
const Verb = "drive-token"
