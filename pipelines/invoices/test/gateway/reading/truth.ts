/** What an invoice says, as the `.json` beside a page has it. `null`: the source says nothing of it. */
export interface Truth {
  /** UNTDID 1001. */
  type: string;
  number: string;
  date: string;
  currency: string;
  due: string | null;
  gross: string;
  net: string;
  tax: string;
  seller: { name: string; vat: string | null };
  buyer: { name: string; vat: string | null };
  lines: TruthLine[];
}

export interface TruthLine {
  name: string;
  qty: string | null;
  price: string | null;
  /** Before a discount of the line; some pages print this one. */
  grossPrice: string | null;
  amount: string | null;
}

/** UNTDID 1001 codes of the credit notes that the pages show. */
const creditNotes = new Set(['261', '296', '381', '396']);

export const typeOf = ({ type }: Truth): 'invoice' | 'credit-note' =>
  creditNotes.has(type) ? 'credit-note' : 'invoice';
