import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A fenced block of a page, and the file that the text before it names last. */
interface Block {
  language: string;
  text: string;
  file: string;
}

/**
 * Does in `folder` what a page tells: writes the file that a heading names, with the `sql`, `ts` or `json` block below it, and
 * changes the file that a sentence names last before a `diff` block.
 * @throws when a change does not fit the file
 */
export async function applyRecipe(page: string, folder: string): Promise<void> {
  for (const block of blocksOf(page)) {
    const path = join(folder, block.file);
    if (block.language === 'diff') {
      await writeFile(path, changed(await readFile(path, 'utf8'), block));
    } else if (isFile(block)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, block.text);
    }
  }
}

/** What the page adds: files and their lines, and the lines that it adds to files that are there. */
export function sizeOf(page: string): { files: number; lines: number; indexLines: number } {
  const linesOf = (blocks: Block[]) => blocks.flatMap(({ text }) => text.trimEnd().split('\n'));
  const blocks = blocksOf(page);
  const files = blocks.filter(isFile);
  const changes = linesOf(blocks.filter(({ language }) => language === 'diff'));
  return {
    files: files.length,
    lines: linesOf(files).length,
    indexLines: changes.filter((line) => line.startsWith('+')).length,
  };
}

const isFile = ({ language }: Block) => ['sql', 'ts', 'json'].includes(language);

/** A heading or a sentence that says which file comes next. */
const namesFile = /^(?:#+ .*|.*(?:in|and) )`((?:migrations|pipelines|server)\/[\w/.-]+|Dockerfile)`/gm;

function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let file = '';
  for (const [i, part] of page.split(/^```/m).entries()) {
    if (i % 2 === 0) {
      file = [...part.matchAll(namesFile)].at(-1)?.[1] ?? file;
      continue;
    }
    const end = part.indexOf('\n');
    blocks.push({ language: part.slice(0, end), text: part.slice(end + 1), file });
  }
  return blocks;
}

function changed(text: string, { text: diff, file }: Block): string {
  const lines = diff.trimEnd().split('\n');
  const side = (leftOut: string) =>
    lines
      .filter((line) => !line.startsWith(leftOut))
      .map((line) => line.slice(1))
      .join('\n');
  const before = side('+');
  if (text.split(before).length !== 2)
    throw new Error(`the change of ${file} does not fit it exactly once: ${before}`);
  return text.replace(before, () => side('-'));
}
