package signtest

import (
	"crypto/rand"
	"encoding/asn1"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"contractd/signer/cms"
)

// BareSM2 builds a SignedData without signed attributes, as clients of the field write them: the value is over message
// behind the signer's Z; inside, unless nil, is encapsulated; national says whether the content types are those of GM/T 0010.
func BareSM2(t testing.TB, id *Identity, message, inside []byte, national bool) []byte {
	t.Helper()
	key, ok := id.Signer.(*sm2.PrivateKey)
	if !ok {
		t.Fatalf("a key of type %T is none of SM2", id.Signer)
	}
	value, err := key.Sign(rand.Reader, message, sm2.DefaultSM2SignerOpts)
	if err != nil {
		t.Fatal(err)
	}
	signed, data := cms.OIDSignedData, cms.OIDData
	if national {
		signed, data = cms.OIDGMSigned, cms.OIDGMData
	}
	var out cryptobyte.Builder
	out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
		out.AddASN1ObjectIdentifier(signed)
		out.AddASN1(explicit(0), func(out *cryptobyte.Builder) {
			out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) { bareSignedData(out, id, data, inside, value) })
		})
	})
	der, err := out.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).Constructed().ContextSpecific() }

var (
	oidSM3      = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 401}
	oidSM2Value = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301, 1}
)

func bareSignedData(out *cryptobyte.Builder, id *Identity, data asn1.ObjectIdentifier, inside, value []byte) {
	algorithm := func(oid asn1.ObjectIdentifier) func(*cryptobyte.Builder) {
		return func(out *cryptobyte.Builder) {
			out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) { out.AddASN1ObjectIdentifier(oid) })
		}
	}
	out.AddASN1Int64(1)
	out.AddASN1(cbasn1.SET, algorithm(oidSM3))
	out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
		out.AddASN1ObjectIdentifier(data)
		if inside != nil {
			out.AddASN1(explicit(0), func(out *cryptobyte.Builder) { out.AddASN1OctetString(inside) })
		}
	})
	out.AddASN1(explicit(0), func(out *cryptobyte.Builder) { out.AddBytes(id.Certificate.Raw) })
	out.AddASN1(cbasn1.SET, func(out *cryptobyte.Builder) {
		out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
			out.AddASN1Int64(1)
			out.AddASN1(cbasn1.SEQUENCE, func(out *cryptobyte.Builder) {
				out.AddBytes(id.Certificate.RawIssuer)
				out.AddASN1BigInt(id.Certificate.SerialNumber)
			})
			algorithm(oidSM3)(out)
			algorithm(oidSM2Value)(out)
			out.AddASN1OctetString(value)
		})
	})
}
