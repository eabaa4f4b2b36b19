import { createStore } from '../api/store.ts';

const name = 'switchyard.theme';
const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const stored = localStorage.getItem(name);
export const theme = createStore<Theme>(themes.find((known) => known === stored) ?? 'system');

/** Colours follow `data-theme` where it is set, else what the system prefers; see tokens.css. */
export function applyTheme(): void {
  const chosen = theme.get();
  if (chosen === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = chosen;
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(name, chosen);
  theme.set(chosen);
  applyTheme();
}
