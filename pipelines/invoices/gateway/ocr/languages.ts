import { SetupError } from 'pg-switchyard/errors';

/**
 * The languages of `GATEWAY_OCR_LANGUAGES`.
 * @throws {SetupError}
 */
export function languagesOf(setting: string): string[] {
  const languages = setting.split('+');
  const wrong = languages.find((language) => !/^[a-z]{3}(_[a-z]{1,8})?$/.test(language));
  if (wrong === undefined) return languages;
  throw new SetupError(
    `GATEWAY_OCR_LANGUAGES must be languages as Tesseract names them, joined by +, such as eng+deu; got ${JSON.stringify(setting)}`,
  );
}

/** The package that holds the data of a language. */
export const languagePackage = (language: string): string => `@tesseract.js-data/${language}`;
