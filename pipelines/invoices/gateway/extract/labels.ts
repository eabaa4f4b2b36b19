// biome-ignore-all format: word lists are read in lines, not in columns
/**
 * The words that invoices use, in English, Dutch, French and German. Data only. Case, accents and punctuation do not
 * matter. In every list the stronger label comes first. A `*` lets compounds match that end in the first word.
 */

const numberWords = ['number', 'no', 'num', 'nr', 'nummer', '#', 'id', 'numéro', 'n°', 'ref'];
const withNumber = (words: string[]): string[] =>
  words.flatMap((word) => numberWords.map((n) => `${word} ${n}`));

const invoiceWords = ['invoice', 'tax invoice', '*factuur', '*rechnung', 'facture', 'bill'];
const creditWords = ['credit note', 'credit memo', 'creditnota', 'creditfactuur', 'avoir', 'gutschrift'];

export const numberLabels = {
  credit: [
    ...withNumber(creditWords), '*gutschriftsnummer', 'creditnotanummer', 'numéro d’avoir', 'n° d’avoir',
  ],
  invoice: [
    ...withNumber(invoiceWords), '*factuurnummer', '*rechnungsnummer', '*rechnungsnr', 'rechnungs nr',
    'numéro de facture', 'n° de facture', 'numéro de la facture', 'n° facture', 'no facture', 'num facture',
    'number of invoice',
  ],
  document: [
    ...withNumber(['document', 'receipt', '*beleg', 'memo', 'statement']), 'belegnummer', 'documentnummer',
    'bonnummer', 'bewijsnummer', 'quittungsnummer', 'n° de reçu', 'reçu n°',
  ],
  mark: ['#'],
  title: [...creditWords, 'invoice', '*factuur', '*rechnung', 'facture', 'receipt'],
  booking: [
    ...withNumber(['booking', 'reservation', 'confirmation', 'transaction', 'boeking']), 'booking reference',
    'boekingsnummer', 'buchungsnummer', 'reservierungsnummer', 'numéro de réservation',
  ],
} as const;

export const orderLabels = {
  order: [
    ...withNumber(['purchase order', 'po', 'p o', 'customer order', 'your order', 'order', 'sales order', '*bestell']),
    '*ordernummer', 'bestelnummer', 'bestellnummer', 'bestellnr', 'auftragsnummer', 'auftrags nr',
    'auftragsnr', '*inkoopordernummer', 'numéro de commande', 'n° de commande', 'n° commande', 'commande n°',
    'bon de commande', 'order reference', 'purchase order', 'bestellung nr', 'ihre bestellung', 'uw order',
    'votre commande', 'po',
  ],
} as const;

export const dateLabels = {
  invoice: [
    'invoice date', 'tax invoice date', 'date of invoice', 'bill date', 'billing date', 'invoice issued',
    'date of issue', 'issue date', 'issued on', 'date issued', 'issued', 'document date', 'credit note date',
    '*factuurdatum', 'datum factuur', 'uitgiftedatum', '*rechnungsdatum', 'rechnung vom',
    'datum der rechnung', 'ausstellungsdatum', 'belegdatum', 'gutschriftsdatum', 'creditnotadatum',
    'date de facture', 'date facture', 'date de la facture', 'date de facturation', 'date d’émission',
    'facture du', 'émise le', 'date d’avoir', 'date avoir', 'receipt date',
  ],
  plain: ['date', 'datum', 'dated', 'le', 'den'],
  due: [
    'due date', 'date due', 'payment due date', 'payment due by', 'payment due', 'due by', 'due on',
    'pay by', 'due', 'please pay by', 'payable by', 'vervaldatum', 'vervaldag', 'uiterste betaaldatum',
    'te betalen voor', 'te betalen vóór', 'betalen voor', 'fälligkeitsdatum', 'fälligkeit', 'fällig am',
    'fällig bis', 'fällig', 'zahlbar bis', 'zahlungsziel', 'zu zahlen bis', 'date d’échéance', 'échéance',
    'à payer avant le', 'date limite de paiement', 'payable avant le', 'à régler avant le', 'à payer avant',
  ],
  /** Dates of something else, so that the plain labels do not take them. */
  other: [
    'order date', 'orderdatum', 'besteldatum', 'bestelldatum', 'bestellung vom', 'date de commande',
    'leverdatum', 'delivery date', 'lieferdatum', 'leistungsdatum', 'date de livraison', 'ship date',
    'check in', 'check out', 'leistungszeitraum', 'period', 'service date', 'payment date', 'print date',
    'start date', 'end date',
  ],
} as const;

