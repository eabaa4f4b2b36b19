import type { Settings } from '../platform/settings.ts';
import { loadTemporalConfig } from '../platform/temporal.ts';
import type { TemporalUi } from './job-detail.ts';

/** Where Temporal's Web UI shows the namespace of the settings; `undefined`: they do not say where it is. */
export function temporalUiOf(settings: Settings): TemporalUi | undefined {
  const { temporalUiUrl: address } = settings;
  if (address === undefined || address.includes('/namespaces/')) return address;
  return `${address}/namespaces/${encodeURIComponent(loadTemporalConfig(settings).namespace)}`;
}
