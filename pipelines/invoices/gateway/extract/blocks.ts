import type { Row, Segment } from './layout.ts';

export interface BlockLine {
  row: Row;
  segment: Segment;
  text: string;
}

/** Lines that stand one under another, flush left or right, like an address. */
export interface Block {
  page: number;
  y: number;
  lines: BlockLine[];
}

/** Points by which edges of one block may differ; line distance within it at most, in heights of its type. */
const edge = 4;
const leading = 2;
/** More columns of text than this no page has. */
const openAtOnce = 200;

export function blocksOf(rows: readonly Row[]): Block[] {
  const blocks: Block[] = [];
  let open: Block[] = [];
  for (const row of rows) {
    open = open.filter((block) => isNear(block, row)).slice(-openAtOnce);
    for (const segment of row.segments) {
      const line = { row, segment, text: segment.text };
      const block = open.find((candidate) => continues(candidate, row, segment));
      if (block !== undefined) block.lines.push(line);
      else {
        const started = { page: row.page, y: row.y, lines: [line] };
        blocks.push(started);
        open.push(started);
      }
    }
  }
  return blocks;
}

function isNear(block: Block, row: Row): boolean {
  const last = block.lines.at(-1);
  return (
    last !== undefined &&
    last.row.page === row.page &&
    row.y - last.row.y <= Math.max(row.height, last.row.height) * leading
  );
}

function continues(block: Block, row: Row, segment: Segment): boolean {
  const last = block.lines.at(-1);
  if (
    last === undefined ||
    last.row === row ||
    row.y - last.row.y > Math.max(segment.height, last.segment.height) * leading
  )
    return false;
  const ratio = segment.height / last.segment.height;
  const isFlush =
    Math.abs(last.segment.x0 - segment.x0) <= edge || Math.abs(last.segment.x1 - segment.x1) <= edge;
  return isFlush && ratio > 0.6 && ratio < 1.7;
}
