import type { Attachment } from './attachments.ts';
import { isCii, readCii } from './extract/cii.ts';
import { followsNorm, isUbl, readUbl } from './extract/ubl.ts';
import { parseXml, type XmlElement } from './extract/xml-tree.ts';
import type { Invoice } from './invoice.ts';

export interface EmbeddedInvoice {
  found?: { invoice: Invoice; attachment: Attachment };
  /** Why a file that is named as an XML invoice cannot be read as one. */
  damaged?: string;
  warnings: string[];
}

/** The first embedded file that is an XML invoice, and what is wrong with the others. */
export function embeddedInvoice(attachments: readonly Attachment[]): EmbeddedInvoice {
  const problems: { attachment: Attachment; why: string }[] = [];
  for (const attachment of attachments) {
    const read = readXml(attachment);
    if (typeof read !== 'string')
      return {
        found: { invoice: read.invoice, attachment },
        warnings: [...told(problems), ...read.warnings],
      };
    problems.push({ attachment, why: read });
  }
  const damaged = problems.find(({ attachment }) => attachment.isPromised);
  return {
    ...(damaged && { damaged: `${damaged.attachment.name}: ${damaged.why}` }),
    warnings: told(problems),
  };
}

/** Other XML files need not be invoices; only a name that promises one makes a warning, or one that is an invoice of another kind. */
const told = (problems: readonly { attachment: Attachment; why: string }[]): string[] =>
  problems
    .filter(({ attachment, why }) => attachment.isPromised || why.startsWith('it is '))
    .map(({ attachment, why }) => `${attachment.name} in the PDF is passed over: ${why}`);

/** The invoice in an XML file, or why there is none. */
function readXml({ name, bytes }: Attachment): { invoice: Invoice; warnings: string[] } | string {
  try {
    const root = parseXml(bytes);
    const other = otherKind(root);
    if (other !== undefined) return other;
    const invoice = isCii(root) ? readCii(root) : isUbl(root) ? readUbl(root) : undefined;
    if (invoice === undefined)
      return `its root is ${root.name}, not CrossIndustryInvoice or the Invoice of UBL`;
    if (isEmpty(invoice)) return 'it has neither a number nor sums nor lines';
    return {
      invoice,
      warnings: olderThanNorm(root)
        ? [`${name} in the PDF is ZUGFeRD 1, which is older than EN 16931 and does not follow it`]
        : [],
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return why.slice(0, 200);
  }
}

/** Documents of kinds that are known and not read. */
function otherKind(root: XmlElement): string | undefined {
  if (isUbl(root) && !followsNorm(root)) return 'it is UBL, but does not say that it follows EN 16931';
  const uris = Object.values(root.attributes).join(' ');
  if (root.name === 'SCRDMCCBDACIOMessageStructure') return 'it is an order (Order-X), not an invoice';
  if (root.name === 'Invoice' && /urn:un:unece:uncefact|urn:ferd/.test(uris))
    return 'it is a draft of ZUGFeRD from before its version 1.0';
  return undefined;
}

const isEmpty = ({ number, totals, lines }: Invoice): boolean =>
  number === undefined && totals.gross === undefined && lines.length === 0;

const olderThanNorm = ({ name }: XmlElement): boolean => name === 'CrossIndustryDocument';
