// biome-ignore-all format: one language a paragraph
/** An invoice that nobody wrote, in the words of its language. Numbers as they are printed there. */
export interface MadeUp {
  language: string;
  seller: readonly string[];
  sellerTax: readonly [label: string, printed: string, read: string];
  buyerLabel: string;
  buyer: readonly string[];
  title: string;
  number: readonly [label: string, value: string];
  date: readonly [label: string, printed: string, read: string];
  due: readonly [label: string, printed: string, read: string];
  /** What, how many, price, amount. */
  headings: readonly [string, string, string, string];
  lines: readonly (readonly [string, string, string, string])[];
  net: readonly [label: string, printed: string];
  tax: readonly [label: string, printed: string];
  gross: readonly [label: string, printed: string];
  currency: string;
}

/** Read values of the lines and sums; all the invoices have the same. */
export const amounts = {
  lines: [
    { quantity: '2', unitPrice: '617.28', amount: '1234.56' },
    { quantity: '10', unitPrice: '6.50', amount: '65.00' },
  ],
  totals: { net: '1299.56', tax: '272.91', gross: '1572.47' },
} as const;

const comma = { lines: [['617,28', '1.234,56'], ['6,50', '65,00']], net: '1.299,56', tax: '272,91', gross: '1.572,47' } as const;
const spaced = { lines: [['617,28', '1 234,56'], ['6,50', '65,00']], net: '1 299,56', tax: '272,91', gross: '1 572,47' } as const;
const point = { lines: [['617.28', '1,234.56'], ['6.50', '65.00']], net: '1,299.56', tax: '272.91', gross: '1,572.47' } as const;
type Printed = typeof comma | typeof spaced | typeof point;
const lines = (first: string, second: string, { lines: [a, b] }: Printed): MadeUp['lines'] => [
  [first, '2', a[0], a[1]],
  [second, '10', b[0], b[1]],
];