export const totalLabels = {
  gross: [
    'total incl tax', 'total including tax', 'total incl vat', 'total including vat', 'total inc vat',
    'total inc tax', 'total incl gst', 'total inc gst', 'grand total', 'invoice total',
    'total invoice amount', 'invoice amount', 'gross total', 'total gross', 'gross amount',
    'amount incl vat', 'totaal incl btw', 'totaal inclusief btw', 'totaal inclusief', 'totaal incl',
    'totaalbedrag incl btw', 'totaalbedrag inclusief btw', 'factuurtotaal', 'factuurbedrag', 'eindtotaal',
    'inclusief btw', 'incl btw', 'bruttosumme', 'bruttobetrag', 'gesamt brutto', 'brutto',
    'gesamtbetrag brutto', 'rechnungsbetrag', 'rechnungssumme', 'endbetrag', 'endsumme', 'gesamtbetrag',
    'gesamtsumme', 'summe brutto', 'total ttc', 'montant ttc', 'montant total ttc',
    'total toutes taxes comprises', 'gesamtbetrag inkl mwst', 'total amount', 'total price', 'totaalbedrag',
    'montant total', 'total général', 'total', 'totals', 'totaal', 'gesamt', 'summe', 'amount payable',
    'total amount due', 'total due', 'amount due', 'balance due', 'balance', 'te betalen', 'te voldoen',
    'zahlbetrag', 'zu zahlen', 'zu zahlender betrag', 'net à payer', 'montant à payer', 'total à payer',
    'reste à payer', 'solde à payer', 'credit total', 'total credit', 'total eur', 'total usd', 'total gbp',
    'total inr', 'total chf',
  ],
  net: [
    'total excl tax', 'total excluding tax', 'total excl vat', 'total excluding vat', 'total ex vat',
    'total net', 'net total', 'net amount', 'total before tax', 'taxable amount', 'taxable value',
    'amount excl vat', 'total ex gst', 'total excl gst', 'untaxed amount', 'totaal excl btw',
    'totaal exclusief btw', 'exclusief btw', 'totaal exclusief', 'totaal excl', 'excl btw', 'nettobedrag',
    'netto bedrag', 'nettobetrag', 'netto betrag', 'nettosumme', 'summe netto', 'gesamt netto',
    'gesamtbetrag netto', 'netto', 'rechnungssumme ohne ust', 'summe ohne mwst', 'total ht', 'montant ht',
    'total hors taxes', 'total hors tva', 'montant total ht', 'net ht', 'base ht', 'warenwert',
    'positionssumme', 'zwischensumme netto',
  ],
  /** Sums before tax by custom, not by name: some shops print them tax included. */
  subtotal: ['subtotal', 'sub total', 'subtotaal', 'zwischensumme', 'sous total'],
  tax: [
    'total tax', 'total taxes', 'tax total', 'total vat', 'vat total', 'tax amount', 'vat amount',
    'sales tax', 'total gst', 'gst amount', 'totaal btw', 'btw bedrag', 'btw totaal', 'mwst betrag',
    'ust betrag', 'steuerbetrag', 'summe mwst', 'gesamt mwst', 'umsatzsteuerbetrag', 'total tva',
    'montant tva', 'tax', 'taxes', 'vat', 'btw', 'mwst', 'ust', 'mehrwertsteuer', 'umsatzsteuer',
    'zzgl mwst', 'zzgl ust', 'tva', 'gst', 'cgst', 'sgst', 'igst', 'hst', 'pst', 'plus vat',
    'montant des taxes', 'zuzüglich mwst', 'zzgl',
  ],
  /** Sums that stand for rows before or after this page. */
  carried: [
    'carried forward', 'brought forward', 'page total', 'continued', 'übertrag', 'transport', 'à reporter',
    'report', 'transporteren', 'overgebracht', 'discount', 'shipping', 'korting', 'rabatt', 'remise',
    'verzendkosten', 'versandkosten', 'frais de port', 'amount paid', 'payment received', 'betaald',
    'acompte',
  ],
} as const;

