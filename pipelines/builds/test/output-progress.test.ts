import { expect, test } from 'vitest';
import { progressIn } from '../output-progress.ts';

test.each([
  ['ok 1\nok 2\ntest 157 of 400\n', '157 of 400'],
  ['[12/90] compiling secret.c\n[13/90] linking', '13 of 90'],
  ['webpack 39% building', '39 %'],
  ['100 % done', '100 %'],
  ['built on 27/11/2026 at 1.2.3/4', undefined],
  ['9 of 3', undefined],
  ['token=abc', undefined],
])('%j says %j', (output, said) => {
  expect(progressIn(output)).toBe(said);
});
