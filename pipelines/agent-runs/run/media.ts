import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

/** The endings of files by which their types are known. */
const endings = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/svg+xml', 'svg'],
  ['audio/wav', 'wav'],
  ['audio/mpeg', 'mp3'],
  ['audio/ogg', 'ogg'],
  ['audio/flac', 'flac'],
  ['audio/webm', 'weba'],
  ['application/pdf', 'pdf'],
]);
const types = new Map([...endings].map(([type, ending]) => [ending, type]));

/** The type of an artifact that holds what a tool showed or played. */
export const mediaTypeOf = (name: string): string | undefined => types.get(name.split('.').at(-1) ?? '');

interface MediaFile {
  name: string;
  content: Buffer;
}

/** Images, audio and embedded files of a result, as files; in the result stands the name of each instead of its content. */
export function separateMedia(
  result: CallToolResult,
  prefix: string,
): { result: object; files: MediaFile[] } {
  const files: MediaFile[] = [];
  const store = (base64: string, mimeType = ''): string => {
    const ending = endings.get(mimeType.split(';')[0]?.trim().toLowerCase() ?? '') ?? 'bin';
    const name = `${prefix}.${files.length + 1}.${ending}`;
    files.push({ name, content: Buffer.from(base64, 'base64') });
    return name;
  };
  const content = result.content.map((part) => {
    if (part.type === 'image' || part.type === 'audio') {
      const { data, ...about } = part;
      return { ...about, artifact: store(data, part.mimeType) };
    }
    if (part.type === 'resource' && 'blob' in part.resource) {
      const { blob, ...about } = part.resource;
      return { ...part, resource: { ...about, artifact: store(blob, part.resource.mimeType) } };
    }
    return part;
  });
  return { result: { ...result, content }, files };
}
