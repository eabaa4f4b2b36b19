/** The most values of one label that a process keeps apart. */
const mostValues = 100;

/** A label whose values come from outside, such as error codes of workflows: those past the first hundred are `other`. */
export class BoundedLabel {
  readonly #known = new Set<string>();

  of(value: string): string {
    if (!this.#known.has(value) && this.#known.size >= mostValues) return 'other';
    this.#known.add(value);
    return value;
  }
}
