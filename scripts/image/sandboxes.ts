import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from './container.ts';
import type { Inside } from './look-around.ts';

const found = 'inside.json';

/** The command of a build that looks around at its end, and leaves what it found in its output. */
export const lookAfter = (command: string, listed: string, other: string) =>
  `${command} && node /app/look-around.js ${listed} ${other} > dist/${found}`;

/**
 * Answers what a build found in its sandbox.
 * @param release where its output is
 * @throws when it was in none
 */
export function requireSandboxed(worker: Container, release: string): string {
  const text = readFileSync(join(release, found), 'utf8').trim();
  const inside = JSON.parse(text) as Inside;
  deepEqual(worker.run('ls', '/data/demos').trim().split('\n'), ['agent-runs', 'builds']);
  deepEqual(inside.demos, ['builds']);
  notEqual(inside.processNamespace, worker.run('readlink', '/proc/self/ns/pid').trim());
  equal(inside.listed, 200);
  equal(inside.other, 403);
  equal(inside.withoutProxy, 'ECONNREFUSED');
  return text;
}

/**
 * Answers what a worker said that may make no sandbox, and serves others than its own machine.
 * @throws when it goes on, or says nothing
 */
export async function requireRefusal(worker: Container, withinMs: number): Promise<string> {
  const giveUp = setTimeout(() => void worker.stop(1_000), withinMs);
  const how = await worker.ended;
  clearTimeout(giveUp);
  equal(how, 'exit code 1');
  const log = readFileSync(worker.logFile, 'utf8');
  match(log, /The worker does not go on without one, as API_HOST is 0\.0\.0\.0/);
  return /commands of [^"\n]+ cannot run in a sandbox: [^"\n]+/.exec(log)?.[0] ?? '';
}
