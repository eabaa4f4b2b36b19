import type { Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { ensureSearchAttributes } from '../src/platform/search-attributes.ts';
import { searchAttributeNames, searchAttributes } from '../src/queues/search-attributes.ts';
import type { Benchmark } from './benchmark.ts';
import { cpuBetween, cpuTimes } from './cpu-time.ts';
import { openClient, startBenchTemporal } from './servers.ts';
import { median, pairwise } from './statistics.ts';

const startsEach = 200;
const taskQueue = 'nobody';
const processes = { temporal: /temporal/ };

/** What a start carries by SEARCH_ATTRIBUTES. */
const choices = {
  off: () => [],
  names: () => [
    { key: searchAttributes.queue, value: 'nothing' },
    { key: searchAttributes.name, value: 'nothing.pdf' },
  ],
  all: () => [...choices.names(), { key: searchAttributes.database, value: crypto.randomUUID() }],
} as const;
type Choice = keyof typeof choices;
const names = Object.keys(choices) as Choice[];

export const starts: Benchmark = {
  name: 'starts',
  about: 'what search attributes cost a start: CPU time of Temporal, and how long one start takes',
  async run(context) {
    const client = await openClient(context, await startBenchTemporal(context));
    await ensureSearchAttributes(client, searchAttributeNames);
    for (const name of names) await startMany(client, name);
    const rounds = await context.repeat('starts with and without', async (repetition) => {
      const round: Record<Choice, Started> = { off: none, names: none, all: none };
      for (let i = 0; i < names.length; i += 1) {
        const name = names[(repetition + i) % names.length] ?? 'off';
        round[name] = await startMany(client, name);
      }
      return round;
    });
    const of = (name: Choice, what: keyof Started) => rounds.map((round) => round[name][what]);
    return names.flatMap((name) => [
      { name: `CPU of Temporal a start, ${name}`, unit: 'ms', values: of(name, 'cpu') },
      { name: `one start, ${name}, p50`, unit: 'ms', values: of(name, 'took') },
      ...(name === 'off'
        ? []
        : [
            {
              name: `CPU of Temporal a start, ${name} − off`,
              unit: 'ms',
              values: pairwise(of(name, 'cpu'), of('off', 'cpu'), (a, b) => a - b),
            },
          ]),
    ]);
  },
};

interface Started {
  cpu: number;
  took: number;
}
const none: Started = { cpu: 0, took: 0 };

/** One after the other; nobody works for them. */
async function startMany(client: Client, choice: Choice): Promise<Started> {
  const took: number[] = [];
  const before = await cpuTimes(processes);
  for (let i = 0; i < startsEach; i += 1) {
    const began = performance.now();
    await client.workflow.start('nothing', {
      workflowId: crypto.randomUUID(),
      taskQueue,
      typedSearchAttributes: new TypedSearchAttributes([...choices[choice]()]),
    });
    took.push(performance.now() - began);
  }
  const { temporal = 0 } = cpuBetween(before, await cpuTimes(processes));
  return { cpu: temporal / startsEach, took: median(took) };
}
