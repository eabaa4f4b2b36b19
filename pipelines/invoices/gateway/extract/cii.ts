import type { Invoice, InvoiceLine, Party, Totals } from '../invoice.ts';
import { elementsAt, textAt, type XmlElement } from './xml-tree.ts';
import { decimal, defined, isoDate } from './xml-values.ts';

/** UNTDID 1001 codes of documents that give money back, as EN 16931 sorts them. */
const creditCodes = new Set(['81', '83', '261', '262', '296', '308', '381', '396', '420', '458', '532']);

/** The names of ZUGFeRD 1 stand after those of Factur-X and ZUGFeRD 2. */
const paths = {
  document: 'ExchangedDocument|HeaderExchangedDocument',
  transaction: 'SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction',
  agreement: 'ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement',
  settlement: 'ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement',
  sums: 'SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation',
  line: 'IncludedSupplyChainTradeLineItem',
  lineAgreement: 'SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement',
  lineDelivery: 'SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery',
  lineSettlement: 'SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement',
  lineSums: 'SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation',
} as const;

/** Whether the document is a UN/CEFACT Cross Industry Invoice, the syntax of Factur-X, ZUGFeRD and XRechnung (CII). */
export const isCii = ({ name }: XmlElement): boolean =>
  name === 'CrossIndustryInvoice' || name === 'CrossIndustryDocument';

/** The fields of a Cross Industry Invoice. What it leaves out, or does not write as its schema asks, is absent. */
export function readCii(root: XmlElement): Invoice {
  const agreement = `${paths.transaction}/${paths.agreement}`;
  const settlement = `${paths.transaction}/${paths.settlement}`;
  const code = textAt(root, `${paths.document}/TypeCode`);
  const bank = `${settlement}/SpecifiedTradeSettlementPaymentMeans`;
  const iban = textAt(root, `${bank}/PayeePartyCreditorFinancialAccount/IBANID`)?.replaceAll(/\s/g, '');
  const bic = textAt(root, `${bank}/PayeeSpecifiedCreditorFinancialInstitution/BICID`);
  const seller = withBank(party(elementsAt(root, `${agreement}/SellerTradeParty`)[0]), { iban, bic });
  const buyer = party(elementsAt(root, `${agreement}/BuyerTradeParty`)[0]);
  return {
    type: creditCodes.has(code ?? '') ? 'credit-note' : 'invoice',
    ...defined({
      number: textAt(root, `${paths.document}/ID`),
      date: isoDate(textAt(root, `${paths.document}/IssueDateTime/DateTimeString`)),
      dueDate: isoDate(
        textAt(root, `${settlement}/SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString`),
      ),
      orderNumber: textAt(root, `${agreement}/BuyerOrderReferencedDocument/IssuerAssignedID|ID`),
      currency: currency(textAt(root, `${settlement}/InvoiceCurrencyCode`)),
    }),
    ...(seller && { seller }),
    ...(buyer && { buyer }),
    totals: totals(root, `${settlement}/${paths.sums}`),
    lines: elementsAt(root, `${paths.transaction}/${paths.line}`).map(line).filter(isPriced),
  };
}

function totals(root: XmlElement, sums: string): Totals {
  return defined({
    net: amount(root, `${sums}/TaxBasisTotalAmount`),
    tax: amount(root, `${sums}/TaxTotalAmount`),
    gross: amount(root, `${sums}/GrandTotalAmount`),
  });
}

function party(element: XmlElement | undefined): Party | undefined {
  if (element === undefined) return undefined;
  const address = addressOf(element);
  const found = {
    ...defined({
      name: textAt(element, 'Name'),
      country: /^[A-Z]{2}$/.exec(textAt(element, 'PostalTradeAddress/CountryID') ?? '')?.[0],
      vatId: elementsAt(element, 'SpecifiedTaxRegistration/ID')
        .find(({ attributes }) => attributes['schemeID'] === 'VA')
        ?.text.trim(),
      registrationNumber: textAt(element, 'SpecifiedLegalOrganization/ID'),
      email:
        textAt(element, 'DefinedTradeContact/EmailURIUniversalCommunication/URIID') ??
        elementsAt(element, 'URIUniversalCommunication/URIID')
          .find(({ attributes }) => attributes['schemeID'] === 'EM')
          ?.text.trim(),
      phone: textAt(element, 'DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber'),
    }),
    ...(address.length > 0 && { address }),
  };
  return Object.keys(found).length > 0 ? found : undefined;
}

function addressOf(element: XmlElement): string[] {
  const part = (name: string): string | undefined => textAt(element, `PostalTradeAddress/${name}`);
  const town = [part('PostcodeCode'), part('CityName')].filter((text) => text !== undefined).join(' ');
  const lines = [part('LineOne'), part('LineTwo'), part('LineThree'), town, part('CountrySubDivisionName')];
  return lines.filter((text) => text !== undefined).filter((text) => text !== '');
}

function withBank(
  seller: Party | undefined,
  bank: { iban: string | undefined; bic: string | undefined },
): Party | undefined {
  return seller && { ...seller, ...defined(bank) };
}

function line(element: XmlElement): InvoiceLine {
  const quantity = elementsAt(element, `${paths.lineDelivery}/BilledQuantity`)[0];
  const tax = `${paths.lineSettlement}/ApplicableTradeTax`;
  return defined({
    code:
      textAt(element, 'SpecifiedTradeProduct/SellerAssignedID') ??
      textAt(element, 'SpecifiedTradeProduct/GlobalID'),
    description: [
      textAt(element, 'SpecifiedTradeProduct/Name'),
      textAt(element, 'SpecifiedTradeProduct/Description'),
    ]
      .filter((text) => text !== undefined)
      .join('\n'),
    quantity: decimal(quantity?.text),
    unit: quantity?.attributes['unitCode'],
    unitPrice: amount(element, `${paths.lineAgreement}/NetPriceProductTradePrice/ChargeAmount`),
    taxRate: amount(element, `${tax}/RateApplicablePercent|ApplicablePercent`),
    amount: amount(element, `${paths.lineSettlement}/${paths.lineSums}/LineTotalAmount`),
  });
}

/** ZUGFeRD 1 has lines that are mere notes. */
const isPriced = ({ amount, quantity, description }: InvoiceLine): boolean =>
  (amount ?? quantity ?? description) !== undefined;

const amount = (element: XmlElement, path: string): string | undefined => decimal(textAt(element, path));

const currency = (code: string | undefined): string | undefined => /^[A-Z]{3}$/.exec(code ?? '')?.[0];
