import { describe, expect, it } from 'vitest';
import {
  bicAtStart,
  emailIn,
  ibanIn,
  phoneIn,
  registrationAtStart,
  vatCountry,
  vatIdAtStart,
  vatIdIn,
} from '../../../gateway/extract/identifiers.ts';

describe('IBAN', () => {
  it.each([
    ['IBAN NL50INGB0683251309', 'NL50INGB0683251309'],
    ['DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX', 'DE89370400440532013000'],
  ])('is found in %j', (text, iban) => {
    expect(ibanIn(text)).toBe(iban);
  });

  it.each(['NL51INGB0683251309', 'US1234567890', 'IBAN on request'])('is not found in %j', (text) => {
    expect(ibanIn(text)).toBeUndefined();
  });
});

describe('VAT number', () => {
  it.each([
    ['DE 123 456 789', 'DE123456789', 'DE'],
    ['BE 0123.456.789', 'BE0123456789', 'BE'],
    ['NL810433941B01', 'NL810433941B01', 'NL'],
    ['EL123456789', 'EL123456789', 'GR'],
    ['06AABCO6063D1ZQ', '06AABCO6063D1ZQ', 'IN'],
  ])('is read from %j', (text, id, country) => {
    expect(vatIdAtStart(text)).toBe(id);
    expect(vatCountry(id)).toBe(country);
  });

  it.each(['21% € 124,61', '', 'included', '2024'])('is not read from %j', (text) => {
    expect(vatIdAtStart(text)).toBeUndefined();
  });

  it('is known by its shape within a text, and not within a longer word', () => {
    expect(vatIdIn('TVA : FR11999999998 - SIRET')).toBe('FR11999999998');
    expect(vatIdIn('order DE1234567890 and XDE123456789')).toBeUndefined();
  });
});

describe('other identifiers', () => {
  it('are read as printed', () => {
    expect(bicAtStart('INGBNL2A')).toBe('INGBNL2A');
    expect(bicAtStart('on request')).toBeUndefined();
    expect(emailIn('mail: azure.Interior24@example.com.')).toBe('azure.Interior24@example.com');
    expect(emailIn('@example.com, a@b')).toBeUndefined();
    expect(phoneIn('(870)-931-0505', false)).toBe('(870)-931-0505');
    expect(phoneIn('8756390642', true)).toBe('8756390642');
    expect(phoneIn('8756390642', false)).toBeUndefined();
    expect(phoneIn('+1 2', false)).toBeUndefined();
    expect(registrationAtStart('Rotterdam 24330087')).toBe('24330087');
    expect(registrationAtStart('HRB 12345')).toBe('HRB 12345');
    expect(registrationAtStart('732 829 320 00074')).toBe('73282932000074');
    expect(registrationAtStart('pending')).toBeUndefined();
  });
});
