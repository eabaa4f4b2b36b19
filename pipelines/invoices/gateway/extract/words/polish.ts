// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const polish: Words = {
  invoice: ['faktura', 'faktura vat', 'rachunek', 'paragon', 'faktura sprzedaży'],
  credit: ['nota kredytowa', 'nota uznaniowa'],
  correction: ['faktura korygująca', 'korekta faktury', 'faktura korekta', 'faktura vat korekta', 'faktura vat korygująca'],
  selfBilling: ['samofakturowanie', 'samofaktura'],
  otherDocuments: ['oferta', 'zamówienie', 'potwierdzenie zamówienia', 'dowód dostawy', 'list przewozowy', 'wezwanie do zapłaty', 'wyciąg bankowy', 'umowa', 'wydanie zewnętrzne', 'kosztorys', 'przypomnienie o płatności', 'wycena'],
  numberWords: ['numer', 'nr', 'no', '#'],
  number: {
    credit: ['numer korekty', 'nr korekty', 'korekta', 'faktura korygująca', 'nota kredytowa', 'korekta faktury', 'numer noty'],
    invoice: ['numer faktury', 'nr faktury', 'faktura nr', 'faktura vat nr', 'faktura numer', 'faktura vat', 'faktura', 'faktury', 'rachunek nr', 'rachunek', 'faktura vat numer'],
    document: ['numer dokumentu', 'nr dokumentu', 'dokument', 'nr paragonu', 'numer paragonu'],
    booking: ['numer rezerwacji', 'rezerwacja'],
  },
  order: ['numer zamówienia', 'nr zamówienia', 'zamówienie nr', 'zamówienie', 'zamówienia'],
  date: {
    invoice: ['data wystawienia', 'data faktury', 'data wystawienia faktury', 'wystawiono dnia', 'wystawiona dnia', 'data dokumentu', 'wystawiono', 'data wyst', 'data korekty', 'wystawiono w dniu'],
    plain: ['data', 'z dnia', 'dnia'],
    due: ['termin płatności', 'termin zapłaty', 'data płatności do', 'płatne do', 'płatność do', 'zapłata do', 'płatne do dnia', 'do zapłaty do', 'termin', 'zapłać do', 'do zapłaty do dnia'],
    other: ['data sprzedaży', 'data dostawy', 'data zamówienia', 'data wykonania usługi', 'data wydruku', 'data zapłaty', 'okres', 'data zakończenia dostawy', 'data dostawy usługi', 'data wysyłki', 'data wykonania', 'data zakończenia dostawy lub wykonania usługi', 'zapłacono dnia', 'data płatności', 'data urodzenia', 'wydrukowano'],
  },
  total: {
    gross: ['razem brutto', 'wartość brutto', 'kwota brutto', 'suma brutto', 'ogółem brutto', 'razem', 'ogółem', 'suma', 'łącznie', 'brutto', 'wartość faktury', 'kwota całkowita', 'kwota ogółem', 'łączna kwota', 'należność ogółem', 'wartość brutto razem', 'suma całkowita', 'łącznie brutto'],
    net: ['razem netto', 'wartość netto', 'kwota netto', 'suma netto', 'ogółem netto', 'netto', 'podstawa opodatkowania', 'łącznie netto', 'wartość netto razem'],
    subtotal: ['suma częściowa', 'suma pozycji', 'podsuma'],
    tax: ['kwota vat', 'razem vat', 'podatek vat', 'suma vat', 'vat', 'podatek', 'wartość vat', 'ogółem vat', 'kwota podatku', 'kwota podatku vat', 'łącznie vat', 'podatek razem'],
    payable: ['do zapłaty', 'razem do zapłaty', 'kwota do zapłaty', 'pozostało do zapłaty', 'pozostaje do zapłaty', 'suma do zapłaty', 'należność', 'do zwrotu'],
    other: ['rabat', 'zapłacono', 'zaliczka', 'koszt wysyłki', 'do przeniesienia', 'z przeniesienia', 'w tym', 'upust', 'zaliczki', 'koszty dostawy', 'razem rabat', 'suma rabatów', 'wpłacono', 'suma opłat', 'zaokrąglenie', 'przedpłata', 'razem ilość', 'słownie'],
  },
  column: {
    position: ['lp', 'l p', 'poz', 'nr', 'pozycja'],
    code: ['kod', 'indeks', 'kod towaru', 'symbol', 'pkwiu', 'kod produktu', 'numer artykułu'],
    description: ['nazwa', 'nazwa towaru lub usługi', 'opis', 'towar', 'usługa', 'nazwa towaru usługi', 'nazwa towaru', 'nazwa usługi', 'produkt', 'wyszczególnienie', 'nazwa towaru i usługi', 'nazwa produktu', 'artykuł', 'nazwa towaru lub usług', 'towar usługa', 'przedmiot', 'nazwa produktu usługi'],
    quantity: ['ilość', 'liczba', 'szt', 'godziny', 'il', 'sztuk', 'dni'],
    unit: ['jm', 'j m', 'jednostka', 'jedn', 'j miary', 'jednostka miary', 'miara'],
    unitPrice: ['cena jednostkowa', 'cena netto', 'cena', 'cena jedn', 'cena jednostkowa netto', 'cena jedn netto', 'cena j netto', 'cena za szt', 'c j netto', 'cena jm', 'stawka godzinowa', 'cena jednostkowa brutto', 'cena za jednostkę'],
    discount: ['rabat', 'rabat %', 'upust'],
    taxRate: ['stawka vat', 'vat', 'vat %', '% vat', 'stawka', 'stawka podatku', 'st vat'],
    taxAmount: ['kwota vat', 'wartość vat', 'podatek', 'podatek vat'],
    amount: ['wartość netto', 'wartość', 'kwota', 'kwota netto', 'razem', 'wartość brutto', 'suma', 'netto', 'brutto', 'kwota brutto', 'wartość sprzedaży netto', 'suma netto', 'razem netto'],
    other: ['data', 'cena brutto', 'okres', 'gtu'],
  },
  sections: ['podsumowanie vat', 'zestawienie vat', 'warunki płatności', 'forma płatności', 'dane do przelewu', 'sposób zapłaty', 'sposób płatności', 'według stawek vat', 'rozliczenie vat', 'stawki vat', 'zestawienie stawek vat', 'płatności'],
  party: {
    seller: ['sprzedawca', 'dostawca', 'wystawca', 'usługodawca', 'sprzedający', 'wykonawca', 'dane sprzedawcy'],
    buyer: ['nabywca', 'klient', 'kupujący', 'zamawiający', 'usługobiorca', 'płatnik', 'dane nabywcy', 'zleceniodawca', 'adres do faktury'],
    other: ['odbiorca', 'adres dostawy', 'adres wysyłki', 'miejsce dostawy', 'dostawa do'],
    office: ['adres', 'siedziba', 'oddział'],
  },
  partyRow: {
    name: ['nazwa', 'firma', 'imię i nazwisko', 'nazwa firmy'],
    address: ['adres', 'ulica', 'miasto', 'kod pocztowy', 'miejscowość'],
    ignored: ['kontakt', 'numer klienta', 'nr klienta', 'osoba kontaktowa', 'kod klienta'],
  },
  salutation: ['pan', 'pani', 'sz p', 'szanowny pan', 'szanowna pani', 'firma'],
  identifier: {
    vatId: ['nip', 'nip ue', 'n i p', 'numer nip', 'nr nip', 'vat ue', 'nip vat'],
    registrationNumber: ['regon', 'krs', 'nr regon', 'nr krs', 'numer krs'],
    bic: [],
    phone: ['telefon', 'tel', 'tel kom', 'kom'],
  },
  currency: ['waluta', 'kwoty w', 'waluta faktury'],
  months: [
    ['styczeń', 'stycznia', 'sty'], ['luty', 'lutego', 'lut'], ['marzec', 'marca', 'mar'], ['kwiecień', 'kwietnia', 'kwi'], ['maj', 'maja'], ['czerwiec', 'czerwca', 'cze'],
    ['lipiec', 'lipca', 'lip'], ['sierpień', 'sierpnia', 'sie'], ['wrzesień', 'września', 'wrz'], ['październik', 'października', 'paź'], ['listopad', 'listopada', 'lis'], ['grudzień', 'grudnia', 'gru'],
  ],
};
