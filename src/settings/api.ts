import { port, type Settings, text } from './setting.ts';

export const apiSettings = {
  apiHost: text('API_HOST', '127.0.0.1', 'The address the API listens on'),
  apiPort: port('API_PORT', 3000, 'The port of the API'),
} satisfies Settings;
