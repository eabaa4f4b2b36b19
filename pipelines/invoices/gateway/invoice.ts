import type { Reading } from './reading.ts';

/**
 * What the reference gateway reads out of a PDF: the JSON between its two steps. What was not found is absent, never
 * guessed. Amounts are plain decimals as text (`"1234.50"`), dates ISO 8601 (`2026-11-24`), currencies ISO 4217.
 */
export interface Invoice {
  type: 'invoice' | 'credit-note';
  number?: string;
  date?: string;
  dueDate?: string;
  orderNumber?: string;
  currency?: string;
  seller?: Party;
  buyer?: Party;
  totals: Totals;
  /** The breakdown of the tax by rate, where `norm/complete.ts` derives it. */
  taxes?: TaxGroup[];
  /** Charges and allowances of the whole document, where `norm/complete.ts` finds them. */
  charges?: DocumentCharge[];
  lines: InvoiceLine[];
  /** How sure each field is, where it stands, and what was left out as doubtful. */
  reading?: Reading;
}

/** What is taxed at one rate. */
export interface TaxGroup {
  /** Percent. */
  rate: string;
  base: string;
  amount: string;
  /** UNCL 5305. */
  category: string;
  /** Why nothing is taxed, in the words of the page. */
  reason?: string;
}

/** A charge or an allowance of the whole document. */
export interface DocumentCharge {
  /** Otherwise it is an allowance. */
  isCharge: 'true' | 'false';
  /** Negative where the whole document is. */
  amount: string;
  /** In the words of the page. */
  reason: string;
  /** Percent. */
  rate: string;
  /** UNCL 5305. */
  category: string;
}

export interface Party {
  name?: string;
  /** The lines of the postal address as printed, without the name. */
  address?: string[];
  /** The parts of the address, where `norm/complete.ts` tells them apart. */
  street?: string;
  addition?: string;
  further?: string;
  zone?: string;
  city?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  vatId?: string;
  /** Chamber of commerce or company register number. */
  registrationNumber?: string;
  email?: string;
  phone?: string;
  iban?: string;
  bic?: string;
}

export interface Totals {
  net?: string;
  tax?: string;
  /** What the invoice comes to, tax included. */
  gross?: string;
  /** What the lines come to, and what is to pay; where `norm/complete.ts` derives them. */
  lineTotal?: string;
  /** What the charges and the allowances of the whole document come to. */
  charges?: string;
  allowances?: string;
  payable?: string;
}

export interface InvoiceLine {
  /** The article code, where one is printed. */
  code?: string;
  description?: string;
  quantity?: string;
  unit?: string;
  /** Of UN/ECE Recommendation 20; the next three are derived by `norm/complete.ts`, too. */
  unitCode?: string;
  /** The first line of the description, and the others. */
  name?: string;
  note?: string;
  /** UNCL 5305. */
  taxCategory?: string;
  unitPrice?: string;
  /** Percent. */
  taxRate?: string;
  amount?: string;
}
