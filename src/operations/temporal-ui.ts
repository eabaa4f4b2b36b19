import type { Settings } from '../platform/settings.ts';
import { loadTemporalConfig } from '../platform/temporal.ts';
import type { TemporalUi } from './job-detail.ts';

/** Where Temporal's Web UI shows the namespace of the settings; `undefined`: they do not say where it is. */
export const temporalUiOf = (settings: Settings): TemporalUi | undefined =>
  settings.temporalUiUrl === undefined
    ? undefined
    : namespaceAt(settings.temporalUiUrl, loadTemporalConfig(settings).namespace);

/** The address of a namespace in the Web UI at this address, which may name one already. */
export const namespaceAt = (address: string, namespace: string): TemporalUi =>
  address.includes('/namespaces/') ? address : `${address}/namespaces/${encodeURIComponent(namespace)}`;