export const columnLabels = {
  position: [
    'pos', 'position', '#', 'line', 'line no', 'sr no', 'sl no', 's no', 'sr', 'regel', 'ligne', 'lfd nr',
  ],
  code: [
    'item code', 'item no', 'item number', 'item #', 'product code', 'product no', 'article no',
    'article number', 'part no', 'part number', 'sku', 'code', 'artikelnummer', 'artikelnr', 'artikel nr',
    'art nr', 'art no', 'artikelcode', 'référence', 'réf', 'ref', 'code article', 'ean', 'barcode',
    'productcode', 'productnummer',
  ],
  description: [
    'description of goods', 'item description', 'product description', 'description', 'particulars',
    'details', 'product name', 'item name', 'item', 'items', 'product', 'products', 'title', 'article',
    'service', 'services', 'omschrijving', 'artikel', 'artikelomschrijving', 'beschrijving', 'dienst',
    'diensten', 'beschreibung', 'bezeichnung', 'artikelbezeichnung', 'leistung', 'leistungsbeschreibung',
    'désignation', 'libellé', 'produit', 'prestation', 'prestations', 'détail', 'désignation des produits',
    'description of services', 'task',
  ],
  quantity: [
    'quantity', 'qty', 'hours', 'hrs', 'units', 'pieces', 'pcs', 'nights', 'aantal', 'hoeveelheid', 'uren',
    'menge', 'anzahl', 'stück', 'stk', 'stunden', 'quantité', 'qté', 'nombre', 'heures', 'nbre',
    'billed qty',
  ],
  unit: ['unit', 'uom', 'unit of measure', 'eenheid', 'einheit', 'unité'],
  unitPrice: [
    'unit price', 'price per unit', 'unit cost', 'unit rate', 'price each', 'price', 'rate', 'each', 'cost',
    'hourly rate', 'unit price excl vat', 'net price', 'prijs per stuk', 'stukprijs', 'stuksprijs', 'prijs',
    'eenheidsprijs', 'tarief', 'prijs per eenheid', 'uurtarief', 'einzelpreis', 'stückpreis', 'preis',
    'e preis', 'nettopreis', 'einzelpreis netto', 'preis pro einheit', 'stundensatz', 'ep', 'prix unitaire',
    'prix', 'prix unitaire ht', 'prix ht', 'pu', 'pu ht', 'p u', 'p u ht', 'tarif', 'prix u', 'taux horaire',
  ],
  discount: [
    'discount', 'disc', 'discount %', 'disc %', 'korting', 'rabatt', 'remise', 'rem', 'remise %',
    'korting %',
  ],
  taxRate: [
    'tax rate', 'vat rate', 'gst rate', 'tax %', 'vat %', 'gst %', '% vat', '% tax', 'tax', 'taxes', 'vat',
    'gst', 'btw %', 'btw tarief', 'btw percentage', '% btw', 'btw', 'mwst satz', 'mwst %', 'steuersatz',
    'ust %', 'mwst', 'ust', 'taux tva', 'taux de tva', 'tva %', '% tva', 'tva', 'taxe', 'sales tax',
  ],
  taxAmount: [
    'tax amount', 'vat amount', 'gst amount', 'btw bedrag', 'mwst betrag', 'steuerbetrag', 'montant tva',
  ],
  amount: [
    'amount', 'line total', 'line amount', 'total amount', 'total price', 'total', 'net amount',
    'extended price', 'ext price', 'subtotal', 'sub total', 'value', 'amount excl vat', 'total excl vat',
    'total incl vat', 'bedrag', 'totaal', 'totaalprijs', 'prijs incl btw', 'prijs excl btw',
    'totaal excl btw', 'totaal incl btw', 'bedrag excl btw', 'bedrag incl btw', 'subtotaal', 'betrag',
    'gesamt', 'gesamtpreis', 'gesamtpreis netto', 'gesamtbetrag', 'summe', 'g preis', 'gp',
    'positionsbetrag', 'positions betrag', 'netto betrag', 'montant', 'nettobetrag', 'montant ht',
    'montant ttc', 'total ht', 'total ttc', 'prix total', 'prix total ht', 'net ht',
  ],
  /** Columns that are known but not kept. */
  other: ['date', 'datum', 'hsn', 'sac', 'hsn sac', 'hsn code', 'warranty', 'delivery date', 'fsn'],
} as const;

