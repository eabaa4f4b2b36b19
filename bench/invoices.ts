import { alwaysBelow, type Benchmark } from './benchmark.ts';
import { type InvoiceFleet, startInvoiceFleet } from './invoice-fleet.ts';

interface Conversion {
  /** From before the upload until the row is seen complete. */
  seconds: number;
  /** From the INSERT until the row was marked as started: the claim took less. */
  startedAfterMs: number;
}

export const invoices: Benchmark = {
  name: 'invoices',
  about: 'one invoice at a time, from its upload until its XML is stored',
  async run(context) {
    const fleet = await startInvoiceFleet(context);
    for (const file of fleet.typical) await convert(fleet, file);
    const rounds = await context.repeat('typical invoices, then a large one', async () => {
      const typical: Conversion[] = [];
      for (const file of fleet.typical) typical.push(await convert(fleet, file));
      return { typical, large: await convert(fleet, fleet.large) };
    });
    const typical = rounds.flatMap((round) => round.typical);
    const large = rounds.map((round) => round.large);
    const startedAfter = [...typical, ...large].map((conversion) => conversion.startedAfterMs);
    return [
      {
        name: `typical invoice (${fleet.typical.length} kinds)`,
        unit: 's',
        values: typical.map(({ seconds }) => seconds),
        goal: alwaysBelow(30),
      },
      { name: 'a PDF of 40 MB', unit: 's', values: large.map(({ seconds }) => seconds) },
      { name: 'insert → started', unit: 'ms', values: startedAfter, goal: alwaysBelow(100) },
    ];
  },
};

async function convert(fleet: InvoiceFleet, file: string): Promise<Conversion> {
  const began = performance.now();
  const { startedAfterMs } = await fleet.completed(await fleet.upload(file));
  return { seconds: (performance.now() - began) / 1000, startedAfterMs };
}
