import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { Button } from '../../components/button.tsx';
import { PageHead } from '../../components/page-head.tsx';
import { Panel } from '../../components/panel.tsx';
import { ProblemNote } from '../../components/problem.tsx';
import { Beside } from '../shared/beside.tsx';
import { copyText, saveText } from '../shared/save.ts';
import { XmlView } from '../shared/xml-view.tsx';
import { MappingChoice } from './mapping-choice.tsx';
import { type MappingError, type Preview, type PreviewSource, usePreview } from './preview.ts';
import { mappingQuery } from './queries.ts';
import { SourceChoice } from './source-choice.tsx';

/** A mapping as text, and what it makes of a PDF as it is written. The address names the mapping to begin with, and the job. */
export default function MappingEditor() {
  const [search, setSearch] = useSearchParams();
  const start = search.get('start') ?? 'invoice';
  const job = search.get('job');
  const [file, setFile] = useState<File | null>(null);
  const [text, setText] = useMappingText(start);
  const source = useMemo<PreviewSource | null>(() => (file ? { file } : job ? { job } : null), [file, job]);
  const preview = usePreview(text, source);
  const show = (change: Record<string, string>) =>
    setSearch(
      (last) => {
        const next = new URLSearchParams(last);
        for (const [name, value] of Object.entries(change)) next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const onJob = (id: string) => {
    setFile(null);
    show({ job: id });
  };

  return (
    <>
      <PageHead
        title="Mapping editor"
        below="Change a mapping and see at once what it makes of a PDF. Nothing is stored."
      />
      <div className="fields editor-choices" data-columns>
        <MappingChoice
          label="Begin with the mapping"
          value={start}
          onChange={(name) => show({ start: name })}
        />
        <SourceChoice source={source} onJob={onJob} onFile={setFile} />
      </div>
      <Beside
        parts={[
          {
            title: 'Mapping',
            content: <MappingText name={start} text={text} onChange={setText} errors={preview.errors} />,
          },
          { title: 'XML', content: <PreviewPanel preview={preview} hasSource={source !== null} /> },
        ]}
      />
    </>
  );
}

/** The text of a mapping, as it was loaded and then as it was changed. */
function useMappingText(name: string): [string, (text: string) => void] {
  const loaded = useQuery(mappingQuery(name)).data;
  const [text, setText] = useState('');
  useEffect(() => {
    if (loaded !== undefined) setText(loaded);
  }, [loaded]);
  return [text, setText];
}

interface MappingTextProps {
  name: string;
  text: string;
  onChange: (text: string) => void;
  errors: readonly MappingError[];
}

function MappingText({ name, text, onChange, errors }: MappingTextProps) {
  const id = useId();
  const save = () => saveText(text, `${name}.json`, 'application/json');
  return (
    <Panel
      title="Mapping"
      end={
        <Button size="small" onPress={save}>
          Download mapping
        </Button>
      }
    >
      <div className="field">
        <label htmlFor={id} className="visually-hidden">
          Mapping, as JSON
        </label>
        <textarea
          id={id}
          className="input mapping-text"
          data-code
          spellCheck={false}
          value={text}
          aria-invalid={errors.length > 0}
          aria-describedby={`${id}-errors`}
          onChange={({ target }) => onChange(target.value)}
        />
        <ul id={`${id}-errors`} className="mapping-errors" aria-live="polite">
          {errors.map(({ place, message }) => (
            <li key={`${place} ${message}`} className="error break">
              <code>{place}</code> {message}
            </li>
          ))}
        </ul>
        <p className="hint">
          To use it, save its file in <code>MAPPINGS_DIR</code> and start the gateway again.
        </p>
      </div>
    </Panel>
  );
}

function PreviewPanel({ preview, hasSource }: { preview: Preview; hasSource: boolean }) {
  const { xml, isBusy, errors, problem } = preview;
  const isOld = errors.length > 0 || problem !== null;
  const actions = (
    <>
      {isBusy && <span className="muted small">making it …</span>}
      {xml !== null && !isOld && (
        <Button size="small" onPress={() => void copyText(xml)}>
          Copy XML
        </Button>
      )}
    </>
  );
  return (
    <Panel title="Preview" end={actions}>
      <div className="stack">
        {problem && <ProblemNote error={problem} />}
        {!hasSource && <p className="muted">Choose a PDF to preview the result.</p>}
        {isOld && xml !== null && <p className="muted small">The result before the last change:</p>}
        {xml !== null && <XmlView xml={xml} label="Resulting XML" />}
      </div>
    </Panel>
  );
}
