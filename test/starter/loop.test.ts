import { afterEach, describe, expect, test, vi } from 'vitest';
import { runStarterLoop } from '../../src/starter/loop.ts';
import type { PassCounts, Starter } from '../../src/starter/starter.ts';
import { recordingLogger } from '../support/logger.ts';
import { emptyPass as nothing } from '../support/passes.ts';

/** Runs the loop over passes that come out as given, and stops it after the last. */
async function loopOver(
  passes: (PassCounts | Error)[],
  options: { deaf?: boolean; armedBefore?: boolean } = {},
) {
  const { log, lines } = recordingLogger();
  const bell: string[] = [];
  const ended = new AbortController();
  let made = 0;
  const starter = {
    queue: { name: 'letters' },
    runOnce: async () => {
      const outcome = passes[made] ?? nothing;
      made += 1;
      bell.push('pass');
      if (made >= passes.length) ended.abort();
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  } as Pick<Starter, 'queue' | 'runOnce'> as Starter;
  const doorbell = {
    arm: async (_: string, armed: boolean) => {
      bell.push(armed ? 'arm' : 'disarm');
      return options.deaf ? undefined : { changed: !options.armedBefore };
    },
    wait: async () => {
      bell.push('wait');
      return true;
    },
  } as unknown as NonNullable<Parameters<typeof runStarterLoop>[0]['doorbell']>;
  await runStarterLoop({ starter, doorbell, pollIntervalMs: 10, log, signal: ended.signal });
  // Each pass is a debug line; claim-passes.test.ts checks those.
  return { bell, lines: lines.filter(({ level }) => Number(level) > 20) };
}

const stopHeld: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stopHeld.splice(0)) await stop();
  vi.useRealTimers();
});

/** A loop without a bell over a queue that stays held. Answers how often it looks while so much time passes, none of it real. */
function heldLoop(
  heldBy: PassCounts['heldBy'],
  pollIntervalMs: number,
  more: Partial<PassCounts> = {},
): (ms: number) => Promise<number> {
  vi.useFakeTimers();
  let looks = 0;
  const starter = {
    queue: { name: 'letters' },
    runOnce: async () => {
      looks += 1;
      return { ...nothing, heldBy, ...more };
    },
  } as Pick<Starter, 'queue' | 'runOnce'> as Starter;
  const stopping = new AbortController();
  const { log } = recordingLogger();
  const ended = runStarterLoop({
    starter,
    doorbell: undefined,
    pollIntervalMs,
    log,
    signal: stopping.signal,
  });
  stopHeld.push(() => {
    stopping.abort();
    return ended;
  });
  return async (ms) => {
    looks = 0;
    await vi.advanceTimersByTimeAsync(ms);
    return looks;
  };
}

describe('the loop of a starter', () => {
  test('arms the bell only when it finds nothing, looks once more, and then sleeps', async () => {
    const { bell } = await loopOver([nothing, nothing, nothing]);
    expect(bell.slice(0, 4)).toEqual(['pass', 'arm', 'pass', 'wait']);
  });

  test('does not look once more when the bell was armed already: what came since has rung', async () => {
    const { bell } = await loopOver([nothing, nothing], { armedBefore: true });
    expect(bell.slice(0, 4)).toEqual(['pass', 'arm', 'wait', 'pass']);
  });

  test('disarms the bell as soon as there is work, and does not ask for it again while there is', async () => {
    const work = { ...nothing, started: 1 };
    const { bell } = await loopOver([nothing, nothing, work, work, work]);
    expect(bell.slice(4)).toEqual(['pass', 'disarm', 'pass', 'pass']);
  });

  test('leaves the bell armed after a lone start that left none waiting, and does not look once more: what came since has rung', async () => {
    const lone = { ...nothing, started: 1, sawAll: true };
    const { bell } = await loopOver([nothing, nothing, lone, nothing]);
    expect(bell.slice(3)).toEqual(['wait', 'pass', 'wait', 'pass', 'wait', 'disarm']);
  });

  test('disarms the bell when starts follow each other closely, so that writers ring no more', async () => {
    const lone = { ...nothing, started: 1, sawAll: true };
    const { bell } = await loopOver([nothing, nothing, lone, lone, nothing]);
    expect(bell.slice(3, 9)).toEqual(['wait', 'pass', 'wait', 'pass', 'disarm', 'pass']);
  });

  test('looks once more after a lone start for which nobody had to ring', async () => {
    const lone = { ...nothing, started: 1, sawAll: true };
    const { bell } = await loopOver([lone, nothing, nothing]);
    expect(bell.slice(0, 4)).toEqual(['pass', 'disarm', 'pass', 'arm']);
  });

  test('sleeps all the same when the bell could not be armed, and asks again after that', async () => {
    const { bell } = await loopOver([nothing, nothing], { deaf: true });
    expect(bell.slice(0, 5)).toEqual(['pass', 'arm', 'wait', 'pass', 'arm']);
  });

  test('leaves no bell armed when it ends', async () => {
    const { bell } = await loopOver([nothing, nothing]);
    expect(bell.at(-1)).toBe('disarm');
  });

  test('says that a claim failed, and that it goes on', async () => {
    const { lines } = await loopOver([new Error('connection refused'), nothing, nothing]);
    const said = lines.map((line) => line['msg']);
    expect(said).toEqual(['the claim failed; nothing was claimed', 'the starter goes on']);
  });

  test('waits after a pass in which Temporal did not answer, instead of asking for the next row', async () => {
    const { bell, lines } = await loopOver([{ ...nothing, unanswered: 3 }, nothing, nothing]);
    expect(bell.slice(0, 2)).toEqual(['pass', 'pass']);
    expect(lines.at(-1)).toMatchObject({ msg: 'the starter goes on', troubles: 1 });
  });

  test.each([{ refused: 3 }, { failed: 3 }])(
    'asks at once for the next rows after a pass with %o',
    async (counts) => {
      const { bell, lines } = await loopOver([{ ...nothing, ...counts }, { ...nothing, ...counts }, nothing]);
      expect(bell.slice(0, 4)).toEqual(['pass', 'pass', 'pass', 'arm']);
      expect(lines).toEqual([]);
    },
  );

  test('looks again when a row that was passed over may go, however long the poll interval is', async () => {
    const looksIn = heldLoop(undefined, 60_000, { againInMs: 400 });
    await looksIn(10_000);
    expect(await looksIn(1_000)).toBeGreaterThan(0);
  });

  test('listens when the keys of all that waits have no room, and not in a full queue, which no ring can help', async () => {
    const keys = await loopOver([{ ...nothing, heldBy: 'keys' }, { ...nothing, heldBy: 'keys' }, nothing]);
    expect(keys.bell.slice(0, 4)).toEqual(['pass', 'arm', 'pass', 'wait']);
    const full = await loopOver([{ ...nothing, heldBy: 'full' }, nothing]);
    expect(full.bell.slice(0, 3)).toEqual(['pass', 'pass', 'arm']);
  });

  test('without a bell sees within a second that a queue is resumed, however seldom it polls', async () => {
    const looksIn = heldLoop('paused', 60_000);
    await looksIn(60_000);
    expect(await looksIn(1_000)).toBeGreaterThan(0);
  });

  test('looks seldom at a queue that has been full for long', async () => {
    const looksIn = heldLoop('full', 10);
    expect(await looksIn(1_000)).toBeGreaterThan(10);
    expect(await looksIn(60_000)).toBeLessThan(200);
  });
});
