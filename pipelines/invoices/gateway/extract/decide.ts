import type { Invoice } from '../invoice.ts';
import { type Evidence, leastConfidence, type Place, type Reading } from '../reading.ts';
import type { Found, FoundInvoice } from './evidence.ts';

/** How many candidates of a doubtful field are told, and how many doubtful fields. */
const mostCandidates = 3;
const mostDoubtful = 200;

type Decided = string | { [field: string]: Decided } | Decided[] | undefined;
type Tree = Found | { [field: string]: Tree } | Tree[];

/** The invoice of what was found with enough confidence, what speaks for each field, and what is left out as doubtful. */
export function decided(found: FoundInvoice): { invoice: Invoice; reading: Reading } {
  const reading: Reading = { leastConfidence, fields: [], doubtful: [] };
  const values = valuesOf(found as unknown as Tree, '', reading) as unknown as Invoice;
  return { invoice: { ...values, type: values.type ?? 'invoice' }, reading };
}

function valuesOf(tree: Tree, path: string, reading: Reading): Decided {
  if (isFound(tree)) return leafOf(tree, path, reading);
  if (Array.isArray(tree))
    return tree.flatMap((member, index) => valuesOf(member, `${path}[${index}]`, reading) ?? []);
  const entries = Object.entries(tree).flatMap(([field, member]) => {
    const value = valuesOf(member, path === '' ? field : `${path}.${field}`, reading);
    return value === undefined ? [] : [[field, value] as const];
  });
  // A party of which nothing is sure is none; the sums of an invoice are there also when they are empty.
  return entries.length === 0 && isParty(path) ? undefined : Object.fromEntries(entries);
}

const isParty = (path: string): boolean => path === 'seller' || path === 'buyer';

function leafOf(found: Found, field: string, reading: Reading): string | undefined {
  if (found.confidence >= leastConfidence) {
    reading.fields.push({ field, ...evidenceOf(found) });
    return found.value;
  }
  if (reading.doubtful.length < mostDoubtful) {
    const candidates = [found, ...(found.others ?? [])].slice(0, mostCandidates);
    reading.doubtful.push({
      field,
      candidates: candidates.map((one) => ({ value: one.value, ...evidenceOf(one) })),
    });
  }
  return undefined;
}

const isFound = (tree: Tree): tree is Found =>
  !Array.isArray(tree) && typeof (tree as Partial<Found>).confidence === 'number';

function evidenceOf(found: Found): Evidence {
  const { confidence, reason } = found;
  return { confidence: rounded(confidence, 100), reason: reason.slice(0, 200), place: placeOf(found) };
}

/** Letters reach a fifth of their height below the baseline. */
function placeOf({ row, at }: Found): Place {
  const x0 = at?.x0 ?? row.segments[0]?.x0 ?? 0;
  const x1 = at?.x1 ?? row.segments.at(-1)?.x1 ?? x0;
  return {
    page: row.page + 1,
    x: rounded(x0, 10),
    y: rounded(row.y - row.height * 0.8, 10),
    width: rounded(x1 - x0, 10),
    height: rounded(row.height, 10),
  };
}

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;
