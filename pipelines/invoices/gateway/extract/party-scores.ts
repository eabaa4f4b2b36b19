import { isCompanyName, isCountryLine, isPostalLine } from './addresses.ts';
import type { Block, BlockLine } from './blocks.ts';
import { emailIn, phoneIn } from './identifiers.ts';
import { numberLabels } from './labels.ts';
import { holdsNumbers, isDetail, isSalutation } from './party-lines.ts';
import { matchAt, phrases } from './phrases.ts';
import type { SenderLine } from './sender-line.ts';

const knownTitles = phrases({ title: numberLabels.title });

/** An address of the first page, and what speaks for either party. */
interface Scored {
  lines: BlockLine[];
  y: number;
  seller: number;
  buyer: number;
}

/** Points of a page of A4 within which the window of an envelope shows the address. */
const window = { left: 40, right: 320, top: 95, bottom: 280 } as const;
/** Where the window is on the right, an address begins between these. */
const rightWindow = { from: 280, to: 420 } as const;
const footerFrom = 640;
const underSenderWithin = 45;

/**
 * Seller and buyer among addresses that no label names. For the seller speak its tax, bank and telephone numbers, the line of the
 * sender, the top and the foot of the page; for the buyer the window of the envelope and a form of address.
 */
export function byScore(
  blocks: readonly Block[],
  senders: readonly SenderLine[],
  wanted: { seller: boolean; buyer: boolean },
): { seller?: ScoredParty; buyer?: ScoredParty } {
  const scored = [
    ...senders.map(ofSender),
    ...blocks.flatMap((block) => ofBlock(block, senders)),
    ...senders.flatMap((sender) => inWindow(sender, blocks)),
  ].sort((a, b) => a.y - b.y);
  const [first] = scored;
  if (first !== undefined) first.seller += 1;
  const names = blocks.flatMap(({ lines }) => lines.map(({ text }) => text.toLowerCase()));
  for (const one of scored) if (recurs(nameOf(one), names)) one.seller += 1;
  const seller = wanted.seller ? most(scored, 'seller') : undefined;
  const rest = scored.filter((one) => one !== seller && nameOf(one) !== nameOf(seller));
  const buyer = wanted.buyer ? most(rest, 'buyer') : undefined;
  return {
    ...(seller && { seller: evidenceOf(seller, 'seller') }),
    ...(buyer && { buyer: evidenceOf(buyer, 'buyer') }),
  };
}

/** An address with how sure its role is: by how much more speaks for it than for the other. */
export interface ScoredParty {
  lines: BlockLine[];
  confidence: number;
  reason: string;
}

function evidenceOf(scored: Scored, role: 'seller' | 'buyer'): ScoredParty {
  const margin = scored[role] - scored[role === 'seller' ? 'buyer' : 'seller'];
  const confidence = Math.min(0.9, Math.max(0.4, 0.55 + 0.06 * margin));
  return { lines: scored.lines, confidence, reason: 'where its address stands and what stands beside it' };
}

/** Whoever sends a letter is named more than once on it. */
const recurs = (name: string | undefined, texts: readonly string[]): boolean =>
  name !== undefined && name.length >= 5 && texts.filter((text) => text.startsWith(name)).length > 1;

const nameOf = (one: Scored | undefined): string | undefined => one?.lines[0]?.text.toLowerCase();

function most(scored: readonly Scored[], role: 'seller' | 'buyer'): Scored | undefined {
  const other = role === 'seller' ? 'buyer' : 'seller';
  const fitting = scored.filter((one) => one[role] >= 0 && one[role] >= one[other] - 1);
  return fitting.toSorted((a, b) => b[role] - b[other] - (a[role] - a[other]))[0];
}

const ofSender = ({ lines, row }: SenderLine): Scored => ({ lines, y: row.y, seller: 4, buyer: -4 });

/** The lines below the line of the sender down to the town, however far apart they stand. */
function inWindow(sender: SenderLine, blocks: readonly Block[]): Scored[] {
  const lines = blocks
    .flatMap((block) => block.lines)
    .filter(({ row, segment }) => {
      const down = row.y - sender.row.y;
      return down > 0 && down <= windowHeight && Math.abs(segment.x0 - sender.x0) <= windowIndent;
    })
    .sort((a, b) => a.row.y - b.row.y);
  const postal = lines.findIndex(({ text }) => isPostalLine(text));
  const own = lines.slice(0, postal + 1);
  const [first] = own;
  const isAddress =
    postal > 0 && postal <= 6 && own.every(({ text }) => text.length <= 60 && !isDetail(text));
  return first !== undefined && isAddress ? [{ lines: own, y: first.row.y, seller: -4, buyer: 4 }] : [];
}

const windowHeight = 130;
const windowIndent = 40;

function ofBlock(block: Block, senders: readonly SenderLine[]): Scored[] {
  const isSender = ({ segment }: BlockLine): boolean =>
    senders.some(({ segments }) => segments.includes(segment));
  const lines = addressLines(block.lines.filter((line) => !isSender(line)));
  const [first] = lines;
  if (first === undefined) return [];
  const [x0, y] = [first.segment.x0, first.row.y];
  const has = (test: (text: string) => boolean): boolean => block.lines.some(({ text }) => test(text));
  const isReachable = has(
    (text) =>
      emailIn(text) !== undefined || phoneIn(text, false) !== undefined || /\bwww\.|https?:/.test(text),
  );
  const isUnderSender = senders.some(
    (sender) => y > sender.row.y && y - sender.row.y <= underSenderWithin && Math.abs(x0 - sender.x0) <= 25,
  );
  const isInWindow =
    x0 >= window.left && first.segment.x1 <= window.right && y >= window.top && y <= window.bottom;
  const isInRightWindow =
    x0 >= rightWindow.from && x0 <= rightWindow.to && y >= window.top && y <= window.bottom;
  const isFooter = y >= footerFrom;
  return [
    {
      lines,
      y,
      seller: points([has(holdsNumbers), 3], [isReachable, 1.5], [isFooter, 1], [has(isCompanyName), 0.5]),
      buyer: points(
        [has(isSalutation), 4],
        [isUnderSender, 4],
        [isInWindow, 1],
        [isInRightWindow, 0.5],
        [isFooter, -5],
        [has(holdsNumbers), -1],
      ),
    },
  ];
}

const points = (...facts: readonly [boolean, number][]): number =>
  facts.reduce((sum, [holds, worth]) => sum + (holds ? worth : 0), 0);

/** A block with a postal line or a country's name, without a title above it. */
function addressLines(lines: readonly BlockLine[]): BlockLine[] {
  const start = lines.findIndex(({ segment }) => matchAt(segment.tokens, 0, knownTitles) === undefined);
  const own = lines.slice(Math.max(start, 0));
  const postal = own.findIndex(({ text }) => isPostalLine(text) || isCountryLine(text));
  const isAddress = postal > 0 && postal <= 6 && own.slice(0, postal + 1).every(isShort);
  return isAddress ? own : [];
}

/** No line of an address is long, or greets somebody. */
const isShort = ({ text }: BlockLine): boolean => text.length <= 70 && !greeting.test(text);
const greeting =
  /^(?:sehr geehrt|dear|bonjour|madame, monsieur|cher|estimad|gentil|egregi|geachte|beste|hej|hello|hi|kære|szanown|prezad|caro)/iu;