export const partyLabels = {
  seller: [
    'sold by', 'seller', 'supplier', 'vendor', 'bill from', 'billed by', 'invoice from', 'issued by', 'from',
    'verkoper', 'leverancier', 'afzender', 'verkäufer', 'lieferant', 'rechnungssteller', 'vendeur',
    'fournisseur', 'émetteur', 'prestataire', 'in favor of', 'in favour of',
  ],
  buyer: [
    'bill to', 'billed to', 'billing address', 'invoice to', 'invoiced to', 'invoice address', 'sold to',
    'buyer', 'customer name', 'client name', 'guest name', 'customer', 'client', 'guest', 'to',
    'factuuradres', 'klant', 'factuur aan', 'koper', 'afnemer', 'käufer leistungsempfänger', 'käufer',
    'rechnungsempfänger', 'kunde', 'rechnungsadresse', 'rechnung an', 'leistungsempfänger', 'empfänger',
    'adresse de facturation', 'facturé à', 'acheteur', 'destinataire', 'nom du client', 'recipient',
    'issued to', 'attention', 'attn',
  ],
  /** Addresses of neither, which must not be taken for one. */
  other: [
    'ship to', 'shipping address', 'delivery address', 'deliver to', 'afleveradres', 'bezorgadres',
    'lieferadresse', 'lieferanschrift', 'adresse de livraison', 'livré à', 'hotel details',
  ],
  /** Other places of the issuer, and addresses of nobody in particular. */
  office: [
    'warehouse address', 'registered office', 'regd office', 'corporate office', 'head office', 'remit to',
    'address', 'adres', 'adresse', 'anschrift', 'siège social', 'maatschappelijke zetel', 'firmensitz',
  ],
} as const;

export const identifierLabels = {
  vatId: [
    'vat', 'vat id', 'vat no', 'vat number', 'vat reg no', 'vat registration number', 'tax id', 'gstin',
    'gst no', 'gst number', 'vat tin', 'btw', 'btw nr', 'btw nummer', 'btw id', 'ust id', 'ust idnr',
    'ust id nr', 'mwst nr', 'umsatzsteuer id', 'umsatzsteuer identifikationsnummer', 'uid', 'tva', 'n° tva',
    'tva intracommunautaire', 'numéro de tva', 'n° de tva', 'n° tva intracommunautaire', 'n° tva client',
    'abn', 'vat id no',
  ],
  registrationNumber: [
    'company registration number', 'company reg no', 'company number', 'company no', 'registration number',
    'registered number', 'reg no', 'registration no', 'registered in england', 'cin', 'kvk', 'kvk nummer',
    'kvk nr', 'kamer van koophandel', 'coc', 'coc number', 'handelsregister', 'handelsregisternummer',
    'siren', 'siret', 'n° siret', 'n° siren', 'rcs', 'chamber of commerce', 'crn',
  ],
  bic: ['bic', 'swift', 'swift code', 'swift bic', 'bic swift', 'bic code'],
  phone: [
    'phone', 'phone no', 'telephone', 'tel', 'tel no', 'mobile', 'phone number', 'telefoon',
    'telefoonnummer', 'telefon', 'fon', 'téléphone', 'tél', 'call', 'contact no',
  ],
} as const;

export const currencyLabels = {
  currency: [
    'invoice currency', 'currency', 'currency code', 'valuta', 'währung', 'rechnungswährung', 'devise',
    'monnaie', 'amounts in', 'all amounts in', 'bedragen in', 'beträge in', 'montants en', 'factuurvaluta',
  ],
} as const;

/** Documents that give money back. */
export const creditTitles = {
  credit: [
    'credit note', 'tax credit note', 'credit memo', 'credit invoice', 'creditnota', 'creditfactuur',
    'credit factuur', 'avoir', 'facture d’avoir', 'note de crédit', 'gutschrift', 'rechnungskorrektur',
    'stornorechnung', 'korrekturrechnung', 'rechnungsgutschrift',
  ],
} as const;

/** By month, January first. */
export const monthNames: readonly (readonly string[])[] = [
  ['january', 'jan', 'januari', 'januar', 'jänner', 'janvier', 'janv'],
  ['february', 'feb', 'februari', 'februar', 'février', 'févr', 'fév'],
  ['march', 'mar', 'maart', 'mrt', 'märz', 'mär', 'mrz', 'mars'],
  ['april', 'apr', 'avril', 'avr'],
  ['may', 'mei', 'mai'],
  ['june', 'jun', 'juni', 'juin'],
  ['july', 'jul', 'juli', 'juillet', 'juil'],
  ['august', 'aug', 'augustus', 'août', 'aout'],
  ['september', 'sep', 'sept', 'septembre'],
  ['october', 'oct', 'oktober', 'okt', 'octobre'],
  ['november', 'nov', 'novembre'],
  ['december', 'dec', 'dezember', 'dez', 'décembre', 'déc'],
];

