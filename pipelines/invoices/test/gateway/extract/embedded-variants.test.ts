import { PDFArray, type PDFDict, PDFDocument, PDFHexString, PDFName, type PDFRef, PDFString } from 'pdf-lib';
import { describe, expect, it } from 'vitest';
import { printInvoice } from '../../../../lib/test/support/pdfs.ts';
import { readInvoice } from '../../../gateway/read-invoice.ts';

const ubl = (customization: string): string =>
  `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">${customization}<ID>X-1</ID></Invoice>`;
const norm = '<CustomizationID>urn:cen.eu:en16931:2017</CustomizationID>';
const cii = (root = 'CrossIndustryInvoice', start = '<?xml version="1.0" encoding="UTF-8"?>'): string =>
  `${start}<r:${root} xmlns:r="urn:un:unece:uncefact:data:standard:${root}:100" xmlns:ram="urn:ram"><r:ExchangedDocument>` +
  `<ram:ID>X-1</ram:ID></r:ExchangedDocument><r:SupplyChainTradeTransaction/></r:${root}>`;
const zugferd1 =
  '<r:CrossIndustryDocument xmlns:r="urn:ferd:CrossIndustryDocument:invoice:1p0" xmlns:ram="urn:ram"><r:HeaderExchangedDocument>' +
  '<ram:ID>X-1</ram:ID></r:HeaderExchangedDocument></r:CrossIndustryDocument>';

/** A printed invoice with the number 1001, to which a file is added in some way. */
async function pdfWith(add: (pdf: PDFDocument) => unknown): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  await printInvoice(pdf, [{ description: 'Printed', quantity: 2, unitPrice: 150 }]);
  await add(pdf);
  return pdf.save();
}

function fileOf(pdf: PDFDocument, xml: string | Uint8Array, name = 'factur-x.xml'): PDFRef {
  const stream = pdf.context.flateStream(xml, { Type: 'EmbeddedFile', Subtype: PDFName.of('text/xml') });
  const file = {
    Type: 'Filespec',
    F: PDFString.of(name),
    UF: PDFHexString.fromText(name),
    AFRelationship: 'Data',
  };
  return pdf.context.register(
    pdf.context.obj({ ...file, EF: pdf.context.obj({ F: pdf.context.register(stream) }) }),
  );
}

/** Names the file in `/AF` alone, of the document or of a page. */
const associated = (of: (pdf: PDFDocument) => PDFDict, xml: string) => (pdf: PDFDocument) =>
  of(pdf).set(PDFName.of('AF'), pdf.context.obj([fileOf(pdf, xml)]));
const document = (pdf: PDFDocument): PDFDict => pdf.catalog;
const page = (pdf: PDFDocument): PDFDict => pdf.getPage(0).node;

const pinned = (xml: string) => (pdf: PDFDocument) => {
  const annotation = {
    Type: 'Annot',
    Subtype: 'FileAttachment',
    Rect: [10, 10, 30, 30],
    FS: fileOf(pdf, xml),
  };
  const annotations = PDFArray.withContext(pdf.context);
  annotations.push(pdf.context.register(pdf.context.obj(annotation)));
  page(pdf).set(PDFName.of('Annots'), annotations);
};

const attached =
  (xml: string | Uint8Array, name = 'factur-x.xml') =>
  (pdf: PDFDocument) =>
    pdf.attach(typeof xml === 'string' ? Buffer.from(xml) : xml, name, { mimeType: 'text/xml' });

const utf16 = (text: string): Uint8Array => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('XML embedded', () => {
  it.each([
    ['as factur-x.xml', attached(cii())],
    ['as ZUGFeRD-invoice.xml', attached(cii(), 'ZUGFeRD-invoice.xml')],
    ['under another name', attached(cii(), '2024-031.xml')],
    ['under a name without an ending', attached(cii(), 'invoice')],
    ['as an associated file of the document alone', associated(document, cii())],
    ['as an associated file of a page alone', associated(page, cii())],
    ['as an annotation of a page', pinned(cii())],
    ['in UTF-16', attached(utf16(cii('CrossIndustryInvoice', '<?xml version="1.0" encoding="UTF-16"?>')))],
    ['without an XML declaration', attached(cii('CrossIndustryInvoice', ''))],
    ['as UBL of EN 16931', attached(ubl(norm), 'xrechnung.xml')],
    ['in ZUGFeRD 1', attached(zugferd1, 'ZUGFeRD-invoice.xml')],
    [
      'beside another XML file',
      async (pdf: PDFDocument) => {
        await attached('<notes/>', 'notes.xml')(pdf);
        associated(document, cii())(pdf);
      },
    ],
  ])('%s is read', async (_, add) => {
    const { invoice, attachment } = await readInvoice(await pdfWith(add));
    expect(invoice.number).toBe('X-1');
    expect(attachment).toBeDefined();
  });

  it('is read also where the pages have no text', async () => {
    const pdf = await PDFDocument.create();
    pdf.addPage();
    await attached(cii())(pdf);
    const { invoice } = await readInvoice(await pdf.save());
    expect(invoice).toMatchObject({ type: 'invoice', number: 'X-1' });
  });

  it.each([
    ['broken', attached(cii().slice(0, -20)), /unclosed tag/],
    ['empty', attached(''), /document must contain a root element|no element/],
    ['broken, as an associated file alone', associated(page, cii().slice(0, -20)), /unclosed tag/],
    ['an order', attached('<r:SCRDMCCBDACIOMessageStructure xmlns:r="urn:r"/>', 'order-x.xml'), /order/],
    [
      'a draft of ZUGFeRD',
      attached('<r:Invoice xmlns:r="urn:un:unece:uncefact:data:standard:CBFBUY:5"/>', 'ZUGFeRD-invoice.xml'),
      /draft of ZUGFeRD/,
    ],
    [
      'a draft under the name of its authors',
      attached('<r:Invoice xmlns:r="urn:ferd:invoice:rc"/>', 'ZUGFeRD-invoice.xml'),
      /draft of ZUGFeRD/,
    ],
    ['UBL of no known rules', attached(ubl(''), 'invoice.xml'), /does not say that it follows EN 16931/],
  ])('%s is passed over with the reason', async (_, add, why) => {
    const { invoice, attachment, warnings } = await readInvoice(await pdfWith(add));
    expect(attachment).toBeUndefined();
    expect(invoice.number).toBe('1001');
    expect(warnings).toEqual([expect.stringMatching(why)]);
  });
});
