// node signpdf.mjs IN OUT P12: a placeholder by @signpdf/placeholder-plain, filled by @signpdf/signpdf and @signpdf/signer-p12.
import fs from 'node:fs';
import signpdf from '@signpdf/signpdf';
import { P12Signer } from '@signpdf/signer-p12';
import { plainAddPlaceholder } from '@signpdf/placeholder-plain';

const [input, output, p12, ...rest] = process.argv.slice(2);
const prepared = plainAddPlaceholder({
  pdfBuffer: fs.readFileSync(input), reason: '', contactInfo: '', name: '', location: '',
  widgetRect: rest.length ? [330, 60, 480, 120] : [0, 0, 0, 0],
});
const signer = new P12Signer(fs.readFileSync(p12), { passphrase: 'returns' });
fs.writeFileSync(output, await signpdf.default ? await signpdf.default.sign(prepared, signer) : await signpdf.sign(prepared, signer));
