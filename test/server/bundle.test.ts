import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../../server/bundle.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the program that makes one', () => {
  async function run(...args: string[]) {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  }

  test('writes the bundle whole, also into a folder that is not there yet', async () => {
    const path = join(folder, 'new', 'bundle.js');
    expect(await run(path)).toMatchObject({ code: 0 });
    expect(await readFile(path, 'utf8')).toContain('convertInvoice');
    expect(await readdir(join(folder, 'new'))).toEqual(['bundle.js']);
  });

  test('without a file to write fails and says how it is used', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain('usage: npm run bundle -- FILE');
  });

  test('leaves nothing where it cannot finish', async () => {
    await mkdir(join(folder, 'taken', 'bundle.js'), { recursive: true });
    const { code } = await run(join(folder, 'taken', 'bundle.js'));
    expect(code).toBe(1);
    expect(await readdir(join(folder, 'taken'))).toEqual(['bundle.js']);
  });
});
