const mostNamed = 10;

/** Some of the paths, for a sentence: names that strangers gave, so quoted. */
export function someOf(paths: readonly string[]): string {
  const named = paths.slice(0, mostNamed).map((path) => JSON.stringify(path));
  const more = paths.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
