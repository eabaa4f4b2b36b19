/** One line of a diff. */
export interface DiffLine {
  kind: 'added' | 'removed' | 'same' | 'hunk' | 'note';
  text: string;
}

export interface FileDiff {
  /** Its name after the change; before it, where it was removed. */
  name: string;
  change: 'new' | 'removed' | 'renamed' | 'changed';
  added: number;
  removed: number;
  lines: DiffLine[];
}

/** The files of a diff as git prints it. */
export function parseDiff(text: string): FileDiff[] {
  const files: FileDiff[] = [];
  let inHunk = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('diff --git ')) {
      files.push({ name: nameIn(line), change: 'changed', added: 0, removed: 0, lines: [] });
      inHunk = false;
      continue;
    }
    const file = files.at(-1);
    if (file === undefined) continue;
    if (line.startsWith('@@')) inHunk = true;
    if (inHunk) takeLine(file, line);
    else takeHeader(file, line);
  }
  return files;
}

function takeHeader(file: FileDiff, line: string): void {
  if (line.startsWith('new file')) file.change = 'new';
  else if (line.startsWith('deleted file')) file.change = 'removed';
  else if (line.startsWith('rename to ')) {
    file.change = 'renamed';
    file.name = line.slice('rename to '.length);
  } else if (line.startsWith('Binary files') || line.startsWith('GIT binary patch'))
    file.lines.push({ kind: 'note', text: 'This file is not text.' });
}

function takeLine(file: FileDiff, line: string): void {
  const sign = line.charAt(0);
  if (line.startsWith('@@')) file.lines.push({ kind: 'hunk', text: line });
  else if (sign === '+') {
    file.added += 1;
    file.lines.push({ kind: 'added', text: line.slice(1) });
  } else if (sign === '-') {
    file.removed += 1;
    file.lines.push({ kind: 'removed', text: line.slice(1) });
  } else if (sign === ' ') file.lines.push({ kind: 'same', text: line.slice(1) });
  else if (sign === '\\') file.lines.push({ kind: 'note', text: 'No newline at the end of the file.' });
}

/** `diff --git a/x b/x` → `x`. */
const nameIn = (line: string): string => / b\/(.*)$/.exec(line)?.[1] ?? line.slice('diff --git '.length);
