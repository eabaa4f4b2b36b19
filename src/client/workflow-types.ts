/** Any workflow function. */
export type Workflow = (...args: never[]) => Promise<unknown>;

/** What a workflow takes as its one argument; `never` when one is not enough. */
export type InputOf<W extends Workflow> =
  Parameters<W> extends [] ? undefined : [Parameters<W>[0]] extends Parameters<W> ? Parameters<W>[0] : never;

/** What a workflow returns. */
export type ResultOf<W extends Workflow> = Awaited<ReturnType<W>>;
