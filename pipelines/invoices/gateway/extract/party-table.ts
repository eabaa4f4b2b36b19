import type { BlockLine } from './blocks.ts';
import type { Role } from './contacts.ts';
import { identifierLabels, partyLabels, partyRowLabels, sectionLabels } from './labels.ts';
import type { Row, Segment } from './layout.ts';
import { matchAt, phrases } from './phrases.ts';

const knownRows = phrases({
  ...partyRowLabels,
  ignored: [
    ...partyRowLabels.ignored,
    ...Object.values(identifierLabels).flat(),
    'e mail',
    'email',
    'iban',
    'web',
    'fax',
  ],
});
const knownHeadings = phrases({ ...partyLabels, section: sectionLabels.section });

/** No table of a party has more rows, or rows further apart than this in heights of their type. */
const mostRows = 14;
const widestGap = 2.6;

/** A party given as a table of labels and values: "Name: | Acme", "Address: | 1 Main St". */
export interface PartyTable {
  role: Role;
  /** Name first. */
  lines: BlockLine[];
  /** All that stands in the table. */
  segments: Segment[];
}

export function partyTables(rows: readonly Row[]): PartyTable[] {
  return rows.flatMap((row, index) => {
    const [heading, ...others] = row.segments;
    const match = heading && matchAt(heading.tokens, 0, knownHeadings);
    if (match === undefined || match.kind === 'section' || match.kind === 'office' || others.length > 0)
      return [];
    if (match.length < (heading?.tokens.length ?? 0)) return [];
    const table = tableAt(rows, index, match.kind);
    return table === undefined ? [] : [table];
  });
}

function tableAt(rows: readonly Row[], index: number, role: Role): PartyTable | undefined {
  const named: BlockLine[] = [];
  const address: BlockLine[] = [];
  const segments: Segment[] = [];
  let key: keyof typeof partyRowLabels | undefined;
  let values: number | undefined;
  for (let i = index + 1; i <= index + mostRows; i += 1) {
    const [row, before] = [rows[i], rows[i - 1]];
    if (row === undefined || before === undefined || row.page !== before.page) break;
    if (row.y - before.y > Math.max(before.height, row.height) * widestGap) break;
    const [label, value] = row.segments;
    const kind = label && rowKind(label);
    if (kind !== undefined && value !== undefined) {
      key = kind;
      values = value.x0;
    } else if (label === undefined || values === undefined || Math.abs(label.x0 - values) > 5) break;
    const said = kind === undefined ? label : value;
    segments.push(...row.segments);
    if (said === undefined || key === 'ignored') continue;
    (key === 'name' ? named : address).push({ row, segment: said, text: said.text });
  }
  return named.length === 0 ? undefined : { role, lines: [...named, ...address], segments };
}

function rowKind({ tokens, text }: Segment): keyof typeof partyRowLabels | undefined {
  const match = matchAt(tokens, 0, knownRows);
  if (match?.length === tokens.length) return match.kind;
  return text.endsWith(':') ? 'ignored' : undefined;
}
