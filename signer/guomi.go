package signer

import (
	"crypto"
	"fmt"
	"io"

	"contractd/signer/cms"
	"contractd/workflow"
)

// national settles what an SM2 key leaves no choice about, and refuses what only it can do.
func (r *Request) national() error {
	if cms.IsSM2(r.Certificate) {
		r.Hash, r.PSS = cms.SM3, false
		return nil
	}
	if r.Profile == cms.GMT0010 {
		err := fmt.Errorf("%w: a signature by GM/T 0010 with the certificate of %q, which is none of SM2", workflow.ErrUsage, r.Certificate.Subject.CommonName)
		return workflow.WithHint(err, "choose the profile pkcs7 or cades")
	}
	if r.Hash == cms.SM3 {
		r.Hash = crypto.SHA256
	}
	return nil
}

// SignWithSM2 implements cms.SM2Signer.
func (r *recorder) SignWithSM2(random io.Reader, uid, message []byte) (value []byte, err error) {
	r.value, err = cms.SignSM2(r.Signer, random, uid, message)
	return r.value, err
}
