import { cleanFileName } from '../../lib/file-names.ts';

/** `Rechnung 7.pdf` → `Rechnung 7.xml`: the name under which a result is saved. */
export function resultFileName(originalName: string): string {
  return `${cleanFileName(originalName).replace(/\.pdf$/i, '')}.xml`;
}
