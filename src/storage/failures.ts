/** What a store that is reached over the network failed with. Nothing of the request stands in it: that holds signatures. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure';
  /** The store's own code (`SlowDown`, `AccessDenied`), or that of the system (`ECONNREFUSED`). */
  readonly code: string;
  /**
   * Whether the store as a whole is out of order (it cannot be reached, does not let us in, or is overloaded), told at once or by its
   * silence; else the one file is at fault.
   */
  readonly says: 'answers' | 'refuses' | 'silent';

  constructor(message: string, code: string, says: StoreFailure['says'], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.says = says;
  }
}

/** The failure of a store that an error is, or was caused by. */
export function storeFailureOf(error: unknown): StoreFailure | undefined {
  for (let e = error; e instanceof Error; e = e.cause) if (e instanceof StoreFailure) return e;
  return undefined;
}
