// node libpdf.mjs IN OUT P12 [SUBFILTER]: signs with @libpdf/core.
import fs from 'node:fs';
import { PDF, P12Signer } from '@libpdf/core';

const [input, output, p12, subFilter] = process.argv.slice(2);
const pdf = await PDF.load(fs.readFileSync(input));
const signer = await P12Signer.create(fs.readFileSync(p12), 'returns');
const { bytes } = await pdf.sign({ signer, subFilter });
fs.writeFileSync(output, bytes);
