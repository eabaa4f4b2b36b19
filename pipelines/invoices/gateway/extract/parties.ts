import type { Party } from '../invoice.ts';
import { countryOf, isCompanyName } from './addresses.ts';
import { type Block, type BlockLine, blocksOf } from './blocks.ts';
import { type Contacts, contactsOf, type Role } from './contacts.ts';
import { emailIn, vatCountry } from './identifiers.ts';
import { numberLabels, partyLabels } from './labels.ts';
import { overlap, type Row, type Segment, toSegment } from './layout.ts';
import { nameAndRest, tidy } from './party-lines.ts';
import { byScore } from './party-scores.ts';
import { partyTables } from './party-table.ts';
import { matchAt, phrases } from './phrases.ts';
import { type SenderLine, senderLines } from './sender-line.ts';

const knownParties = phrases(partyLabels);
const knownTitles = phrases({ title: numberLabels.title });

interface Named {
  role: Role;
  /** Name first. */
  lines: BlockLine[];
}

/**
 * Seller and buyer: by their labels ("Bill to", "Sold by"); else by the address blocks of the first page, of which the
 * topmost, or the one that holds tax or bank numbers, is the seller's and the next the buyer's.
 */
export function partiesOf(rows: readonly Row[]): { seller?: Party; buyer?: Party } {
  const blocks = blocksOf(rows);
  const tables = partyTables(rows);
  const inTables = new Set(tables.flatMap(({ segments }) => segments));
  const senders = senderLines(rows);
  const boxed = blocks.filter(({ lines }) => !lines.some(({ segment }) => inTables.has(segment)));
  const labelled = [...tables, ...boxed.flatMap((block) => labelledIn(block, boxed))];
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
  const contacts = contactsOf(rows, (segment) => roles.get(segment));
  const lines = (role: Role): string[] =>
    named.find((party) => party.role === role)?.lines.map((l) => l.text) ?? [];
  const seller = toParty(lines('seller'), contacts.seller, companyName(rows, roles));
  const buyer = toParty(lines('buyer'), contacts.buyer, undefined);
  const isOne = buyer?.name !== undefined && buyer.name === seller?.name;
  return { ...(seller && { seller }), ...(buyer && !isOne && { buyer }) };
}

/** The parties whose labels stand in a block, each with the lines up to the next label. */
function labelledIn(block: Block, blocks: readonly Block[]): Named[] {
  return block.lines.flatMap((line, index) => {
    const label = partyLabel(line.segment);
    if (label === undefined) return [];
    const following = block.lines.slice(index + 1);
    const until = following.findIndex(({ segment }) => partyLabel(segment) !== undefined);
    const rest = until < 0 ? following : following.slice(0, until);
    if (label.rest !== '') return [{ role: label.role, lines: [{ ...line, text: label.rest }, ...rest] }];
    const lines = rest.length > 0 ? rest : linesNear(line, blocks);
    return lines.length === 0 ? [] : [{ role: label.role, lines }];
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
  const seller = has('seller') ? undefined : (found.seller ?? letterhead(blocks, found.buyer));
  return [
    ...(seller ? [{ role: 'seller' as const, lines: seller }] : []),
    ...(found.buyer ? [{ role: 'buyer' as const, lines: found.buyer }] : []),
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
function companyName(rows: readonly Row[], roles: ReadonlyMap<Segment, Role>): string | undefined {
  for (const { segments } of rows) {
    const found = segments.find((segment) => !roles.has(segment) && isCompanyName(segment.text));
    if (found !== undefined) return tidy(found.text);
  }
  return undefined;
}

function toParty(
  lines: readonly string[],
  contacts: Contacts,
  otherName: string | undefined,
): Party | undefined {
  const found = nameAndRest(lines);
  const name = found.name ?? otherName;
  const address = found.rest.slice(0, 8);
  const country = countryOf(address) ?? (contacts.vatId && vatCountry(contacts.vatId));
  const party: Party = {
    ...(name !== undefined && { name }),
    ...(address.length > 0 && { address }),
    ...(country !== undefined && { country }),
    ...contacts,
  };
  return Object.keys(party).length > 0 ? party : undefined;
}
