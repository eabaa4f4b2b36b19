import { writeBundle } from './write-bundle.ts';

const [, , entry = '', path = ''] = process.argv;
await writeBundle(entry, path);
