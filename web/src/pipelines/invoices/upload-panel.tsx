import { Panel } from '../../components/panel.tsx';
import { MappingChoice } from './mapping-choice.tsx';
import { UploadButton } from './upload-button.tsx';
import { chosenMapping } from './uploads.ts';

/** Above the jobs of the queue: where PDFs can be dropped, and by which mapping they are converted. */
export function UploadPanel() {
  const mapping = chosenMapping.use();
  return (
    <Panel title="Convert PDFs">
      <div className="upload-panel">
        <p className="muted">Drop PDFs anywhere on this page, or choose them.</p>
        <MappingChoice label="Mapping" value={mapping} onChange={(name) => chosenMapping.set(name)} />
        <UploadButton />
      </div>
    </Panel>
  );
}
