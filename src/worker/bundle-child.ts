import { writeBundle } from './write-bundle.ts';

const [, , entry = '', path = '', payloadConverterPath] = process.argv;
await writeBundle(entry, path, payloadConverterPath === undefined ? {} : { payloadConverterPath });
