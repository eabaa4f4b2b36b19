import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workflowSources } from '../../server/workflow-sources.ts';
import { SetupError } from '../../src/platform/errors.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';

const program = fileURLToPath(new URL('../../server/bundle.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a prebuilt bundle', () => {
  test('is used as it is', async () => {
    const path = join(folder, 'ready.js');
    await writeFile(path, '');
    expect(await workflowBundle(path, workflowSources)).toBe(path);
  });

  test('that is missing stops the start, naming the setting, the file and the way out', async () => {
    const path = join(folder, 'gone.js');
    const error: unknown = await workflowBundle(path, workflowSources).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SetupError);
    expect(error).toMatchObject({
      message: `WORKFLOW_BUNDLE names ${path}, which cannot be read (ENOENT); make it with \`npm run bundle -- ${path}\``,
    });
  });

  test('that is a folder is refused in the same words', async () => {
    await expect(workflowBundle(folder, workflowSources)).rejects.toThrow(
      /WORKFLOW_BUNDLE names .* cannot be read \(EISDIR\)/,
    );
  });
});

describe('without one', () => {
  test('it is built once and kept', async () => {
    const path = await workflowBundle(undefined, workflowSources);
    const { mtimeMs } = await stat(path);
    expect(await readFile(path, 'utf8')).toContain('convertInvoice');
    expect(await workflowBundle(undefined, workflowSources)).toBe(path);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });

  test('a change of the sources makes another, a change of their tests does not', async () => {
    const source = join(folder, 'pipelines');
    await mkdir(join(source, 'invoices', 'test'), { recursive: true });
    const sources = { ...workflowSources, sources: [source], cache: join(folder, 'cache') };
    const bundle = () => workflowBundle(undefined, sources);
    const before = await bundle();
    await writeFile(join(source, 'invoices', 'test', 'workflow.test.ts'), '');
    expect(await bundle()).toBe(before);
    await writeFile(join(source, 'invoices', 'workflow.ts'), '');
    expect(await bundle()).not.toBe(before);
  });
});

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
