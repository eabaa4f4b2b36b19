/** Why a PDF that can be read is not answered as an invoice, in words for the person who sent it. */
export class InvoiceProblem extends Error {
  override readonly name = 'InvoiceProblem';
  readonly status: 406 | 422;
  readonly code: string;

  constructor(status: 406 | 422, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
