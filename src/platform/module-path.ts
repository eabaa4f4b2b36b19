import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The path of the module `name`, relative to the module with the URL `from`. It ends like that one: in `.ts` in the repository, in `.js`
 * in the published package.
 */
export const modulePath = (name: string, from: string): string =>
  fileURLToPath(new URL(`${name}${extname(from)}`, from));
