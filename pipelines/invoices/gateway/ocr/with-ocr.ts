import { join } from 'node:path';
import type { ConversionAnswer } from '../child.ts';
import type { Conversion } from '../convert.ts';
import type { Converters } from '../converters.ts';
import type { RecognitionAnswer } from './child.ts';
import type { Recognizers } from './recognizers.ts';

/**
 * Converts a PDF; one that is only images is converted by the text that recognition finds in them, where that is on. Their text lies in
 * `folder` meanwhile.
 */
export async function convertWithOcr(
  { converters, recognizers }: { converters: Converters; recognizers?: Recognizers | undefined },
  conversion: Conversion,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<ConversionAnswer> {
  const answer = await converters.convert(conversion, signal);
  const isImage = answer.kind === 'problem' && answer.code === 'PDF_IMAGE_ONLY';
  if (!isImage || recognizers === undefined) return answer;
  const recognizedText = join(folder, 'recognized-text.json');
  const recognized = await recognizers.ask({ pdf: conversion.pdf, text: recognizedText }, signal);
  if (recognized.kind !== 'done') return asConversion(recognized);
  return converters.convert({ ...conversion, recognizedText }, signal);
}

const asConversion = (answer: Exclude<RecognitionAnswer, { kind: 'done' }>): ConversionAnswer =>
  answer.kind === 'problem' ? { ...answer, status: 400, code: `PDF_${answer.code}` } : answer;
