/** How pages call charges and allowances of a whole document. */
export const chargeWords =
  /zuschlag|versand|fracht|transport|porto|lieferkosten|verpackung|surcharge|shipping|freight|delivery (?:fee|cost|charge)|postage|packing|handling|frais|livraison|[ée]co[- ]?participation|verzend|bezorg|toeslag|vracht|env[ií]o|portes|recargo|spedizione|trasporto|imballo|dostaw|wysyłk|transporte|frakt|leverans|fragt|levering/i;
export const allowanceWords =
  /abschlag|rabatt|nachlass|gutschein|discount|allowance|voucher|coupon|rebate|remise|r[ée]duction|ristourne|escompte|korting|descuento|bonificaci|sconto|abbuono|upust|rabat|zniżk|desconto|avdrag|nedsl/i;
/** Rows that sum others up. */
export const sumWords = /gesamt|summe|total|subtotal|somme|totaal|suma|somma|razem|summa|i alt/i;
