/** What `work` gives within `ms`; after that the error that `late` makes, whatever becomes of the work. */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(late()), ms);
  });
  return Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
