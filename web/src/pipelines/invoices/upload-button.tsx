import { FileTrigger } from 'react-aria-components';
import { Button } from '../../components/button.tsx';
import { uploadFiles } from './uploads.ts';

/** Chooses PDFs from the disk. */
export function UploadButton() {
  return (
    <FileTrigger
      allowsMultiple
      acceptedFileTypes={['application/pdf']}
      onSelect={(files) => files && uploadFiles(files)}
    >
      <Button kind="primary">Upload PDFs</Button>
    </FileTrigger>
  );
}
