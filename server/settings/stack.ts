import { port, type Settings } from 'pg-switchyard/settings';

export const stackSettings = {
  postgresPort: port('POSTGRES_PORT', 5432, 'The port of the embedded Postgres of `npm start`'),
  temporalPort: port('TEMPORAL_PORT', 7233, 'The port of the Temporal dev server of `npm start`'),
  temporalUiPort: port('TEMPORAL_UI_PORT', 8233, "The port of Temporal's Web UI of `npm start`"),
} satisfies Settings;