/** Signs and abbreviations that stand for one currency. `$`, `¥` and `kr` stand for several: see currency.ts. */
export const currencySigns: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  Rs: 'INR',
  US$: 'USD',
  CA$: 'CAD',
  C$: 'CAD',
  AU$: 'AUD',
  A$: 'AUD',
  NZ$: 'NZD',
  S$: 'SGD',
  HK$: 'HKD',
  R$: 'BRL',
  '₩': 'KRW',
  '₺': 'TRY',
  '₽': 'RUB',
  '₴': 'UAH',
  '₪': 'ILS',
  '฿': 'THB',
  '₫': 'VND',
  '₱': 'PHP',
  zł: 'PLN',
  Kč: 'CZK',
  Ft: 'HUF',
  Fr: 'CHF',
  SFr: 'CHF',
  Euro: 'EUR',
};

/** ISO 4217 codes that are looked for beside amounts. */
export const currencyCodes: readonly string[] = [
  'EUR',
    'USD',
    'GBP',
    'INR',
    'CHF',
    'JPY',
    'CNY',
    'AUD',
    'CAD',
    'NZD',
    'SGD',
    'HKD',
    'SEK',
    'NOK',
    'DKK',
    'PLN',
  'CZK',
    'HUF',
    'RON',
    'BGN',
    'ISK',
    'TRY',
    'ILS',
    'AED',
    'SAR',
    'ZAR',
    'BRL',
    'MXN',
    'KRW',
    'THB',
    'MYR',
    'IDR',
  'PHP',
    'VND',
    'TWD',
    'PKR',
    'LKR',
    'NPR',
    'BDT',
    'RUB',
    'UAH',
    'EGP',
    'NGN',
    'KES',
    'MAD',
    'TND',
    'CLP',
    'COP',
];

/** The same as the inside of a regular expression; signs that are no letters need none. */
export const currencyWords: string = [
  ...currencyCodes,
  ...Object.keys(currencySigns).filter((sign) => /^\p{L}+$/u.test(sign)),
  'kr',
].join('|');

/** Countries as addresses print them, by ISO 3166-1 alpha-2 code. */
export const countryNames: Readonly<Record<string, readonly string[]>> = {
  NL: ['netherlands', 'the netherlands', 'nederland', 'niederlande', 'pays bas', 'holland'],
  BE: ['belgium', 'belgië', 'belgique', 'belgien'],
  DE: ['germany', 'deutschland', 'duitsland', 'allemagne'],
  AT: ['austria', 'österreich', 'oostenrijk', 'autriche'],
  CH: ['switzerland', 'schweiz', 'suisse', 'zwitserland'],
  FR: ['france', 'frankrijk', 'frankreich'],
  LU: ['luxembourg', 'luxemburg'],
  GB: [
    'united kingdom', 'uk', 'great britain', 'england', 'scotland', 'wales', 'verenigd koninkrijk',
    'royaume uni',
  ],
  IE: ['ireland', 'ierland', 'irland', 'irlande'],
  US: [
    'united states', 'usa', 'united states of america', 'u s a', 'verenigde staten', 'vereinigte staaten',
    'états unis',
  ],
  CA: ['canada', 'kanada'],
  AU: ['australia', 'australië', 'australien', 'australie'],
  NZ: ['new zealand'],
  IN: ['india', 'indien', 'inde'],
  SG: ['singapore'],
  IT: ['italy', 'italia', 'italië', 'italien', 'italie'],
  ES: ['spain', 'españa', 'spanje', 'spanien', 'espagne'],
  PT: ['portugal'],
  PL: ['poland', 'polska', 'polen', 'pologne'],
  CZ: ['czech republic', 'czechia', 'tschechien', 'tsjechië'],
  DK: ['denmark', 'danmark', 'denemarken', 'dänemark', 'danemark'],
  SE: ['sweden', 'sverige', 'zweden', 'schweden', 'suède'],
  NO: ['norway', 'norge', 'noorwegen', 'norwegen', 'norvège'],
  FI: ['finland', 'suomi', 'finnland', 'finlande'],
  JP: ['japan', 'japon'],
  CN: ['china', 'chine'],
};

/** How company names end. */
export const legalForms: readonly string[] = [
  'gmbh',
    'ag',
    'kg',
    'ohg',
    'ug',
    'gbr',
    'e k',
    'se',
    'kgaa',
    'b v',
    'bv',
    'n v',
    'nv',
    'vof',
    'bvba',
    'srl',
  'sarl',
    'sas',
    'sasu',
    'sa',
    's a',
    'eurl',
    'sci',
    's a r l',
    'ltd',
    'limited',
    'plc',
    'llp',
    'llc',
    'inc',
  'corp',
    'corporation',
    'co',
    'company',
    'pty',
    'oy',
    'ab',
    'aps',
    'a s',
    'spa',
    's p a',
    's r l',
    'sl',
    'pvt',
];
