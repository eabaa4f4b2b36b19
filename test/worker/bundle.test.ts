import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SetupError } from '../../src/platform/errors.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { letterWorkflows } from '../support/letters/worker.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchyard-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a prebuilt bundle', () => {
  test('is used as it is', async () => {
    const path = join(folder, 'ready.js');
    await writeFile(path, '');
    expect(await workflowBundle(path, letterWorkflows)).toBe(path);
  });

  test('that is missing stops the start, naming the setting, the file and the way out', async () => {
    const path = join(folder, 'gone.js');
    const error: unknown = await workflowBundle(path, letterWorkflows).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SetupError);
    expect(error).toMatchObject({
      message: `WORKFLOW_BUNDLE names ${path}, which cannot be read (ENOENT); make it with \`npm run bundle -- ${path}\``,
    });
  });

  test('that is a folder is refused in the same words', async () => {
    await expect(workflowBundle(folder, letterWorkflows)).rejects.toThrow(
      /WORKFLOW_BUNDLE names .* cannot be read \(EISDIR\)/,
    );
  });
});

describe('without one', () => {
  test('it is built once and kept', async () => {
    const path = await workflowBundle(undefined, letterWorkflows);
    const { mtimeMs } = await stat(path);
    expect(await readFile(path, 'utf8')).toContain('sendLetter');
    expect(await workflowBundle(undefined, letterWorkflows)).toBe(path);
    expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  });

  test('a change of the sources makes another, a change of their tests does not', async () => {
    const source = join(folder, 'application');
    await mkdir(join(source, 'letters', 'test'), { recursive: true });
    const sources = { ...letterWorkflows, sources: [source], cache: join(folder, 'cache') };
    const bundle = () => workflowBundle(undefined, sources);
    const before = await bundle();
    await writeFile(join(source, 'letters', 'test', 'workflow.test.ts'), '');
    expect(await bundle()).toBe(before);
    await writeFile(join(source, 'letters', 'workflow.ts'), '');
    expect(await bundle()).not.toBe(before);
  });

  test('two checkouts with the same sources have one each, whose stack traces name their own files', async () => {
    await symlink(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    const cache = join(folder, 'shared');
    const bundles: string[] = [];
    for (const checkout of ['first', 'second']) {
      const source = join(folder, checkout);
      await mkdir(source);
      const entry = join(source, 'workflows.ts');
      await writeFile(entry, 'export async function nothing(): Promise<void> {}');
      bundles.push(await workflowBundle(undefined, { entry, sources: [source], cache }));
    }
    const [first = '', second = ''] = await Promise.all(bundles.map((path) => readFile(path, 'utf8')));
    expect(sourcesOf(first)).toContainEqual(join(folder, 'first/workflows.ts'));
    expect(sourcesOf(second)).toContainEqual(join(folder, 'second/workflows.ts'));
  });
});

/** The files that the source map of a bundle names. */
function sourcesOf(bundle: string): string[] {
  const [, map = ''] = /sourceMappingURL=data:application\/json[^,]*,(\S+)/.exec(bundle) ?? [];
  return (JSON.parse(Buffer.from(map, 'base64').toString()) as { sources: string[] }).sources;
}
