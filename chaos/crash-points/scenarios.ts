import { invoice } from './invoice/scenario.ts';
import { parcel } from './parcel/scenario.ts';
import type { Scenario } from './scenario.ts';

export const scenarios: Readonly<Record<string, Scenario>> = { invoice, parcel };
