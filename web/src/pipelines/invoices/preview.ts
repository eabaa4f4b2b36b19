import { useEffect, useState } from 'react';
import { ApiProblem, send } from '../../api/request.ts';

/** Of what a preview is made: a file of this machine, or the PDF of a job. */
export type PreviewSource = { file: File } | { job: string };

export interface MappingError {
  place: string;
  message: string;
}

export interface Preview {
  /** The last XML that could be made. */
  xml: string | null;
  isBusy: boolean;
  /** What is wrong with the mapping, place by place. */
  errors: readonly MappingError[];
  /** What else stands in the way. */
  problem: Error | null;
}

const nothing: Preview = { xml: null, isBusy: false, errors: [], problem: null };
/** Not with each letter that is typed. */
const restMs = 400;

/** The XML that the mapping makes of the PDF, made again whenever either changes. */
export function usePreview(mapping: string, source: PreviewSource | null): Preview {
  const [preview, setPreview] = useState(nothing);
  useEffect(() => {
    if (source === null || mapping.trim() === '') return;
    const end = new AbortController();
    const timer = setTimeout(() => {
      setPreview((last) => ({ ...last, isBusy: true }));
      fetchPreview(mapping, source, end.signal).then(
        (xml) => setPreview({ ...nothing, xml }),
        (error: Error) =>
          end.signal.aborted ||
          setPreview((last) => ({ ...nothing, ...troubleOf(error, mapping), xml: last.xml })),
      );
    }, restMs);
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [mapping, source]);
  return preview;
}

async function fetchPreview(mapping: string, source: PreviewSource, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  form.append('mapping', mapping); // first, so that a wrong one is refused before the PDF is sent
  if ('file' in source) form.append('file', source.file, source.file.name);
  else form.append('job', source.job);
  const headers = { accept: 'application/xml' };
  const answer = await send('/api/mappings/preview', { method: 'POST', body: form, signal, headers });
  return answer.text();
}

function troubleOf(error: Error, mapping: string): Pick<Preview, 'errors' | 'problem'> {
  if (!(error instanceof ApiProblem)) return { errors: [], problem: error };
  const { errors } = error.more;
  if (error.code === 'MAPPING_WRONG' && Array.isArray(errors)) return { errors, problem: null };
  if (error.code !== 'MAPPING_NOT_JSON') return { errors: [], problem: error };
  return { errors: [{ place: lineOf(error.message, mapping), message: error.message }], problem: null };
}

/** The engine says where JSON breaks off as a position, or as a line. */
function lineOf(message: string, text: string): string {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line !== undefined) return `line ${line}`;
  const position = /position (\d+)/.exec(message)?.[1];
  return position === undefined ? 'the file' : `line ${text.slice(0, Number(position)).split('\n').length}`;
}
