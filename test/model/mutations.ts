import type { Protocol } from './protocol.ts';
import { type Setting, settings } from './worlds.ts';

/** A setting in which the design holds, without one ingredient of the design. */
export interface Mutation {
  name: string;
  setting: Setting;
  without: Partial<Protocol>;
}

const { twoFaults, threeFaults, crashesAlone, crashesAndCancel, frozenStarters, refused, terminate } =
  settings;

export const mutations: Mutation[] = [
  { name: 'no row lock', setting: twoFaults, without: { rowLock: false } },
  {
    name: 'a first step that does not wait, an UPDATE of the new state',
    setting: crashesAlone,
    without: { firstStep: 'updates' },
  },
  {
    name: 'a first step that does not wait, as it reads the row without a lock',
    setting: twoFaults,
    without: { firstStep: 'reads' },
  },
  { name: 'no fence: later writes do not name their run', setting: twoFaults, without: { fence: 'none' } },
  {
    name: 'no legality: later writes do not name the state they leave',
    setting: twoFaults,
    without: { legality: false },
  },
  { name: 'no take-over', setting: crashesAlone, without: { takeOver: false } },
  { name: 'no look at the previous run', setting: crashesAlone, without: { looksAtPreviousRun: false } },
  {
    name: 'no reconciler, and a workflow that is terminated',
    setting: terminate,
    without: { reconciler: false },
  },
  {
    name: 'no reconciler, and a queued row that is canceled and queued again',
    setting: crashesAndCancel,
    without: { reconciler: false },
  },
  {
    name: 'a start that replaces the open run',
    setting: frozenStarters,
    without: { conflictPolicy: 'TERMINATE_EXISTING' },
  },
  {
    name: 'a claim that also marks what Temporal refused',
    setting: twoFaults,
    without: { marksOnlyStarted: false },
  },
  {
    name: 'no probe of a row whose mark was refused',
    setting: refused,
    without: { probes: false },
  },
  {
    name: 'a first step that works on a row that it could not take',
    setting: refused,
    without: { atRefusal: 'works' },
  },
  {
    name: 'a first step that does not note that its table refuses the row',
    setting: twoFaults,
    without: { atRefusal: 'ends' },
  },
  {
    name: 'a fence that also lets the first run of the chain write',
    setting: threeFaults,
    without: { fence: 'chain' },
  },
  {
    name: 'a reset run that shares the row with the run before it',
    setting: twoFaults,
    without: { reset: 'shares', fence: 'chain' },
  },
];
