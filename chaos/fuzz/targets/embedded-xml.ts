import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import { isCii, readCii } from '../../../pipelines/invoices/gateway/extract/cii.ts';
import { parseXml } from '../../../pipelines/invoices/gateway/extract/xml-tree.ts';
import { nothingOpen, type Target } from '../target.ts';
import { xmlDocument } from '../xml-documents.ts';

const names = [
  ...[
    'ExchangedDocument',
    'ID',
    'TypeCode',
    'IssueDateTime',
    'DateTimeString',
    'SupplyChainTradeTransaction',
  ],
  ...[
    'ApplicableHeaderTradeAgreement',
    'SellerTradeParty',
    'BuyerTradeParty',
    'Name',
    'PostalTradeAddress',
    'CountryID',
  ],
  ...['SpecifiedTaxRegistration', 'ApplicableHeaderTradeSettlement', 'InvoiceCurrencyCode', 'TaxTotalAmount'],
  ...[
    'SpecifiedTradeSettlementHeaderMonetarySummation',
    'GrandTotalAmount',
    'IncludedSupplyChainTradeLineItem',
  ],
  ...['SpecifiedTradeProduct', 'SpecifiedLineTradeDelivery', 'BilledQuantity', 'hasOwnProperty', '__proto__'],
];
const value = fc.constantFrom(
  '',
  '381',
  '20261124',
  '99999999',
  '-1.5',
  '1e999',
  '9'.repeat(200),
  'EUR',
  '&lt;',
  ' x ',
);
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom(...names),
      fc.constantFrom('', ' schemeID="VA"', ' unitCode="C62"', ' __proto__="x"'),
      fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        value,
        fc.array(tie('element'), { maxLength: 3 }).map((all) => all.join('')),
      ),
    )
    .map(([name, attribute, inner]) => `<r:${name}${attribute}>${inner}</r:${name}>`),
}));
const cii = fc
  .array(element, { maxLength: 5 })
  .map((all) => Buffer.from(`<r:CrossIndustryInvoice xmlns:r="u">${all.join('')}</r:CrossIndustryInvoice>`));

export const embeddedXml: Target = {
  name: 'embedded-xml',
  about: 'XML inside a PDF: read, or refused with an error that says why',
  cases: 12_000,
  shortCases: 300,
  open: async () => ({
    ...nothingOpen,
    property: fc.asyncProperty(
      fc.oneof(
        cii,
        xmlDocument.map(({ bytes }) => bytes),
      ),
      async (bytes) => {
        let root: ReturnType<typeof parseXml>;
        try {
          root = parseXml(bytes);
        } catch (error) {
          ok(error instanceof Error && error.message !== '');
          return;
        }
        if (isCii(root)) readCii(root);
      },
    ),
  }),
};
