import { expect, test } from 'vitest';
import { languagesOf } from '../../gateway/ocr/languages.ts';
import { requirePackages } from '../../gateway/optional-package.ts';

test('a package that a setting asks for is missed with what to install', () => {
  expect(() =>
    requirePackages('GATEWAY_VALIDATE=report', ['saxon-js@2.7.0', '@napi-rs/canvas']),
  ).not.toThrow();
  expect(() => requirePackages('GATEWAY_OCR=on', ['saxon-js@2.7.0', '@tesseract.js-data/xyz@1.0.0'])).toThrow(
    'GATEWAY_OCR=on asks for packages that are not installed: npm install @tesseract.js-data/xyz@1.0.0',
  );
});

test('languages are those of Tesseract', () => {
  expect(languagesOf('eng+deu+chi_sim')).toEqual(['eng', 'deu', 'chi_sim']);
  expect(() => languagesOf('eng+../x')).toThrow(/GATEWAY_OCR_LANGUAGES must be .*got "eng\+..\/x"/);
});
