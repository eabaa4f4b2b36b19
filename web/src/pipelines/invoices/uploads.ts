import { token } from '../../api/access.ts';
import { createStore } from '../../api/store.ts';

/** A PDF on its way. */
export interface Upload {
  key: number;
  name: string;
  mapping: string;
  state:
    | { kind: 'waiting' }
    /** `sent`: between 0 and 1. */
    | { kind: 'sending'; sent: number }
    | { kind: 'refused'; why: string }
    | { kind: 'job'; id: string };
}

/** Of all files that were dropped since the page was opened, or until they were cleared. */
export const uploads = createStore<readonly Upload[]>([]);
/** The mapping of the next files. */
export const chosenMapping = createStore('invoice');

const mostAtOnce = 3;
const waiting: { upload: Upload; file: File }[] = [];
let sending = 0;
let lastKey = 0;

/** Sends files one after the other, three at a time. */
export function uploadFiles(files: Iterable<File>): void {
  const mapping = chosenMapping.get();
  for (const file of files) {
    const upload: Upload = { key: ++lastKey, name: file.name, mapping, state: { kind: 'waiting' } };
    uploads.set([upload, ...uploads.get()]);
    waiting.push({ upload, file });
  }
  sendNext();
}

export function clearUploads(): void {
  uploads.set(uploads.get().filter(({ state }) => state.kind === 'waiting' || state.kind === 'sending'));
}

function sendNext(): void {
  while (sending < mostAtOnce) {
    const next = waiting.shift();
    if (next === undefined) return;
    sending += 1;
    void sendFile(next.upload, next.file).then((state) => {
      sending -= 1;
      setState(next.upload, state);
      sendNext();
    });
  }
}

const setState = ({ key }: Upload, state: Upload['state']) =>
  uploads.set(uploads.get().map((upload) => (upload.key === key ? { ...upload, state } : upload)));

/** Not `fetch`, which does not tell how much is sent. */
function sendFile(upload: Upload, file: File): Promise<Upload['state']> {
  const form = new FormData();
  form.append('mapping', upload.mapping);
  form.append('file', file);
  const request = new XMLHttpRequest();
  request.open('POST', '/api/upload');
  request.setRequestHeader('accept', 'application/json');
  const secret = token.get();
  if (secret !== null) request.setRequestHeader('authorization', `Bearer ${secret}`);
  request.upload.onprogress = ({ loaded, total }) =>
    setState(upload, { kind: 'sending', sent: total > 0 ? loaded / total : 0 });
  return new Promise((done) => {
    request.onload = () => done(stateOf(request));
    request.onerror = () =>
      done({
        kind: 'refused',
        why: 'The API could not be reached, or refused the file before it was whole.',
      });
    request.send(form);
  });
}

function stateOf(request: XMLHttpRequest): Upload['state'] {
  const answer = jsonOf(request.responseText);
  if (request.status === 202 && typeof answer['id'] === 'string') return { kind: 'job', id: answer['id'] };
  const why = answer['detail'] ?? `The API answered ${request.status} ${request.statusText}.`;
  return { kind: 'refused', why: String(why) };
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {}; // what stands before the API may answer anything; its status says enough
  }
}
