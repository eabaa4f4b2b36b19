import { useEffect, useRef, useState } from 'react';
import { tell } from '../../components/toasts.tsx';
import { UploadList } from './upload-list.tsx';
import { chosenMapping, uploadFiles } from './uploads.ts';

/** Takes PDFs that are dropped anywhere on the page. A view that takes files itself stops their events. */
export function DropAnywhere() {
  const isOver = useFileDrop((files) => {
    const pdfs = files.filter(({ name, type }) => type === 'application/pdf' || /\.pdf$/i.test(name));
    if (pdfs.length < files.length) tell('Only PDFs are converted; other files were left out', 'error');
    uploadFiles(pdfs);
  });
  const mapping = chosenMapping.use();
  return (
    <>
      {isOver && (
        <div className="drop-overlay">
          <p>
            <strong>Drop PDFs to convert them</strong>
            <span>by the mapping “{mapping}”</span>
          </p>
        </div>
      )}
      <UploadList />
    </>
  );
}

/** Whether files are held over the page. */
function useFileDrop(onDrop: (files: File[]) => void): boolean {
  const [isOver, setOver] = useState(false);
  const drop = useRef(onDrop);
  drop.current = onDrop;
  useEffect(() => {
    const end = new AbortController();
    const { signal } = end;
    let depth = 0; // enter and leave come for every element below the pointer
    const on = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', take: (event: DragEvent) => void) =>
      window.addEventListener(name, (event) => holdsFiles(event) && take(event), { signal });
    const move = (by: number) => {
      depth = Math.max(0, depth + by);
      setOver(depth > 0);
    };
    on('dragenter', () => move(1));
    on('dragleave', () => move(-1));
    on('dragover', (event) => event.preventDefault());
    on('drop', (event) => {
      event.preventDefault();
      move(-depth);
      drop.current([...(event.dataTransfer?.files ?? [])]);
    });
    return () => end.abort();
  }, []);
  return isOver;
}

const holdsFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true;
