// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const italian: Words = {
  invoice: ['fattura', 'parcella', 'ricevuta', 'ricevuta fiscale', 'fattura elettronica', 'fattura immediata', 'fattura differita'],
  credit: ['nota di credito', 'nota credito', 'nota di accredito'],
  correction: ['fattura rettificativa', 'fattura correttiva'],
  selfBilling: ['autofattura', 'autofatturazione'],
  otherDocuments: ['preventivo', 'ordine', 'conferma d’ordine', 'documento di trasporto', 'ddt', 'bolla di consegna', 'estratto conto', 'contratto', 'sollecito', 'offerta', 'ordine di acquisto', 'busta paga', 'sollecito di pagamento'],
  numberWords: ['numero', 'n°', 'n', 'nr', 'num', 'no', '#'],
  number: {
    credit: ['numero nota di credito', 'nota di credito', 'nota credito', 'n° nota di credito', 'numero della nota di credito'],
    invoice: ['numero fattura', 'n° fattura', 'fattura numero', 'fattura n', 'fattura nr', 'numero della fattura', 'numero di fattura', 'fattura', 'nr fattura', 'n fattura', 'num fattura', 'fatt n'],
    document: ['numero documento', 'n° documento', 'documento', 'numero ricevuta', 'nr documento', 'n documento', 'ricevuta', 'documento n'],
    booking: ['numero prenotazione', 'prenotazione'],
  },
  order: ['numero ordine', 'n° ordine', 'ordine n', 'ordine n°', 'vostro ordine', 'ordine', 'rif ordine', 'ordine di acquisto', 'vs ordine', 'ordine nr'],
  date: {
    invoice: ['data fattura', 'data della fattura', 'data emissione', 'data di emissione', 'data documento', 'data del documento', 'emessa il', 'fattura del', 'data nota di credito', 'data fatt', 'data di fatturazione'],
    plain: ['data', 'del'],
    due: ['data di scadenza', 'scadenza', 'data scadenza', 'scadenza pagamento', 'da pagare entro', 'pagamento entro', 'entro il', 'pagare entro', 'da pagare entro il', 'pagamento entro il', 'scadenze', 'scade il'],
    other: ['data ordine', 'data consegna', 'data di consegna', 'periodo', 'data stampa', 'data pagamento', 'data ddt', 'data spedizione', 'data di stampa', 'data dell’ordine', 'data di pagamento', 'pagato il', 'data di nascita', 'ordine del', 'stampato il', 'competenza'],
  },
  total: {
    gross: ['totale fattura', 'totale documento', 'totale iva inclusa', 'totale complessivo', 'importo totale', 'totale ivato', 'totale generale', 'totale lordo', 'totale', 'totale con iva', 'totale iva compresa', 'importo totale documento', 'totale euro', 'totale nota di credito', 'lordo'],
    net: ['totale imponibile', 'imponibile', 'totale netto', 'base imponibile', 'totale iva esclusa', 'importo netto', 'totale senza iva', 'imponibile totale', 'netto', 'totale merce netto', 'totale al netto iva', 'totale netto iva esclusa'],
    subtotal: ['subtotale', 'totale merce', 'totale parziale', 'sub totale', 'totale righe', 'totale prestazioni', 'totale merci', 'totale servizi'],
    tax: ['totale iva', 'importo iva', 'iva', 'imposta', 'totale imposta', 'totale imposte', 'i v a', 'imposte', 'ammontare iva', 'imposta totale'],
    payable: ['totale da pagare', 'netto a pagare', 'da pagare', 'importo da pagare', 'totale a pagare', 'saldo', 'importo dovuto', 'totale dovuto', 'a saldo', 'netto da pagare'],
    other: ['sconto', 'spese di spedizione', 'spese di trasporto', 'trasporto', 'riporto', 'a riportare', 'acconto', 'pagato', 'ritenuta d’acconto', 'bollo', 'sconti', 'spese', 'ritenuta', 'già pagato', 'spese incasso', 'totale sconto', 'totale sconti', 'arrotondamento', 'totale spese', 'imposta di bollo', 'contributo', 'totale colli', 'totale quantità'],
  },
  column: {
    position: ['pos', 'riga', 'n', 'nr', 'n°'],
    code: ['codice', 'cod', 'codice articolo', 'cod articolo', 'rif', 'riferimento', 'cod art', 'codice prodotto'],
    description: ['descrizione', 'articolo', 'prodotto', 'prestazione', 'descrizione dei beni', 'servizio', 'descrizione articolo', 'beni servizi', 'dettaglio', 'oggetto', 'descrizione della merce', 'descrizione prodotto', 'natura e qualità', 'prodotti', 'descrizione dei servizi', 'prodotto servizio'],
    quantity: ['quantità', 'qta', 'q tà', 'qtà', 'ore', 'quant', 'pezzi', 'q ta', 'giorni', 'pz'],
    unit: ['unità', 'um', 'u m', 'unità di misura'],
    unitPrice: ['prezzo unitario', 'prezzo', 'prezzo unit', 'p unitario', 'importo unitario', 'tariffa', 'p u', 'prezzo netto', 'prezzo u', 'prezzo un', 'costo unitario', 'pr unitario', 'valore unitario', 'costo orario'],
    discount: ['sconto', 'sconto %', 'sc %', 'sc', '% sconto', 'sconti'],
    taxRate: ['iva', 'aliquota', '% iva', 'iva %', 'aliquota iva', 'aliq', 'aliq iva', 'c iva', 'cod iva', 'al iva'],
    taxAmount: ['importo iva', 'imposta'],
    amount: ['importo', 'totale', 'prezzo totale', 'importo netto', 'importo totale', 'totale netto', 'totale riga', 'imponibile', 'valore', 'netto', 'importo riga', 'totale iva esclusa'],
    other: ['data', 'periodo', 'lotto'],
  },
  sections: ['riepilogo iva', 'dettaglio iva', 'modalità di pagamento', 'condizioni di pagamento', 'coordinate bancarie', 'riepilogo aliquote', 'castelletto iva', 'dati di pagamento', 'dati bancari', 'riepilogo imposte'],
  party: {
    seller: ['venditore', 'fornitore', 'cedente', 'cedente prestatore', 'mittente', 'emittente', 'emessa da', 'venduto da', 'prestatore', 'dati fornitore'],
    buyer: ['cliente', 'destinatario', 'spett le', 'spettabile', 'intestatario', 'acquirente', 'cessionario', 'cessionario committente', 'committente', 'fatturare a', 'intestata a', 'indirizzo di fatturazione', 'fatturato a', 'dati cliente', 'fattura a', 'fattura intestata a'],
    other: ['destinazione', 'luogo di consegna', 'indirizzo di consegna', 'destinazione merce', 'indirizzo di spedizione', 'spedire a', 'consegnare a', 'luogo di destinazione'],
    office: ['indirizzo', 'sede legale', 'sede', 'sede operativa'],
  },
  partyRow: {
    name: ['nome', 'ragione sociale', 'denominazione', 'azienda', 'ditta'],
    address: ['indirizzo', 'città', 'cap', 'via'],
    ignored: ['contatto', 'codice cliente', 'referente', 'numero cliente', 'cod cliente', 'n° cliente'],
  },
  salutation: ['sig', 'sig ra', 'spett le', 'spettabile', 'gent le', 'egregio', 'signor', 'signora', 'ditta', 'spett'],
  identifier: {
    vatId: ['partita iva', 'p iva', 'p i', 'partita i v a', 'p iva c f', 'partita iva n', 'p iva e c f', 'piva', 'c f p iva', 'c f e p iva', 'part iva'],
    registrationNumber: ['rea', 'registro imprese', 'n° rea', 'numero rea'],
    bic: [],
    phone: ['telefono', 'tel', 'cellulare', 'cell'],
  },
  currency: ['valuta', 'divisa', 'importi in', 'prezzi in', 'importi espressi in'],
  months: [
    ['gennaio', 'gen', 'genn'], ['febbraio', 'feb', 'febb'], ['marzo', 'mar'], ['aprile', 'apr'], ['maggio', 'mag'], ['giugno', 'giu'], ['luglio', 'lug'], ['agosto', 'ago'],
    ['settembre', 'set', 'sett'], ['ottobre', 'ott'], ['novembre', 'nov'], ['dicembre', 'dic'],
  ],
};
