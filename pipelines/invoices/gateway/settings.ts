import { availableParallelism } from 'node:os';
import { oneOf, port, type Settings, text, type Values, wholeNumber } from 'pg-switchyard/settings';

export const gatewaySettings = {
  gatewayHost: text('GATEWAY_HOST', '127.0.0.1', 'The address the reference gateway listens on'),
  gatewayPort: port('GATEWAY_PORT', 8000, 'The port of the reference gateway'),
  gatewayProcessTimeoutMs: wholeNumber(
    'GATEWAY_PROCESS_TIMEOUT',
    120_000,
    100,
    600_000,
    'milliseconds',
    'How long the reference gateway works on one PDF before it gives up',
  ),
  gatewayConcurrency: wholeNumber(
    'GATEWAY_CONCURRENCY',
    availableParallelism(),
    1,
    64,
    'PDFs',
    'How many PDFs the reference gateway converts at once',
    'the number of cores',
  ),
  gatewayMemoryMiB: wholeNumber(
    'GATEWAY_MEMORY',
    1024,
    64,
    16_384,
    'MiB',
    'Heap limit of one conversion in the reference gateway',
  ),
  gatewayIncomplete: oneOf(
    'GATEWAY_INCOMPLETE',
    ['draft', 'refuse'],
    'draft',
    'What the reference gateway does with an invoice that lacks terms of its mapping’s norm: write a draft that names them, or refuse it with 422',
  ),
  gatewayValidate: oneOf(
    'GATEWAY_VALIDATE',
    ['off', 'report', 'refuse'],
    'off',
    'Whether the reference gateway checks UBL and CII that it answers by the official rules of EN 16931: report what they say, or refuse with 422 what breaks them',
  ),
  gatewayOcr: oneOf(
    'GATEWAY_OCR',
    ['off', 'on'],
    'off',
    'Whether the reference gateway recognizes the text of PDFs that are only images; off: it refuses them',
  ),
  gatewayOcrLanguages: text(
    'GATEWAY_OCR_LANGUAGES',
    'eng',
    'The languages of that text, as Tesseract names them, such as `eng+deu`; each is a package, `@tesseract.js-data/deu`',
  ),
} satisfies Settings;

export type GatewaySettings = Values<typeof gatewaySettings>;
