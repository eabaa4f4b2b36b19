/**
 * The words that invoices of one language use. Case, accents and punctuation do not matter. In every list the stronger label comes
 * first. A `*` lets compounds match that end in the first word.
 */
export interface Words {
  /** What a document that asks for money is called. */
  invoice: readonly string[];
  /** What a document that gives money back is called. */
  credit: readonly string[];
  /** A corrected invoice: its sums are negative, or it is a credit note. */
  correction: readonly string[];
  /** An invoice that the buyer writes. */
  selfBilling: readonly string[];
  /** What documents are called that are no invoice. */
  otherDocuments: readonly string[];
  /** Words that make the number's label of a document's name: "invoice" and "no". */
  numberWords: readonly string[];
  number: Record<'credit' | 'invoice' | 'document' | 'booking', readonly string[]>;
  order: readonly string[];
  date: Record<'invoice' | 'plain' | 'due' | 'other', readonly string[]>;
  /** `subtotal`: before tax by custom; `payable`: what is left to pay; `other`: sums that are none of these. */
  total: Record<'gross' | 'net' | 'subtotal' | 'tax' | 'payable' | 'other', readonly string[]>;
  /** Headings of the table of lines. `other`: known, but not kept. */
  column: Record<
    | 'position'
    | 'code'
    | 'description'
    | 'quantity'
    | 'unit'
    | 'unitPrice'
    | 'discount'
    | 'taxRate'
    | 'taxAmount'
    | 'amount'
    | 'other',
    readonly string[]
  >;
  /** Headings of what stands below the lines: taxes, sums, terms of payment. */
  sections: readonly string[];
  /** `other`: addresses of neither party; `office`: of nobody in particular. */
  party: Record<'seller' | 'buyer' | 'other' | 'office', readonly string[]>;
  /** Labels inside a party's box. */
  partyRow: Record<'name' | 'address' | 'ignored', readonly string[]>;
  /** What may stand above a name in an address. */
  salutation: readonly string[];
  identifier: Record<'vatId' | 'registrationNumber' | 'bic' | 'phone', readonly string[]>;
  currency: readonly string[];
  /** January first. */
  months: readonly (readonly string[])[];
}
