// biome-ignore-all format: word lists are read in lines, not in columns
import { tokenKeys } from './phrases.ts';

/** Units as invoices print them, by their code of UN/ECE Recommendation 20. */
const printed: Readonly<Record<string, readonly string[]>> = {
  C62: ['one', 'unit', 'units', 'pc', 'pcs', 'piece', 'pieces', 'ea', 'each', 'stk', 'st', 'stck', 'stuck', 'stuks', 'ud', 'uds', 'unidad', 'unidades', 'pz', 'pezzi', 'nr', 'un', 'szt', 'sztuka', 'styck', 'unite', 'unites', 'u', 'item', 'items', 'psch', 'pausch', 'einheit', 'x', 'unit s'],
  HUR: ['h', 'hr', 'hrs', 'hour', 'hours', 'std', 'stunde', 'stunden', 'uur', 'uren', 'heure', 'heures', 'hora', 'horas', 'ora', 'ore', 'godz', 'tim', 'timmar', 'timer', 'time'],
  DAY: ['day', 'days', 'tag', 'tage', 'tag e', 'dag', 'dagen', 'jour', 'jours', 'dia', 'dias', 'giorno', 'giorni', 'dzien', 'dni', 'dagar', 'dage', 'nights'],
  MON: ['month', 'months', 'monat', 'monate', 'maand', 'maanden', 'mois', 'mes', 'meses', 'mese', 'mesi', 'manad', 'maned'],
  ANN: ['year', 'years', 'jahr', 'jahre', 'jaar', 'an', 'ans', 'ano', 'anni'],
  KGM: ['kg', 'kilo', 'kilogram', 'kilogramm'], GRM: ['g', 'gr', 'gram'], TNE: ['t', 'to', 'tonne', 'ton'],
  LTR: ['l', 'ltr', 'liter', 'litre', 'litro', 'liters', 'liter s', 'litres'], MLT: ['ml'],
  MTR: ['m', 'lfm', 'meter', 'metre', 'lm'], CMT: ['cm'], KMT: ['km'], MTK: ['m2', 'qm', 'sqm'], MTQ: ['m3', 'cbm'],
  KWH: ['kwh'], XBX: ['box', 'boxes', 'karton', 'kartons', 'doos', 'ktn'], SET: ['set', 'sets'], P1: ['%'],
};
const codes = new Map(Object.entries(printed).flatMap(([code, words]) => words.map((word) => [word, code])));

/** The code of a unit: "one" where none is printed, "mutually defined" for a word that is not known. */
export function unitCode(unit: string | undefined): string {
  if (unit === undefined) return 'C62';
  if (/^[A-Z0-9]{2,3}$/.test(unit) && (Object.hasOwn(printed, unit) || ['H87', 'NAR', 'PCE'].includes(unit))) return unit;
  return codes.get(tokenKeys(unit).join(' ')) ?? 'ZZ';
}
