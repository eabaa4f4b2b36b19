import type { Random } from './random.ts';

/** What somebody who uses the system does, and when after the start of the load. */
export type Act = { atMs: number } & (
  | { kind: 'upload'; pdf: Pdf }
  | { kind: 'insert'; pdfs: Pdf[] }
  | { kind: 'roll back'; pdfs: Pdf[] }
  | { kind: 'cancel' | 'cancel in Temporal' | 'terminate' | 'retry' }
);

export type Pdf = (typeof pdfs)[number];

const pdfs = ['plain-invoice.pdf', 'hybrid-invoice.pdf', '510-line-items.pdf', 'broken.pdf'] as const;

/** The PDF that the gateway refuses. */
export const refusedPdf: Pdf = 'broken.pdf';

export const goodPdfs = pdfs.filter((pdf) => pdf !== refusedPdf);

/** What is done besides, for each hundred jobs. */
const perHundredJobs = { 'roll back': 5, cancel: 6, 'cancel in Temporal': 2, retry: 6, terminate: 3 };

/** Exactly `jobs` jobs, most by upload, some by SQL, spread over the first nine tenths of the time, and what is done to them. */
export function planActs(options: { random: Random; seconds: number; jobs: number }): Act[] {
  const { random, jobs } = options;
  const time = (from: number, to: number) => {
    const ms = options.seconds * 1000;
    return random.between(Math.floor(from * ms), Math.floor(to * ms));
  };
  const acts: Act[] = [];
  for (let left = jobs; left > 0; ) {
    const many = Math.min(left, random.next() < 0.7 ? 1 : random.between(1, 5));
    const atMs = time(0, 0.9);
    if (random.next() < 0.7) {
      acts.push({ kind: 'upload', pdf: pickPdf(random), atMs });
      left -= 1;
    } else {
      acts.push({ kind: 'insert', pdfs: pickPdfs(random, many), atMs });
      left -= many;
    }
  }
  for (const [kind, share] of Object.entries(perHundredJobs)) {
    for (let i = 0; i < Math.ceil((jobs * share) / 100); i++) {
      const atMs = time(0.1, 1);
      if (kind === 'roll back') acts.push({ kind, pdfs: pickPdfs(random, random.between(1, 5)), atMs });
      else acts.push({ kind: kind as 'cancel', atMs });
    }
  }
  return acts.sort((a, b) => a.atMs - b.atMs);
}

const pickPdfs = (random: Random, many: number) => Array.from({ length: many }, () => pickPdf(random));

/** Mostly small ones. */
function pickPdf(random: Random): Pdf {
  const chance = random.next();
  if (chance < 0.04) return refusedPdf;
  if (chance < 0.07) return '510-line-items.pdf';
  return chance < 0.6 ? 'plain-invoice.pdf' : 'hybrid-invoice.pdf';
}
