// Writes docs/settings.md and .env.example from the settings themselves: `npm run settings`.
import { writeFileSync } from 'node:fs';
import { settingsTable } from '../src/platform/config.ts';

/** Where a group begins, and what it is called. */
const groups: Record<string, string> = {
  DATABASE_URL: 'Every process',
  UPLOAD_ROOT: 'Files',
  API_HOST: 'API',
  POLL_INTERVAL: 'Starter',
  TASK_QUEUE: 'Worker',
  GATEWAY_URL: 'The gateway, as workers call it',
  GATEWAY_HOST: 'The reference gateway',
  POSTGRES_PORT: '`npm start`',
};

const head = `# Settings

Every setting is an environment variable. A process reads and checks all of them once, at its start, and refuses to start
with one that is wrong: it names the setting, the value it got and what it wants. An empty variable counts as not set.
All times are in milliseconds, all sizes in bytes unless a line says otherwise.

This page is written by \`npm run settings\` from \`src/platform/config.ts\`.
`;

const temporal = `
## Temporal

Where Temporal is, and how to get in, is said by Temporal's own
[environment configuration](https://docs.temporal.io/develop/environment-configuration), the same for starter and worker:

| setting | meaning |
| --- | --- |
| \`TEMPORAL_ADDRESS\` | host and port of the frontend, without a scheme (default \`localhost:7233\`) |
| \`TEMPORAL_NAMESPACE\` | the namespace (default \`default\`); it must exist |
| \`TEMPORAL_API_KEY\` | for Temporal Cloud; turns TLS on |
| \`TEMPORAL_TLS\`, \`TEMPORAL_TLS_CLIENT_CERT_PATH\`, \`TEMPORAL_TLS_CLIENT_KEY_PATH\`, \`TEMPORAL_TLS_SERVER_CA_CERT_PATH\` … | TLS and mTLS |
| \`TEMPORAL_PROFILE\`, \`TEMPORAL_CONFIG_FILE\` | a profile of a configuration file that holds all of these |

The namespace needs three search attributes of type Keyword: \`SwitchyardQueue\`, \`SwitchyardName\`, \`SwitchyardErrorCode\`.
Starter and worker add them where they may, and otherwise say the command that does.

With \`npm start\`, a part that is named by \`DATABASE_URL\`, \`TEMPORAL_ADDRESS\` or \`GATEWAY_URL\` is used and not started.
`;

/** The page and the example file, by their paths from the root of the checkout. */
export function settingsDocs(): Record<string, string> {
  let page = head;
  let example =
    '# Every setting, with its default. Copy to .env, change what you need, and load it: set -a; . ./.env; set +a\n';
  for (const { name, about, wants, secret } of Object.values(settingsTable)) {
    const group = groups[name];
    if (group !== undefined) {
      page += `\n## ${group}\n\n| setting | meaning | value |\n| --- | --- | --- |\n`;
      example += `\n# ${group.replaceAll('`', '')}\n`;
    }
    page += `| \`${name}\` | ${cell(about)}${secret ? ' (never logged)' : ''} | ${cell(wants)} |\n`;
    example += `# ${about}\n#   ${wants}\n# ${name}=${/\(default (\S+)\)$/.exec(wants)?.[1] ?? ''}\n`;
  }
  return { 'docs/settings.md': page + temporal, '.env.example': example };
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

if (import.meta.main) {
  for (const [path, text] of Object.entries(settingsDocs())) {
    writeFileSync(new URL(`../${path}`, import.meta.url), text);
  }
}
