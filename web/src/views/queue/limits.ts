import type { Limits } from '../../api/types.ts';

export type LimitsText = Record<'inFlight' | 'inFlightPerKey' | 'startsPerSecond', string> & {
  fair: '' | 'true' | 'false';
};

export const limitsText = (limits: Limits): LimitsText => ({
  inFlight: limits.inFlight?.toString() ?? '',
  inFlightPerKey: limits.inFlightPerKey?.toString() ?? '',
  startsPerSecond: limits.startsPerSecond?.toString() ?? '',
  fair: limits.fair === null || limits.fair === undefined ? '' : limits.fair ? 'true' : 'false',
});

/** The limits that the texts say, or what is wrong with a field. Empty: no limit of its own. */
export function readLimits(
  text: LimitsText,
): { limits: Limits } | { errors: Partial<Record<keyof LimitsText, string>> } {
  const errors: Partial<Record<keyof LimitsText, string>> = {};
  const whole = (field: 'inFlight' | 'inFlightPerKey') => {
    if (text[field].trim() === '') return null;
    const value = Number(text[field]);
    if (!Number.isInteger(value) || value < 0) errors[field] = 'A whole number, 0 or more; empty for none';
    return value;
  };
  const rate = () => {
    if (text.startsPerSecond.trim() === '') return null;
    const value = Number(text.startsPerSecond);
    if (!(value > 0 && value <= 1_000_000)) errors.startsPerSecond = 'A number above 0; empty for none';
    return value;
  };
  const limits = {
    inFlight: whole('inFlight'),
    inFlightPerKey: whole('inFlightPerKey'),
    startsPerSecond: rate(),
    fair: text.fair === '' ? null : text.fair === 'true',
  };
  return Object.keys(errors).length > 0 ? { errors } : { limits };
}
