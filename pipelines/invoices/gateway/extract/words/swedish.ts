// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const swedish: Words = {
  invoice: ['*faktura', 'räkning', 'kvitto'],
  credit: ['kreditfaktura', 'kreditnota', 'kredit faktura'],
  correction: ['rättad faktura', 'ändringsfaktura', 'korrigerad faktura'],
  selfBilling: ['självfakturering', 'självfaktura'],
  otherDocuments: ['offert', 'orderbekräftelse', 'följesedel', 'beställning', 'inköpsorder', 'betalningspåminnelse', 'påminnelse', 'kontoutdrag', 'avtal', 'prislista', 'lönespecifikation', 'plocksedel', 'kravbrev'],
  numberWords: ['nummer', 'nr', 'no', '#'],
  number: {
    credit: ['kreditfakturanummer', 'kreditnotanummer', 'kreditfaktura', 'kreditnummer'],
    invoice: ['*fakturanummer', 'fakturanr', 'faktura nr', 'faktura', 'faktura nummer', 'fakt nr'],
    document: ['kvittonummer', 'dokumentnummer', 'kvittonr', 'verifikationsnummer'],
    booking: ['bokningsnummer', 'bokningsnr'],
  },
  order: ['*ordernummer', 'ordernr', 'beställningsnummer', 'er order', 'ert ordernummer', 'er beställning', 'beställningsnr', 'inköpsordernummer'],
  date: {
    invoice: ['*fakturadatum', 'faktura datum', 'utställningsdatum', 'utfärdad', 'kreditdatum', 'fakt datum', 'utfärdandedatum'],
    plain: ['datum'],
    due: ['förfallodatum', 'förfallodag', 'förfaller', 'oss tillhanda', 'betalas senast', 'betalningsdag', 'sista betalningsdag', 'oss tillhanda senast', 'att betala senast', 'förfaller den', 'betala senast', 'sista betalningsdatum', 'förf datum'],
    other: ['orderdatum', 'leveransdatum', 'leveransdag', 'beställningsdatum', 'utskriftsdatum', 'period', 'betaldatum', 'utskriven', 'betald', 'avsändningsdatum', 'betalningsdatum', 'leveransperiod', 'födelsedatum', 'giltig till'],
  },
  total: {
    gross: ['totalt inkl moms', 'summa inkl moms', 'totalbelopp', 'totalt', 'summa', 'fakturabelopp', 'totalsumma', 'total inkl moms', 'summa totalt', 'belopp inkl moms', 'slutsumma', 'totalt belopp', 'summa inklusive moms', 'totalt inklusive moms', 'brutto', 'fakturatotal'],
    net: ['totalt exkl moms', 'summa exkl moms', 'netto', 'nettobelopp', 'total exkl moms', 'belopp exkl moms', 'momsunderlag', 'summa netto', 'totalt netto', 'beskattningsunderlag', 'summa exklusive moms', 'totalt exklusive moms', 'netto totalt', 'underlag', 'nettosumma'],
    subtotal: ['delsumma', 'varuvärde', 'summa artiklar', 'summa varor'],
    tax: ['moms', 'momsbelopp', 'summa moms', 'totalt moms', 'mervärdesskatt', 'total moms', 'varav moms', 'moms totalt', 'skatt', 'momssumma'],
    payable: ['att betala', 'belopp att betala', 'summa att betala', 'kvar att betala', 'totalt att betala', 'att erhålla', 'restbelopp', 'saldo', 'betala'],
    other: ['rabatt', 'frakt', 'öresavrundning', 'avrundning', 'betalt', 'transport', 'förskott', 'expeditionsavgift', 'fraktkostnad', 'summa rabatt', 'fakturaavgift', 'inbetalt', 'redan betalt', 'förskottsbetalning', 'summa avgifter', 'totalt rabatt', 'öresutjämning', 'totalt antal'],
  },
  column: {
    position: ['pos', 'rad', 'nr', 'rad nr'],
    code: ['artikelnr', 'artikelnummer', 'art nr', 'artnr', 'kod', 'artikelkod', 'art nummer', 'produktnummer'],
    description: ['benämning', 'beskrivning', 'artikel', 'produkt', 'specifikation', 'text', 'tjänst', 'artikelbenämning', 'vara', 'produktbeskrivning', 'artikelbeskrivning', 'varor', 'avser'],
    quantity: ['antal', 'kvantitet', 'timmar', 'mängd', 'lev antal', 'dagar', 'levererat'],
    unit: ['enhet', 'enh'],
    unitPrice: ['à pris', 'a pris', 'styckpris', 'pris', 'enhetspris', 'pris per enhet', 'pris st', 'pris enhet', 'timpris', 'nettopris', 'à pris exkl moms', 'pris exkl moms', 'pris styck', 'st pris'],
    discount: ['rabatt', 'rabatt %', 'rab', 'rab %'],
    taxRate: ['moms', 'moms %', 'momssats', '% moms', 'skattesats', 'moms sats'],
    taxAmount: ['momsbelopp', 'moms kr', 'moms sek'],
    amount: ['belopp', 'summa', 'totalt', 'radsumma', 'totalpris', 'total', 'nettobelopp', 'belopp exkl moms', 'summa exkl moms', 'netto', 'radbelopp', 'summa kr', 'belopp kr'],
    other: ['datum', 'period'],
  },
  sections: ['momsspecifikation', 'betalningsvillkor', 'betalningsinformation', 'bankuppgifter', 'momsöversikt', 'momssammanställning', 'betalning', 'betaluppgifter'],
  party: {
    seller: ['säljare', 'leverantör', 'avsändare', 'utställare', 'från', 'säljarens uppgifter'],
    buyer: ['köpare', 'kund', 'fakturaadress', 'faktureras till', 'mottagare', 'fakturamottagare', 'beställare', 'faktura till', 'kunduppgifter', 'kundadress', 'fakturera till'],
    other: ['leveransadress', 'leverans till', 'godsmottagare', 'levereras till'],
    office: ['adress', 'säte', 'huvudkontor', 'postadress', 'besöksadress'],
  },
  partyRow: {
    name: ['namn', 'företag', 'företagsnamn'],
    address: ['adress', 'ort', 'postnummer', 'postadress', 'gatuadress'],
    ignored: ['kundnummer', 'kundnr', 'kontaktperson', 'er referens', 'vår referens', 'kontakt'],
  },
  salutation: ['herr', 'fru', 'att', 'företag'],
  identifier: {
    vatId: ['momsregistreringsnummer', 'momsreg nr', 'vat nr', 'momsnr', 'moms reg nr', 'momsnummer', 'momsreg nummer', 'momsregnr', 'vat nummer', 'moms nr'],
    registrationNumber: ['organisationsnummer', 'org nr', 'orgnr', 'org nummer', 'organisationsnr'],
    bic: [],
    phone: ['telefon', 'tel', 'tfn', 'mobil', 'tel nr'],
  },
  currency: ['valuta', 'belopp i', 'priser i', 'alla belopp i'],
  months: [
    ['januari', 'jan'], ['februari', 'feb'], ['mars', 'mar'], ['april', 'apr'], ['maj'], ['juni', 'jun'], ['juli', 'jul'], ['augusti', 'aug'],
    ['september', 'sep', 'sept'], ['oktober', 'okt'], ['november', 'nov'], ['december', 'dec'],
  ],
};
