import type { Invoice, InvoiceLine, Party } from '../invoice.ts';
import { elementsAt, textAt, type XmlElement } from './xml-tree.ts';
import { decimal, defined, isoDate } from './xml-values.ts';

/** Whether the document is a UBL 2 invoice or credit note, the other syntax of EN 16931. */
export const isUbl = ({ name, attributes }: XmlElement): boolean =>
  (name === 'Invoice' || name === 'CreditNote') &&
  Object.values(attributes).some((uri) => uri.startsWith('urn:oasis:names:specification:ubl:schema:xsd:'));

/** Whether it says that it follows EN 16931, as Peppol, XRechnung and other rules on top of it do as well. */
export const followsNorm = (root: XmlElement): boolean =>
  textAt(root, 'CustomizationID')?.includes('en16931') === true;

/** The fields of a UBL invoice or credit note. What it leaves out, or does not write as its schema asks, is absent. */
export function readUbl(root: XmlElement): Invoice {
  const account = 'PaymentMeans/PayeeFinancialAccount';
  const seller = party(elementsAt(root, 'AccountingSupplierParty/Party')[0]);
  const buyer = party(elementsAt(root, 'AccountingCustomerParty/Party')[0]);
  const bank = defined({
    iban: textAt(root, `${account}/ID`)?.replaceAll(/\s/g, ''),
    bic: textAt(root, `${account}/FinancialInstitutionBranch/ID`),
  });
  return {
    type: root.name === 'CreditNote' ? 'credit-note' : 'invoice',
    ...defined({
      number: textAt(root, 'ID'),
      date: isoDate(textAt(root, 'IssueDate')),
      dueDate: isoDate(textAt(root, 'DueDate') ?? textAt(root, 'PaymentMeans/PaymentDueDate')),
      orderNumber: textAt(root, 'OrderReference/ID'),
      currency: /^[A-Z]{3}$/.exec(textAt(root, 'DocumentCurrencyCode') ?? '')?.[0],
    }),
    ...(seller && { seller: { ...seller, ...bank } }),
    ...(buyer && { buyer }),
    totals: defined({
      net: decimal(textAt(root, 'LegalMonetaryTotal/TaxExclusiveAmount')),
      tax: decimal(textAt(root, 'TaxTotal/TaxAmount')),
      gross: decimal(textAt(root, 'LegalMonetaryTotal/TaxInclusiveAmount')),
    }),
    lines: elementsAt(root, 'InvoiceLine|CreditNoteLine').map(line),
  };
}

function party(element: XmlElement | undefined): Party | undefined {
  if (element === undefined) return undefined;
  const part = (name: string): string | undefined => textAt(element, `PostalAddress/${name}`);
  const town = [part('PostalZone'), part('CityName')].filter((text) => text !== undefined).join(' ');
  const address = [part('StreetName'), part('AdditionalStreetName'), part('AddressLine/Line'), town].filter(
    (text) => text !== undefined && text !== '',
  ) as string[];
  return {
    ...defined({
      name: textAt(element, 'PartyLegalEntity/RegistrationName') ?? textAt(element, 'PartyName/Name'),
      country: /^[A-Z]{2}$/.exec(part('Country/IdentificationCode') ?? '')?.[0],
      vatId: elementsAt(element, 'PartyTaxScheme')
        .find((scheme) => textAt(scheme, 'TaxScheme/ID') === 'VAT')
        ?.children.find(({ name }) => name === 'CompanyID')
        ?.text.trim(),
      registrationNumber: textAt(element, 'PartyLegalEntity/CompanyID'),
      email: textAt(element, 'Contact/ElectronicMail'),
      phone: textAt(element, 'Contact/Telephone'),
    }),
    ...(address.length > 0 && { address }),
  };
}

function line(element: XmlElement): InvoiceLine {
  const quantity = elementsAt(element, 'InvoicedQuantity|CreditedQuantity')[0];
  return defined({
    code:
      textAt(element, 'Item/SellersItemIdentification/ID') ??
      textAt(element, 'Item/StandardItemIdentification/ID'),
    description: [textAt(element, 'Item/Name'), textAt(element, 'Item/Description')]
      .filter((text) => text !== undefined)
      .join('\n'),
    quantity: decimal(quantity?.text),
    unit: quantity?.attributes['unitCode'],
    unitPrice: decimal(textAt(element, 'Price/PriceAmount')),
    taxRate: decimal(textAt(element, 'Item/ClassifiedTaxCategory/Percent')),
    amount: decimal(textAt(element, 'LineExtensionAmount')),
  });
}
