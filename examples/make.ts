// Makes the PDFs of this folder: `npm run examples`. The same bytes each time.
import { writeFile } from 'node:fs/promises';
import { AFRelationship, PDFDocument, type PDFFont, type PDFPage, StandardFonts } from 'pdf-lib';

const issued = new Date('2026-01-15T09:00:00Z');
const page = { width: 595, height: 842, left: 50, bottom: 70 };
const columns = { description: 50, quantity: 320, unitPrice: 400, amount: 490 };

interface Line {
  description: string;
  quantity: number;
  /** In cents, so that sums are exact. */
  unitPrice: number;
}

interface Example {
  number: string;
  lines: Line[];
  taxPercent: number;
}

const money = (cents: number): string =>
  (cents / 100).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

function totalsOf({ lines, taxPercent }: Example) {
  const net = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0);
  const tax = Math.round((net * taxPercent) / 100);
  return { net, tax, gross: net + tax };
}

/** An invoice as a small company prints it. */
async function draw(example: Example): Promise<PDFDocument> {
  const pdf = await PDFDocument.create();
  pdf.setTitle(`Invoice ${example.number}`);
  pdf.setProducer('Switchyard examples');
  pdf.setCreationDate(issued);
  pdf.setModificationDate(issued);
  const regular = await pdf.embedFont(StandardFonts.Helvetica);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  let sheet = pdf.addPage([page.width, page.height]);
  let y = drawHead(sheet, example, regular, bold);
  y = drawTableHead(sheet, bold, y);
  for (const line of example.lines) {
    if (y < page.bottom) {
      sheet = pdf.addPage([page.width, page.height]);
      y = drawTableHead(sheet, bold, page.height - 60);
    }
    write(sheet, regular, columns.description, y, line.description);
    write(sheet, regular, columns.quantity, y, String(line.quantity));
    write(sheet, regular, columns.unitPrice, y, money(line.unitPrice));
    write(sheet, regular, columns.amount, y, money(line.quantity * line.unitPrice));
    y -= 16;
  }
  if (y < page.bottom + 60) {
    sheet = pdf.addPage([page.width, page.height]);
    y = page.height - 60;
  }
  drawTotals(sheet, example, regular, bold, y - 16);
  return pdf;
}

function drawHead(sheet: PDFPage, example: Example, regular: PDFFont, bold: PDFFont): number {
  const seller = [
    'Harbour Lamps Ltd',
    '14 Quayside Road',
    'Bristol BS1 6XN',
    'United Kingdom',
    'VAT ID: GB123456789',
  ];
  const buyer = ['Bill to:', 'Orchard Books GmbH', 'Gartenweg 3', '10115 Berlin', 'Germany'];
  let y = page.height - 60;
  write(sheet, bold, page.left, y, 'INVOICE', 20);
  for (const text of seller) {
    y -= 16;
    write(sheet, regular, 380, y, text);
  }
  y -= 24;
  const fields = [
    ['Invoice number:', example.number],
    ['Invoice date:', '15 January 2026'],
    ['Due date:', '14 February 2026'],
    ['Order number:', 'PO-2026-0042'],
    ['Currency:', 'EUR'],
  ];
  let top = y;
  for (const text of buyer) {
    top -= 16;
    write(sheet, regular, page.left, top, text);
  }
  for (const [label = '', value = ''] of fields) {
    y -= 16;
    write(sheet, bold, 320, y, label);
    write(sheet, regular, 430, y, value);
  }
  return y - 40;
}

function drawTableHead(sheet: PDFPage, bold: PDFFont, y: number): number {
  write(sheet, bold, columns.description, y, 'Description');
  write(sheet, bold, columns.quantity, y, 'Quantity');
  write(sheet, bold, columns.unitPrice, y, 'Unit price');
  write(sheet, bold, columns.amount, y, 'Amount');
  return y - 20;
}

function drawTotals(sheet: PDFPage, example: Example, regular: PDFFont, bold: PDFFont, y: number): void {
  const { net, tax, gross } = totalsOf(example);
  write(sheet, regular, columns.unitPrice, y, 'Net total');
  write(sheet, regular, columns.amount, y, `€ ${money(net)}`);
  write(sheet, regular, columns.unitPrice, y - 16, `VAT ${example.taxPercent}%`);
  write(sheet, regular, columns.amount, y - 16, `€ ${money(tax)}`);
  write(sheet, bold, columns.unitPrice, y - 32, 'Total');
  write(sheet, bold, columns.amount, y - 32, `€ ${money(gross)}`);
}

