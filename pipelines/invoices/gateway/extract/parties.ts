import type { Party } from '../invoice.ts';
import { countryOf, isCompanyName, isCountryLine, isPostalLine } from './addresses.ts';
import { type Block, type BlockLine, blocksOf } from './blocks.ts';
import { type Contacts, contactsOf, type Role } from './contacts.ts';
import { emailIn, ibanIn, vatCountry, vatIdIn } from './identifiers.ts';
import { identifierLabels, numberLabels, partyLabels } from './labels.ts';
import { overlap, type Row, type Segment, toSegment } from './layout.ts';
import { matchAt, phrases, tokens as tokensOf } from './phrases.ts';

const knownParties = phrases(partyLabels);
const knownTitles = phrases({ title: numberLabels.title });
const knownIdentifiers = phrases(identifierLabels);

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
  const labelled = blocks.flatMap((block) => labelledIn(block, blocks));
  const taken = new Set(labelled.flatMap(({ lines }) => lines.map(({ segment }) => segment)));
  const free = blocks.filter(
    ({ page, lines }) => page === 0 && !lines.some(({ segment }) => taken.has(segment)),
  );
  const named = [...labelled, ...unlabelled(free, labelled)];
  const roles = new Map<Segment, Role>();
  for (const { role, lines } of named) for (const { segment } of lines) roles.set(segment, role);
  const contacts = contactsOf(rows, (segment) => roles.get(segment));
  const lines = (role: Role): string[] =>
    named.find((party) => party.role === role)?.lines.map((l) => l.text) ?? [];
  const seller = toParty(lines('seller'), contacts.seller, companyName(rows, roles));
  const buyer = toParty(lines('buyer'), contacts.buyer, undefined);
  return { ...(seller && { seller }), ...(buyer && { buyer }) };
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

function unlabelled(blocks: readonly Block[], labelled: readonly Named[]): Named[] {
  const has = (role: Role): boolean => labelled.some((party) => party.role === role);
  const addresses = blocks.map((block) => addressLines(block)).filter((lines) => lines.length > 0);
  const own = addresses.find((lines) => lines.some(({ text }) => holdsNumbers(text))) ?? addresses[0];
  const seller = has('seller') ? undefined : (own ?? letterhead(blocks));
  const buyer = has('buyer') ? undefined : addresses.find((lines) => lines !== own);
  return [
    ...(seller ? [{ role: 'seller' as const, lines: seller }] : []),
    ...(buyer ? [{ role: 'buyer' as const, lines: buyer }] : []),
  ];
}

const holdsNumbers = (text: string): boolean => vatIdIn(text) !== undefined || ibanIn(text) !== undefined;

/** A block with a postal line or a country's name, or one line that holds a whole address; without a title above it. */
function addressLines({ lines }: Block): BlockLine[] {
  const whole = lines.flatMap((line) => {
    const parts = line.text.split(/\s+[-–•|·]\s+/);
    const isAddress = parts.length >= 3 && parts.some(isPostalLine);
    return isAddress ? [parts.map((text) => ({ ...line, text }))] : [];
  })[0];
  if (whole !== undefined) return whole;
  const start = lines.findIndex(({ segment }) => matchAt(segment.tokens, 0, knownTitles) === undefined);
  const own = lines.slice(Math.max(start, 0));
  const postal = own.findIndex(({ text }) => isPostalLine(text) || isCountryLine(text));
  return postal > 0 && postal <= 6 ? own : [];
}

/** The topmost block that is no mere title, when it holds what letterheads hold. */
function letterhead(blocks: readonly Block[]): BlockLine[] | undefined {
  const isTitle = ({ segment }: BlockLine): boolean => matchAt(segment.tokens, 0, knownTitles) !== undefined;
  const lines = blocks.find((block) => !block.lines.every(isTitle))?.lines ?? [];
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
  const [first, ...rest] = lines.map(tidy).filter((line) => line !== '' && !isDetail(line));
  const name = first ?? otherName;
  const end = lines.slice(1).findIndex((line) => isDetail(tidy(line)));
  const address = rest.slice(0, Math.min(end < 0 ? 8 : end, 8));
  const country = countryOf(address) ?? (contacts.vatId && vatCountry(contacts.vatId));
  const party: Party = {
    ...(name !== undefined && { name }),
    ...(address.length > 0 && { address }),
    ...(country !== undefined && { country }),
    ...contacts,
  };
  return Object.keys(party).length > 0 ? party : undefined;
}

const tidy = (line: string): string => line.replace(/[\s,;]+$/, '').slice(0, 200);

/** A line that belongs to no address: a labelled value, a web or e-mail address, a number of the party. */
function isDetail(line: string): boolean {
  const tokens = tokensOf([{ text: line }]);
  if (tokens.length === 0) return true;
  if (matchAt(tokens, 0, knownIdentifiers) !== undefined) return true;
  return (
    /@|\bwww\.|https?:|^[^:]{2,40}:/.test(line) ||
    /^[^\p{L}]*\+?[\d ()./-]{7,}$/u.test(line) ||
    holdsNumbers(line)
  );
}
