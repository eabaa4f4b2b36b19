// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const danish: Words = {
  invoice: ['*faktura', 'regning', 'kvittering', 'bon'],
  credit: ['kreditnota', 'kreditfaktura'],
  correction: ['rettet faktura', 'korrigeret faktura', 'rettelsesfaktura'],
  selfBilling: ['selvfakturering', 'afregningsbilag'],
  otherDocuments: ['tilbud', 'ordrebekræftelse', 'følgeseddel', 'bestilling', 'indkøbsordre', 'rykker', 'betalingspåmindelse', 'kontoudtog', 'kontrakt', 'prisliste', 'lønseddel', 'pakkeliste', 'aftale'],
  numberWords: ['nummer', 'nr', 'no', '#'],
  number: {
    credit: ['kreditnotanummer', 'kreditnota nr', 'kreditnota', 'kreditnotanr', 'kreditnr'],
    invoice: ['*fakturanummer', 'fakturanr', 'faktura nr', 'faktura', 'faktura nummer', 'regningsnummer', 'regningsnr'],
    document: ['kvitteringsnummer', 'dokumentnummer', 'bilagsnummer', 'bilagsnr', 'bonnummer'],
    booking: ['bookingnummer', 'reservationsnummer'],
  },
  order: ['*ordrenummer', 'ordrenr', 'ordre nr', 'jeres ordre', 'bestillingsnummer', 'rekvisition', 'indkøbsordrenummer', 'jeres ordrenr', 'rekvisitionsnr'],
  date: {
    invoice: ['*fakturadato', 'faktura dato', 'udstedelsesdato', 'udstedt', 'kreditnotadato', 'udstedt den', 'bilagsdato'],
    plain: ['dato'],
    due: ['forfaldsdato', 'forfald', 'forfalder', 'betales senest', 'betalingsdato', 'sidste rettidige betalingsdato', 'sidste rettidige betaling', 'betalingsfrist', 'forfalder den', 'forfalder til betaling', 'betal senest', 'sidste betalingsdag'],
    other: ['ordredato', 'leveringsdato', 'bestillingsdato', 'udskriftsdato', 'periode', 'udskrevet', 'betalt', 'betalt den', 'forsendelsesdato', 'leveret', 'fødselsdato', 'gyldig til', 'afsendelsesdato'],
  },
  total: {
    gross: ['total inkl moms', 'i alt inkl moms', 'totalbeløb', 'fakturabeløb', 'i alt', 'ialt', 'total', 'samlet beløb', 'beløb i alt', 'sum', 'at betale i alt', 'beløb inkl moms', 'total dkk', 'i alt dkk', 'fakturatotal', 'samlet total', 'ialt inkl moms', 'i alt inklusiv moms', 'total inklusiv moms', 'brutto'],
    net: ['total ekskl moms', 'i alt ekskl moms', 'netto', 'nettobeløb', 'beløb ekskl moms', 'momsgrundlag', 'momspligtigt beløb', 'subtotal ekskl moms', 'ialt ekskl moms', 'total excl moms', 'i alt excl moms', 'total eksklusiv moms', 'i alt eksklusiv moms', 'netto i alt', 'momsfri'],
    subtotal: ['subtotal', 'delsum', 'varer i alt', 'vareværdi'],
    tax: ['moms', 'momsbeløb', 'moms i alt', 'samlet moms', 'heraf moms', 'total moms', 'moms dkk', 'i alt moms', 'moms total'],
    payable: ['at betale', 'til betaling', 'beløb til betaling', 'restbeløb', 'rest til betaling', 'betales', 'saldo', 'skyldigt beløb', 'total til betaling', 'i alt til betaling', 'til gode'],
    other: ['rabat', 'fragt', 'forsendelse', 'øreafrunding', 'a conto', 'transport', 'gebyr', 'rabat i alt', 'forudbetalt', 'allerede betalt', 'afrunding', 'porto', 'gebyrer i alt', 'indbetalt', 'levering', 'antal i alt'],
  },
  column: {
    position: ['pos', 'linje', 'nr', 'linjenr'],
    code: ['varenr', 'varenummer', 'vare nr', 'kode', 'varekode', 'produktnummer', 'artikelnr'],
    description: ['beskrivelse', 'vare', 'tekst', 'produkt', 'ydelse', 'varebeskrivelse', 'varetekst', 'varebetegnelse', 'betegnelse', 'produkter', 'specifikation', 'produktbeskrivelse', 'vedrørende'],
    quantity: ['antal', 'mængde', 'timer', 'stk', 'dage'],
    unit: ['enhed', 'enh'],
    unitPrice: ['enhedspris', 'stykpris', 'pris', 'stk pris', 'pris pr stk', 'pris pr enhed', 'á pris', 'timepris', 'a pris', 'pris stk', 'pr stk', 'nettopris', 'pris ekskl moms', 'enhedspris ekskl moms'],
    discount: ['rabat', 'rabat %', '% rabat'],
    taxRate: ['moms', 'moms %', 'momssats', '% moms', 'momsprocent'],
    taxAmount: ['momsbeløb', 'moms kr'],
    amount: ['beløb', 'i alt', 'total', 'pris i alt', 'linjetotal', 'linjebeløb', 'ialt', 'samlet pris', 'nettobeløb', 'beløb ekskl moms', 'totalpris', 'sum', 'total ekskl moms', 'i alt ekskl moms', 'netto', 'linje total'],
    other: ['dato', 'periode'],
  },
  sections: ['momsspecifikation', 'betalingsbetingelser', 'betalingsoplysninger', 'bankoplysninger', 'momsoversigt', 'betaling', 'betalingsinformation'],
  party: {
    seller: ['sælger', 'leverandør', 'afsender', 'udsteder', 'fra', 'udstedt af'],
    buyer: ['køber', 'kunde', 'faktureringsadresse', 'fakturaadresse', 'faktura til', 'modtager', 'faktureres til', 'fakturamodtager', 'kundeoplysninger', 'debitor', 'bestiller', 'til'],
    other: ['leveringsadresse', 'leveres til', 'leveret til', 'leveringssted'],
    office: ['adresse', 'hjemsted', 'hovedkontor'],
  },
  partyRow: {
    name: ['navn', 'firma', 'virksomhed', 'firmanavn'],
    address: ['adresse', 'by', 'postnummer', 'vej'],
    ignored: ['kundenummer', 'kundenr', 'kontaktperson', 'deres ref', 'vores ref', 'kontakt', 'ean nr'],
  },
  salutation: ['hr', 'fru', 'att', 'firma'],
  identifier: {
    vatId: ['cvr', 'cvr nr', 'cvr nummer', 'momsnr', 'se nr', 'moms nr', 'momsnummer', 'se nummer', 'cvrnr'],
    registrationNumber: [],
    bic: [],
    phone: ['telefon', 'tlf', 'tlf nr', 'mobil', 'telefonnr'],
  },
  currency: ['valuta', 'beløb i', 'priser i', 'alle beløb i', 'møntenhed'],
  months: [
    ['januar', 'jan'], ['februar', 'feb'], ['marts', 'mar'], ['april', 'apr'], ['maj'], ['juni', 'jun'], ['juli', 'jul'], ['august', 'aug'],
    ['september', 'sep', 'sept'], ['oktober', 'okt'], ['november', 'nov'], ['december', 'dec'],
  ],
};