function write(sheet: PDFPage, font: PDFFont, x: number, y: number, text: string, size = 10): void {
  sheet.drawText(text, { x, y, size, font });
}

/** The same invoice as EN 16931 has it, in the syntax that Factur-X embeds. */
function crossIndustryInvoice(example: Example): string {
  const { net, tax, gross } = totalsOf(example);
  const amount = (cents: number) => (cents / 100).toFixed(2);
  const lines = example.lines.map(
    (line, i) => `
    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument><ram:LineID>${i + 1}</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>${line.description}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement>
        <ram:NetPriceProductTradePrice><ram:ChargeAmount>${amount(line.unitPrice)}</ram:ChargeAmount></ram:NetPriceProductTradePrice>
      </ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="C62">${line.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>${example.taxPercent}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>${amount(line.quantity * line.unitPrice)}</ram:LineTotalAmount></ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100" xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext>
    <ram:GuidelineSpecifiedDocumentContextParameter><ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
  </rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>${example.number}</ram:ID>
    <ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime><udt:DateTimeString format="102">20260115</udt:DateTimeString></ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>${lines.join('')}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty>
        <ram:Name>Harbour Lamps Ltd</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>BS1 6XN</ram:PostcodeCode><ram:LineOne>14 Quayside Road</ram:LineOne><ram:CityName>Bristol</ram:CityName><ram:CountryID>GB</ram:CountryID></ram:PostalTradeAddress>
        <ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">GB123456789</ram:ID></ram:SpecifiedTaxRegistration>
      </ram:SellerTradeParty>
      <ram:BuyerTradeParty>
        <ram:Name>Orchard Books GmbH</ram:Name>
        <ram:PostalTradeAddress><ram:PostcodeCode>10115</ram:PostcodeCode><ram:LineOne>Gartenweg 3</ram:LineOne><ram:CityName>Berlin</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
      </ram:BuyerTradeParty>
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery/>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
      <ram:ApplicableTradeTax><ram:CalculatedAmount>${amount(tax)}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>${amount(net)}</ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>${example.taxPercent}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
      <ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime><udt:DateTimeString format="102">20260214</udt:DateTimeString></ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>${amount(net)}</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>${amount(net)}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="EUR">${amount(tax)}</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>${amount(gross)}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>${amount(gross)}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
`;
}

const lamps: Line[] = [
  { description: 'Desk lamp, brass', quantity: 4, unitPrice: 8950 },
  { description: 'Reading lamp, black', quantity: 12, unitPrice: 4525 },
  { description: 'Replacement shade', quantity: 6, unitPrice: 1290 },
];
const plain: Example = { number: 'HL-2026-0117', lines: lamps, taxPercent: 20 };
const hybrid: Example = { number: 'HL-2026-0118', lines: lamps, taxPercent: 20 };
const long: Example = {
  number: 'HL-2026-0119',
  lines: Array.from({ length: 510 }, (_, i) => ({
    description: `Lamp part no. ${String(i + 1).padStart(4, '0')}`,
    quantity: (i % 9) + 1,
    unitPrice: 125 + ((i * 37) % 4000),
  })),
  taxPercent: 20,
};

const save = (name: string, bytes: Uint8Array) => writeFile(new URL(name, import.meta.url), bytes);
await save('plain-invoice.pdf', await (await draw(plain)).save());
await save('510-line-items.pdf', await (await draw(long)).save());

const withXml = await draw(hybrid);
await withXml.attach(Buffer.from(crossIndustryInvoice(hybrid)), 'factur-x.xml', {
  mimeType: 'text/xml',
  description: 'Factur-X invoice',
  creationDate: issued,
  modificationDate: issued,
  afRelationship: AFRelationship.Alternative,
});
await save('hybrid-invoice.pdf', await withXml.save());

// Has the signature of a PDF, and nothing behind it.
await save('broken.pdf', Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n'));
