import { z } from 'zod';
import { port, type Settings, setting, text } from './setting.ts';

export const apiSettings = {
  apiHost: text('API_HOST', '127.0.0.1', 'The address the API listens on'),
  apiPort: port('API_PORT', 3000, 'The port of the API'),
  temporalUiUrl: setting(
    'TEMPORAL_UI_URL',
    z
      .url({ protocol: /^https?$/ })
      .regex(/^[^?#@]*$/)
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    'an http:// or https:// address without user, ? and # (not set by default)',
    "Where Temporal's Web UI is, for links to it; not set: there are no links",
  ),
} satisfies Settings;
