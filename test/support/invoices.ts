import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const examplesDir = fileURLToPath(new URL('../../examples', import.meta.url));
const realDir = fileURLToPath(new URL('../../../shared/invoices', import.meta.url));

export const example = (name: string): string => join(examplesDir, name);

/** Real invoices that lie beside a checkout of the developers; nobody else has them. */
export const realInvoices: string[] = existsSync(realDir)
  ? readdirSync(realDir)
      .filter((name) => name.endsWith('.pdf'))
      .map((name) => join(realDir, name))
  : [];
