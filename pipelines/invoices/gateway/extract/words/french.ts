// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const french: Words = {
  invoice: ['facture', 'note d’honoraires', 'quittance', 'reçu'],
  credit: ['avoir', 'facture d’avoir', 'note de crédit'],
  correction: ['facture rectificative', 'facture corrigée', 'facture de correction'],
  selfBilling: ['autofacture', 'autofacturation', 'auto facturation', 'facture auto facturée'],
  otherDocuments: ['devis', 'bon de commande', 'bon de livraison', 'confirmation de commande', 'relance', 'relevé de compte', 'contrat', 'bordereau de livraison', 'offre de prix', 'proposition commerciale', 'bulletin de paie', 'rappel de paiement'],
  numberWords: ['numéro', 'n°', 'no', 'num', '#', 'réf', 'référence', 'nr'],
  number: {
    credit: ['numéro d’avoir', 'n° d’avoir', 'avoir', 'note de crédit'],
    invoice: ['numéro de facture', 'n° de facture', 'numéro de la facture', 'n° facture', 'no facture', 'num facture', 'facture', 'référence facture', 'réf facture', 'n° de la facture', 'numéro facture'],
    document: ['n° de reçu', 'reçu n°', 'n° de pièce', 'n° document', 'numéro de pièce', 'numéro du document', 'pièce'],
    booking: ['numéro de réservation', 'n° de réservation'],
  },
  order: ['numéro de commande', 'n° de commande', 'n° commande', 'commande n°', 'bon de commande', 'votre commande', 'commande', 'réf commande', 'référence commande'],
  date: {
    invoice: ['date de facture', 'date facture', 'date de la facture', 'date de facturation', 'date d’émission', 'facture du', 'émise le', 'date d’avoir', 'date avoir', 'émis le', 'date de l’avoir', 'établie le', 'date d’établissement'],
    plain: ['date', 'le', 'du'],
    due: ['date d’échéance', 'échéance', 'à payer avant le', 'date limite de paiement', 'payable avant le', 'à régler avant le', 'à payer avant', 'payable le', 'date de paiement limite', 'à régler au plus tard le', 'échéance le', 'paiement avant le', 'payable au plus tard le'],
    other: ['date de commande', 'date de livraison', 'date d’impression', 'date de paiement', 'période', 'date de prestation', 'commande du', 'livré le', 'date de la commande', 'date d’expédition', 'réglé le', 'date de règlement', 'imprimé le', 'date de naissance', 'valable jusqu’au'],
  },
  total: {
    gross: ['total ttc', 'montant ttc', 'montant total ttc', 'total toutes taxes comprises', 'montant total', 'total général', 'total tvac', 'ttc', 'total de la facture', 'montant de la facture', 'total facture', 'total tva comprise', 'total tva incluse'],
    net: ['total ht', 'montant ht', 'total hors taxes', 'total hors tva', 'montant total ht', 'net ht', 'base ht', 'total net ht', 'total htva', 'sous total ht', 'montant hors taxes', 'total net', 'base imposable', 'montant net ht', 'base tva', 'total hors taxe', 'montant net'],
    subtotal: ['sous total', 'total brut', 'total des lignes', 'total brut ht'],
    tax: ['total tva', 'montant tva', 'tva', 'montant des taxes', 'total taxes', 'montant de la tva', 'total des taxes', 'taxes', 'taxe'],
    payable: ['net à payer', 'montant à payer', 'total à payer', 'reste à payer', 'solde à payer', 'à payer', 'montant dû', 'solde', 'net à payer ttc', 'net à régler', 'solde dû', 'somme à payer'],
    other: ['transport', 'à reporter', 'report', 'remise', 'frais de port', 'acompte', 'acomptes', 'total remise', 'total remises', 'escompte', 'déjà payé', 'déjà réglé', 'acompte versé', 'total des charges', 'total des frais', 'total des rabais', 'arrondi', 'frais', 'montant payé', 'port', 'éco participation', 'total acomptes'],
  },
  column: {
    position: ['ligne', 'n°'],
    code: ['référence', 'réf', 'code article', 'code', 'réf article', 'code produit'],
    description: ['désignation', 'libellé', 'produit', 'prestation', 'prestations', 'détail', 'désignation des produits', 'description', 'article', 'produits', 'intitulé', 'nature', 'désignation des prestations', 'service', 'désignation article'],
    quantity: ['quantité', 'qté', 'nombre', 'heures', 'nbre', 'qte', 'nb', 'jours', 'quant', 'quantités'],
    unit: ['unité', 'u', 'unités'],
    unitPrice: ['prix unitaire', 'prix', 'prix unitaire ht', 'prix ht', 'pu', 'pu ht', 'p u', 'p u ht', 'tarif', 'prix u', 'taux horaire', 'prix unit', 'prix unitaire net', 'px unitaire', 'pu net', 'prix u ht', 'prix unit ht', 'tarif unitaire', 'montant unitaire', 'prix net', 'prix unitaire euro'],
    discount: ['remise', 'rem', 'remise %', 'rabais', 'rem %'],
    taxRate: ['taux tva', 'taux de tva', 'tva %', '% tva', 'tva', 'taxe', 'taux', 'code tva', 'taxes'],
    taxAmount: ['montant tva'],
    amount: ['montant', 'montant ht', 'montant ttc', 'total ht', 'total ttc', 'prix total', 'prix total ht', 'net ht', 'total', 'montant net', 'total net', 'montant total', 'total ligne', 'prix ttc', 'total htva', 'montant net ht', 'montant total ht', 'net'],
    other: ['date', 'prix ttc unitaire', 'période'],
  },
  sections: ['détail de la tva', 'récapitulatif tva', 'conditions de paiement', 'modalités de paiement', 'conditions de règlement', 'mode de règlement', 'coordonnées bancaires', 'ventilation de la tva', 'règlements', 'détail tva'],
  party: {
    seller: ['vendeur', 'fournisseur', 'émetteur', 'prestataire', 'vendu par', 'de la part de', 'émise par', 'facturé par'],
    buyer: ['adresse de facturation', 'facturé à', 'acheteur', 'destinataire', 'nom du client', 'client', 'facturer à', 'adressé à', 'facture à', 'adresse facturation', 'facturation', 'à l’attention de', 'vendu à'],
    other: ['adresse de livraison', 'livré à', 'livraison', 'lieu de livraison', 'livrer à', 'contact commercial', 'expédié à', 'adresse d’intervention'],
    office: ['adresse', 'siège social', 'agence'],
  },
  partyRow: {
    name: ['nom', 'raison sociale', 'dénomination', 'société'],
    address: ['adresse', 'ville', 'code postal', 'rue'],
    ignored: ['contact', 'n° client', 'code client', 'numéro client', 'référence client', 'réf client'],
  },
  salutation: ['m', 'mme', 'mlle', 'monsieur', 'madame', 'société', 'a l’attention de', 'm et mme'],
  identifier: {
    vatId: ['tva', 'n° tva', 'tva intracommunautaire', 'numéro de tva', 'n° de tva', 'n° tva intracommunautaire', 'n° tva client', 'tva intra', 'n° tva intra', 'tva intracom', 'identifiant tva', 'n° de tva intracommunautaire', 'numéro tva', 'id tva'],
    registrationNumber: ['siren', 'siret', 'n° siret', 'n° siren', 'rcs', 'numéro siret', 'numéro siren'],
    bic: [],
    phone: ['téléphone', 'tél', 'portable'],
  },
  currency: ['devise', 'monnaie', 'montants en', 'devise de facturation', 'montants exprimés en', 'prix en'],
  months: [
    ['janvier', 'janv'], ['février', 'févr', 'fév'], ['mars'], ['avril', 'avr'], ['mai'], ['juin'], ['juillet', 'juil'], ['août', 'aout'],
    ['septembre', 'sept'], ['octobre', 'oct'], ['novembre', 'nov'], ['décembre', 'déc'],
  ],
};
