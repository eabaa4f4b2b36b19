import type { Target } from './target.ts';
import { embeddedXml } from './targets/embedded-xml.ts';
import { gatewayAnswers } from './targets/gateway-answers.ts';
import { mappings } from './targets/mappings.ts';
import { pageText } from './targets/page-text.ts';
import { pdfs } from './targets/pdfs.ts';
import { rows } from './targets/rows.ts';
import { settings } from './targets/settings.ts';
import { uploads } from './targets/uploads.ts';
import { words } from './targets/words.ts';
import { xmlAnswers } from './targets/xml-answers.ts';

/** What takes something from outside, and what must hold whatever comes. */
export const targets: readonly Target[] = [
  xmlAnswers,
  gatewayAnswers,
  uploads,
  words,
  rows,
  pdfs,
  pageText,
  embeddedXml,
  settings,
  mappings,
];
