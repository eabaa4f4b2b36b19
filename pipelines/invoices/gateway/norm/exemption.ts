import type { TaxGroup } from '../invoice.ts';

/** Why nothing is taxed: the category of UNCL 5305, and the words of the page. */
export type Exemption = Required<Pick<TaxGroup, 'category' | 'reason'>>;

/** What pages say of it, by category. The first that is found counts: the special ones before the general. */
const words: readonly (readonly [category: string, said: RegExp])[] = [
  [
    'AE',
    /reverse[ -]charge|steuerschuldnerschaft des leistungsempf|autoliquidation|btw verlegd|inversi[oó]n del sujeto pasivo|inversione contabile|odwrotne obci[aą][zż]enie|autoliquida[cç][aã]o|omv[aä]nd (?:betalnings|skattskyldighet)|omvendt betalingspligt/i,
  ],
  [
    'K',
    /innergemeinschaftlich|intra[- ]?community|intracommunautaire|intracomunitari|intracommunautair|wewn[aą]trzwsp[oó]lnotow|intracomunit[aá]ri|gemenskapsintern|unionsintern/i,
  ],
  [
    'G',
    /ausfuhrlieferung|export (?:of goods|supply|delivery)|exportation|esportazion|exportaci[oó]n|exporta[cç][aã]o|eksport towar/i,
  ],
  [
    'E',
    /steuerfrei|steuerbefreit|§\s*19\s*(?:abs[^ ]* ?\d )?ustg|§\s*4\s*nr|(?:vat|tax)[ -]exempt|exempt from (?:vat|tax)|exon[eé]r[eé]e? de (?:la )?tva|tva non applicable|vrijgesteld van btw|exent[oa] de iva|esente (?:da )?iva|zwolnion\p{L}* z (?:podatku|vat)|isent[oa] de iva|momsfri|fri(?:taget)? for moms/iu,
  ],
];
const mostReason = 200;

/** Why a page says that nothing is taxed, or `undefined` when it gives no reason that is known. */
export function exemptionIn(rows: readonly string[]): Exemption | undefined {
  for (const [category, said] of words) {
    const row = rows.find((text) => said.test(text));
    const cell = row?.split(/\s{2,}/).find((text) => said.test(text)) ?? row;
    if (cell !== undefined) return { category, reason: cell.trim().slice(0, mostReason) };
  }
  return undefined;
}
