// node zga.mjs IN OUT P12 [TEXT]: signs with zgapdfsigner; with a text visibly, on every page.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const Zga = createRequire(import.meta.url)('zgapdfsigner');
const [input, output, p12, text] = process.argv.slice(2);
const options = { p12cert: fs.readFileSync(p12), pwd: 'returns' };
if (text) {
  options.drawinf = { area: { x: 300, y: 600 }, pageidx: '0-', textInfo: { text, size: 12 } };
}
fs.writeFileSync(output, await new Zga.PdfSigner(options).sign(fs.readFileSync(input)));
