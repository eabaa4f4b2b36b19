import { useInfiniteQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { FileTrigger } from 'react-aria-components';
import { jobsQuery } from '../../api/queries.ts';
import { Button } from '../../components/button.tsx';
import type { PreviewSource } from './preview.ts';
import { queue } from './queries.ts';

interface SourceChoiceProps {
  source: PreviewSource | null;
  onJob: (id: string) => void;
  onFile: (file: File) => void;
}

const mostJobs = 30;

/** The PDF to try a mapping on: that of one of the last jobs, or a file of this machine, which is kept nowhere. */
export function SourceChoice({ source, onJob, onFile }: SourceChoiceProps) {
  const id = useId();
  const jobs = useInfiniteQuery(jobsQuery(queue, { limit: mostJobs })).data?.pages[0]?.rows ?? [];
  const job = source !== null && 'job' in source ? source.job : '';
  const isListed = jobs.some((row) => row.id === job);
  return (
    <div className="field">
      <label htmlFor={id}>PDF for the preview</label>
      <div className="row">
        <select
          id={id}
          className="input source-select"
          value={job}
          onChange={({ target }) => onJob(target.value)}
        >
          {job === '' && (
            <option value="">
              {source !== null && 'file' in source ? source.file.name : 'Choose a job, or a file'}
            </option>
          )}
          {job !== '' && !isListed && <option value={job}>Job {job}</option>}
          {jobs.map((row) => (
            <option key={row.id} value={row.id}>
              {row.label ?? row.id}
            </option>
          ))}
        </select>
        <FileTrigger
          acceptedFileTypes={['application/pdf']}
          onSelect={(files) => files?.[0] && onFile(files[0])}
        >
          <Button>Choose a file</Button>
        </FileTrigger>
      </div>
      <span className="hint">The file is only previewed, not stored.</span>
    </div>
  );
}
