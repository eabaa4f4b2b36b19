import { createStore } from './store.ts';

const name = 'switchyard.token';

/** The token of this tab. It is sent as a header, and is gone when the tab is closed. */
export const token = createStore<string | null>(sessionStorage.getItem(name));

/** Why the API asks for a token; null: it does not, or has a good one. */
export const tokenRefusal = createStore<{ code: string; detail: string } | null>(null);

export function keepToken(value: string | null): void {
  if (value === null) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, value);
  token.set(value);
  tokenRefusal.set(null);
}

/** Whether the API answered last; false: its address cannot be reached, or what stands before it says that it is away. */
export const apiReached = createStore(true);
