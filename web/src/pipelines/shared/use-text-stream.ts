import { useEffect, useState } from 'react';
import { ApiProblem, send } from '../../api/request.ts';

export interface TextStream {
  text: string;
  /** Whether more may come. */
  goesOn: boolean;
  /** Why there is none. */
  problem: ApiProblem | null;
}

/** So many characters are shown, the last ones; more would make a browser slow. */
const mostCharacters = 1_000_000;
const againMs = 1_500;
const nothing: TextStream = { text: '', goesOn: false, problem: null };

/**
 * A text that the API sends as it grows, such as a log, read from its beginning each time `version` changes. While `mayGoOn`, a text
 * that is not there yet, or whose connection was lost, is asked for again.
 */
export function useTextStream(path: string, version: string, mayGoOn: boolean): TextStream {
  const [stream, setStream] = useState(nothing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is another text
  useEffect(() => {
    const end = new AbortController();
    void follow(path, mayGoOn, end.signal, setStream);
    return () => end.abort();
  }, [path, version, mayGoOn]);
  return stream;
}

async function follow(
  path: string,
  mayGoOn: boolean,
  signal: AbortSignal,
  show: (stream: TextStream) => void,
): Promise<void> {
  do {
    try {
      await readOnce(path, signal, (text) => show({ text, goesOn: mayGoOn, problem: null }), show);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiProblem)) continue;
      show({ ...nothing, goesOn: mayGoOn, problem: error });
    }
    if (mayGoOn) await new Promise((done) => setTimeout(done, againMs));
  } while (mayGoOn && !signal.aborted);
}

async function readOnce(
  path: string,
  signal: AbortSignal,
  onText: (text: string) => void,
  onEnd: (stream: TextStream) => void,
): Promise<void> {
  const { body } = await send(path, { signal, headers: { accept: 'text/plain' } });
  if (body === null) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text = (text + next.value).slice(-mostCharacters);
    onText(text);
  }
  if (!signal.aborted) onEnd({ text, goesOn: false, problem: null });
}
