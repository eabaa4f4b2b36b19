// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const german: Words = {
  invoice: ['*rechnung', 'quittung', 'kassenbon', 'bewirtungsbeleg'],
  credit: ['gutschrift', 'rechnungsgutschrift', 'gutschriftsanzeige'],
  correction: ['rechnungskorrektur', 'korrekturrechnung', 'stornorechnung', 'berichtigte rechnung', 'rechnungsberichtigung', 'rechnungsstorno'],
  selfBilling: ['selbst ausgestellte rechnung', 'gutschriftsverfahren', 'abrechnungsgutschrift', 'selbstfakturierte rechnung', 'selbstfakturierung'],
  otherDocuments: [
    'angebot', 'kostenvoranschlag', 'auftragsbestätigung', 'lieferschein', 'bestellung', 'packliste', 'mahnung', 'zahlungserinnerung', 'kontoauszug',
    'preisliste', 'vertrag', 'lieferavis', 'bestellbestätigung', 'lohnabrechnung', 'gehaltsabrechnung', 'stundenzettel', 'lebenslauf',
  ],
  numberWords: ['nummer', 'nr', 'no', '#', 'id'],
  number: {
    credit: ['*gutschriftsnummer', '*gutschrift', 'gutschrifts', 'gutschriftnummer', '*korrekturnummer', '*korrektur'],
    invoice: ['*rechnungsnummer', '*rechnungsnr', 'rechnungs nr', '*rechnungs', '*rechnung', 're', 'rg', 'rechn', 'rechnung nummer', 'faktura', 'fakturanummer'],
    document: ['belegnummer', 'quittungsnummer', '*beleg', 'dokumentnummer', 'dokument', 'bonnummer'],
    booking: ['buchungsnummer', 'reservierungsnummer'],
  },
  order: ['bestellnummer', 'bestellnr', 'auftragsnummer', 'auftrags nr', 'auftragsnr', 'bestellung nr', 'ihre bestellung', '*bestell', 'bestellung', 'auftrag', 'auftrags'],
  date: {
    invoice: [
      '*rechnungsdatum', 'rechnung vom', 'datum der rechnung', 'ausstellungsdatum', 'belegdatum', 'beleg datum', 'gutschriftsdatum', 'rechnungs datum', 'ausgestellt am', 'rechnungstag', 'fakturadatum', 'ausgestellt',
      'gutschrift vom', 'korrekturdatum',
    ],
    plain: ['datum', 'den', 'vom'],
    due: [
      'fälligkeitsdatum', 'fälligkeit', 'fällig am', 'fällig bis', 'fällig', 'zahlbar bis', 'zahlungsziel', 'zu zahlen bis', 'fälligkeitstag', 'zahlbar ohne abschlag bis', 'zahlbar ohne abzug bis',
      'spätestens bis', 'bitte überweisen sie bis', 'bis spätestens', 'zahlungstermin', 'zahlbar bis zum', 'fällig zum', 'netto bis',
    ],
    other: [
      'bestelldatum', 'bestellung vom', 'lieferdatum', 'leistungsdatum', 'leistungszeitraum', 'liefer und leistungsdatum', 'bestell datum', 'leistungs datum', 'lieferschein datum', 'auftragsdatum', 'auftrag datum', 'druckdatum', 'gedruckt am',
      'abrechnungszeitraum', 'rechnungszeitraum', 'zeitraum', 'lieferzeitraum', 'liefer leistungszeitraum', 'auftrag datum lief', 'bezahlt am', 'geburtsdatum', 'valuta', 'skonto bis', 'zahlbar mit', 'versanddatum',
      'bestellt am', 'geliefert am', 'vertragsdatum', 'berechnungszeitraum', 'buchungsdatum', 'stand', 'lieferschein vom', 'auftrag vom', 'angebot vom', 'gültig bis', 'zahlung vom', 'version', 'erstellt am',
    ],
  },
  total: {
    gross: [
      'bruttosumme', 'bruttobetrag', 'gesamt brutto', 'brutto', 'gesamtbetrag brutto', 'rechnungsbetrag', 'rechnungssumme', 'endbetrag', 'endsumme', 'gesamtbetrag',
      'gesamtsumme', 'summe brutto', 'gesamtbetrag inkl mwst', 'gesamt', 'summe', 'gesamtbetrag inkl ust', 'gesamt inkl mwst', 'summe inkl mwst', 'rechnungsbetrag brutto', 'gutschriftsbetrag', 'rechnungsendbetrag', 'bruttogesamtbetrag',
      'rechnungssumme brutto', 'total inkl mwst', 'betrag inkl mwst', 'gesamtpreis brutto', 'gesamtbetrag einschließlich mwst', 'gutschriftbetrag', 'gutschriftsbetrag', 'erstattungsbetrag',
    ],
    net: [
      'nettobetrag', 'netto betrag', 'nettosumme', 'summe netto', 'gesamt netto', 'gesamtbetrag netto', 'netto', 'rechnungssumme ohne ust', 'summe ohne mwst', 'zwischensumme netto',
      'gesamtnetto', 'nettowert', 'steuerbasisbetrag', 'gesamt ohne mwst', 'rechnungsbetrag netto', 'nettogesamtbetrag', 'basisbetrag', 'total exkl mwst', 'gesamtbetrag exkl mwst', 'bemessungsgrundlage', 'gesamtbetrag ohne ust', 'rechnungsbetrag ohne ust', 'entgelt', 'netto summe',
      'rechnungssumme netto', 'summe der nettobeträge',
    ],
    subtotal: ['zwischensumme', 'warenwert', 'positionssumme', 'summe positionen', 'summe der positionen', 'nettowarenwert', 'summe der nettobeträge aller rechnungspositionen', 'gesamtbeitrag', 'beitragssumme'],
    tax: [
      'mwst betrag', 'ust betrag', 'steuerbetrag', 'summe mwst', 'gesamt mwst', 'umsatzsteuerbetrag', 'mwst', 'ust', 'mehrwertsteuer', 'umsatzsteuer', 'zzgl mwst', 'zzgl ust', 'zuzüglich mwst', 'zzgl',
      'summe ust', 'summe steuern', 'gesamtbetrag der umsatzsteuer', 'steuer', 'zuzüglich', 'zzgl umsatzsteuer', 'zzgl mehrwertsteuer', 'mehrwertsteuerbetrag', 'umsatzsteuer gesamt', 'mwst gesamt', 'steuerbetrag gesamt', 'steuern', 'enthaltene mwst', 'gesamtsteuer', '*steuer',
    ],
    payable: ['zahlbetrag', 'zu zahlen', 'zu zahlender betrag', 'fälliger betrag', 'restbetrag', 'offener betrag', 'noch zu zahlen', 'zahlungsbetrag', 'zu zahlender beitrag', 'zu überweisen', 'saldo', 'zu überweisender betrag', 'forderungsbetrag'],
    other: [
      'übertrag', 'rabatt', 'versandkosten', 'frachtkosten', 'transportkosten', 'verpackungskosten', 'gesamtbetrag der zuschläge', 'gesamtbetrag der abschläge', 'summe der zuschläge', 'summe der abschläge', 'summe zuschläge', 'summe abschläge', 'erhaltene anzahlungen', 'anzahlung', 'anzahlungen', 'zuschläge', 'abschläge',
      'summe der zu und abschläge', 'skonto', 'leergutwert', 'gesamtgewicht', 'gesamtmenge', 'bereits bezahlt', 'bereits gezahlt', 'porto', 'fracht', 'rundung', 'vorauszahlung', 'seitensumme', 'abzüglich', 'bezahlt', 'transportkosten', 'rechnungsrabatt', 'zu abschlag', 'umsatzsteuer id',
      'gesamtrabatt', 'zwischensumme seite', 'abschlag', 'zuschlag',
    ],
  },
  column: {
    position: ['pos', 'position', 'lfd nr', 'pos nr', 'nr', 'zeile', 'lfd'],
    code: ['artikelnummer', 'artikelnr', 'artikel nr', 'art nr', 'art nr lieferant', 'art nr kunde', 'art nr lief', 'artikelcode', 'bestellnr', 'best nr', 'artikel no', 'produktnummer', 'sachnummer', 'artnr', 'materialnummer'],
    description: [
      'artikel', 'beschreibung', 'bezeichnung', 'artikelbezeichnung', 'leistung', 'leistungsbeschreibung', 'text', 'produkt', 'warenbezeichnung', 'artikelbeschreibung', 'leistungen', 'gegenstand', 'ware', 'dienstleistung', 'tätigkeit', 'titel', 'leistungsart',
      'artikel bezeichnung', 'produktbezeichnung', 'produktbeschreibung', 'bezeichnung der leistung',
    ],
    quantity: ['menge', 'anzahl', 'stück', 'stk', 'stunden', 'anz', 'std', 'tage', 'liefermenge', 'stückzahl', 'menge einheit', 'menge me'],
    unit: ['einheit', 'me', 'eh', 'mengeneinheit', 'einh'],
    unitPrice: [
      'einzelpreis', 'stückpreis', 'preis', 'e preis', 'nettopreis', 'einzelpreis netto', 'preis pro einheit', 'stundensatz', 'ep', 'einzel', 'preis einheit', 'einzelpreis €', 'einheitspreis', 'preis stück', 'e preis €', 'nettoeinzelpreis', 'stk preis',
      'preis je einheit', 'ep netto', 'einzelbetrag', 'satz', 'preis netto',
    ],
    discount: ['rabatt', 'rabatt %', 'nachlass', 'rab', 'rab %', 'abschlag'],
    taxRate: ['mwst satz', 'mwst %', 'steuersatz', 'ust %', 'mwst', 'ust', 'steuer', 'ust satz', 'steuersatz %', 'umsatzsteuer', 'mehrwertsteuer', 'st', 'steuercode', 'ust in %', 'mwst in %'],
    taxAmount: ['mwst betrag', 'steuerbetrag', 'ust betrag'],
    amount: [
      'betrag', 'gesamt', 'gesamtpreis', 'gesamtpreis netto', 'gesamtbetrag', 'summe', 'g preis', 'gp', 'positionsbetrag', 'positions betrag', 'netto betrag', 'nettobetrag', 'nettowert', 'entgelt',
      'betrag netto', 'netto', 'gesamt netto', 'summe netto', 'positionssumme', 'gesamt €', 'betrag €', 'wert', 'gesamtpreis €', 'zeilensumme', 'positionspreis', 'gp netto', 'brutto', 'gesamt brutto', 'betrag brutto', 'betrag in eur', 'gesamtwert', 'positionsbetrag ohne ust',
    ],
    other: ['datum', 'vke geb', 'preisbasis', 'gtin', 'geb', 'gewicht', 'lieferschein', 'pe', 'preiseinheit', 'leistungsdatum', 'zeitraum', 'bruttopreis', 'währung'],
  },
  sections: [
    'umsatzsteueraufschlüsselung', 'steueraufschlüsselung', 'mehrwertsteueraufschlüsselung', 'belegsummen', 'zahlungsbedingungen', 'zahlungsart', 'zahlungsinformationen', 'zu und abschläge', 'sonstige zu und abschläge', 'bankverbindung', 'zahlungsweise', 'zahlungen', 'steuerübersicht',
    'mwst übersicht', 'aufschlüsselung der umsatzsteuer',
  ],
  party: {
    seller: ['verkäufer', 'lieferant', 'rechnungssteller', 'absender', 'leistungserbringer', 'rechnungsaussteller', 'auftragnehmer', 'von', 'leistender', 'anbieter', 'aussteller'],
    buyer: [
      'käufer leistungsempfänger', 'käufer', 'rechnungsempfänger', 'kunde', 'rechnungsadresse', 'rechnung an', 'leistungsempfänger', 'empfänger', 'auftraggeber', 'rechnungsanschrift', 'an', 'besteller', 'gast', 'mieter',
      'kundenadresse', 'kundendaten', 'kundenanschrift',
    ],
    other: ['lieferadresse', 'lieferanschrift', 'warenempfänger', 'abweichender warenempfänger', 'abweichender zahlungsempfänger', 'steuerbevollmächtigter des verkäufers', 'steuerbevollmächtigter', 'zahlungsempfänger', 'lieferempfänger', 'versandadresse', 'leistungsort', 'lieferort'],
    office: ['anschrift', 'firmensitz', 'adresse', 'sitz der gesellschaft', 'niederlassung', 'zentrale'],
  },
  partyRow: {
    name: ['name', 'firma', 'firmenname'],
    address: ['anschrift', 'adresse', 'straße', 'ort', 'plz', 'plz ort', 'strasse'],
    ignored: ['ansprechpartner', 'nummer', 'globale nummer', 'kundennummer', 'kunden nr', 'kundennr', 'lief nr', 'lieferantennummer', 'gln', 'abteilung', 'kontakt', 'steuernummer', 'ihre kundennummer', 'sachbearbeiter', 'bearbeiter', 'lieferantennr', 'debitor', 'kd nr', 'elektronische adresse'],
  },
  salutation: ['herr', 'herrn', 'frau', 'firma', 'an', 'eheleute', 'familie', 'an die', 'an den', 'herrn und frau', 'fa', 'per e mail', 'buchhaltung'],
  identifier: {
    vatId: ['ust id', 'ust idnr', 'ust id nr', 'mwst nr', 'umsatzsteuer id', 'umsatzsteuer identifikationsnummer', 'uid', 'uid nr', 'umsatzsteueridentifikationsnummer', 'umsatzsteuer idnr', 'mwst nummer', 'ust nr', 'ust identnr', 'ust ident nr', 'ustid', 'ustidnr'],
    registrationNumber: ['handelsregister', 'handelsregisternummer', 'registernummer', 'firmenbuchnummer', 'firmenbuch', 'hrb nr', 'fn'],
    bic: [],
    phone: ['telefon', 'fon', 'tel nr', 'mobil', 'telefonnummer', 'rufnummer'],
  },
  currency: ['währung', 'rechnungswährung', 'beträge in', 'alle beträge in', 'alle preise in', 'währungscode', 'belegwährung'],
  months: [
    ['januar', 'jan', 'jänner'], ['februar', 'feb', 'feber'], ['märz', 'mär', 'mrz'], ['april', 'apr'], ['mai'], ['juni', 'jun'], ['juli', 'jul'], ['august', 'aug'],
    ['september', 'sep', 'sept'], ['oktober', 'okt'], ['november', 'nov'], ['dezember', 'dez'],
  ],
};
