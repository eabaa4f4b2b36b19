// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const dutch: Words = {
  invoice: ['*factuur', 'nota', 'kassabon', 'bon'],
  credit: ['creditnota', 'creditfactuur', 'credit factuur', 'credit nota'],
  correction: ['correctiefactuur', 'gecorrigeerde factuur'],
  selfBilling: ['factuur uitgereikt door afnemer', 'selfbilling', 'self billing factuur'],
  otherDocuments: ['offerte', 'orderbevestiging', 'pakbon', 'bestelbon', 'aanmaning', 'betalingsherinnering', 'rekeningoverzicht', 'prijslijst', 'overeenkomst', 'leverbon', 'herinnering', 'loonstrook', 'prijsopgave', 'inkooporder'],
  numberWords: ['nummer', 'nr', 'no', '#', 'id'],
  number: {
    credit: ['creditnotanummer', 'creditnummer', 'creditnota', 'creditfactuur', 'creditfactuurnummer'],
    invoice: ['*factuurnummer', '*factuur', 'factuurnr', 'notanummer'],
    document: ['documentnummer', 'bonnummer', 'bewijsnummer', 'kenmerk factuur'],
    booking: ['boekingsnummer', 'boeking', 'reserveringsnummer'],
  },
  order: ['*ordernummer', 'bestelnummer', '*inkoopordernummer', 'uw order', 'ordernr', 'bestelling', 'uw bestelling', 'bestelnr'],
  date: {
    invoice: ['*factuurdatum', 'datum factuur', 'uitgiftedatum', 'creditnotadatum', 'notadatum', 'datum van uitgifte', 'creditdatum'],
    plain: ['datum'],
    due: ['vervaldatum', 'vervaldag', 'uiterste betaaldatum', 'te betalen voor', 'te betalen vóór', 'betalen voor', 'betaaldatum uiterlijk', 'uiterlijk te betalen', 'betalen vóór', 'uiterlijk op', 'te voldoen voor', 'te betalen uiterlijk', 'betaal voor'],
    other: ['orderdatum', 'besteldatum', 'leverdatum', 'afdrukdatum', 'periode', 'leveringsdatum', 'betaald op', 'printdatum', 'geleverd op', 'verzenddatum', 'geboortedatum', 'geldig tot', 'datum levering', 'betaaldatum', 'besteld op'],
  },
  total: {
    gross: [
      'totaal incl btw', 'totaal inclusief btw', 'totaal inclusief', 'totaal incl', 'totaalbedrag incl btw', 'totaalbedrag inclusief btw', 'factuurtotaal', 'factuurbedrag',
      'eindtotaal', 'inclusief btw', 'incl btw', 'totaalbedrag', 'totaal', 'totaal factuur', 'bedrag incl btw', 'eindbedrag', 'totaal bedrag',
    ],
    net: ['totaal excl btw', 'totaal exclusief btw', 'exclusief btw', 'totaal exclusief', 'totaal excl', 'excl btw', 'nettobedrag', 'netto bedrag', 'totaalbedrag excl btw', 'bedrag excl btw', 'maatstaf van heffing', 'btw grondslag', 'totaal netto', 'subtotaal excl btw', 'netto totaal', 'grondslag', 'totaalbedrag exclusief btw', 'subtotaal exclusief btw'],
    subtotal: ['subtotaal'],
    tax: ['totaal btw', 'btw bedrag', 'btw totaal', 'btw', 'totaalbedrag btw', 'btw bedrag totaal'],
    payable: ['te betalen', 'te voldoen', 'te betalen bedrag', 'nog te betalen', 'openstaand bedrag', 'openstaand', 'saldo', 'totaal te betalen', 'restbedrag', 'totaal te voldoen', 'te ontvangen'],
    other: ['transporteren', 'overgebracht', 'korting', 'verzendkosten', 'betaald', 'totaal korting', 'aanbetaling', 'reeds betaald', 'vooruitbetaald', 'totaal toeslagen', 'afronding', 'toeslag', 'reeds voldaan', 'totaal aantal', 'statiegeld'],
  },
  column: {
    position: ['regel', 'pos', 'nr'],
    code: ['artikelcode', 'productcode', 'productnummer', 'artikelnummer', 'artikelnr', 'art nr', 'artikel nr', 'code'],
    description: ['omschrijving', 'artikel', 'artikelomschrijving', 'dienst', 'diensten', 'product', 'beschrijving', 'werkzaamheden', 'productomschrijving', 'specificatie', 'producten', 'toelichting', 'activiteit'],
    quantity: ['aantal', 'hoeveelheid', 'uren', 'stuks', 'dagen', 'aant'],
    unit: ['eenheid', 'eenh'],
    unitPrice: ['prijs per stuk', 'stukprijs', 'stuksprijs', 'prijs', 'eenheidsprijs', 'tarief', 'prijs per eenheid', 'uurtarief', 'prijs stuk', 'stuk prijs', 'p st', 'nettoprijs', 'prijs excl', 'bedrag per stuk', 'per stuk'],
    discount: ['korting', 'korting %'],
    taxRate: ['btw %', 'btw tarief', 'btw percentage', '% btw', 'btw'],
    taxAmount: ['btw bedrag'],
    amount: ['bedrag', 'totaal', 'totaalprijs', 'prijs incl btw', 'prijs excl btw', 'totaal excl btw', 'totaal incl btw', 'bedrag excl btw', 'bedrag incl btw', 'subtotaal', 'totaalbedrag', 'nettobedrag', 'regeltotaal', 'totaal excl', 'netto', 'netto bedrag', 'regelbedrag'],
    other: ['datum', 'periode'],
  },
  sections: ['btw specificatie', 'btw overzicht', 'betalingsvoorwaarden', 'betaalgegevens', 'betalingsgegevens', 'betaalinformatie', 'betalingsconditie', 'specificatie btw', 'betalingen'],
  party: {
    seller: ['verkoper', 'leverancier', 'afzender', 'dienstverlener', 'opdrachtnemer', 'verkocht door', 'van', 'gefactureerd door'],
    buyer: ['factuuradres', 'klant', 'factuur aan', 'koper', 'afnemer', 'opdrachtgever', 'ontvanger', 'gefactureerd aan', 'aan', 'klantgegevens', 'debiteur', 'factureren aan', 'geadresseerde', 't a v'],
    other: ['afleveradres', 'bezorgadres', 'verzendadres', 'leveradres', 'leveringsadres', 'bezorgen bij'],
    office: ['adres', 'maatschappelijke zetel', 'vestigingsadres', 'bezoekadres', 'postadres', 'hoofdkantoor'],
  },
  partyRow: {
    name: ['naam', 'bedrijfsnaam', 'bedrijf'],
    address: ['adres', 'plaats', 'postcode', 'straat', 'woonplaats'],
    ignored: ['klantnummer', 'contactpersoon', 'klantnr', 'debiteurnummer', 'debiteurnr', 'leveranciersnummer', 'relatienummer'],
  },
  salutation: ['de heer', 'mevrouw', 'dhr', 'mevr', 'firma', 't a v', 'aan', 'mw', 'fam'],
  identifier: {
    vatId: ['btw', 'btw nr', 'btw nummer', 'btw id', 'btw identificatienummer', 'btw id nummer', 'btwnummer'],
    registrationNumber: ['kvk', 'kvk nummer', 'kvk nr', 'kamer van koophandel', 'ondernemingsnummer', 'rpr', 'handelsregister'],
    bic: [],
    phone: ['telefoon', 'telefoonnummer', 'mobiel'],
  },
  currency: ['valuta', 'bedragen in', 'factuurvaluta', 'munteenheid', 'alle bedragen in', 'munt'],
  months: [
    ['januari', 'jan'], ['februari', 'feb'], ['maart', 'mrt'], ['april', 'apr'], ['mei'], ['juni', 'jun'], ['juli', 'jul'], ['augustus', 'aug'],
    ['september', 'sep', 'sept'], ['oktober', 'okt'], ['november', 'nov'], ['december', 'dec'],
  ],
};
