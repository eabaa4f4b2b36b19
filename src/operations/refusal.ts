/** Why an operation was refused: `bad`, the input; `missing`, what it names; `state`, how things stand now; `unfit`, an
 * answer that is not what was asked; `slow`, it takes too long. */
export type RefusalKind = 'bad' | 'missing' | 'state' | 'unfit' | 'slow';

/**
 * What an operation does not do, in a sentence that names the thing, the value and the way out. The API answers it as a problem, the
 * command line prints it.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** Stable, in capitals: NO_SUCH_JOB. */
  readonly code: string;
  /** What a program may want to know beside the sentence. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor(
    kind: RefusalKind,
    code: string,
    message: string,
    more: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.kind = kind;
    this.code = code;
    this.more = more;
  }
}
