import { folder, type Settings } from './setting.ts';

export const fileSettings = {
  resultRoot: folder(
    'RESULT_ROOT',
    '.data',
    'Results are stored in results/ below it, shared by all workers and the API',
  ),
  stagingRoot: folder(
    'STAGING_ROOT',
    '.data/staging',
    'Where a gateway answer waits to be stored; shared by all workers',
  ),
} satisfies Settings;
