import { alwaysBelow, type Benchmark } from './benchmark.ts';
import { type InvoiceFleet, startInvoiceFleet } from './invoice-fleet.ts';
import { forgetPeakMemory, peakMemoryMB } from './processes.ts';

const burst = 100;
const uploadsAtOnce = 10;
const limitMB = 256;

export const memory: Benchmark = {
  name: 'memory',
  about: `peak memory of one worker: ${burst} typical invoices at once, then one of 40 MB, again and again`,
  async run(context) {
    const fleet = await startInvoiceFleet(context);
    const rounds = await context.repeat('a burst, then a large invoice', async () => ({
      burst: await peakDuring(fleet, () => convertBurst(fleet)),
      large: await peakDuring(fleet, async () => {
        await fleet.completed(await fleet.upload(fleet.large));
      }),
    }));
    const [inBurst, withLarge] = [rounds.map((round) => round.burst), rounds.map((round) => round.large)];
    const goal = alwaysBelow(limitMB);
    return [
      { name: `worker, ${burst} typical invoices`, unit: 'MB', values: inBurst, goal },
      { name: 'worker, a PDF of 40 MB', unit: 'MB', values: withLarge, goal },
    ];
  },
};

/** The first peak is one since the start of the process. */
async function peakDuring({ worker }: InvoiceFleet, work: () => Promise<void>): Promise<number> {
  await work();
  const peak = await peakMemoryMB(worker.pid);
  await forgetPeakMemory(worker.pid);
  return peak;
}

async function convertBurst(fleet: InvoiceFleet): Promise<void> {
  const files = Array.from({ length: burst }, (_, i) => fleet.typical[i % fleet.typical.length] ?? '');
  const ids: string[] = [];
  const uploadNext = async () => {
    for (let file = files.pop(); file !== undefined; file = files.pop()) ids.push(await fleet.upload(file));
  };
  await Promise.all(Array.from({ length: uploadsAtOnce }, uploadNext));
  for (const id of ids) await fleet.completed(id);
}
