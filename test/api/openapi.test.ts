import { test } from 'vitest';
import { get } from '../support/http.ts';
import { startLettersApi } from './letters-api.ts';

test('try', async () => {
  const api = await startLettersApi();
  const doc = await get(api, '/api/openapi.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync('/tmp/api-openapi.json', doc.text);
  const page = await get(api, '/api/docs');
  console.log(page.status, page.headers, page.text.slice(0, 300));
  await api.close();
});
