/**
 * A text as a constant of Temporal's search.
 * https://docs.temporal.io/list-filter
 */
export const searchText = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * Temporal's search compares these characters in an escaped form, and drops quotes at either end: however they are written, it finds
 * nothing, without an error (seen on server 1.32).
 */
const unsearchable = /["\\\p{Cc}]|^'|'$/u;

/** Whether Temporal's search can find what is called so. */
export const isSearchable = (text: string): boolean => !unsearchable.test(text);
