import type { Party } from '../invoice.ts';
import { countryOf, isCompanyName } from './addresses.ts';
import { type Block, type BlockLine, blocksOf } from './blocks.ts';
import { type Contacts, contactsOf, type Role } from './contacts.ts';
import { type Found, type FoundIn, present } from './evidence.ts';
import { emailIn, vatCountry } from './identifiers.ts';
import { numberLabels, partyLabels } from './labels.ts';
import { overlap, type Row, type Segment, toSegment } from './layout.ts';
import { isDetail, nameAndRest, tidy } from './party-lines.ts';
import { byScore } from './party-scores.ts';
import { partyTables } from './party-table.ts';
import { matchAt, phrases } from './phrases.ts';
import { type SenderLine, senderLines } from './sender-line.ts';

export type FoundParty = FoundIn<Party>;

const knownParties = phrases(partyLabels);
const knownTitles = phrases({ title: numberLabels.title });

interface Named {
  role: Role;
  /** Name first. */
  lines: BlockLine[];
  /** How sure we are of the role, and why. */
  confidence: number;
  reason: string;
}

const worth = { labelled: 0.9, letterhead: 0.6, companyName: 0.55 } as const;

/**
 * Seller and buyer: by their labels ("Bill to", "Sold by"); else by the address blocks of the first page, of which the
 * topmost, or the one that holds tax or bank numbers, is the seller's and the next the buyer's.
 */
export function partiesOf(rows: readonly Row[]): { seller?: FoundParty; buyer?: FoundParty } {
  const blocks = blocksOf(rows);
  const tables = partyTables(rows);
  const inTables = new Set(tables.flatMap(({ segments }) => segments));
  const senders = senderLines(rows);
  const boxed = blocks.filter(({ lines }) => !lines.some(({ segment }) => inTables.has(segment)));
  const labelled = [
    ...tables.map(({ role, lines }) => ({
      role,
      lines,
      confidence: worth.labelled,
      reason: 'a table of its own',
    })),
    ...boxed.flatMap((block) => labelledIn(block, boxed)),
  ];
  const taken = new Set([
    ...inTables,
    ...labelled.flatMap(({ lines }) => lines.map(({ segment }) => segment)),
  ]);
  const free = blocks.filter(
    ({ page, lines }) => page === 0 && !lines.some(({ segment }) => taken.has(segment)),
  );
  const named = [...labelled, ...unlabelled(free, labelled, senders)];
  const roles = new Map<Segment, Role>();
  for (const { role, segments } of tables) for (const segment of segments) roles.set(segment, role);
  for (const { role, lines } of named) for (const { segment } of lines) roles.set(segment, role);
  for (const party of named)
    for (const segment of tailOf(party, blocks)) if (!roles.has(segment)) roles.set(segment, party.role);
  const contacts = contactsOf(rows, (segment) => roles.get(segment));
  const of = (role: Role): Named | undefined => named.find((party) => party.role === role);
  const seller = toParty(of('seller'), contacts.seller, companyName(rows, roles));
  const buyer = toParty(of('buyer'), contacts.buyer, undefined);
  const isOne = buyer?.name !== undefined && buyer.name.value === seller?.name?.value;
  return { ...(seller && { seller }), ...(buyer && !isOne && { buyer }) };
}

/** What stands below a party's lines in its column, after a gap, and is nothing but its numbers. */
function tailOf({ lines }: Named, blocks: readonly Block[]): Segment[] {
  const last = lines.at(-1);
  if (last === undefined) return [];
  const below = blocks.find(({ page, y, lines: [first] }) => {
    const gap = y - last.row.y;
    const isNext = page === last.row.page && gap > 0 && gap <= last.row.height * tailWithin;
    return isNext && first !== undefined && Math.abs(first.segment.x0 - last.segment.x0) <= 4;
  });
  const until = below?.lines.findIndex(({ text }) => !isDetail(text)) ?? 0;
  const own = until < 0 ? below?.lines : below?.lines.slice(0, until);
  return own?.map(({ segment }) => segment) ?? [];
}

/** In heights of the type. */
const tailWithin = 3.2;

/** The parties whose labels stand in a block, each with the lines up to the next label. */
function labelledIn(block: Block, blocks: readonly Block[]): Named[] {
  return block.lines.flatMap((line, index) => {
    const label = partyLabel(line.segment);
    if (label === undefined) return [];
    const following = block.lines.slice(index + 1);
    const until = following.findIndex(({ segment }) => partyLabel(segment) !== undefined);
    const rest = until < 0 ? following : following.slice(0, until);
    const evidence = {
      role: label.role,
      confidence: worth.labelled,
      reason: `label "${line.text.slice(0, 60)}"`,
    };
    if (label.rest !== '') return [{ ...evidence, lines: [{ ...line, text: label.rest }, ...rest] }];
    const lines = rest.length > 0 ? rest : linesNear(line, blocks);
    return lines.length === 0 ? [] : [{ ...evidence, lines }];
  });
}

