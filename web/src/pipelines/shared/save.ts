import { send } from '../../api/request.ts';
import { tell, tellError } from '../../components/toasts.tsx';

/** Gives the browser a file to save. */
function saveBlob(blob: Blob, name: string): void {
  const href = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href, download: name });
  link.click();
  URL.revokeObjectURL(href);
}

export const saveText = (text: string, name: string, type = 'text/plain'): void =>
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);

/** A file of the API. A link would not do: it sends no token. */
export async function saveFile(path: string, name: string): Promise<void> {
  try {
    const response = await send(path, { headers: { accept: '*/*' } });
    saveBlob(await response.blob(), name);
  } catch (error) {
    tellError(error as Error);
  }
}

export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell('Copied');
  } catch {
    tell('The browser does not let this page copy; select the text instead.', 'error');
  }
}
