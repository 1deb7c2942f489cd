// Package second obtains a second opinion on signatures that this program itself has made, from another
// implementation (digitorus/pdfsign).
//
// It promises independence: nothing of signer/pdf or signer/cms takes part in the answer, and a crash of the other
// implementation costs one child process. It does not judge trust, and it must not be used on hostile files: that
// implementation calls several kinds of tampering valid.
package second

// Verb is the hidden argument that makes the program call Answer on its standard input and output.
const Verb = "second-opinion"

// Opinion is what the other implementation said.
type Opinion struct {
	Signers   int    // Signatures that it found.
	Valid     int    // Of these, how many hold.
	NotJudged int    // Of these, how many it cannot judge: RSASSA-PSS, SM2, document timestamps.
	Unread    bool   // It could not read the file at all: its reader knows fewer PDFs than ours. Agrees says no then.
	Detail    string // Its complaint, for operators.
}

// Agrees reports whether it found that many signatures and none that it could judge fails.
func (o Opinion) Agrees(expect int) bool {
	return expect > 0 && o.Signers == expect && o.Valid+o.NotJudged == expect
}