export const madeUp: readonly MadeUp[] = [
  {
    language: 'English', seller: ['Harbour Joinery Ltd', '12 Quay Street', 'Bristol BS1 4RW'], sellerTax: ['VAT Reg No', 'GB 123 4567 82', 'GB123456782'],
    buyerLabel: 'Bill to', buyer: ['Moorland Inns', '3 Church Lane', 'Exeter EX4 1AA'], title: 'INVOICE', number: ['Invoice No', 'HJ-20431'],
    date: ['Invoice date', '5 March 2024', '2024-03-05'], due: ['Due date', '4 April 2024', '2024-04-04'],
    headings: ['Description', 'Qty', 'Unit price', 'Amount'], lines: lines('Oak table', 'Wax', point),
    net: ['Net total', point.net], tax: ['VAT @ 21%', point.tax], gross: ['Total due', `£${point.gross}`], currency: 'GBP',
  },
  {
    language: 'German', seller: ['Tischlerei Hafner GmbH', 'Kaistraße 12', '28195 Bremen'], sellerTax: ['USt-IdNr.', 'DE123456788', 'DE123456788'],
    buyerLabel: 'Rechnungsempfänger', buyer: ['Moorhof Gasthäuser', 'Kirchgasse 3', '26121 Oldenburg'], title: 'RECHNUNG', number: ['Rechnungs-Nr.', '2024/0431'],
    date: ['Rechnungsdatum', '05.03.2024', '2024-03-05'], due: ['Zahlbar bis', '04.04.2024', '2024-04-04'],
    headings: ['Bezeichnung', 'Anzahl', 'E-Preis', 'Gesamtpreis'], lines: lines('Eichentisch', 'Wachs', comma),
    net: ['Summe netto', comma.net], tax: ['zzgl. 21 % USt.', comma.tax], gross: ['Endbetrag', `${comma.gross} EUR`], currency: 'EUR',
  },
  {
    language: 'French', seller: ['Menuiserie du Quai SARL', '12 quai des Chartrons', '33000 Bordeaux'], sellerTax: ['N° TVA intracommunautaire', 'FR 40 303 265 045', 'FR40303265045'],
    buyerLabel: 'Facturé à', buyer: ['Auberges de la Lande', '3 rue de l’Église', '40000 Mont-de-Marsan'], title: 'FACTURE', number: ['Facture n°', 'F24-0431'],
    date: ['Date d’émission', '5 mars 2024', '2024-03-05'], due: ['Date d’échéance', '4 avril 2024', '2024-04-04'],
    headings: ['Désignation', 'Qté', 'P.U. HT', 'Montant HT'], lines: lines('Table en chêne', 'Cire', spaced),
    net: ['Total HT', spaced.net], tax: ['TVA 21 %', spaced.tax], gross: ['Total TTC', `${spaced.gross} €`], currency: 'EUR',
  },
  {
    language: 'Dutch', seller: ['Timmerwerf De Kade B.V.', 'Kade 12', '3012 CN Rotterdam'], sellerTax: ['BTW-nummer', 'NL123456789B01', 'NL123456789B01'],
    buyerLabel: 'Factuuradres', buyer: ['Heideherbergen', 'Kerkpad 3', '7411 KT Deventer'], title: 'FACTUUR', number: ['Factuurnummer', '20240431'],
    date: ['Factuurdatum', '5 maart 2024', '2024-03-05'], due: ['Vervaldatum', '4 april 2024', '2024-04-04'],
    headings: ['Omschrijving', 'Aantal', 'Prijs per stuk', 'Totaal'], lines: lines('Eiken tafel', 'Was', comma),
    net: ['Totaal excl. btw', comma.net], tax: ['Btw 21%', comma.tax], gross: ['Te betalen', `€ ${comma.gross}`], currency: 'EUR',
  },
  {
    language: 'Spanish', seller: ['Carpintería del Muelle S.L.', 'Calle del Puerto 12', '48001 Bilbao'], sellerTax: ['NIF', 'B12345674', 'B12345674'],
    buyerLabel: 'Cliente', buyer: ['Posadas del Páramo', 'Calle de la Iglesia 3', '09003 Burgos'], title: 'FACTURA', number: ['Factura n.º', 'A-2024-431'],
    date: ['Fecha de emisión', '5 de marzo de 2024', '2024-03-05'], due: ['Vencimiento', '04/04/2024', '2024-04-04'],
    headings: ['Concepto', 'Cantidad', 'Precio unitario', 'Importe'], lines: lines('Mesa de roble', 'Cera', comma),
    net: ['Base imponible', comma.net], tax: ['IVA 21 %', comma.tax], gross: ['Total a pagar', `${comma.gross} €`], currency: 'EUR',
  },
  {
    language: 'Italian', seller: ['Falegnameria del Molo S.r.l.', 'Via del Porto 12', '16124 Genova (GE)'], sellerTax: ['P.IVA', 'IT12345678903', 'IT12345678903'],
    buyerLabel: 'Spett.le', buyer: ['Locande della Brughiera', 'Vicolo della Chiesa 3', '20121 Milano (MI)'], title: 'FATTURA', number: ['Fattura n.', '431/A'],
    date: ['Data fattura', '5 marzo 2024', '2024-03-05'], due: ['Scadenza', '04/04/2024', '2024-04-04'],
    headings: ['Descrizione', 'Q.tà', 'Prezzo unitario', 'Importo'], lines: lines('Tavolo di rovere', 'Cera', comma),
    net: ['Imponibile', comma.net], tax: ['IVA 21%', comma.tax], gross: ['Totale fattura', `€ ${comma.gross}`], currency: 'EUR',
  },
  {
    language: 'Portuguese', seller: ['Carpintaria do Cais, Lda.', 'Rua do Porto 12', '4050-430 Porto'], sellerTax: ['NIF', 'PT501442600', 'PT501442600'],
    buyerLabel: 'Faturado a', buyer: ['Pousadas da Charneca', 'Travessa da Igreja 3', '7000-508 Évora'], title: 'FATURA', number: ['Fatura n.º', 'FT 2024/431'],
    date: ['Data de emissão', '5 de março de 2024', '2024-03-05'], due: ['Data de vencimento', '04/04/2024', '2024-04-04'],
    headings: ['Descrição', 'Qtd.', 'Preço unit.', 'Valor'], lines: lines('Mesa de carvalho', 'Cera', comma),
    net: ['Total sem IVA', comma.net], tax: ['IVA (21%)', comma.tax], gross: ['Total com IVA', `${comma.gross} €`], currency: 'EUR',
  },
  {
    language: 'Polish', seller: ['Stolarnia Portowa Sp. z o.o.', 'ul. Nabrzeżna 12', '80-838 Gdańsk'], sellerTax: ['NIP', '586-001-03-06', '5860010306'],
    buyerLabel: 'Nabywca', buyer: ['Zajazdy Wrzosowe', 'ul. Kościelna 3', '87-100 Toruń'], title: 'FAKTURA VAT', number: ['Faktura nr', 'FV/2024/0431'],
    date: ['Data wystawienia', '5 marca 2024', '2024-03-05'], due: ['Termin płatności', '04.04.2024', '2024-04-04'],
    headings: ['Nazwa towaru lub usługi', 'Ilość', 'Cena netto', 'Wartość netto'], lines: lines('Stół dębowy', 'Wosk', spaced),
    net: ['Razem netto', spaced.net], tax: ['Kwota VAT', spaced.tax], gross: ['Do zapłaty', `${spaced.gross} zł`], currency: 'PLN',
  },
  {
    language: 'Swedish', seller: ['Kajens Snickeri AB', 'Hamngatan 12', '411 14 Göteborg'], sellerTax: ['Momsreg.nr', 'SE556012345601', 'SE556012345601'],
    buyerLabel: 'Fakturaadress', buyer: ['Hedens Värdshus', 'Kyrkogränd 3', '753 10 Uppsala'], title: 'FAKTURA', number: ['Fakturanr', '20431'],
    date: ['Fakturadatum', '2024-03-05', '2024-03-05'], due: ['Förfallodatum', '2024-04-04', '2024-04-04'],
    headings: ['Benämning', 'Antal', 'À-pris', 'Belopp'], lines: lines('Ekbord', 'Vax', spaced),
    net: ['Summa exkl. moms', spaced.net], tax: ['Moms 21 %', spaced.tax], gross: ['Att betala', `${spaced.gross} kr`], currency: 'SEK',
  },
  {
    language: 'Danish', seller: ['Havnens Snedkeri ApS', 'Havnegade 12', '8000 Aarhus C'], sellerTax: ['CVR-nr.', '13585628', '13585628'],
    buyerLabel: 'Faktureres til', buyer: ['Hedens Kroer', 'Kirkestræde 3', '7400 Herning'], title: 'FAKTURA', number: ['Fakturanr.', '20431'],
    date: ['Fakturadato', '5. marts 2024', '2024-03-05'], due: ['Forfaldsdato', '4. april 2024', '2024-04-04'],
    headings: ['Beskrivelse', 'Antal', 'Stk. pris', 'Beløb'], lines: lines('Egetræsbord', 'Voks', comma),
    net: ['Subtotal ekskl. moms', comma.net], tax: ['Moms (21%)', comma.tax], gross: ['I alt inkl. moms', `${comma.gross} kr.`], currency: 'DKK',
  },
];
