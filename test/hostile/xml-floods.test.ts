import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { floodNames } from '../../chaos/fuzz/xml-floods.ts';
import { xmlLimits } from '../../pipelines/invoices/xml.ts';

const run = promisify(execFile);

test('answers of 20 MB are checked in a heap of 16 MB, whatever it is that goes on and on', async () => {
  const { stdout } = await run(
    process.execPath,
    ['--max-old-space-size=16', '--max-semi-space-size=1', 'chaos/fuzz/xml-floods.ts'],
    { env: { ...process.env, FLOOD_MB: '20', NODE_OPTIONS: '' } },
  );
  const verdicts: Record<string, string> = JSON.parse(stdout);
  const tag = `a tag has more than ${xmlLimits.tagCharacters} characters`;
  const name = `a name has more than ${xmlLimits.nameCharacters} characters`;
  const refused = {
    'an attribute value': tag,
    'attributes of one tag': tag,
    'open elements': `elements are nested more than ${xmlLimits.depth} deep`,
    'a name': name,
    'an entity name': name,
    'an instruction’s name': name,
  };
  const all = Object.fromEntries(floodNames.map((flood) => [flood, 'good']));
  expect(verdicts).toEqual({ ...all, ...refused });
});
