"""pyhanko_sign.py IN OUT P12 FIELD [PAGE]: signs with pyHanko; with a PAGE visibly."""
import sys
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, fields

source, target, p12, name, *page = sys.argv[1:]
signer = signers.SimpleSigner.load_pkcs12(p12, passphrase=b'returns')
with open(source, 'rb') as f:
    writer = IncrementalPdfFileWriter(f)
    box = fields.SigFieldSpec(name, on_page=int(page[0]) - 1, box=(330, 60, 480, 120)) if page else None
    meta = signers.PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES)
    out = signers.PdfSigner(meta, signer=signer, new_field_spec=box).sign_pdf(writer)
with open(target, 'wb') as f:
    f.write(out.getbuffer())
