import type { Target } from './target.ts';
import { mappings } from './targets/mappings.ts';
import { settings } from './targets/settings.ts';
import { xmlAnswers } from './targets/xml-answers.ts';

/** What takes something from outside, and what must hold whatever comes. */
export const targets: readonly Target[] = [xmlAnswers, settings, mappings];
