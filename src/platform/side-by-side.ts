/** Does `work` for each item, at most so many at a time; the first error ends it, once what is under way has ended. */
export async function eachSideBySide<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const iterator = items.values();
  const takeNext = async () => {
    for (const item of iterator) await work(item);
  };
  const ended = await Promise.allSettled(Array.from({ length: atATime }, takeNext));
  const failed = ended.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
