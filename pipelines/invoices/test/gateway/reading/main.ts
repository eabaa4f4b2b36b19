import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readInvoice } from '../../../gateway/read-invoice.ts';
import { type Judged, judgeHeader, judgeLines, tableOf } from './score.ts';
import type { Truth } from './truth.ts';

/**
 * Prints how much of a folder of pages is read right: `node main.ts FOLDER [even|odd] [--wrong]`. Each `NAME.pdf` has its truth in
 * `NAME.json`. `even` and `odd` take every second page, so that rules are made on one half and judged on the other; `--wrong` lists
 * every field that is not right.
 */
const [folder, ...options] = process.argv.slice(2);
if (folder === undefined)
  throw new Error('name the folder of pages: node main.ts FOLDER [even|odd] [--wrong]');

const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length))
  .filter((_, index) => options.every((half) => half !== (index % 2 === 0 ? 'odd' : 'even')));
const all: { header: Judged[]; lines: Judged[] } = { header: [], lines: [] };
for (const name of names) {
  const truth = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Truth;
  const { invoice } = await readInvoice(new Uint8Array(readFileSync(join(folder, `${name}.pdf`))));
  const header = judgeHeader(invoice, truth);
  const lines = judgeLines(invoice, truth);
  if (options.includes('--wrong')) {
    const missed = [...header, ...lines].filter(({ verdict }) => verdict !== 'right');
    console.log(`${name}\n${missed.map((one) => `  ${JSON.stringify(one)}`).join('\n')}`);
  }
  all.header.push(...header);
  all.lines.push(...lines);
}
console.log(`\n${names.length} pages\n\n${tableOf(all.header)}\n\n${tableOf(all.lines)}`);
