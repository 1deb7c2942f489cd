package tsa

// ReadResponse lets the fuzz target reach the reader of whole responses.
var ReadResponse = parseResponse