/** A label alone in its segment, or one that a colon closes. */
function partyLabel(segment: Segment): { role: Role; rest: string } | undefined {
  const match = matchAt(segment.tokens, 0, knownParties);
  if (match === undefined) return undefined;
  const last = segment.tokens[match.length - 1]?.word ?? 0;
  const rest = toSegment(segment.words.slice(last + 1)).text;
  const isClosed = segment.words[last]?.text.endsWith(':') === true || rest.startsWith(':');
  if (!isClosed && match.length < segment.tokens.length) return undefined;
  return { role: match.kind, rest: rest.replace(/^[:\s]+/, '') };
}

/** Below a label that stands apart, or else right of it. */
function linesNear({ row, segment }: BlockLine, blocks: readonly Block[]): BlockLine[] {
  const isLabel = (block: Block): boolean =>
    block.lines.some((line) => partyLabel(line.segment) !== undefined);
  const under = blocks.find((block) => {
    const first = block.lines[0];
    const distance = block.y - row.y;
    const isUnder = block.page === row.page && distance > 0 && distance <= row.height * 3;
    return isUnder && first !== undefined && overlap(first.segment, segment) > 0 && !isLabel(block);
  });
  if (under !== undefined) return under.lines;
  const right = blocks.find(
    (b) => b.lines[0]?.row === row && b.lines[0].segment.x0 > segment.x1 && !isLabel(b),
  );
  return right?.lines ?? [];
}

function unlabelled(
  blocks: readonly Block[],
  labelled: readonly Named[],
  senders: readonly SenderLine[],
): Named[] {
  const has = (role: Role): boolean => labelled.some((party) => party.role === role);
  const found = byScore(blocks, senders, { seller: !has('seller'), buyer: !has('buyer') });
  const head = has('seller') || found.seller ? undefined : letterhead(blocks, found.buyer?.lines);
  return [
    ...(found.seller ? [{ role: 'seller' as const, ...found.seller }] : []),
    ...(head
      ? [{ role: 'seller' as const, lines: head, confidence: worth.letterhead, reason: 'the letterhead' }]
      : []),
    ...(found.buyer ? [{ role: 'buyer' as const, ...found.buyer }] : []),
  ];
}

/** The topmost block that is no mere title, when it holds what letterheads hold. */
function letterhead(blocks: readonly Block[], buyer: readonly BlockLine[] = []): BlockLine[] | undefined {
  const isTitle = ({ segment }: BlockLine): boolean => matchAt(segment.tokens, 0, knownTitles) !== undefined;
  const others = blocks.filter(
    ({ lines }) => !lines.every(isTitle) && !lines.some((line) => buyer.includes(line)),
  );
  const lines = others[0]?.lines ?? [];
  const isHead = lines.some(
    ({ text }) => emailIn(text) !== undefined || /\bwww\.|https?:/.test(text) || isCompanyName(text),
  );
  return isHead ? lines : undefined;
}

/** The first short text on the document that ends as company names do and is not the buyer's. */
function companyName(rows: readonly Row[], roles: ReadonlyMap<Segment, Role>): Found | undefined {
  for (const row of rows) {
    const found = row.segments.find((segment) => !roles.has(segment) && isCompanyName(segment.text));
    if (found === undefined) continue;
    const reason = 'the first name of a company';
    return { value: tidy(found.text), confidence: worth.companyName, row, at: found, reason };
  }
  return undefined;
}

function toParty(
  named: Named | undefined,
  contacts: Contacts,
  otherName: Found | undefined,
): FoundParty | undefined {
  const { confidence = 0, reason = '' } = named ?? {};
  const found = ({ text, row, segment }: BlockLine): Found => ({
    value: text,
    confidence,
    row,
    at: segment,
    reason,
  });
  const lines = nameAndRest(named?.lines ?? []);
  const name = lines.name === undefined ? otherName : found(lines.name);
  const address = lines.rest.slice(0, 8).map(found);
  const country = countryFound(address) ?? countryOfVatId(contacts.vatId);
  const party: FoundParty = {
    ...present({ name, country }),
    ...(address.length > 0 && { address }),
    ...contacts,
  };
  return Object.keys(party).length > 0 ? party : undefined;
}

function countryFound(address: readonly Found[]): Found | undefined {
  const value = countryOf(address.map((line) => line.value));
  const last = address.at(-1);
  return value === undefined || last === undefined
    ? undefined
    : { ...last, value, reason: `${last.reason}; the address` };
}

function countryOfVatId(vatId: Found | undefined): Found | undefined {
  const value = vatId && vatCountry(vatId.value);
  return vatId && value ? { ...vatId, value, reason: 'the prefix of the VAT identifier' } : undefined;
}
