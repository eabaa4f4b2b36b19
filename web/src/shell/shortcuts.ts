import { useEffect, useEffectEvent } from 'react';
import { useLocation } from 'wouter';

/** Keys that lead to views, after `g`. */
export const places: Readonly<Record<string, { path: string; label: string }>> = {
  o: { path: '/', label: 'Overview' },
  i: { path: '/inbox', label: 'Inbox' },
  f: { path: '/failures', label: 'Failures' },
  r: { path: '/redrives', label: 'Redrives' },
  d: { path: '/doctor', label: 'Doctor' },
  a: { path: '/audit', label: 'Audit' },
};

/** Keys by which the page is used without a mouse; not while something is typed. */
export function useShortcuts(onHelp: () => void): void {
  const [, navigate] = useLocation();
  const press = useEffectEvent((event: KeyboardEvent, isAfterG: boolean) => {
    const place = isAfterG ? places[event.key] : undefined;
    if (place !== undefined) navigate(place.path);
    else if (event.key === '?') onHelp();
    else if (event.key === 'j') moveInRows(1);
    else if (event.key === 'k') moveInRows(-1);
    else if (event.key === 'x') selectRow();
    else return focusField(event.key);
    return true;
  });
  useEffect(() => {
    let gAt = Number.NEGATIVE_INFINITY;
    const listener = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isAfterG = event.timeStamp - gAt < 1_500;
      gAt = event.key === 'g' ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (press(event, isAfterG)) event.preventDefault();
    };
    document.addEventListener('keydown', listener);
    return () => document.removeEventListener('keydown', listener);
  }, []);
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.closest('[role="dialog"], [role="menu"], select, textarea') !== null ||
    (target instanceof HTMLInputElement && target.type !== 'checkbox'));

function focusField(key: string): boolean {
  if (!/^[a-z/]$/.test(key)) return false;
  const field = document.querySelector<HTMLElement>(`[data-shortcut="${key}"]`);
  field?.focus();
  return field !== null;
}

/** From row to row of a list, by the link that each begins with. */
function moveInRows(step: 1 | -1): void {
  const links = [
    ...document.querySelectorAll<HTMLElement>(
      'main :is(tbody tr, .job-rows .job-row, .inbox .panel) a:first-of-type',
    ),
  ];
  const tops = links.filter((link, index) => index === 0 || rowOf(link) !== rowOf(links[index - 1]));
  const current = tops.findIndex((link) => rowOf(link)?.contains(document.activeElement) === true);
  const next = tops[current === -1 ? (step === 1 ? 0 : tops.length - 1) : current + step];
  next?.focus();
}

const rowOf = (element: Element | undefined) => element?.closest('tr, .job-row, .panel') ?? null;

function selectRow(): void {
  rowOf(document.activeElement ?? undefined)
    ?.querySelector<HTMLInputElement>('input[type="checkbox"]')
    ?.click();
}
