import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { layOut, rowText } from '../../gateway/extract/layout.ts';
import { loadMappings } from '../../gateway/mappings.ts';
import { completed } from '../../gateway/norm/complete.ts';
import { missingTerms } from '../../gateway/norm/missing-terms.ts';
import { readInvoice } from '../../gateway/read-invoice.ts';
import { checkRules } from '../../gateway/rules/check-rules.ts';
import { writeXml } from '../../gateway/write-xml.ts';

const folder = fileURLToPath(new URL('../../../../../shared/invoices/pages/', import.meta.url));
const pages = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pdf')) : [];
const isMissing = pages.length === 0;
const title = isMissing ? `given pages (skipped: ${folder} is not there)` : 'given pages';

describe.skipIf(isMissing)(title, () => {
  let mappings: Awaited<ReturnType<typeof loadMappings>>;
  beforeAll(async () => {
    mappings = await loadMappings('mappings');
  });

  const passes = (invoice: Parameters<typeof writeXml>[0], name: string): boolean => {
    const mapping = mappings.get(name);
    if (mapping === undefined) throw new Error(`no mapping ${name}`);
    const report = checkRules(Buffer.from([...writeXml(invoice, mapping, false)].join('')));
    return 'passed' in report && report.passed;
  };

  test.each(pages)(
    '%s passes the official rules in both syntaxes, or is told what it lacks',
    async (name) => {
      const read = await readInvoice(new Uint8Array(readFileSync(folder + name)));
      const invoice = completed(read.invoice, layOut(read.pages).map(rowText));
      const isWhole = missingTerms(invoice).length === 0;
      expect({ ubl: passes(invoice, 'en16931'), cii: passes(invoice, 'en16931-cii') }).toEqual({
        ubl: isWhole,
        cii: isWhole,
      });
    },
  );
});
